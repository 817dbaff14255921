//! The loop: what is next, do it, write it down.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use super::clock::Clock;
use super::control::{Control, Stop};
use super::event::{Event, Record};
use super::gate::Gate;
use super::journal::{Journal, Lock};
use super::options::Options;
use super::process;
use super::queue::{self, Next};
use super::repository::{GitError, Repository};
use super::show::Live;
use super::state::{Phase, State};
use super::tasks::Task;
use super::waiting::Seen;
use super::{notify, status};
use crate::model::dispatch::QueueStatus;

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

/// One run over a queue. It holds the lock: there is no other one.
pub struct Dispatcher<'a> {
    pub(super) options: Options,
    pub(super) repo: Repository,
    pub(super) dir: PathBuf,
    journal: Journal,
    pub(super) state: State,
    pub(super) clock: &'a dyn Clock,
    pub(super) gate: &'a dyn Gate,
    pub(super) view: &'a mut dyn View,
    pub(super) control: Control,
    /// The tasks of this run, in the order in which they were given.
    chosen: Vec<String>,
    pub(super) live: Live,
    pub(super) published: Duration,
    pub(super) looked: Duration,
    pub(super) seen: Seen,
    pub(super) disk_seen: Duration,
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

impl Trouble {
    /// As an error of the whole run.
    pub(super) fn told(self) -> anyhow::Error {
        match self {
            Trouble::Task(told) => anyhow!(told),
            Trouble::Stop => anyhow!("stopped"),
            Trouble::Fatal(error) => error,
        }
    }
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
            disk_seen: Duration::ZERO,
            seen: Seen::new(clock.now(), clock.since_boot()),
            warnings: Vec::new(),
            cancelled: BTreeSet::new(),
        })
    }

    /// Listens to signals from now on.
    pub fn listen(&mut self) -> Result<Control> {
        self.control = Control::listen(&self.dir).context("cannot listen for signals")?;
        Ok(self.control.clone())
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
        self.mind_the_past().map_err(Trouble::told)?;
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
            Err(trouble) => {
                let error = trouble.told();
                notify::notify(&self.options.config.notify, "needs_human", &format!("{error:#}"));
                return Err(error);
            }
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

    fn work(&mut self) -> Result<Finished, Trouble> {
        loop {
            self.mind_the_clock()?;
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
            let provider =
                |task: &Task| self.options.agent(task).map_or_else(String::new, |agent| agent.provider);
            match queue::next(&self.state, &self.chosen, now, &provider) {
                Next::Run(id) => {
                    let members = queue::batch(&self.state, &self.chosen, &id, now);
                    match self.claim(&id, members) {
                        Err(Trouble::Task(reason)) => self.hold(&id, reason)?,
                        other => other?,
                    }
                }
                Next::Wait { .. } if self.options.no_wait => return Ok(Finished::Limited),
                Next::Wait { until, reason } => self.wait(until, reason)?,
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
}
