//! What a whole commit says about each of its hunks: its words, its size, what it touches.

use super::Change;

/// Facts of a commit that decide how far a hunk's pattern may be trusted.
pub struct Context {
    /// The subject names a repair: fix, correct, repair, broken, failing, typo, …
    pub says_fix: bool,
    /// The subject announces something new: feat, add, implement, introduce, release.
    pub says_feature: bool,
    /// Every changed code file is a test or a test helper.
    pub tests_only: bool,
    /// Code lines removed and added.
    pub lines: usize,
}

impl Context {
    pub fn of(_change: &Change) -> Context {
        Context { says_fix: false, says_feature: false, tests_only: false, lines: 0 }
    }
}
