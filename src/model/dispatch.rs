//! What a dispatcher shows of itself: `friction.dispatch/1`.

use serde::{Deserialize, Serialize};

/// The name of this form.
pub const SCHEMA: &str = "friction.dispatch/1";

/// A queue at one moment. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueStatus {
    pub schema: String,
    pub now: i64,
    /// The dispatcher that runs, if one does.
    pub dispatcher: Option<DispatcherRow>,
    pub running: Option<RunningRow>,
    /// In the order in which they were given.
    pub tasks: Vec<TaskRow>,
    pub providers: Vec<ProviderRow>,
    pub totals: Totals,
    /// What the dispatcher waits for, where it does.
    pub waiting: Option<WaitRow>,
    /// Told to stop after this attempt.
    pub stopping: bool,
    /// Things that a person should know, each in one line.
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DispatcherRow {
    pub pid: u32,
    pub since: i64,
}

/// The attempt that is under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunningRow {
    pub task: String,
    pub title: String,
    pub attempt: u32,
    pub agent: String,
    /// `preparing`, `starting`, `awaiting the model`, `in Bash`, `gate`, `landing`, …
    pub phase: String,
    pub phase_since: i64,
    pub started: i64,
    /// The last thing that was heard, in a few words, and when.
    pub last_event: String,
    pub last_event_at: i64,
    /// What happens when nothing more is heard, and when.
    pub deadline: Option<i64>,
    pub deadline_words: String,
    pub worktree: String,
    pub stdout: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskRow {
    pub id: String,
    pub title: String,
    /// `queued`, `running`, …, `done`, `failed`, `cancelled`, `needs human`, `blocked`.
    pub state: String,
    pub attempts: u32,
    pub max_attempts: u32,
    /// Attempts that were begun, those that do not count too.
    pub runs: u32,
    /// Why it is where it is.
    pub reason: String,
    pub outcome: Option<String>,
    pub not_before: Option<i64>,
    /// The commit that landed.
    pub commit: Option<String>,
    pub branch: String,
    pub gate: Option<String>,
    pub cost_usd: f64,
    pub tokens: u64,
    pub agent_seconds: f64,
    pub gate_seconds: f64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProviderRow {
    pub name: String,
    pub until: Option<i64>,
    pub class: String,
    /// Why a person has to act.
    pub needs_human: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WaitRow {
    pub until: i64,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    pub done: usize,
    pub failed: usize,
    pub needs_human: usize,
    pub waiting: usize,
    pub cost_usd: f64,
    pub tokens: u64,
    pub agent_seconds: f64,
    pub gate_seconds: f64,
    /// Since this dispatcher began.
    pub wall_seconds: f64,
    /// Waited for limits.
    pub waited_seconds: f64,
}

/// One task of a plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanRow {
    pub id: String,
    pub title: String,
    pub source: String,
    pub base: String,
    pub agent: String,
    pub argv: Vec<String>,
    pub gate: String,
    pub needs: Vec<String>,
    /// Done already, or failed: it will not be run.
    pub state: String,
}
