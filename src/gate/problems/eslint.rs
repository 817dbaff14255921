//! eslint's stylish format: a line with the file, then a line for each problem.

use crate::model::gate::Problem;

use super::{number, problem};

pub(super) fn read(output: &str) -> Vec<Problem> {
    let mut file = "";
    let mut problems = Vec::new();
    for line in output.lines() {
        if !line.starts_with(' ') {
            file = line.trim();
            continue;
        }
        let mut words = line.split_whitespace();
        let place = words.next().and_then(|place| place.split_once(':'));
        let (Some((at, column)), Some("error")) = (place, words.next()) else { continue };
        let (Some(at), Some(column)) = (number(at), number(column)) else { continue };
        let rest = line.split_once(" error ").map_or("", |(_, rest)| rest.trim());
        let (message, rule) = rest.rsplit_once("  ").unwrap_or((rest, ""));
        problems.push(problem(file, Some(at), Some(column), rule.trim(), message));
    }
    problems
}
