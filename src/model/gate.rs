//! What `friction gate` says: `friction.gate/1`.

use serde::{Deserialize, Serialize};

/// The version tag of [`Gated`].
pub const GATE_SCHEMA: &str = "friction.gate/1";

/// The result of a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gated {
    /// Always [`GATE_SCHEMA`].
    pub schema: String,
    /// The version of friction.
    pub version: String,
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub reason: String,
    pub subject: Subject,
    /// The tree that was judged, as a commit of it would have it.
    pub tree: String,
    /// Files in which it differs from its base.
    pub changed: usize,
    /// True where only the quick steps were wanted.
    pub quick: bool,
    /// In the order in which they ran.
    pub steps: Vec<StepResult>,
    /// On the clock, everything included.
    pub seconds: f64,
    /// Of these, what was not spent in a step.
    pub overhead_seconds: f64,
    /// True where this very tree was judged before, and nothing was run.
    pub remembered: bool,
    /// What else should be known.
    pub notes: Vec<String>,
    /// What failed, where, and how it was mended here before: for the agent that must mend it. Not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// May it be committed?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Green,
    Red,
    /// It could not be judged: nothing to run, a tool that is missing, an interruption.
    Unjudged,
}

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    WorkTree,
    /// Exactly what the index holds, in a throw-away work tree.
    Staged,
}

/// How dear a step is. Ordered: steps run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Check,
    /// A type check or a build.
    Types,
    /// Tests are loaded, none is run.
    Collect,
    /// Tests that the change touches.
    Related,
    /// All tests of what the change touches.
    Tests,
}

/// What one step gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    pub name: String,
    pub kind: Kind,
    /// Why it is part of the plan.
    pub why: String,
    pub command: Vec<String>,
    /// The folder it runs in, from the root; empty for the root.
    pub dir: String,
    pub status: Status,
    /// Its exit code, where it ended by itself.
    pub exit: Option<i32>,
    pub seconds: f64,
    /// How often it ran.
    pub attempts: usize,
    pub output: Output,
    pub problems: Vec<Problem>,
    pub notes: Vec<String>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Passed,
    Failed,
    /// It failed, and passed when it was run again on the same tree.
    Flaky,
    TimedOut,
    /// Its program is not there, or cannot be started.
    Missing,
    Interrupted,
    /// Not run, since an earlier one failed.
    Skipped,
}

/// What a step printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The file that keeps it, beginning and end.
    pub path: Option<String>,
    /// As many as were printed.
    pub bytes: u64,
    /// The last lines, without control characters.
    pub tail: String,
}

/// A failure at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// From the root, where it is below the root.
    pub path: String,
    /// Counted from 1.
    pub line: Option<usize>,
    pub column: Option<usize>,
    /// `TS2339`, `AttributeError`, a rule's id, or empty.
    pub code: String,
    /// One line.
    pub message: String,
    /// How to mend it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The name of the failing test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// The pattern of `friction_patterns.json` that it looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}
