//! `recovery.json`: the state of the queue for people and programs that read no journal.

use serde::Serialize;

use super::clock;
use super::process::Identity;
use super::state::State;

/// `recovery.json`: derived from the journal, and made anew from it at any time.
#[derive(Serialize)]
pub struct Recovery<'a> {
    v: u8,
    seq: u64,
    dispatcher: Option<Dispatcher<'a>>,
    tasks: std::collections::BTreeMap<&'a str, Task<'a>>,
    running: Vec<&'a str>,
    /// Put back into the queue by this run's start or by an interruption.
    redistributed: &'a [String],
    failed_workers: Vec<Failed<'a>>,
    retry_counts: std::collections::BTreeMap<&'a str, u32>,
    cooldowns: Vec<Cooldown<'a>>,
    cost_usd: f64,
}

#[derive(Serialize)]
struct Dispatcher<'a> {
    #[serde(flatten)]
    identity: Identity,
    boot: &'a str,
}

#[derive(Serialize)]
struct Task<'a> {
    state: &'static str,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_outcome: Option<super::outcome::Class>,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
}

#[derive(Serialize)]
struct Failed<'a> {
    task: &'a str,
    attempt: usize,
    outcome: super::outcome::Class,
    reason: &'a str,
}

#[derive(Serialize)]
struct Cooldown<'a> {
    scope: &'a str,
    until: String,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_human: Option<&'a str>,
}

impl<'a> Recovery<'a> {
    pub fn of(state: &'a State, now: i64) -> Recovery<'a> {
        let tasks = state.tasks.iter().map(|(id, task)| {
            let row = Task {
                state: task.phase.words(),
                attempts: task.attempts,
                not_before: (task.not_before > now).then(|| clock::text(task.not_before)),
                last_outcome: task.class,
                reason: &task.reason,
                commit: task.landed.as_deref(),
            };
            (id.as_str(), row)
        });
        let failed = state.tasks.iter().flat_map(|(id, task)| {
            let failed = task
                .history
                .iter()
                .enumerate()
                .filter(|(_, (class, _))| *class != super::outcome::Class::Success);
            failed.map(move |(at, (outcome, reason))| Failed {
                task: id,
                attempt: at + 1,
                outcome: *outcome,
                reason,
            })
        });
        let cooldowns =
            state.providers.iter().filter(|(_, provider)| provider.until > now || provider.paused.is_some());
        Recovery {
            v: 1,
            seq: state.seq,
            dispatcher: state
                .dispatcher
                .as_ref()
                .map(|(identity, boot)| Dispatcher { identity: *identity, boot }),
            tasks: tasks.collect(),
            running: state.open(),
            redistributed: &state.redistributed,
            failed_workers: failed.collect(),
            retry_counts: state
                .tasks
                .iter()
                .filter(|(_, task)| task.runs > 1)
                .map(|(id, task)| (id.as_str(), task.runs - 1))
                .collect(),
            cooldowns: cooldowns
                .map(|(scope, provider)| Cooldown {
                    scope,
                    until: clock::text(provider.until),
                    source: &provider.source,
                    needs_human: provider.paused.as_ref().map(|(_, reason)| reason.as_str()),
                })
                .collect(),
            cost_usd: state.tasks.values().map(super::state::TaskState::cost_usd).sum(),
        }
    }
}
