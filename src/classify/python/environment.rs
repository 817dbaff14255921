//! What holds on one machine only: platforms, time zones, encodings, variables.

use super::commit::{Commit, PyFile, PyHunk};
use super::tokens::Token;
use super::{Claims, Place};
use crate::model::Family;

const FAMILY: Family = Family::EnvConfig;

pub fn judge(commit: &Commit, file: &PyFile, claims: &mut Claims) {
    let context = commit.context;
    if context.says_feature || !commit.is_small() && !context.tests_only {
        return;
    }
    let subject = commit.change.subject.to_lowercase();
    let platform_said =
        ["windows", "macos", "linux", "platform", "win32"].iter().any(|w| subject.contains(w));
    let zone_said = ["timezone", "time zone", "utc", "tz "].iter().any(|w| subject.contains(w));
    for hunk in file.correcting() {
        let has = |words: &[&str]| hunk.added().any(|t: &Token| words.iter().any(|w| t.is(w)));
        let repair = commit.is_repair();
        if platform_guard(hunk) && (repair || platform_said) {
            let confidence = if platform_said { 0.85 } else { 0.65 };
            claims.add(FAMILY, "platform-guard-missing", confidence, Place::of_hunk(file, hunk));
        } else if platform_said && (repair || context.tests_only) {
            claims.add(FAMILY, "platform-difference", 0.65, Place::of_hunk(file, hunk));
        }
        if zone_said
            && has(&["timezone", "utc", "UTC", "tz", "tzinfo", "utcnow", "time_machine", "freeze_time"])
        {
            claims.add(FAMILY, "timezone-assumed", 0.8, Place::of_hunk(file, hunk));
        }
        if encoding(hunk) && (repair || platform_said) {
            claims.add(FAMILY, "encoding-unstated", 0.75, Place::of_hunk(file, hunk));
        }
        if has(&["environ", "getenv", "setenv", "delenv"]) && repair && context.says_env && !file.is_test {
            claims.add(FAMILY, "environment-variable-wrong", 0.55, Place::of_hunk(file, hunk));
        }
    }
}

fn platform_guard(hunk: &PyHunk) -> bool {
    let pair = |tokens: &[Token], left: &str, right: &str| {
        tokens.windows(3).any(|t| t[0].is(left) && t[1].is(".") && t[2].is(right))
    };
    let stands = |tokens: &[Token]| {
        pair(tokens, "sys", "platform") || pair(tokens, "os", "name") || pair(tokens, "platform", "system")
    };
    stands(&hunk.new) && !stands(&hunk.old)
}

/// `encoding="…"` given to a call that stood before without it.
fn encoding(hunk: &PyHunk) -> bool {
    hunk.edits.iter().any(|edit| {
        edit.old.is_empty() && hunk.new[edit.new.clone()].iter().any(|token| token.is("encoding"))
    }) && hunk.new.iter().any(|t| t.is("open") || t.is("read_text") || t.is("write_text") || t.is("run"))
}
