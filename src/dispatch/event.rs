//! What can happen to a queue, as the journal records it: an intent before each effect, its result after.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::outcome::Class;
use super::process::Identity;
use super::tasks::Task;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub v: u8,
    /// Counts from 1, without a gap.
    pub seq: u64,
    /// Milliseconds since 1970; RFC 3339 in the file.
    #[serde(serialize_with = "to_text", deserialize_with = "from_text")]
    pub ts: i64,
    /// The boot of the machine in which process ids of this record have a meaning.
    pub boot: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The task's attempt, from 1, counted or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    #[serde(flatten)]
    pub event: Event,
}

fn to_text<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    let time = jiff::Timestamp::from_millisecond(*millis).map_err(serde::ser::Error::custom)?;
    serializer.serialize_str(&time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
    Ok(time.as_millisecond())
}

/// What happened, or is about to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ev", content = "data")]
pub enum Event {
    #[serde(rename = "dispatch.started")]
    DispatchStarted { dispatcher: Identity, version: String },
    #[serde(rename = "dispatch.stopped")]
    DispatchStopped { reason: String },
    /// Somebody set the wall clock, by so many milliseconds; what is waited for moves along.
    #[serde(rename = "clock.stepped")]
    ClockStepped { by_ms: i64 },
    /// A task is in the queue, or its text has changed.
    #[serde(rename = "task.queued")]
    Queued(Box<Task>),
    /// A person asked for another round; what was counted is forgotten.
    #[serde(rename = "task.retried")]
    Retried {},
    #[serde(rename = "task.cancelled")]
    Cancelled {},
    /// An attempt is about to be prepared.
    #[serde(rename = "attempt.claimed")]
    Claimed(Box<Claim>),
    #[serde(rename = "worktree.ready")]
    WorktreeReady {},
    /// An agent is about to be started.
    #[serde(rename = "spawn.intent")]
    SpawnIntent { argv: Vec<String> },
    #[serde(rename = "attempt.spawned")]
    Spawned { supervisor: Identity },
    /// A new dispatcher found the worker alive.
    #[serde(rename = "attempt.adopted")]
    Adopted {},
    /// Nothing was started: the claim is void.
    #[serde(rename = "attempt.released")]
    Released { reason: String },
    /// The agent is over, whatever became of it.
    #[serde(rename = "attempt.exited")]
    Exited(Box<Exit>),
    /// The attempt of a batch left a commit for another task.
    #[serde(rename = "attempt.delivered")]
    Delivered { claim: Box<Claim>, head: String },
    #[serde(rename = "gate.finished")]
    Gated(Box<Gated>),
    /// The ref is about to be moved, by compare-and-swap.
    #[serde(rename = "merge.intent")]
    MergeIntent { r#ref: String, old: String, new: String },
    /// The ref did not move: it was elsewhere already.
    #[serde(rename = "merge.missed")]
    MergeMissed {},
    #[serde(rename = "merge.done")]
    MergeDone { r#ref: String, new: String },
    #[serde(rename = "task.done")]
    Done { sha: String },
    #[serde(rename = "task.requeued")]
    Requeued(Box<Requeue>),
    #[serde(rename = "task.dead")]
    Dead { class: Class, reason: String },
    /// A person has to act before this task can go on; a restart tries again.
    #[serde(rename = "task.held")]
    Held { reason: String },
    /// A provider is left alone until a moment.
    #[serde(rename = "cooldown.set")]
    CooldownSet { scope: String, until: i64, class: Class, source: String },
    /// The provider answered again.
    #[serde(rename = "cooldown.cleared")]
    CooldownCleared { scope: String },
    /// A person has to act before anything is asked of this provider.
    #[serde(rename = "provider.paused")]
    Paused { scope: String, class: Class, reason: String },
    #[serde(rename = "provider.resumed")]
    Resumed { scope: String },
}

/// All that is needed to find an attempt again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub ulid: String,
    /// The configured agent's name.
    pub agent: String,
    /// Whose limits it shares.
    pub provider: String,
    /// The agent's session, chosen by us or told by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    pub branch: String,
    pub worktree: String,
    /// The full name of the ref to land on.
    pub base: String,
    /// Where the branch starts.
    pub base_sha: String,
    /// Where the branch stood when this attempt began.
    pub start_sha: String,
    /// The worktree of the attempt before is used again.
    #[serde(default)]
    pub resumed: bool,
    /// The other tasks of a batch, each with the id its commit will carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
}

/// A further task in a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    pub task: String,
    pub ulid: String,
}

/// How an agent ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    pub class: Class,
    /// One line for a person.
    pub detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rc: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// The branch's head, where it can still be read.
    pub head: String,
    /// There are changes that are in no commit.
    #[serde(default)]
    pub dirty: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// As the agent tells it; cumulative over a session's resumptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    #[serde(default)]
    pub turns: u64,
    #[serde(default)]
    pub tokens: u64,
    pub seconds: f64,
    /// The end of a limit, where it was told: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// No event of the agent was seen.
    #[serde(default)]
    pub mute: bool,
}

/// What the gate said about a commit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gated {
    pub green: bool,
    /// The commit that was judged.
    pub sha: String,
    /// The commit of the base it stands on.
    pub onto: String,
    pub digest: String,
    pub steps: Vec<String>,
    pub seconds: f64,
    /// Why it could not judge; then it is not green either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unjudged: Option<String>,
}

/// A task goes back into the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requeue {
    pub class: Class,
    pub reason: String,
    /// Whether this attempt is one of `max_attempts`.
    pub counted: bool,
    pub not_before: i64,
    /// What the next attempt is told.
    #[serde(default)]
    pub feedback: String,
    /// The worktree is kept for the next attempt.
    #[serde(default)]
    pub keep: bool,
    /// The session to go on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

impl Event {
    /// The name in the journal.
    pub fn name(&self) -> &'static str {
        match self {
            Event::DispatchStarted { .. } => "dispatch.started",
            Event::DispatchStopped { .. } => "dispatch.stopped",
            Event::ClockStepped { .. } => "clock.stepped",
            Event::Queued(_) => "task.queued",
            Event::Retried {} => "task.retried",
            Event::Cancelled {} => "task.cancelled",
            Event::Claimed(_) => "attempt.claimed",
            Event::WorktreeReady {} => "worktree.ready",
            Event::SpawnIntent { .. } => "spawn.intent",
            Event::Spawned { .. } => "attempt.spawned",
            Event::Adopted {} => "attempt.adopted",
            Event::Released { .. } => "attempt.released",
            Event::Exited(_) => "attempt.exited",
            Event::Delivered { .. } => "attempt.delivered",
            Event::Gated(_) => "gate.finished",
            Event::MergeIntent { .. } => "merge.intent",
            Event::MergeMissed {} => "merge.missed",
            Event::MergeDone { .. } => "merge.done",
            Event::Done { .. } => "task.done",
            Event::Requeued(_) => "task.requeued",
            Event::Dead { .. } => "task.dead",
            Event::Held { .. } => "task.held",
            Event::CooldownSet { .. } => "cooldown.set",
            Event::CooldownCleared { .. } => "cooldown.cleared",
            Event::Paused { .. } => "provider.paused",
            Event::Resumed { .. } => "provider.resumed",
        }
    }
}
