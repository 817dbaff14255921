//! What explains one verdict: `friction show`.

use super::{CommitRef, Correction};

/// A verdict and the texts that explain it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub correction: Correction,
    /// The commits named as origins, as far as they could be read, in any order.
    pub origins: Vec<CommitRef>,
    pub excerpts: Vec<Excerpt>,
}

/// The lines of one correction hunk, before and after it.
#[derive(Clone, Debug)]
pub struct Excerpt {
    pub path: String,
    /// 1-based number of the first line of `before`.
    pub start_line_before: u32,
    /// Lossy UTF-8.
    pub before: String,
    /// 1-based number of the first line of `after`.
    pub start_line_after: u32,
    /// Lossy UTF-8.
    pub after: String,
}
