//! How a queue is, as plain values for a view, another terminal or a program.

use std::path::{Path, PathBuf};

use super::clock;
use super::journal::{self, JournalError, Lock};
use super::options::Options;
use super::outcome::Class;
use super::queue;
use super::show::Live;
use super::state::{Phase, State, TaskState};
use super::{files, folder};
use crate::model::dispatch::{DispatcherRow, ProviderRow, QueueStatus, SCHEMA, TaskRow, Totals};

/// The status of a repository's queue, read from outside.
pub fn status(common: &Path, options: &Options) -> Result<QueueStatus, JournalError> {
    let dir = folder(common);
    let state = State::of(&journal::read(&dir)?);
    let mut live: Live = files::read_json(&dir.join(Live::FILE)).unwrap_or_default();
    let holder = Lock::held_by(&dir);
    if holder.is_none() {
        (live.running, live.waiting, live.stopping) = (None, None, false);
    }
    let mut status = of(&state, &live, options, &[], clock::millis(std::time::SystemTime::now()));
    status.dispatcher = holder.map(|(pid, _)| DispatcherRow { pid, since: state.started });
    Ok(status)
}

/// The folder of a task's last attempt, with its output.
pub fn last_attempt(common: &Path, task: &str) -> Result<Option<PathBuf>, JournalError> {
    let dir = folder(common);
    let state = State::of(&journal::read(&dir)?);
    let claim = state.task(task).and_then(|task| task.claim.as_ref());
    Ok(claim.map(|claim| dir.join("attempts").join(&claim.ulid)))
}

pub(super) fn of(
    state: &State,
    live: &Live,
    options: &Options,
    warnings: &[String],
    now: i64,
) -> QueueStatus {
    let ids: Vec<&String> = match live.chosen.is_empty() {
        true => {
            let mut all: Vec<_> = state.tasks.iter().collect();
            all.sort_by_key(|(_, task)| task.task.order);
            all.into_iter().map(|(id, _)| id).collect()
        }
        false => live.chosen.iter().collect(),
    };
    let tasks: Vec<TaskRow> =
        ids.iter().filter_map(|id| Some(row(id, state.task(id)?, state, options, now))).collect();
    let mut totals = Totals {
        wall_seconds: if state.started > 0 { (now - state.started) as f64 / 1000.0 } else { 0.0 },
        waited_seconds: live.waited_ms as f64 / 1000.0,
        ..Totals::default()
    };
    for task in &tasks {
        match task.state.as_str() {
            "done" | "cancelled" => totals.done += usize::from(task.state == "done"),
            "failed" => totals.failed += 1,
            "needs human" | "blocked" => totals.needs_human += usize::from(task.state == "needs human"),
            _ => totals.waiting += 1,
        }
        totals.cost_usd += task.cost_usd;
        totals.tokens += task.tokens;
        totals.agent_seconds += task.agent_seconds;
        totals.gate_seconds += task.gate_seconds;
    }
    let providers =
        state.providers.iter().filter(|(_, provider)| provider.until > now || provider.paused.is_some());
    QueueStatus {
        schema: SCHEMA.to_owned(),
        now,
        dispatcher: Some(DispatcherRow { pid: std::process::id(), since: state.started }),
        running: live.running.clone(),
        tasks,
        providers: providers
            .map(|(name, provider)| ProviderRow {
                name: name.clone(),
                until: (provider.until > now).then_some(provider.until),
                class: provider.class.map_or(String::new(), |class| class.words().to_owned()),
                needs_human: provider.paused.as_ref().map(|(_, reason)| reason.clone()),
            })
            .collect(),
        totals,
        waiting: live.waiting.clone(),
        stopping: live.stopping,
        warnings: warnings.to_vec(),
    }
}

fn row(id: &str, task: &TaskState, state: &State, options: &Options, now: i64) -> TaskRow {
    let blocker = if task.phase == Phase::Queued { queue::blocker(id, state) } else { None };
    let gate = task.gated.as_ref().map(|gated| match (gated.green, &gated.unjudged) {
        (true, _) => "green".to_owned(),
        (false, None) => match red_steps(&gated.steps) {
            steps if steps.is_empty() => "red".to_owned(),
            steps => format!("red ({steps})"),
        },
        (false, Some(why)) => why.clone(),
    });
    TaskRow {
        id: id.to_owned(),
        title: task.task.title.clone(),
        state: if blocker.is_some() { "blocked" } else { task.phase.words() }.to_owned(),
        attempts: task.attempts,
        max_attempts: options.max_attempts(&task.task),
        runs: task.runs,
        reason: blocker.unwrap_or_else(|| task.reason.clone()),
        outcome: task.class.map(|class| class.words().to_owned()),
        not_before: (task.not_before > now).then_some(task.not_before),
        commit: task.landed.clone(),
        branch: task.task.branch(),
        gate: gate.or_else(|| (task.class == Some(Class::Success)).then(|| "green".to_owned())),
        cost_usd: task.cost_usd(),
        tokens: task.tokens,
        agent_seconds: task.agent_seconds,
        gate_seconds: task.gate_seconds,
    }
}

/// The names of steps, each told as `name: status`, that did not pass.
fn red_steps(steps: &[String]) -> String {
    let told = steps.iter().filter_map(|step| step.rsplit_once(": "));
    let red = told.filter(|(_, status)| !matches!(*status, "passed" | "flaky" | "skipped"));
    red.map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}

/// The end of a run in one line, for a notification.
pub(super) fn one_line(state: &State, chosen: &[String]) -> String {
    let count =
        |phase| chosen.iter().filter(|id| state.task(id).is_some_and(|task| task.phase == phase)).count();
    format!(
        "{} done, {} failed, {} need a human, {} not run",
        count(Phase::Done),
        count(Phase::Dead),
        count(Phase::Held),
        count(Phase::Queued)
    )
}
