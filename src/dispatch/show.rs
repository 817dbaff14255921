//! What the dispatcher tells of itself while it runs: to its view, and in small files to other terminals.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::control::Stop;
use super::dispatcher::Dispatcher;
use super::files::{self, Durable};
use super::recovery::Recovery;
use super::stall::Verdict;
use super::status;
use super::watch::Run;
use crate::model::dispatch::{RunningRow, WaitRow};

/// What is true only as long as the dispatcher runs, for other terminals to read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Live {
    pub running: Option<RunningRow>,
    pub waiting: Option<WaitRow>,
    pub stopping: bool,
    pub waited_ms: i64,
    pub chosen: Vec<String>,
}

impl Live {
    pub const FILE: &'static str = "live.json";
}

/// Between two writings of what other terminals read.
const PUBLISH: Duration = Duration::from_millis(900);

impl Dispatcher<'_> {
    pub(super) fn show(&mut self, id: &str, phase: &str, run: Option<&Run>) {
        let Some(state) = self.state.task(id) else { return };
        let now = (self.clock.now(), self.clock.elapsed());
        let wall = |then: Duration| {
            let ago = |ago: Duration| now.0 - i64::try_from(ago.as_millis()).unwrap_or(0);
            match then > now.1 {
                true => now.0 + i64::try_from((then - now.1).as_millis()).unwrap_or(0),
                false => ago(now.1 - then),
            }
        };
        let before = self.live.running.take().filter(|row| row.task == id && row.attempt == state.runs);
        let since = before.as_ref().filter(|row| row.phase == phase).map_or(now.0, |row| row.phase_since);
        let claim = state.claim.clone().unwrap_or_default();
        self.live.running = Some(RunningRow {
            task: id.to_owned(),
            title: state.task.title.clone(),
            attempt: state.runs,
            agent: claim.agent.clone(),
            phase: phase.to_owned(),
            phase_since: run.map_or(since, |run| wall(run.watch.since())),
            started: before.as_ref().map_or(now.0, |row| row.started),
            last_event: run.map_or(String::new(), |run| run.last.clone()),
            last_event_at: run.map_or(now.0, |run| wall(run.watch.alive())),
            deadline: run.map(|run| wall(run.watch.deadline().0)),
            deadline_words: run.map_or(String::new(), |run| match run.watch.deadline().1 {
                Verdict::Lingers => "ended as finished".to_owned(),
                Verdict::Stalled(class) => format!("ended as {}", class.words()),
            }),
            worktree: claim.worktree,
            stdout: self.room(&claim.ulid).stdout().display().to_string(),
        });
    }

    /// Shows and publishes how things are, at most as often as anybody needs it.
    pub(super) fn tick(&mut self) {
        self.live.stopping = self.control.stop() != Stop::No;
        let now = self.clock.elapsed();
        let status = || status::of(&self.state, &self.live, &self.options, &self.warnings, self.clock.now());
        self.view.tick(&status);
        if now.saturating_sub(self.published) >= PUBLISH {
            self.published = now;
            let _ = files::write_json(&self.dir.join(Live::FILE), &self.live, Durable::No);
        }
    }

    /// Writes what is derived. Nothing depends on it, so a full disk is no trouble here.
    pub(super) fn publish(&mut self) {
        self.published = self.clock.elapsed();
        let _ = files::write_json(&self.dir.join(Live::FILE), &self.live, Durable::No);
        let recovery = Recovery::of(&self.state, self.clock.now());
        let _ = files::write_json(&self.dir.join("recovery.json"), &recovery, Durable::No);
    }
}
