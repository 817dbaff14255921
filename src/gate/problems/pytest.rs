//! pytest and unittest: a block for each failure, under a line that names its test, with `E` in front of
//! the error and `path:line:` behind it.

use crate::model::gate::Problem;

use super::{named, number, problem};

/// A block between two titles.
#[derive(Default)]
struct Block<'a> {
    title: &'a str,
    error: &'a str,
    /// The last place in it: where it was raised, or the innermost of a traceback.
    place: Option<(&'a str, usize)>,
    /// The last one in a test or a source file of the project, as a collection error prints them.
    code: &'a str,
}

pub(super) fn read(output: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut block: Option<Block> = None;
    for line in output.lines() {
        if let Some(title) = title(line) {
            problems.extend(block.take().and_then(told));
            block = Some(Block { title, ..Block::default() });
            continue;
        }
        if line.starts_with("====") || line.starts_with("FAILED ") || line.starts_with("ERROR ") {
            problems.extend(block.take().and_then(told));
        }
        if let Some(open) = &mut block {
            if let Some(error) = line.strip_prefix("E  ").filter(|_| open.error.is_empty()) {
                open.error = error.trim();
            } else if let Some((path, at, code)) = location(line) {
                open.place = Some((path, at));
                open.code = code;
            }
        } else if let Some(found) = summary(line) {
            // Without a block (`--tb=no`, an error outside of tests) the summary is all there is.
            let known = |problem: &Problem| {
                problem.test == found.test && problem.test.is_some() || problem.path == found.path
            };
            if !problems.iter().any(known) {
                problems.push(found);
            }
        }
    }
    problems.extend(block.and_then(told));
    problems.extend(unittest(output));
    problems
}

/// `______ test_name ______`, `____ ERROR collecting tests/test_a.py ____`
fn title(line: &str) -> Option<&str> {
    let inner = line.strip_prefix("__")?.strip_suffix("__")?;
    let title = inner.trim_matches('_').trim();
    (inner.contains(' ') && !title.is_empty()).then_some(title)
}

fn told(block: Block) -> Option<Problem> {
    let collected = block.title.strip_prefix("ERROR collecting ");
    let (path, line) = match block.place {
        Some((path, line)) => (path, Some(line)),
        None => (collected?, None),
    };
    let (code, message) = named(block.error);
    let code = if code.is_empty() { block.code } else { code };
    // A bare `assert` shows its values only.
    let message = if message.is_empty() { block.title } else { message };
    let test = match collected {
        Some(_) => None,
        None => Some(
            block
                .title
                .trim_start_matches("ERROR at setup of ")
                .trim_start_matches("ERROR at teardown of ")
                .to_owned(),
        ),
    };
    Some(Problem { test, ..problem(path, line, None, code, message) })
}

/// `tests/test_a.py:12: AssertionError`, `src/a.py:3: in total`
fn location(line: &str) -> Option<(&str, usize, &str)> {
    let (path, rest) = line.split_once(".py:")?;
    let (at, rest) = rest.split_once(':')?;
    let path = &line[..path.len() + 3];
    let clean = !path.starts_with(' ') && !path.contains("site-packages") && !path.contains("/lib/python");
    let code = rest.trim();
    clean.then_some((path, number(at)?, if code.starts_with("in ") { "" } else { code }))
}

/// `FAILED tests/test_a.py::test_x - ValueError: no`
fn summary(line: &str) -> Option<Problem> {
    let rest = line.strip_prefix("FAILED ").or_else(|| line.strip_prefix("ERROR "))?;
    let (node, error) = rest.split_once(" - ").unwrap_or((rest, ""));
    let (path, test) =
        node.split_once("::").map_or((node, None), |(path, test)| (path, Some(test.replace("::", "."))));
    if !path.ends_with(".py") {
        return None;
    }
    let (code, message) = named(error);
    Some(Problem {
        test,
        ..problem(path, None, None, code, if message.is_empty() { "it failed" } else { message })
    })
}

/// `ERROR: test_x (module.Class)` or `FAIL: …`, a traceback, the error.
fn unittest(output: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut lines = output.lines();
    while let Some(line) = lines.next() {
        let Some(test) = line.strip_prefix("ERROR: ").or_else(|| line.strip_prefix("FAIL: ")) else {
            continue;
        };
        let mut place: Option<(&str, usize)> = None;
        let mut error = "";
        for line in lines.by_ref().skip_while(|line| !line.starts_with("Traceback")).skip(1) {
            if let Some((path, rest)) =
                line.trim().strip_prefix("File \"").and_then(|rest| rest.split_once("\", line "))
            {
                let at = rest.split(',').next().and_then(number);
                let own = !path.contains("/lib/python") && !path.contains("site-packages");
                place = at.filter(|_| own).map(|at| (path, at)).or(place);
            } else if !line.starts_with(' ') {
                error = line;
                break;
            }
        }
        let (code, message) = named(error);
        let (path, line) = place.map_or(("", None), |(path, line)| (path, Some(line)));
        problems.push(Problem {
            test: test.split_whitespace().next().map(str::to_owned),
            ..problem(path, line, None, code, message)
        });
    }
    problems
}
