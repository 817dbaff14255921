//! Python: tests are collected, those that name what changed are run, then all, in the project's
//! environment.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use memchr::memmem;

use crate::facts::join;
use crate::gate::command::{is_program, on_path};
use crate::gate::ground::{Ground, below, inside};
use crate::gate::step::{Program, Tool};
use crate::model::gate::Kind;

use super::{Finder, told, walk};

/// Files by which a folder is a Python project, and in which its test tool is named.
const PROJECT: [&str; 6] =
    ["pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "setup.py", "requirements.txt"];

/// More related test files than this are no short cut.
const MOST_RELATED: usize = 100;

pub(super) fn find(finder: &mut Finder) {
    let ground = finder.ground;
    let concerns =
        |path: &&str| path.ends_with(".py") || PROJECT.contains(&path.rsplit('/').next().unwrap_or(path));
    let all: Vec<&str> = ground.changed.iter().map(|file| file.path.as_str()).filter(concerns).collect();
    let mut projects: BTreeSet<&str> = all.iter().map(|path| project(ground, path)).collect();
    if all.is_empty() && is_project(ground, "") {
        projects.insert("");
    }
    for dir in projects {
        let tests = test_files(ground, dir);
        let changed: Vec<&str> = all.iter().copied().filter(|path| inside(path, dir)).collect();
        if tests.is_empty() {
            finder.note(format!("no Python tests are in {}", if dir.is_empty() { "the root" } else { dir }));
            continue;
        }
        let why = if all.is_empty() { format!("{} test files", tests.len()) } else { told(&changed) };
        match uses_pytest(ground, dir) {
            true => pytest(finder, dir, &tests, &why),
            false => {
                let words = ["-m", "unittest", "discover", "-s", test_folder(ground, dir)];
                let program = Environment::find(ground, dir).python(ground, dir, &words, None);
                finder.step("unittest", Kind::Tests, Tool::Pytest, dir, why, program);
            }
        }
    }
}

fn pytest(finder: &mut Finder, dir: &str, tests: &[String], why: &str) {
    let ground = finder.ground;
    let environment = Environment::find(ground, dir);
    // Its cache would lie in the tree.
    let cache = format!("cache_dir={}", ground.scratch.join("pytest").display());
    let run = |words: &[&str]| {
        let all = [&["-m", "pytest", "-o", &cache], words].concat();
        environment.python(ground, dir, &all, Some("pytest"))
    };
    let collect = run(&["--collect-only", "-q"]);
    finder.step("pytest collect", Kind::Collect, Tool::Pytest, dir, why.to_owned(), collect);
    let related = related(ground, dir, tests);
    if !related.is_empty() && related.len() < tests.len() && related.len() <= MOST_RELATED {
        let words: Vec<&str> =
            ["-q"].into_iter().chain(related.iter().map(|path| below(path, dir))).collect();
        let why = format!("{} of {} test files name what changed", related.len(), tests.len());
        finder.step("pytest related", Kind::Related, Tool::Pytest, dir, why, run(&words));
    }
    finder.step("pytest", Kind::Tests, Tool::Pytest, dir, why.to_owned(), run(&["-q"]));
}

fn is_project(ground: &Ground, dir: &str) -> bool {
    PROJECT.iter().any(|name| ground.is_file(&join(dir, name)))
}

fn project<'a>(ground: &Ground, path: &'a str) -> &'a str {
    Ground::ancestors(path).find(|dir| is_project(ground, dir)).unwrap_or("")
}

fn is_test(name: &str) -> bool {
    name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"))
}

fn test_files(ground: &Ground, dir: &str) -> Vec<String> {
    walk::files(&ground.root, dir, 12, &is_test)
}

fn test_folder<'a>(ground: &Ground, dir: &str) -> &'a str {
    ["tests", "test"].into_iter().find(|name| ground.is_dir(&join(dir, name))).unwrap_or(".")
}

fn uses_pytest(ground: &Ground, dir: &str) -> bool {
    let names = |file: &str| ground.text(&join(dir, file)).is_some_and(|text| text.contains("pytest"));
    PROJECT.iter().any(|file| names(file))
        || ["requirements-dev.txt", "dev-requirements.txt", "requirements-test.txt", "noxfile.py", "Pipfile"]
            .iter()
            .any(|file| names(file))
        || ["conftest.py", "tests/conftest.py"].iter().any(|file| ground.is_file(&join(dir, file)))
        || Environment::find(ground, dir).has("pytest") == Some(true)
}

/// Test files that changed, and those that name a module that did.
fn related(ground: &Ground, dir: &str, tests: &[String]) -> BTreeSet<String> {
    let mut related = BTreeSet::new();
    let mut needles: Vec<Vec<u8>> = Vec::new();
    let mut stems: Vec<&str> = Vec::new();
    for path in ground.changed.iter().map(|file| file.path.as_str()).filter(|path| inside(path, dir)) {
        let name = path.rsplit('/').next().unwrap_or(path);
        if is_test(name) {
            related.extend(tests.iter().find(|test| *test == path).cloned());
        } else if let Some(module) = path.strip_suffix(".py") {
            let module = below(module, dir).trim_start_matches("src/").trim_end_matches("/__init__");
            let (folder, stem) = module.rsplit_once('/').unwrap_or(("", module));
            needles.push(module.replace('/', ".").into_bytes());
            if !folder.is_empty() {
                needles.push(format!("from {} import {stem}", folder.replace('/', ".")).into_bytes());
            }
            stems.push(stem);
        }
    }
    for test in tests {
        let name = test.rsplit('/').next().unwrap_or(test);
        let named = stems.iter().any(|stem| {
            name.strip_prefix("test_").and_then(|name| name.strip_suffix(".py")) == Some(stem)
                || name.strip_suffix("_test.py") == Some(stem)
        });
        let text = || fs::read(ground.root.join(test)).unwrap_or_default();
        if named || (!needles.is_empty() && holds_any(&text(), &needles)) {
            related.insert(test.clone());
        }
    }
    related
}

/// True where a needle stands in the text as a word.
fn holds_any(text: &[u8], needles: &[Vec<u8>]) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    needles.iter().any(|needle| {
        memmem::find_iter(text, needle).any(|at| {
            !part(at.checked_sub(1).and_then(|at| text.get(at))) && !part(text.get(at + needle.len()))
        })
    })
}

/// Where a project's packages are installed.
enum Environment {
    /// A folder with `bin/python`.
    Folder(PathBuf),
    /// A tool that knows: `poetry run`, `uv run`, `pipenv run`.
    Tool(&'static str, &'static [&'static str]),
    /// Whatever `python3` is.
    System,
}

impl Environment {
    fn find(ground: &Ground, dir: &str) -> Environment {
        let in_use = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from).filter(|path| is_environment(path));
        for dir in Ground::up(dir) {
            let home = ground.home.join(dir);
            let named = [".venv", "venv", "env"]
                .into_iter()
                .map(|name| home.join(name))
                .find(|path| is_environment(path));
            if let Some(folder) = named.or_else(|| tox(ground, dir)) {
                return Environment::Folder(folder);
            }
            let tools: [(&str, &str, &[&str]); 3] = [
                ("uv.lock", "uv", &["run", "--frozen"]),
                ("poetry.lock", "poetry", &["run"]),
                ("Pipfile.lock", "pipenv", &["run"]),
            ];
            if in_use.is_none()
                && let Some((_, tool, words)) =
                    tools.into_iter().find(|(lock, ..)| ground.is_file(&join(dir, lock)))
            {
                return Environment::Tool(tool, words);
            }
        }
        in_use.map_or(Environment::System, Environment::Folder)
    }

    /// A command of its Python. `needs` is a module that must be installed.
    fn python(&self, ground: &Ground, dir: &str, words: &[&str], needs: Option<&str>) -> Program {
        let mut program = match self {
            Environment::Folder(folder) => {
                let place = folder.join("bin/python");
                let lacks = needs.filter(|module| self.has(module) == Some(false));
                match lacks {
                    Some(module) => Program::missing(
                        "python",
                        words,
                        format!(
                            "{module} is not installed in {}; install the project's test dependencies",
                            folder.display()
                        ),
                    ),
                    None => Program { path: vec![folder.join("bin")], ..Program::new(place, words) },
                }
            }
            Environment::Tool(tool, run) => {
                let words: Vec<&str> = run.iter().chain(&["python"]).chain(words).copied().collect();
                match on_path(tool) {
                    Some(place) => Program::new(place, &words),
                    None => Program::missing(
                        tool,
                        &words,
                        format!("{tool} is not on PATH, and no virtual environment is here"),
                    ),
                }
            }
            Environment::System => match on_path("python3").or_else(|| on_path("python")) {
                Some(place) => Program::new(place, words),
                None => Program::missing("python3", words, "no Python is on PATH"),
            },
        };
        if let Environment::Folder(folder) = self {
            program.variables.push(("VIRTUAL_ENV".to_owned(), folder.to_string_lossy().into_owned()));
        }
        if ground.is_taken_out() {
            // An editable install leads back to the user's work tree; what is judged comes first.
            let mut path: Vec<PathBuf> = Vec::new();
            for dir in [dir, ""] {
                path.extend(
                    [ground.root.join(dir).join("src"), ground.root.join(dir)]
                        .into_iter()
                        .filter(|dir| dir.is_dir()),
                );
            }
            path.dedup();
            let joined = std::env::join_paths(path).unwrap_or_default();
            program.variables.push(("PYTHONPATH".to_owned(), joined.to_string_lossy().into_owned()));
        }
        program
    }

    /// Whether a module is installed, where that can be seen.
    fn has(&self, module: &str) -> Option<bool> {
        let Environment::Folder(folder) = self else { return None };
        // With the system's packages in sight it may be installed there.
        let settings = fs::read_to_string(folder.join("pyvenv.cfg")).unwrap_or_default();
        let shared =
            settings.lines().any(|line| line.replace(' ', "") == "include-system-site-packages=true");
        let installed = fs::read_dir(folder.join("lib"))
            .ok()?
            .flatten()
            .any(|version| version.path().join("site-packages").join(module).is_dir());
        if installed {
            Some(true)
        } else if shared {
            None
        } else {
            Some(false)
        }
    }
}

fn is_environment(path: &Path) -> bool {
    is_program(&path.join("bin/python"))
}

/// The first environment that tox made, by name.
fn tox(ground: &Ground, dir: &str) -> Option<PathBuf> {
    if !ground.is_file(&join(dir, "tox.ini")) {
        return None;
    }
    let entries = fs::read_dir(ground.home.join(dir).join(".tox")).ok()?.flatten();
    let mut made: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("py"))
                && is_environment(path)
        })
        .collect();
    made.sort();
    made.into_iter().next_back()
}
