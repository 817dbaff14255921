//! What was wrong before: a change's before and after → families and patterns, with evidence.
//!
//! Abstaining is the normal outcome. Queries in `queries/` say what stands on the changed lines;
//! the judges here ([`typescript`], [`python`]) say what the difference between before and after means.

mod context;
mod pattern;
mod python;
#[cfg(test)]
mod story;
mod typescript;

use crate::diff::Hunk;
use crate::model::{Claim, Side};
use crate::syntax::Language;

pub use context::Context;
pub use pattern::{PatternInfo, pattern_info, patterns};

/// One code file of a change.
pub struct FileChange<'a> {
    /// Path after the change (before it, for a deletion), `/`-separated, lossy UTF-8.
    pub path: &'a str,
    /// Path before the change where it was renamed.
    pub old_path: &'a str,
    /// Empty for a file that was added.
    pub before: &'a [u8],
    /// Empty for a file that was deleted.
    pub after: &'a [u8],
    pub hunks: &'a [Hunk],
    /// For each hunk, whether it is part of the correction; claims come from these only.
    pub corrects: &'a [bool],
}

/// One commit's change, as far as classification needs it.
pub struct Change<'a> {
    /// First line of the message.
    pub subject: &'a str,
    /// The whole message.
    pub message: &'a str,
    pub files: &'a [FileChange<'a>],
    /// Changed paths that are not code: manifests, configuration, documentation.
    pub other_paths: &'a [String],
    /// Reads any other file of either tree; none where it does not exist.
    pub read: &'a dyn Fn(Side, &str) -> Option<Vec<u8>>,
}

/// A claim and the hunks it rests on, as (index into `files`, index into its `hunks`).
pub struct Verdict {
    pub claim: Claim,
    pub hunks: Vec<(usize, usize)>,
}

/// What the change corrected, surest first; empty where nothing is sure enough.
pub fn classify(change: &Change) -> Vec<Verdict> {
    let context = Context::of(change);
    let mut verdicts = Vec::new();
    for (index, file) in change.files.iter().enumerate() {
        match Language::of_path(file.path) {
            Some(Language::Python) => python::judge(change, &context, index, &mut verdicts),
            Some(_) => typescript::judge(change, &context, index, &mut verdicts),
            None => {}
        }
    }
    verdicts.sort_by(|a, b| b.claim.confidence.total_cmp(&a.claim.confidence));
    verdicts
}
