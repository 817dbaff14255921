//! One line a problem: tsc, cargo in its short format, go, mypy and whoever else prints `path:line:`.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::gate::Problem;

use super::{named, number, problem};

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("a fixed pattern, compiled in tests")
}

static TSC: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?m)^(?:(\S[^\n]*?)\((\d+),(\d+)\): )?error (TS\d+): (.*)$"));

/// `src/a.ts(3,5): error TS2339: Property 'x' does not exist`
pub(super) fn tsc(output: &str) -> Vec<Problem> {
    TSC.captures_iter(output)
        .map(|found| {
            let part = |at| found.get(at).map_or("", |part| part.as_str());
            problem(part(1), number(part(2)), number(part(3)), part(4), part(5))
        })
        .collect()
}

static COLONS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?m)^(?:\[stderr\] )?([^\s:][^\n:]*\.\w+):(\d+)(?::(\d+))?: (?:fatal )?(?:error|Error)(?:\[(\w+)\])?: (.*)$",
    )
});

/// `src/a.rs:3:5: error[E0308]: mismatched types`, `a.py:3: error: …  [name]`
pub(super) fn colons(output: &str) -> Vec<Problem> {
    COLONS
        .captures_iter(output)
        .map(|found| {
            let part = |at| found.get(at).map_or("", |part| part.as_str());
            let (message, code) = match part(5).rsplit_once("  [") {
                Some((message, code)) if part(4).is_empty() => (message, code.trim_end_matches(']')),
                _ => (part(5), part(4)),
            };
            problem(part(1), number(part(2)), number(part(3)), code, message)
        })
        .collect()
}

static PYRIGHT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?m)^\s+(\S[^\n]*?):(\d+):(\d+) - error: (.*?)(?: \((report\w+)\))?$"));

/// `  /p/src/a.py:3:5 - error: "x" is not defined (reportUndefinedVariable)`
pub(super) fn pyright(output: &str) -> Vec<Problem> {
    PYRIGHT
        .captures_iter(output)
        .map(|found| {
            let part = |at| found.get(at).map_or("", |part| part.as_str());
            problem(part(1), number(part(2)), number(part(3)), part(5), part(4))
        })
        .collect()
}

static PANIC: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?m)^thread '([^']*)'(?: \(\d+\))? panicked at ([^\n:]+):(\d+):(\d+):\n(.*)$"));

/// A failed test of Rust.
pub(super) fn panics(output: &str) -> Vec<Problem> {
    PANIC
        .captures_iter(output)
        .map(|found| Problem {
            test: Some(found[1].to_owned()),
            ..problem(&found[2], number(&found[3]), number(&found[4]), "panic", &found[5])
        })
        .collect()
}

static GO: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?m)^(?:--- FAIL: (\S+).*|\s*([^\s:]+\.go):(\d+)(?::(\d+))?: (.*))$"));

/// `./a.go:3:5: undefined: x`, and under `--- FAIL: TestX` what the test said.
pub(super) fn go(output: &str) -> Vec<Problem> {
    let mut test: Option<String> = None;
    let mut problems = Vec::new();
    for found in GO.captures_iter(output) {
        if let Some(name) = found.get(1) {
            test = Some(name.as_str().to_owned());
            continue;
        }
        let (code, message) = named(&found[5]);
        let column = found.get(4).and_then(|part| number(part.as_str()));
        problems.push(Problem {
            test: test.clone(),
            ..problem(&found[2], number(&found[3]), column, code, message)
        });
    }
    problems
}
