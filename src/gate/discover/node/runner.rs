//! How a package runs its tests: vitest or jest, with the words of its test script, or the script itself.

use crate::facts::join;
use crate::gate::command::on_path;
use crate::gate::ground::Ground;
use crate::gate::step::Program;
use crate::shell;

use super::package::{Package, Packages, bin, manager};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Vitest,
    Jest,
    /// `npm run test`.
    Script,
}

/// A way to run tests in a folder. Ordered, and equal ones are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Runner {
    pub(super) dir: String,
    pub(super) way: Way,
    pub(super) why: String,
    variables: Vec<(String, String)>,
    /// Node and its flags in front of the runner's script; empty where the runner is started by itself.
    node: Vec<String>,
    /// Options that the project gives it, and names of tests to run.
    flags: Vec<String>,
    filters: Vec<String>,
}

/// What npm writes into a new package.json.
const NO_TEST: &str = "no test specified";

/// Scripts that may say how tests are run, best first.
const SCRIPTS: [&str; 5] = ["test", "test:unit", "test:run", "test:ci", "unit"];

impl Runner {
    /// Of a package, or of the nearest package above it that has one.
    pub(super) fn find(ground: &Ground, packages: &Packages, package: &Package) -> Option<Runner> {
        Ground::up(&package.dir)
            .filter_map(|dir| packages.at(dir))
            .find_map(|package| Runner::of(ground, package))
    }

    fn of(ground: &Ground, package: &Package) -> Option<Runner> {
        for name in SCRIPTS {
            let read = package.script(name).and_then(|line| Runner::from_script(&package.dir, name, line));
            if read.is_some() {
                return read;
            }
        }
        let plain = |way, why: String| Runner {
            dir: package.dir.clone(),
            way,
            why,
            variables: Vec::new(),
            node: Vec::new(),
            flags: Vec::new(),
            filters: Vec::new(),
        };
        let ends = ["ts", "mts", "cts", "js", "mjs", "cjs", "json"];
        let config = |stem: &str| {
            let named = ends.iter().map(|end| format!("{stem}.{end}"));
            named.into_iter().find(|name| ground.is_file(&join(&package.dir, name)))
        };
        let script = package.script("test").filter(|line| !line.contains(NO_TEST));
        if let Some(name) = config("vitest.config").or_else(|| config("vitest.workspace")) {
            return Some(plain(Way::Vitest, name));
        }
        if let Some(name) = config("jest.config") {
            return Some(plain(Way::Jest, name));
        }
        if package.has("jest") {
            return Some(plain(Way::Jest, "package.json configures jest".to_owned()));
        }
        if script.is_some() {
            return Some(plain(Way::Script, "package.json has a test script".to_owned()));
        }
        let dependency = [("vitest", Way::Vitest), ("jest", Way::Jest)].into_iter();
        let (name, way) = dependency.into_iter().find(|(name, _)| package.depends_on(name))?;
        Some(plain(way, format!("package.json depends on {name}")))
    }

    /// Reads `cross-env A=b node --flag node_modules/jest/bin/jest.js --config x`.
    fn from_script(dir: &str, name: &str, line: &str) -> Option<Runner> {
        let (mut variables, words) = shell::split(line)?;
        let way = |word: &str| {
            let stem = word.rsplit('/').next().unwrap_or(word);
            match stem.split('.').next() {
                Some("vitest") => Some(Way::Vitest),
                Some("jest") => Some(Way::Jest),
                _ => None,
            }
        };
        let at = words.iter().position(|word| way(word).is_some())?;
        let mut node: Vec<String> = Vec::new();
        for word in &words[..at] {
            match word.split_once('=') {
                _ if !node.is_empty() => node.push(word.clone()),
                Some((name, value)) if !name.starts_with('-') => {
                    variables.push((name.to_owned(), value.to_owned()))
                }
                _ if word == "node" => node.push(word.clone()),
                _ if ["cross-env", "cross-env-shell", "npx", "--no-install", "bunx", "exec"]
                    .contains(&word.as_str()) => {}
                _ => return None,
            }
        }
        if !node.is_empty() {
            node.push(words[at].clone());
        }
        let (flags, filters) = options(&words[at + 1..]);
        let why = format!("the script {name} runs {}", words[at].rsplit('/').next().unwrap_or("it"));
        Some(Runner { dir: dir.to_owned(), way: way(&words[at])?, why, variables, node, flags, filters })
    }

    /// A command with these words; with the script's own filters only where all tests are meant.
    pub(super) fn program(&self, ground: &Ground, words: &[&str], all: bool) -> Program {
        let mut line: Vec<&str> = words.to_vec();
        // `related` takes every further word for a file.
        let flags = self.flags.iter().map(String::as_str);
        let place = usize::from(words.first().is_some_and(|word| !word.starts_with('-')));
        line.splice(place..place, flags);
        if all {
            line.extend(self.filters.iter().map(String::as_str));
        }
        let mut program = match (self.way, self.node.as_slice()) {
            (Way::Script, _) => {
                let manager = manager(ground, &self.dir);
                let words: &[&str] =
                    if manager == "npm" { &["run", "--silent", "test"] } else { &["run", "test"] };
                match on_path(manager) {
                    Some(place) => Program { path: bins(ground, &self.dir), ..Program::new(place, words) },
                    None => Program::missing(manager, words, format!("{manager} is not on PATH")),
                }
            }
            (_, [node, rest @ ..]) => {
                let all: Vec<&str> = rest.iter().map(String::as_str).chain(line).collect();
                // Whether the runner is installed is seen by its program all the same.
                let name = if self.way == Way::Jest { "jest" } else { "vitest" };
                match (bin(ground, &self.dir, name, &all), on_path(node)) {
                    (missing @ Program { missing: Some(_), .. }, _) => missing,
                    (found, Some(place)) => Program { path: found.path, ..Program::new(place, &all) },
                    (_, None) => Program::missing(node, &all, "node is not on PATH"),
                }
            }
            (Way::Vitest, _) => bin(ground, &self.dir, "vitest", &line),
            (Way::Jest, _) => bin(ground, &self.dir, "jest", &line),
        };
        program.variables.extend(self.variables.iter().cloned());
        program
    }
}

fn bins(ground: &Ground, dir: &str) -> Vec<std::path::PathBuf> {
    Ground::up(dir)
        .map(|dir| ground.root.join(dir).join("node_modules/.bin"))
        .filter(|dir| dir.is_dir())
        .collect()
}

/// The options of a script that hold for any run, and its names of tests. What watches, reports or
/// measures is left out.
fn options(words: &[String]) -> (Vec<String>, Vec<String>) {
    const LEFT_OUT: [&str; 8] =
        ["--watch", "--watchAll", "--run", "--ui", "--coverage", "--reporter", "--reporters", "--verbose"];
    const VALUED: [&str; 10] = [
        "--config",
        "-c",
        "--project",
        "--dir",
        "--root",
        "-r",
        "--environment",
        "--mode",
        "--selectProjects",
        "--pool",
    ];
    let (mut flags, mut filters) = (Vec::new(), Vec::new());
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or(word);
        if LEFT_OUT.iter().any(|left| name == *left || name.starts_with(&format!("{left}."))) {
            // `--reporter verbose`: the value goes with it.
            if name.starts_with("--reporter") && name == word {
                words.next();
            }
        } else if word.starts_with('-') {
            flags.push(word.clone());
            if VALUED.contains(&word.as_str()) {
                flags.extend(words.next().cloned());
            }
        } else if !["run", "watch", "dev"].contains(&word.as_str()) {
            filters.push(word.clone());
        }
    }
    (flags, filters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(Way, String)> {
        let runner = Runner::from_script("", "test", line)?;
        let set: String = runner.variables.iter().map(|(name, value)| format!("{name}={value} ")).collect();
        Some((runner.way, format!("{set}{:?} {:?} {:?}", runner.node, runner.flags, runner.filters)))
    }

    #[test]
    fn the_words_of_a_test_script_are_kept_where_they_hold_for_any_run() {
        let told = |line| read(line).map(|(_, told)| told).unwrap_or_default();
        assert_eq!(told("vitest"), "[] [] []");
        assert_eq!(told("vitest run --coverage --config a.ts unit"), r#"[] ["--config", "a.ts"] ["unit"]"#);
        assert_eq!(told("cross-env NODE_ENV=test jest --watch"), "NODE_ENV=test [] [] []");
        assert_eq!(
            told("NODE_OPTIONS=--experimental-vm-modules node --trace node_modules/jest/bin/jest.js -i"),
            r#"NODE_OPTIONS=--experimental-vm-modules ["node", "--trace", "node_modules/jest/bin/jest.js"] ["-i"] []"#
        );
        assert_eq!(read("npx --no-install jest").unwrap().0, Way::Jest);
    }

    #[test]
    fn a_script_that_does_more_is_not_taken_apart() {
        for line in ["npm run build && vitest", "turbo run test", "mocha", "vitest > log", "tsx vitest"] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
