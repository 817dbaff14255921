//! Tasks: what is to be done, as people write it down. A task never holds its status.

mod import;
mod read;

use serde::{Deserialize, Serialize};

use super::span::Span;

pub use import::{from_jsonl, from_task_master};
pub use read::{TaskError, read_files, read_folder};

/// One task of the queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Task {
    /// Letters, digits, `.`, `_` and `-`; names the branch `friction/<id>`.
    pub id: String,
    pub title: String,
    /// Higher first, then the order in which tasks were given.
    pub priority: i32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// The branch it lands on; the queue's where it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The agent's name in the configuration; the queue's where it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Globs of the files it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Names of gate steps; all that the gate finds where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gate: Vec<String>,
    /// A command that is the gate: exit 0 green, 1 red, else it could not judge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gate_command: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// US dollars over all attempts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    #[serde(skip_serializing_if = "StallWords::is_empty")]
    pub stall: StallWords,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_retry: Option<OnRetry>,
    /// May share an attempt with up to this many others in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    pub prompt: String,
    /// Where it was written down: a file's path, or the stream it came from.
    pub source: String,
    /// Position among the tasks given.
    pub order: usize,
}

/// Limits of silence that a task sets for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StallWords {
    /// Without any output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silent: Option<Span>,
    /// Inside one tool call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<Span>,
    /// Without anything but heartbeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Span>,
    /// Alive after its result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result: Option<Span>,
}

impl StallWords {
    fn is_empty(&self) -> bool {
        *self == StallWords::default()
    }

    /// What this one leaves open is taken from another.
    pub fn or(self, other: StallWords) -> StallWords {
        StallWords {
            silent: self.silent.or(other.silent),
            tool: self.tool.or(other.tool),
            progress: self.progress.or(other.progress),
            after_result: self.after_result.or(other.after_result),
        }
    }
}

/// How a task is tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnRetry {
    /// In the same worktree, in the same session where the agent can.
    #[default]
    Resume,
    /// From the base, as if nothing had been done; what was done is kept under `refs/friction/saved/`.
    Fresh,
}

impl Task {
    /// The branch its attempts work on.
    pub fn branch(&self) -> String {
        format!("friction/{}", self.id)
    }

    /// The same work, whatever its place in the queue.
    pub fn is_same_work(&self, other: &Task) -> bool {
        self.prompt == other.prompt && self.title == other.title && self.base == other.base
    }
}

/// Whether an id can name a branch, a folder and a line of a report without any escaping.
pub fn is_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=64).contains(&id.len())
        && id.chars().all(plain)
        && id.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !id.ends_with('.')
        && !id.contains("..")
        && !id.ends_with(".lock")
}
