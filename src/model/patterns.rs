//! `friction.patterns/1`: what recurs, ranked by what it costs.

use serde::{Deserialize, Serialize};

use super::Family;

/// Minutes that one more round of correction is taken to cost beside the time that passed: noticing,
/// reading the failure again, another run of the tests. It keeps a mistake that took six quick rounds
/// above one that took a single slow one.
pub const ROUND_MINUTES: i64 = 20;

/// The version tag of [`PatternFile`].
pub const PATTERNS_SCHEMA: &str = "friction.patterns/1";

/// The content of `friction_patterns.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PatternFile {
    /// Always [`PATTERNS_SCHEMA`].
    pub schema: String,
    pub scanned: Scanned,
    /// Costliest first.
    pub patterns: Vec<Pattern>,
}

/// What the patterns were learned from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scanned {
    /// The version of friction.
    pub version: String,
    pub head: Option<String>,
    pub commits: usize,
    pub corrections: usize,
    /// Author times of the oldest and newest judged commit, seconds since 1970.
    pub since: Option<i64>,
    pub until: Option<i64>,
}

/// One mistake that was corrected again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// `family/pattern`, e.g. `mock_setup/vi-domock-to-mock`; stable.
    pub id: String,
    pub family: Family,
    pub pattern: String,
    /// What goes wrong, one sentence.
    pub sentence: String,
    pub counts: Counts,
    pub cost: Cost,
    /// Part of all corrections, 0 to 1.
    pub share: f64,
    /// 95 % Wilson interval of `share`.
    pub interval: [f64; 2],
    /// Corrections in each twelfth of the scanned time, oldest first.
    pub trend: Vec<usize>,
    /// What to do, one sentence.
    pub always: String,
    /// What not to do, one sentence.
    pub never: String,
    /// Globs of the files it occurs in, commonest first.
    pub files: Vec<String>,
    /// Costliest first, at most three.
    pub examples: Vec<Example>,
    /// Ids of the checker rules that guard against it.
    pub rules: Vec<String>,
    /// True for an edit that recurs in this repository only, told by its replacement.
    pub local: bool,
}

/// How often.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub corrections: usize,
    /// Distinct commits that brought the mistake in.
    pub origins: usize,
    pub episodes: usize,
    /// Corrections in the episodes in which it occurs.
    pub rounds: usize,
}

/// How dear.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Sum over its episodes of the minutes from origin to last fix; a gap over eight hours counts as
    /// eight hours, since nobody works through the night on one mistake.
    pub minutes: i64,
    /// Code lines removed and added.
    pub lines: usize,
    pub rounds: usize,
}

/// One correction, as a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The commit that brought the mistake in, in full.
    pub origin: Option<String>,
    pub fix: String,
    pub path: String,
    /// The lines as they were, at most twelve.
    pub before: String,
    /// The lines as they are since, at most twelve.
    pub after: String,
}
