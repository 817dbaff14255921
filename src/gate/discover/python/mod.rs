//! Python: types are checked where the project configures a checker that is installed, tests are collected,
//! those that name what changed are run, then all, in the project's environment.

mod environment;
mod types;

use std::collections::BTreeSet;
use std::fs;

use memchr::memmem;

use crate::facts::join;
use crate::gate::ground::{Ground, below, inside};
use crate::gate::step::Tool;
use crate::model::gate::Kind;

use super::{Finder, told, walk};
use environment::Environment;

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
        types::find(finder, dir, &Environment::find(ground, dir));
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
