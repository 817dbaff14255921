//! jest's default reporter: `FAIL path`, then `● suite › test`, the error, `at … (path:line:column)`.

use crate::model::gate::Problem;

use super::{named, number, problem};

pub(super) fn read(output: &str) -> Vec<Problem> {
    let mut file = "";
    let mut problems: Vec<Problem> = Vec::new();
    let mut lines = output.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("FAIL ") {
            file = title.split_whitespace().next_back().filter(|word| !word.ends_with(')')).unwrap_or_else(
                || {
                    // `FAIL src/a.test.js (5.1 s)`
                    title.split_whitespace().next().unwrap_or("")
                },
            );
        }
        // The summary repeats what was told.
        if line.starts_with("Summary of all failing tests") {
            break;
        }
        let Some(test) = line.strip_prefix("  ● ") else { continue };
        if test.starts_with("Console") {
            continue;
        }
        let mut error = "";
        let mut place = None;
        while let Some(next) = lines.peek() {
            if next.starts_with("  ● ") || next.starts_with("FAIL ") || next.starts_with("Test Suites:") {
                break;
            }
            let text = next.trim();
            if error.is_empty() {
                error = text;
            } else if place.is_none() && text.starts_with("at ") {
                place = location(text);
            }
            lines.next();
        }
        let (code, message) = named(error);
        let (path, line, column) = match place {
            Some((path, line, column)) => (path, Some(line), Some(column)),
            None => (file, None, None),
        };
        problems.push(Problem {
            test: Some(test.trim().to_owned()),
            ..problem(path, line, column, code, message)
        });
    }
    problems
}

/// `at Object.<anonymous> (src/a.test.js:3:5)`, of the project's own files.
fn location(text: &str) -> Option<(&str, usize, usize)> {
    let place = text.trim_end_matches(')').rsplit(['(', ' ']).next()?;
    let mut parts = place.rsplitn(3, ':');
    let (column, line, path) = (number(parts.next()?)?, number(parts.next()?)?, parts.next()?);
    let own = !path.contains("node_modules/") && !path.starts_with("node:");
    own.then_some((path, line, column))
}
