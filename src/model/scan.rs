//! `friction.scan/1`: what a scan found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Family, Pattern};

/// The version tag of [`Scan`].
pub const SCAN_SCHEMA: &str = "friction.scan/1";

/// Everything that one scan found. The same repository and options give the same bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scan {
    /// Always [`SCAN_SCHEMA`].
    pub schema: String,
    /// The version of friction that made it.
    pub version: String,
    pub repository: Repository,
    /// Ordered newest fix first.
    pub corrections: Vec<Correction>,
    /// Ordered costliest first.
    pub episodes: Vec<Episode>,
    /// Ordered costliest first.
    pub patterns: Vec<Pattern>,
    pub warnings: Vec<Warning>,
}

/// What was read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Repository {
    /// The work tree, or the git directory of a bare repository; lossy UTF-8.
    pub root: String,
    /// The commit HEAD points at, in full; none in an empty repository.
    pub head: Option<String>,
    /// How many distinct starting points (refs, worktree heads, reflog entries) were followed.
    pub refs: usize,
    /// Commits that were judged.
    pub commits: usize,
    /// Commits that were not judged, by reason (`merge`, `duplicate`, `bot`, …).
    pub skipped: BTreeMap<String, usize>,
    /// Author time of the oldest and newest judged commit, seconds since 1970.
    pub since: Option<i64>,
    pub until: Option<i64>,
}

/// One commit that corrected an earlier one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Correction {
    pub fix: CommitRef,
    /// The probability, 0 to 1, that this commit repairs what a recent ancestor brought in.
    pub confidence: f64,
    pub kind: Kind,
    /// Likeliest first.
    pub origins: Vec<Origin>,
    /// Author time of the fix less that of its likeliest origin; never negative.
    pub gap_seconds: Option<i64>,
    pub hunks: Vec<HunkRecord>,
    pub families: Vec<Claim>,
    /// The facts that spoke for and against, strongest first.
    pub signals: Vec<Signal>,
}

/// A commit as reports name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitRef {
    pub sha: String,
    /// First line of the message, lossy UTF-8.
    pub subject: String,
    /// Author's name, after the mailmap.
    pub author: String,
    /// Author time, seconds since 1970.
    pub time: i64,
}

/// How a commit corrects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A recent ancestor's mistake was repaired, mostly by the same hands.
    SelfCorrection,
    /// The commit takes an earlier one back.
    Revert,
    /// `fixup!`, `squash!`, or an amend that a reflog recorded.
    Fixup,
    /// A repair of what CI, a build, a type check or a linter reported.
    CiFix,
}

/// A commit that probably brought in what was corrected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    pub sha: String,
    /// Probability, 0 to 1.
    pub confidence: f64,
}

/// Lines replaced in one file, and what was wrong in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HunkRecord {
    pub path: String,
    /// First removed line, 1-based; where nothing was removed, the line after which text was put.
    pub old_start: u32,
    pub old_lines: u32,
    pub new_start: u32,
    pub new_lines: u32,
    pub families: Vec<HunkClaim>,
}

/// A family named for one hunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HunkClaim {
    pub family: Family,
    pub pattern: String,
    pub confidence: f64,
}

/// A family named for a commit, with the place where it shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub family: Family,
    /// Kebab-case, e.g. `vi-domock-to-mock`.
    pub pattern: String,
    pub confidence: f64,
    pub evidence: Vec<Evidence>,
}

/// A line that shows a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    pub path: String,
    /// 1-based.
    pub line: u32,
    pub side: Side,
}

/// Which of the two texts of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Before,
    After,
}

/// A fact that spoke for (positive weight) or against a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    pub name: String,
    /// Log-odds added.
    pub weight: f64,
}

/// A chain of corrections of one origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    pub origin: CommitRef,
    /// Oldest first.
    pub fixes: Vec<CommitRef>,
    /// How many corrections it took.
    pub rounds: usize,
    /// Author time from the origin to the last fix.
    pub minutes: i64,
    /// Code lines removed and added by the fixes.
    pub lines: usize,
    /// Families and patterns named in its corrections.
    pub patterns: Vec<String>,
    /// Paths the fixes touched, most lines first, at most three.
    pub paths: Vec<String>,
}

/// Something that could not be read, counted and named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// `missing-object`, `large-file`, `shallow`, `lfs-pointer`, …
    pub kind: String,
    /// How often.
    pub count: usize,
    /// One sentence with the first example.
    pub message: String,
}

/// Digits by which reports name a commit: so many are one commit's in repositories of any size.
pub const SHORT_SHA: usize = 10;

/// A commit's name as people read it. What is no letter or digit, as a damaged report may hold, is left out.
pub fn short_sha(sha: &str) -> String {
    sha.chars().filter(char::is_ascii_alphanumeric).take(SHORT_SHA).collect()
}
