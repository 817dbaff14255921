//! Things read before they were ready: a missing `await`, a fixed sleep, a race.

use super::commit::{Commit, PyFile, PyHunk, enclosing};
use super::{Claims, Place};
use crate::model::{Family, Side};

const FAMILY: Family = Family::AsyncTiming;

pub fn judge(commit: &Commit, file: &PyFile, claims: &mut Claims) {
    let message = commit.change.message.to_lowercase();
    let timing = ["flaky", "race", "timing", "deadlock", "hang", "concurren", "not awaited", "never awaited"];
    let timing = timing.iter().any(|word| message.contains(word));
    for hunk in file.correcting() {
        awaited(commit, file, hunk, claims);
        let gone = hunk.removed().any(|token| token.is("sleep"));
        let waits = |t: &super::tokens::Token| {
            const WAITS: [&str; 8] =
                ["wait_for", "wait", "wait_until", "poll", "gather", "join", "block_till_done", "Event"];
            WAITS.iter().any(|word| t.is(word))
        };
        if gone && hunk.added().any(waits) {
            let confidence = if commit.context.says_feature { 0.45 } else { 0.75 };
            claims.add(FAMILY, "sleep-instead-of-wait", confidence, Place::of_hunk(file, hunk));
        }
        if timing && commit.is_small() {
            let locks = |t: &super::tokens::Token| {
                ["Lock", "RLock", "Semaphore", "lock", "_lock"].iter().any(|w| t.is(w))
            };
            let sleeps = hunk.added().any(|t| t.is("sleep") || waits(t));
            if hunk.added().any(locks) || sleeps {
                let confidence = if commit.context.says_feature { 0.45 } else { 0.7 };
                claims.add(FAMILY, "race-unguarded", confidence, Place::of_hunk(file, hunk));
            }
        }
    }
}

/// `await` put before a call that stood before, in a function that was `async` already.
fn awaited(commit: &Commit, file: &PyFile, hunk: &PyHunk, claims: &mut Claims) {
    for edit in &hunk.edits {
        let come = &hunk.new[edit.new.clone()];
        if !edit.old.is_empty() || come.len() != 1 || !come[0].is("await") {
            continue;
        }
        let Some(node) = file.after.node_at(come[0].start..come[0].end()) else { continue };
        let Some(function) = enclosing(node, &["function_definition"]) else { continue };
        let turned_async = hunk_turns_async(file, function);
        if !file.stood_before(node) {
            continue;
        }
        // Where the commit turns other functions async, their callers follow.
        let follows = commit.files.iter().any(turns_any_async);
        let confidence = match turned_async {
            true if commit.is_repair() && commit.context.tests_only => 0.7,
            true => 0.3,
            false if follows => 0.4,
            false if commit.is_repair() || commit.context.lines <= 12 => 0.86,
            false => 0.45,
        };
        claims.add(
            FAMILY,
            "coroutine-not-awaited",
            confidence,
            Place::new(file, hunk, Side::After, come[0].start),
        );
    }
}

fn turns_any_async(file: &PyFile) -> bool {
    file.hunks.iter().any(|hunk| hunk.added().any(|t| t.is("async") && follows_def(file, t.end())))
}

fn follows_def(file: &PyFile, byte: usize) -> bool {
    file.after.bytes[byte..].trim_ascii_start().starts_with(b"def ")
}

/// True if the commit itself made the function `async`.
fn hunk_turns_async(file: &PyFile, function: tree_sitter::Node) -> bool {
    file.hunks.iter().any(|hunk| hunk.added().any(|t| t.is("async") && t.start == function.start_byte()))
}
