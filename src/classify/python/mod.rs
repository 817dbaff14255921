//! What was wrong before in Python code, told by what its correction changed.
//!
//! A commit's Python files are judged together, since a rename in one explains a swap in another. Tokens
//! of the changed lines come first ([`tokens`]); a file is parsed only when they leave a judge in doubt.

mod answers;
mod asynchrony;
mod attributes;
mod commit;
mod environment;
mod expectations;
mod facts;
mod formatting;
mod imports;
mod mocks;
mod modules;
mod names;
mod narrowing;
mod tokens;
mod types;
mod uses;

use std::collections::BTreeMap;

use commit::{Commit, PyFile, PyHunk};

use super::{Change, Context, Verdict};
use crate::model::{Claim, Evidence, Family, Side};
use crate::syntax::Language;

/// Places shown for one claim.
const MOST_EVIDENCE: usize = 5;

/// Judges all Python files of a change when asked for the first of them.
pub fn judge(change: &Change, context: &Context, file: usize, verdicts: &mut Vec<Verdict>) {
    let first = change.files.iter().position(|file| Language::of_path(file.path) == Some(Language::Python));
    if first != Some(file) || context.says_revert {
        return;
    }
    let commit = Commit::read(change, context);
    let mut claims = Claims::default();
    if formatting::judge(&commit, &mut claims) {
        // Nothing but layout or prose has changed.
        return claims.into_verdicts(verdicts);
    }
    modules::judge(&commit, &mut claims);
    for file in &commit.files {
        imports::judge(&commit, file, &mut claims);
        types::judge(&commit, file, &mut claims);
        narrowing::judge(&commit, file, &mut claims);
        asynchrony::judge(&commit, file, &mut claims);
        environment::judge(&commit, file, &mut claims);
        if file.is_test {
            mocks::judge(&commit, file, &mut claims);
            expectations::judge(&commit, file, &mut claims);
        }
    }
    attributes::judge(&commit, &mut claims);
    claims.into_verdicts(verdicts);
}

/// Claims under way, one for each pattern of a commit.
#[derive(Default)]
struct Claims {
    by_pattern: BTreeMap<(Family, &'static str), Draft>,
}

#[derive(Default)]
struct Draft {
    confidence: f64,
    evidence: Vec<Evidence>,
    hunks: Vec<(usize, usize)>,
}

/// Where a pattern shows, and the hunk that it rests on.
struct Place {
    evidence: Evidence,
    /// Index into the change's files, index into the file's hunks.
    hunk: (usize, usize),
}

impl Place {
    /// The line of a byte on one side of a hunk's file.
    fn new(file: &PyFile, hunk: &PyHunk, side: Side, byte: usize) -> Place {
        let line = file.text(side).line_of(byte) + 1;
        let evidence = Evidence { path: file.path.to_owned(), line, side };
        Place { evidence, hunk: (file.index, hunk.index) }
    }

    /// The first line that a hunk brings in, else the first that it takes away.
    fn of_hunk(file: &PyFile, hunk: &PyHunk) -> Place {
        match hunk.added().next() {
            Some(token) => Place::new(file, hunk, Side::After, token.start),
            None => Place::new(file, hunk, Side::Before, hunk.old_bytes.start),
        }
    }

    /// A file as a whole.
    fn of_file(index: usize, path: &str) -> Place {
        let evidence = Evidence { path: path.to_owned(), line: 1, side: Side::After };
        Place { evidence, hunk: (index, 0) }
    }
}

impl Claims {
    fn add(&mut self, family: Family, pattern: &'static str, confidence: f64, place: Place) {
        let draft = self.by_pattern.entry((family, pattern)).or_default();
        draft.confidence = draft.confidence.max(confidence);
        if draft.evidence.len() < MOST_EVIDENCE && !draft.evidence.contains(&place.evidence) {
            draft.evidence.push(place.evidence);
        }
        if !draft.hunks.contains(&place.hunk) {
            draft.hunks.push(place.hunk);
        }
    }

    fn into_verdicts(self, verdicts: &mut Vec<Verdict>) {
        for ((family, pattern), draft) in self.by_pattern {
            let claim = Claim {
                family,
                pattern: pattern.to_owned(),
                confidence: draft.confidence,
                evidence: draft.evidence,
            };
            verdicts.push(Verdict { claim, hunks: draft.hunks });
        }
    }
}

#[cfg(test)]
mod tests;
