//! The loop: what is next, do it, write it down.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::control::{Control, Request, Stop};
use super::event::{Event, Record};
use super::files::{self, Durable};
use super::gate::Gate;
use super::journal::{Journal, Lock};
use super::options::Options;
use super::process;
use super::queue::{self, Next};
use super::recovery::{self, Findings, Recovery, Step};
use super::repository::{GitError, Repository};
use super::state::{Phase, State};
use super::supervise::Room;
use super::tasks::Task;
use super::{notify, status};
use crate::model::dispatch::{QueueStatus, RunningRow, WaitRow};

/// Who looks on.
pub trait View {
    /// A record was written.
    fn record(&mut self, record: &Record, status: &dyn Fn() -> QueueStatus);
    /// Time has passed; called several times a second.
    fn tick(&mut self, status: &dyn Fn() -> QueueStatus);
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    AllDone,
    /// Tasks failed, are blocked or need a human.
    Failures,
    /// A limit was met and was not to be waited for.
    Limited,
    /// A person stopped it.
    Stopped,
}

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

/// How long the dispatcher sleeps at most before it looks at the clock again.
const LOOK: Duration = Duration::from_millis(500);

/// Between two writings of what other terminals read.
const PUBLISH: Duration = Duration::from_millis(900);

/// One run over a queue. It holds the lock: there is no other one.
pub struct Dispatcher<'a> {
    pub(super) options: Options,
    pub(super) repo: Repository,
    pub(super) dir: PathBuf,
    journal: Journal,
    pub(super) state: State,
    pub(super) clock: &'a dyn Clock,
    pub(super) gate: &'a dyn Gate,
    view: &'a mut dyn View,
    pub(super) control: Control,
    /// The tasks of this run, in the order in which they were given.
    chosen: Vec<String>,
    pub(super) live: Live,
    published: Duration,
    looked: Duration,
    /// Moves of branches that a work tree could not follow, and the like.
    pub warnings: Vec<String>,
    /// Tasks that a person cancelled while they ran.
    pub(super) cancelled: BTreeSet<String>,
}

/// What stops work on one task, or all work.
#[derive(Debug)]
pub(super) enum Trouble {
    /// This task cannot go on without a person.
    Task(String),
    /// The dispatcher was told to end at once.
    Stop,
    /// Nothing can go on.
    Fatal(anyhow::Error),
}

impl From<GitError> for Trouble {
    fn from(error: GitError) -> Trouble {
        Trouble::Task(error.to_string())
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Trouble {
        Trouble::Fatal(error.into())
    }
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Trouble {
        Trouble::Fatal(error)
    }
}

impl<'a> Dispatcher<'a> {
    /// Takes the lock and reads the journal. Nothing is done yet.
    pub fn open(
        options: Options,
        repo: Repository,
        clock: &'a dyn Clock,
        gate: &'a dyn Gate,
        view: &'a mut dyn View,
    ) -> Result<Dispatcher<'a>> {
        let dir = super::folder(repo.common());
        let (journal, records) = Journal::open(&dir, Lock::take(&dir)?)?;
        let control = Control::silent(&dir);
        Ok(Dispatcher {
            options,
            repo,
            dir,
            journal,
            state: State::of(&records),
            clock,
            gate,
            view,
            control,
            chosen: Vec::new(),
            live: Live::default(),
            published: Duration::ZERO,
            looked: Duration::ZERO,
            warnings: Vec::new(),
            cancelled: BTreeSet::new(),
        })
    }

    /// Listens to signals from now on.
    pub fn listen(&mut self) -> Result<Control> {
        self.control = Control::listen(&self.dir).context("cannot listen for signals")?;
        Ok(self.control.clone())
    }

    /// Refuses a base that is checked out with changes: what lands would have to go beside them.
    pub fn check_base(&self, tasks: &[Task]) -> Result<()> {
        // A landing that was broken off looks like a change; it is finished first.
        let is_landing = self.state.tasks.values().any(|task| task.phase == Phase::Merging);
        if self.options.allow_dirty || is_landing {
            return Ok(());
        }
        let bases: BTreeSet<String> = tasks.iter().filter_map(|task| self.base(task).ok()).collect();
        let own = self.options.config.tasks.as_deref().unwrap_or(Path::new("tasks"));
        for base in bases {
            for place in self.repo.checked_out(&base)? {
                let mut changes = self.repo.changes(&place, false)?;
                changes.retain(|path| !Path::new(path).starts_with(own));
                if !changes.is_empty() {
                    let shown = changes.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
                    let name = base.trim_start_matches("refs/heads/");
                    return Err(anyhow!(
                        "{name} is checked out in {} with {} uncommitted change(s) ({shown}{}): commit or stash them, or pass --allow-dirty",
                        place.display(),
                        changes.len(),
                        if changes.len() > 3 { ", …" } else { "" }
                    ));
                }
            }
        }
        Ok(())
    }

    /// Writes an event down, and only then lets it be true.
    pub(super) fn record(&mut self, task: Option<&str>, event: Event) -> Result<()> {
        let attempt = task.map(|id| {
            let begins = matches!(event, Event::Claimed(_));
            let runs = self.state.task(id).map_or(0, |task| task.runs);
            let member = matches!(event, Event::Delivered { .. })
                && self.state.task(id).is_none_or(|task| !task.phase.is_open());
            (id, if begins || member { runs + 1 } else { runs })
        });
        let supervisor = task.and_then(|id| Some(self.state.task(id)?.supervisor.as_ref()?.0.pid));
        let record = self.journal.append(self.clock.now(), attempt, event, supervisor)?;
        self.state.apply(&record);
        let status = || status::of(&self.state, &self.live, &self.options, &self.warnings, self.clock.now());
        self.view.record(&record, &status);
        let matters = matches!(
            record.event.name(),
            "attempt.spawned"
                | "attempt.exited"
                | "task.done"
                | "task.dead"
                | "task.requeued"
                | "cooldown.set"
                | "provider.paused"
        );
        if matters {
            self.publish();
        }
        Ok(())
    }

    /// Puts tasks into the queue. Tasks that are done stay done; a changed text is told.
    pub fn enqueue(&mut self, tasks: Vec<Task>) -> Result<()> {
        for task in tasks {
            let known = self.state.task(&task.id);
            let id = task.id.clone();
            let is_final = known.is_some_and(|known| known.phase.is_final());
            if known.is_some_and(|known| is_final && !known.task.is_same_work(&task)) {
                self.warnings.push(format!(
                    "{id} was {} before with another text; `friction dispatch retry {id}` does it again",
                    self.state.tasks[&id].phase.words()
                ));
            } else if known.is_none_or(|known| known.task != task && !known.phase.is_open()) {
                self.record(Some(&id), Event::Queued(Box::new(task)))?;
            }
            self.chosen.push(id);
        }
        self.live.chosen.clone_from(&self.chosen);
        Ok(())
    }

    /// Runs until nothing is left to do, or until it is told to stop.
    pub fn run(&mut self) -> Result<Finished> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.record(None, Event::DispatchStarted { dispatcher: process::own(), version })?;
        let paused: Vec<String> = self
            .state
            .providers
            .iter()
            .filter(|(_, provider)| provider.paused.is_some())
            .map(|(name, _)| name.clone())
            .collect();
        for scope in paused {
            self.record(None, Event::Resumed { scope })?;
        }
        let finished = match self.recover().and_then(|()| self.work()) {
            Ok(finished) => finished,
            Err(Trouble::Stop) => Finished::Stopped,
            Err(Trouble::Fatal(error)) => return Err(error),
            Err(Trouble::Task(told)) => return Err(anyhow!(told)),
        };
        let reason = match finished {
            Finished::AllDone => "all done",
            Finished::Failures => "nothing left that can be done",
            Finished::Limited => "a limit",
            Finished::Stopped => "stopped",
        };
        self.record(None, Event::DispatchStopped { reason: reason.to_owned() })?;
        self.live = Live { waited_ms: self.live.waited_ms, chosen: self.chosen.clone(), ..Live::default() };
        self.publish();
        let _ = std::fs::remove_dir(self.worktrees());
        Ok(finished)
    }

    /// Brings what a former dispatcher left open to a point from which the loop can go on.
    fn recover(&mut self) -> Result<(), Trouble> {
        let open: Vec<String> = self.state.open().into_iter().map(str::to_owned).collect();
        for id in open {
            let task = &self.state.tasks[&id];
            let phase = task.phase;
            let Some(claim) = task.claim.clone() else { continue };
            let room = self.room(&claim.ulid);
            // Whoever comes first decides: from here on no late supervisor can start anything.
            let was_started = phase == Phase::Running
                || (phase == Phase::Spawning
                    && room.dir().exists()
                    && !room.claim("dispatcher").map_err(anyhow::Error::from)?
                    && room.was_started());
            let is_alive = was_started && !process::of_attempt(&claim.ulid, None).is_empty();
            match recovery::step(phase, Findings { was_started, is_alive }) {
                Step::Release => {
                    self.discard(&id, &claim)?;
                    let reason = "the dispatcher ended before its agent was started".to_owned();
                    self.record(Some(&id), Event::Released { reason })?;
                }
                Step::Adopt => self.record(Some(&id), Event::Adopted {})?,
                Step::Conclude | Step::GoOn => {}
            }
            // A gate of the former dispatcher judges for nobody.
            let orphans = || process::of_attempt(&format!("{}-gate", claim.ulid), None);
            process::end(&orphans, Duration::from_secs(1), &|| false);
        }
        Ok(())
    }

    fn work(&mut self) -> Result<Finished, Trouble> {
        loop {
            self.requests()?;
            if self.control.stop() == Stop::Now {
                return Err(Trouble::Stop);
            }
            if let Some(id) = self.state.open().first().map(|id| (*id).to_owned()) {
                match self.advance(&id) {
                    Err(Trouble::Task(reason)) => self.hold(&id, reason)?,
                    other => other?,
                }
                continue;
            }
            if self.control.stop() != Stop::No {
                return Ok(Finished::Stopped);
            }
            let now = self.clock.now();
            let options = self.options.clone();
            let provider = |task: &Task| options.agent(task).map_or_else(String::new, |agent| agent.provider);
            match queue::next(&self.state, &self.chosen, now, &provider) {
                Next::Run(id) => {
                    let members = queue::batch(&self.state, &self.chosen, &id, now);
                    match self.claim(&id, members) {
                        Err(Trouble::Task(reason)) => self.hold(&id, reason)?,
                        other => other?,
                    }
                }
                Next::Wait { .. } if self.options.no_wait => return Ok(Finished::Limited),
                Next::Wait { until, reason } => self.wait(until, reason),
                Next::Finished => return Ok(self.verdict()),
            }
        }
    }

    fn verdict(&self) -> Finished {
        let is_done = |id: &String| {
            self.state.task(id).is_some_and(|task| matches!(task.phase, Phase::Done | Phase::Cancelled))
        };
        let all = self.chosen.iter().all(is_done);
        notify::notify(&self.options.config.notify, "done", &status::one_line(&self.state, &self.chosen));
        if all { Finished::AllDone } else { Finished::Failures }
    }

    /// Does the next thing about a task with an open attempt.
    fn advance(&mut self, id: &str) -> Result<(), Trouble> {
        match self.state.tasks[id].phase {
            Phase::Claimed => self.prepare(id),
            Phase::Preparing => self.spawn(id),
            Phase::Spawning | Phase::Running => self.watch(id),
            Phase::Exited => self.settle(id),
            Phase::Gated => self.land(id),
            Phase::Merging => self.finish_merge(id),
            Phase::Merged => self.done(id),
            _ => Ok(()),
        }
    }

    /// Sleeps until a moment, or until a person has something to say. The clock is looked at again and again,
    /// because it may be set and the machine may sleep.
    fn wait(&mut self, until: i64, reason: String) {
        let from = (self.clock.now(), self.clock.elapsed());
        self.live.waiting = Some(WaitRow { until, reason });
        let most = Duration::from_millis(u64::try_from(until - from.0).unwrap_or(0));
        loop {
            let left = until - self.clock.now();
            let passed = self.clock.elapsed().saturating_sub(from.1);
            // A clock that was set back does not make the wait longer than it was.
            if left <= 0 || passed >= most || self.control.stop() != Stop::No {
                break;
            }
            self.clock.idle(LOOK.min(Duration::from_millis(left.unsigned_abs())));
            self.tick();
            if self.requests().is_err() || self.control.stop() != Stop::No {
                break;
            }
        }
        self.live.waited_ms +=
            i64::try_from(self.clock.elapsed().saturating_sub(from.1).as_millis()).unwrap_or(0);
        self.live.waiting = None;
        // What the monotonic clock says is over is over.
        let now = self.clock.now();
        if now < until && self.control.stop() == Stop::No {
            for provider in self.state.providers.values_mut() {
                provider.until = provider.until.min(now);
            }
            for task in self.state.tasks.values_mut() {
                task.not_before = task.not_before.min(now);
            }
        }
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
    fn publish(&mut self) {
        self.published = self.clock.elapsed();
        let _ = files::write_json(&self.dir.join(Live::FILE), &self.live, Durable::No);
        let recovery = Recovery::of(&self.state, self.clock.now());
        let _ = files::write_json(&self.dir.join("recovery.json"), &recovery, Durable::No);
    }

    /// Reads what people ask for from other terminals.
    pub(super) fn requests(&mut self) -> Result<(), Trouble> {
        let now = self.clock.elapsed();
        if now.saturating_sub(self.looked) < Duration::from_millis(200) && self.looked > Duration::ZERO {
            return Ok(());
        }
        self.looked = now;
        for request in self.control.take() {
            self.apply(&request)?;
        }
        Ok(())
    }

    /// Does what was asked for.
    pub fn request(&mut self, request: &Request) -> Result<()> {
        match self.apply(request) {
            Ok(()) | Err(Trouble::Stop) => Ok(()),
            Err(Trouble::Fatal(error)) => Err(error),
            Err(Trouble::Task(told)) => Err(anyhow!(told)),
        }
    }

    fn apply(&mut self, request: &Request) -> Result<(), Trouble> {
        match request {
            Request::Stop { now } => self.control.interrupt(*now),
            Request::Retry { task: id } => {
                let Some(task) = self.state.task(id) else { return Ok(()) };
                if !task.phase.is_open() {
                    self.record(Some(id), Event::Retried {})?;
                }
            }
            Request::Cancel { task: id } => {
                let Some(task) = self.state.task(id) else { return Ok(()) };
                match task.phase {
                    Phase::Running | Phase::Spawning => {
                        self.cancelled.insert(id.clone());
                    }
                    phase if phase.is_final() => {}
                    _ => {
                        if let Some(claim) = task.claim.clone() {
                            self.discard(id, &claim)?;
                        }
                        self.record(Some(id), Event::Cancelled {})?;
                    }
                }
            }
        }
        Ok(())
    }

    // ---- places ----

    /// The folder of an attempt's files.
    pub(super) fn room(&self, ulid: &str) -> Room {
        Room::new(&self.dir.join("attempts").join(ulid))
    }

    /// The folder in which worktrees are made: beside the repository, because agents are kept out of `.git`
    /// and a project's own tools would find a copy of everything inside the work tree.
    pub(super) fn worktrees(&self) -> PathBuf {
        if let Some(folder) = &self.options.config.worktrees {
            return self.repo.root().join(folder);
        }
        match (self.repo.is_bare(), self.repo.root().parent(), self.repo.root().file_name()) {
            (false, Some(parent), Some(name)) => parent.join(format!("{}.worktrees", name.to_string_lossy())),
            _ => self.repo.common().join("friction").join("worktrees"),
        }
    }
}
