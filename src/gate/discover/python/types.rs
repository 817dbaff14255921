//! mypy and pyright, each where the project configures it and its environment has it: a checker that nobody
//! asked for would only tell of old debt.

use crate::facts::join;
use crate::gate::discover::{Finder, told};
use crate::gate::ground::{Ground, below, inside};
use crate::gate::step::{Program, Tool};
use crate::model::gate::Kind;

use super::environment::Environment;

pub(super) fn find(finder: &mut Finder, dir: &str, environment: &Environment) {
    let ground = finder.ground;
    let changed: Vec<&str> =
        ground.present().filter(|path| inside(path, dir) && path.ends_with(".py")).collect();
    if let Some(mypy) = Mypy::read(ground, dir)
        && environment.has("mypy") == Some(true)
        && (mypy.names_files || !changed.is_empty())
    {
        let cache = ground.kept.join("mypy");
        let mut words = vec!["-m", "mypy", "--no-error-summary", "--no-pretty", "--cache-dir"];
        let cache = cache.to_string_lossy();
        words.push(&cache);
        // Without files of its own it must be told which, and what they import is old debt.
        if !mypy.names_files {
            words.push("--follow-imports=silent");
            words.extend(changed.iter().map(|path| below(path, dir)));
        }
        let program = environment.python(ground, dir, &words, Some("mypy"));
        let why = format!("{} configures mypy", mypy.path);
        finder.step("mypy", Kind::Types, Tool::Other, dir, why, program);
    }
    if let Some(path) = pyright(ground, dir) {
        let program = environment.program("pyright", &[]);
        let by_node = || {
            let place = ground.root.join(dir).join("node_modules/.bin/pyright");
            place.is_file().then(|| Program::new(place, &[]))
        };
        if let Some(program) = program.or_else(by_node) {
            let why = format!("{path} configures pyright; {}", told(&changed));
            finder.step("pyright", Kind::Types, Tool::Other, dir, why, program);
        }
    }
}

/// What a project says of mypy.
struct Mypy {
    path: String,
    /// It says which files are checked.
    names_files: bool,
}

impl Mypy {
    /// The first configuration that mypy would read.
    fn read(ground: &Ground, dir: &str) -> Option<Mypy> {
        ["mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg"].iter().find_map(|name| {
            let path = join(dir, name);
            let text = ground.text(&path)?;
            let header = if *name == "pyproject.toml" { "[tool.mypy]" } else { "[mypy]" };
            let section = section(&text, header)?;
            let names = ["files", "packages", "modules"];
            let names_files = section
                .iter()
                .any(|line| line.split_once('=').is_some_and(|(key, _)| names.contains(&key.trim())));
            Some(Mypy { path, names_files })
        })
    }
}

/// The lines of a section of an ini or a TOML file.
fn section<'a>(text: &'a str, header: &str) -> Option<Vec<&'a str>> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| *line == header)?;
    Some(lines.take_while(|line| !line.starts_with('[')).collect())
}

fn pyright(ground: &Ground, dir: &str) -> Option<String> {
    let own = join(dir, "pyrightconfig.json");
    if ground.is_file(&own) {
        return Some(own);
    }
    let shared = join(dir, "pyproject.toml");
    let text = ground.text(&shared)?;
    section(&text, "[tool.pyright]").map(|_| shared)
}
