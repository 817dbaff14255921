//! What of a failed test step is worth running once more, to tell a flaky test from a broken one.

use std::collections::BTreeSet;

use crate::model::gate::{Kind, Problem};

use super::step::{Action, Program, Step, Tool};

/// So many tests do not fail by chance.
const MOST: usize = 20;

/// Errors that come again on the same code.
const CERTAIN: [&str; 8] = [
    "ImportError",
    "ModuleNotFoundError",
    "SyntaxError",
    "NameError",
    "IndentationError",
    "ReferenceError",
    "E0",
    "TS",
];

/// The step again, cut down to what failed; none where it would fail again for sure, or what failed is
/// not known.
pub(super) fn again(step: &Step, output: &str, problems: &[Problem]) -> Option<Step> {
    let Action::Run(program) = &step.action else { return None };
    let certain = |problem: &Problem| CERTAIN.iter().any(|code| problem.code.starts_with(code));
    if !matches!(step.kind, Kind::Related | Kind::Tests) || problems.iter().any(certain) {
        return None;
    }
    let failed = match step.tool {
        Tool::Vitest | Tool::Jest => failed_files(output),
        Tool::Pytest => failed_nodes(output),
        Tool::Cargo => failed_tests(output),
        _ => return None,
    };
    if failed.is_empty() || failed.len() > MOST {
        return None;
    }
    let args = match step.tool {
        Tool::Vitest => vitest(&program.args),
        Tool::Jest => jest(&program.args),
        Tool::Pytest => pytest(&program.args),
        _ => [&program.args[..], &["--".to_owned(), "--exact".to_owned()]].concat(),
    };
    let program = Program { args: [args, failed.into_iter().collect()].concat(), ..program.clone() };
    Some(Step { action: Action::Run(program), ..step.clone() })
}

/// ` FAIL  path > test`, `FAIL path`
fn failed_files(output: &str) -> BTreeSet<String> {
    let titles = output.lines().filter_map(|line| line.trim_start().strip_prefix("FAIL "));
    let path = |title: &str| {
        let title = title.trim();
        let title =
            title.strip_prefix('|').and_then(|rest| rest.split_once("| ")).map_or(title, |(_, rest)| rest);
        title.split_whitespace().next().map(str::to_owned)
    };
    titles.filter_map(path).collect()
}

/// `FAILED tests/test_a.py::test_x - ValueError: no`; a parameter's value may hold spaces.
fn failed_nodes(output: &str) -> BTreeSet<String> {
    let lines = output.lines().filter_map(|line| line.strip_prefix("FAILED "));
    lines.map(|line| line.split(" - ").next().unwrap_or(line).to_owned()).collect()
}

/// Below `failures:`, indented by four.
fn failed_tests(output: &str) -> BTreeSet<String> {
    let after = output.lines().skip_while(|line| *line != "failures:").skip(1);
    let names = after.filter_map(|line| line.strip_prefix("    "));
    names.filter(|name| !name.is_empty() && !name.contains(' ')).map(str::to_owned).collect()
}

/// Without files and `related`; the options stay.
fn vitest(args: &[String]) -> Vec<String> {
    let options = args.iter().skip_while(|arg| ["related", "run"].contains(&arg.as_str()));
    let mut kept = vec!["run".to_owned()];
    kept.extend(
        options.take_while(|arg| arg.as_str() != "--run").filter(|arg| *arg != "--passWithNoTests").cloned(),
    );
    kept
}

fn jest(args: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = args
        .iter()
        .take_while(|arg| *arg != "--findRelatedTests")
        .filter(|arg| *arg != "--passWithNoTests")
        .cloned()
        .collect();
    kept.push("--runTestsByPath".to_owned());
    kept
}

/// Up to `-q`, behind which its files stand.
fn pytest(args: &[String]) -> Vec<String> {
    let end = args.iter().position(|arg| arg == "-q").map_or(args.len(), |at| at + 1);
    args[..end].to_vec()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn retried(tool: Tool, args: &[&str], output: &str) -> Option<String> {
        let step = Step {
            name: "x".into(),
            kind: Kind::Tests,
            why: String::new(),
            action: Action::Run(Program::new("x", args)),
            dir: String::new(),
            time_limit: Duration::from_secs(1),
            tool,
        };
        Some(again(&step, output, &[])?.words().join(" "))
    }

    #[test]
    fn only_what_failed_runs_again() {
        let related = ["related", "--config", "v.ts", "--run", "--passWithNoTests", "src/a.ts"];
        assert_eq!(
            retried(Tool::Vitest, &related, " FAIL  src/a.test.ts > x\n FAIL  |p| src/b.test.ts > y\n")
                .unwrap(),
            "x run --config v.ts src/a.test.ts src/b.test.ts"
        );
        assert_eq!(
            retried(
                Tool::Jest,
                &["-i", "--passWithNoTests", "--findRelatedTests", "a.js"],
                "FAIL a.test.js (5 s)\n"
            )
            .unwrap(),
            "x -i --runTestsByPath a.test.js"
        );
        assert_eq!(
            retried(Tool::Pytest, &["-m", "pytest", "-q", "t"], "FAILED t/a.py::t[a b] - E: x\n").unwrap(),
            "x -m pytest -q t/a.py::t[a b]"
        );
        assert_eq!(
            retried(Tool::Cargo, &["test"], "failures:\n\nfailures:\n    a::b\n\ntest result").unwrap(),
            "x test -- --exact a::b"
        );
        assert_eq!(retried(Tool::Other, &[], "FAIL a"), None);
        assert_eq!(retried(Tool::Vitest, &[], "it broke"), None);
    }
}
