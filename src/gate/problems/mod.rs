//! What tools print of failures, as problems at places. One file per notation; whoever prints is known for
//! most steps, and for the others every notation is tried.

mod compilers;
mod eslint;
mod jest;
mod pytest;
mod vitest;

use std::collections::BTreeSet;
use std::path::Path;

use crate::model::gate::Problem;

use super::step::Tool;
use crate::facts::join;

/// Problems that are kept of one step.
const MOST: usize = 50;

/// Characters of a message.
const MESSAGE: usize = 300;

/// Reads the output of a step that ran in the folder `dir` of `root`.
pub(super) fn read(tool: Tool, output: &str, root: &Path, dir: &str) -> Vec<Problem> {
    type Reader = fn(&str) -> Vec<Problem>;
    let readers: &[Reader] = match tool {
        Tool::Friction => &[],
        Tool::Tsc => &[compilers::tsc],
        Tool::Vitest => &[vitest::read],
        Tool::Jest => &[jest::read],
        Tool::Pytest => &[pytest::read],
        Tool::Cargo => &[compilers::colons, compilers::panics],
        Tool::Go => &[compilers::go, compilers::colons],
        Tool::Other => &[
            compilers::tsc,
            eslint::read,
            vitest::read,
            jest::read,
            pytest::read,
            compilers::colons,
            compilers::pyright,
            compilers::panics,
        ],
    };
    let mut met: BTreeSet<(String, Option<usize>, String)> = BTreeSet::new();
    let mut problems: Vec<Problem> = Vec::new();
    for mut problem in readers.iter().flat_map(|reader| reader(output)) {
        problem.path = from_root(&problem.path, root, dir);
        problem.message = cut(&problem.message);
        if problems.len() < MOST && met.insert((problem.path.clone(), problem.line, problem.message.clone()))
        {
            problems.push(problem);
        }
    }
    problems
}

fn problem(path: &str, line: Option<usize>, column: Option<usize>, code: &str, message: &str) -> Problem {
    Problem {
        path: path.to_owned(),
        line,
        column,
        code: code.to_owned(),
        message: message.trim().to_owned(),
        help: None,
        test: None,
        pattern: None,
    }
}

/// A path as a tool prints it, as it is from the root.
fn from_root(path: &str, root: &Path, dir: &str) -> String {
    if let Ok(inside) = Path::new(path).strip_prefix(root) {
        return inside.to_string_lossy().into_owned();
    }
    if path.is_empty() || path.starts_with('/') {
        return path.to_owned();
    }
    let path = path.trim_start_matches("./");
    // Some tools print paths from the root wherever they run.
    let here = join(dir, path);
    if !root.join(&here).exists() && root.join(path).exists() { path.to_owned() } else { here }
}

fn cut(message: &str) -> String {
    match message.char_indices().nth(MESSAGE) {
        Some((at, _)) => format!("{}…", &message[..at]),
        None => message.to_owned(),
    }
}

/// `TypeError: x is not a function` as code and message; a text without a code is a message.
fn named(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.split_once(": ") {
        Some((code, message)) if is_code(code) => (code, message),
        None if is_code(text) && (text.ends_with("Error") || text.ends_with("Exception")) => (text, text),
        _ => ("", text),
    }
}

fn is_code(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
        && word.len() < 60
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok()
}

#[cfg(test)]
mod tests;
