//! Tests that expected what the code does not do.

use tree_sitter::Node;

use super::commit::{Commit, PyFile, PyHunk, Text};
use super::tokens::{Kind, Token};
use super::{Claims, Place};
use crate::model::{Family, Side};

const FAMILY: Family = Family::TestExpectation;

pub fn judge(commit: &Commit, file: &PyFile, claims: &mut Claims) {
    if !commit.context.tests_only {
        return;
    }
    let bulk = commit.context.says_refactor || commit.context.lines > 200;
    for hunk in file.correcting() {
        for edit in &hunk.edits {
            let (gone, come) = (&hunk.old[edit.old.clone()], &hunk.new[edit.new.clone()]);
            let Some(token) = come.first().or(gone.first()) else { continue };
            let side = if come.is_empty() { Side::Before } else { Side::After };
            let Some(pattern) = kind_of(gone, come) else { continue };
            if !in_assertion(file.text(side), token) || side == Side::After && !stood(file, token) {
                continue;
            }
            let confidence = if bulk { 0.45 } else { 0.8 };
            claims.add(FAMILY, pattern, confidence, Place::new(file, hunk, side, token.start));
        }
        if only_drops_assertions(hunk) && commit.is_repair() && !bulk {
            claims.add(FAMILY, "assertion-stale", 0.55, Place::of_hunk(file, hunk));
        }
    }
}

fn stood(file: &PyFile, token: &Token) -> bool {
    file.after.node_at(token.start..token.end()).is_some_and(|node| file.stood_before(node))
}

/// Which change of expectation tokens that give way to others are.
fn kind_of(gone: &[Token], come: &[Token]) -> Option<&'static str> {
    let value = |t: &Token| {
        matches!(t.kind, Kind::Number | Kind::String) || ["True", "False", "None"].iter().any(|w| t.is(w))
    };
    if !gone.is_empty() && !come.is_empty() && gone.iter().any(value) && come.iter().any(value) {
        return Some("asserted-value-wrong");
    }
    let check = |t: &Token| t.text.starts_with(b"assert") && t.text.len() > 6;
    if gone.len() == 1 && come.len() == 1 && check(&gone[0]) && check(&come[0]) {
        return Some("expected-outcome-wrong");
    }
    let relation = |t: &Token| ["==", "!=", "not", "in", "is", "<", ">", "<=", ">="].iter().any(|w| t.is(w));
    let flips = gone.iter().chain(come).all(relation);
    flips.then_some("expected-outcome-wrong")
}

fn in_assertion(text: &Text, token: &Token) -> bool {
    let mut node = text.node_at(token.start..token.end());
    while let Some(here) = node {
        match here.kind() {
            "assert_statement" => return true,
            "call" if is_assertion(text, here) => return true,
            "function_definition" | "class_definition" => return false,
            _ => node = here.parent(),
        }
    }
    false
}

fn is_assertion(text: &Text, call: Node) -> bool {
    let Some(function) = call.child_by_field_name("function") else { return false };
    let name = text.text_of(function);
    let last = name.rsplit(|b| *b == b'.').next().unwrap_or(name);
    last.starts_with(b"assert")
}

/// Lines that go are assertions, and nothing comes.
fn only_drops_assertions(hunk: &PyHunk) -> bool {
    let asserts = hunk.removed().any(|t| t.text.starts_with(b"assert"));
    let defines = hunk.removed().any(|t| t.is("def"));
    asserts && !defines && hunk.added().next().is_none()
}
