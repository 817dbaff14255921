//! The trailer of a commit that passed the gate, and which commits of a range have one that is true.

use serde::Serialize;

use crate::git::{Git, GitError, Places};
use crate::model::gate::{Gated, Status, Verdict};

use super::memory::Memory;

/// The trailer's name; its value is the tree that was judged and the steps that it passed.
pub const TRAILER: &str = "Friction-Gate";

/// `Friction-Gate: 4b825dc… check,tsc,vitest`
pub fn trailer(gated: &Gated) -> String {
    format!("{TRAILER}: {} {}", gated.tree, passed(gated).join(","))
}

/// The steps that a tree passed, each one word.
fn passed(gated: &Gated) -> Vec<String> {
    let passed = gated.steps.iter().filter(|step| matches!(step.status, Status::Passed | Status::Flaky));
    passed.map(|step| step.name.replace([' ', ','], "-")).collect()
}

/// Whether a commit was gated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gating {
    pub commit: String,
    pub subject: String,
    /// True for a trailer that names the commit's own tree, and for a commit without one whose tree is
    /// known here to be green: some agents run git without the repository's hooks.
    pub gated: bool,
    /// True where it has a trailer.
    pub trailer: bool,
    /// True where the green result of that tree is kept in this repository.
    pub recorded: bool,
    /// The steps that its tree passed, as the trailer or the record names them.
    pub steps: Vec<String>,
    /// Why it does not count as gated, or empty.
    pub reason: String,
}

/// The commits of a range, newest first; merges are judged as any other commit.
pub fn verify(places: &Places, range: &str) -> Result<Vec<Gating>, GitError> {
    let format = format!("--format=%H%x00%T%x00%s%x00%(trailers:key={TRAILER},valueonly,separator=%x2C)%x1e");
    // A single revision means that commit, not all of history.
    let words = match range.contains("..") || range.starts_with('^') {
        true => vec!["log", &format, "--end-of-options", range, "--"],
        false => vec!["log", "-1", &format, "--end-of-options", range, "--"],
    };
    let told = Git::at(&places.root).text(&format!("list the commits of {range}"), &words)?;
    let memory = Memory::new(&places.own());
    Ok(told.split('\u{1e}').filter_map(|record| gating(record.trim_start_matches('\n'), &memory)).collect())
}

fn gating(record: &str, memory: &Memory) -> Option<Gating> {
    let mut parts = record.split('\0');
    let (commit, tree, subject, value) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (judged, steps) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    let results = memory.of_tree(tree);
    let red = results.iter().any(|result| result.verdict == Verdict::Red && !result.quick);
    let green = memory.green(tree);
    let reason = match judged {
        "" if green.is_some() => String::new(),
        "" => "it has no trailer".to_owned(),
        other if other != tree => {
            format!("the trailer names another tree, {}", other.get(..12).unwrap_or(other))
        }
        _ if red && green.is_none() => "the gate was red on its tree".to_owned(),
        _ => String::new(),
    };
    let steps = match (judged, &green) {
        ("", Some(result)) => passed(result),
        _ => steps.split(',').filter(|step| !step.is_empty()).map(str::to_owned).collect(),
    };
    Some(Gating {
        commit: commit.to_owned(),
        subject: subject.to_owned(),
        gated: reason.is_empty(),
        trailer: !judged.is_empty(),
        recorded: green.is_some(),
        steps,
        reason,
    })
}
