//! vitest's default reporter: ` FAIL  path > suite > test`, the error, ` ❯ path:line:column`.

use crate::model::gate::Problem;

use super::{named, number, problem};

pub(super) fn read(output: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut lines = output.lines().peekable();
    let mut unhandled = false;
    while let Some(line) = lines.next() {
        unhandled |= line.contains("Unhandled Error");
        let head = line.trim_start();
        let title = match head.strip_prefix("FAIL ") {
            Some(title) => title.trim(),
            None if unhandled
                && ["Unhandled Rejection", "Uncaught Exception"].iter().any(|word| head.contains(word)) =>
            {
                ""
            }
            None => continue,
        };
        // `|project| path > test`, `path [ path ]`
        let title =
            title.strip_prefix('|').and_then(|rest| rest.split_once("| ")).map_or(title, |(_, rest)| rest);
        let (path, test) =
            title.split_once(" > ").map_or((title, None), |(path, test)| (path, Some(test.to_owned())));
        let path = path.split(" [ ").next().unwrap_or(path);
        // Tests that fail alike are listed above one error.
        if lines.peek().is_some_and(|next| next.trim_start().starts_with("FAIL ")) {
            problems.push(Problem { test, ..problem(path, None, None, "", "fails as the next one") });
            continue;
        }
        let mut error = "";
        let mut place = None;
        for line in lines.by_ref() {
            let text = line.trim();
            if text.starts_with("⎯⎯") {
                break;
            }
            if error.is_empty() {
                error = text;
            } else if place.is_none() && (text.starts_with("❯ ") || text.starts_with("> ")) {
                place = location(text);
            }
        }
        let (code, message) = named(error);
        let (path, line, column) = match place {
            Some((at, line, column)) => (at, Some(line), Some(column)),
            None => (path, None, None),
        };
        problems.push(Problem { test, ..problem(path, line, column, code, message) });
    }
    problems
}

/// `❯ name src/a.ts:5:19`, of the project's own files.
fn location(text: &str) -> Option<(&str, usize, usize)> {
    let place = text.split_whitespace().next_back()?;
    let mut parts = place.rsplitn(3, ':');
    let (column, line, path) = (number(parts.next()?)?, number(parts.next()?)?, parts.next()?);
    (!path.contains("node_modules/")).then_some((path, line, column))
}
