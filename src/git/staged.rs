//! What is about to be committed, and what some commits changed.

use std::path::Path;

use super::by_git::{between_by_git, merge_base, staged_by_git};
use super::by_hand::staged_by_hand;
use super::{Staging, StagingError};

/// What `git commit` would commit now: the index, as `GIT_INDEX_FILE` and `GIT_DIR` name it in a hook,
/// against HEAD. `dir` is where git would be run.
pub fn staged(dir: &Path) -> Result<Staging, StagingError> {
    match staged_by_hand(dir) {
        Some(staging) => Ok(staging),
        None => staged_by_git(dir),
    }
}

/// What the commit `to` holds against `from`.
pub fn between(dir: &Path, from: &str, to: &str) -> Result<Staging, StagingError> {
    between_by_git(dir, from, to)
}

/// What a range of revisions changed: `A..B` against A, `A...B` against the merge base of both; `A` alone
/// is `A..HEAD`, and so is a side that is left out.
pub fn range(dir: &Path, range: &str) -> Result<Staging, StagingError> {
    let side = |revision: &str| if revision.is_empty() { "HEAD".to_owned() } else { revision.to_owned() };
    if let Some((left, right)) = range.split_once("...") {
        let (left, right) = (side(left), side(right));
        return between(dir, &merge_base(dir, &left, &right)?, &right);
    }
    let (from, to) = range.split_once("..").unwrap_or((range, ""));
    between(dir, &side(from), &side(to))
}
