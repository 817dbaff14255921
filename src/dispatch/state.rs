//! The state of a queue: what the journal's records add up to. Pure; the same records give the same state.

use std::collections::BTreeMap;

use super::event::{Claim, Event, Exit, Gated, Record};
use super::outcome::{Class, Remedy};
use super::process::Identity;
use super::tasks::Task;

/// Where a task is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Waits for its turn: never run, or run and put back.
    #[default]
    Queued,
    Claimed,
    /// Its worktree is there.
    Preparing,
    /// An agent may or may not have been started.
    Spawning,
    Running,
    /// The agent is over, its work not judged.
    Exited,
    /// The gate has spoken.
    Gated,
    /// The ref may or may not have been moved.
    Merging,
    /// The ref was moved.
    Merged,
    Done,
    Dead,
    Cancelled,
    /// A person has to act.
    Held,
}

impl Phase {
    /// An attempt is under way that must be brought to an end.
    pub fn is_open(self) -> bool {
        use Phase::*;
        matches!(self, Claimed | Preparing | Spawning | Running | Exited | Gated | Merging | Merged)
    }

    /// Nothing more will happen to the task by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Phase::Done | Phase::Dead | Phase::Cancelled)
    }

    pub fn words(self) -> &'static str {
        use Phase::*;
        match self {
            Queued => "queued",
            Claimed | Preparing | Spawning => "preparing",
            Running => "running",
            Exited => "exited",
            Gated => "gated",
            Merging | Merged => "merging",
            Done => "done",
            Dead => "failed",
            Cancelled => "cancelled",
            Held => "needs human",
        }
    }
}

/// All that is known of a task.
#[derive(Clone, Debug, Default)]
pub struct TaskState {
    pub task: Task,
    pub phase: Phase,
    /// Where it was when a person was asked for.
    held_from: Phase,
    /// Attempts begun, counted or not.
    pub runs: u32,
    /// Attempts that count.
    pub attempts: u32,
    /// Attempts in a row that did not count.
    pub uncounted: u32,
    pub not_before: i64,
    pub claim: Option<Claim>,
    pub supervisor: Option<(Identity, String)>,
    pub exit: Option<Exit>,
    /// What this exit means for its provider is written down already.
    pub is_answered: bool,
    pub gated: Option<Gated>,
    pub merge: Option<(String, String, String)>,
    /// What the next attempt is told.
    pub feedback: String,
    /// The worktree and session of the last attempt, to go on with.
    pub keep: bool,
    pub session: Option<String>,
    /// Why it is where it is, in one line.
    pub reason: String,
    pub class: Option<Class>,
    /// Attempts of the past: what each came to.
    pub history: Vec<(Class, String)>,
    /// The commit that landed.
    pub landed: Option<String>,
    /// Dollars by session: each tells what it cost in all.
    costs: BTreeMap<String, f64>,
    pub tokens: u64,
    pub agent_seconds: f64,
    pub gate_seconds: f64,
    /// When the task was done, failed or cancelled.
    pub ended: Option<i64>,
}

impl TaskState {
    pub fn cost_usd(&self) -> f64 {
        self.costs.values().sum()
    }
}

/// What is known of a provider.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provider {
    /// Left alone until then.
    pub until: i64,
    pub class: Option<Class>,
    pub source: String,
    /// Limited attempts in a row.
    pub strikes: u32,
    /// Why a person has to act.
    pub paused: Option<(Class, String)>,
    /// Agents in a row that ended before they said anything.
    pub mute: u32,
}

/// The whole queue.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub seq: u64,
    pub dispatcher: Option<(Identity, String)>,
    pub tasks: BTreeMap<String, TaskState>,
    pub providers: BTreeMap<String, Provider>,
    /// Tasks that a restart put back into the queue.
    pub redistributed: Vec<String>,
    /// When this run began, and the time of the last record.
    pub started: i64,
    pub last: i64,
}

impl State {
    pub fn of(records: &[Record]) -> State {
        let mut state = State::default();
        records.iter().for_each(|record| state.apply(record));
        state
    }

    pub fn task(&self, id: &str) -> Option<&TaskState> {
        self.tasks.get(id)
    }

    /// Tasks with an attempt under way.
    pub fn open(&self) -> Vec<&str> {
        let open = self.tasks.iter().filter(|(_, task)| task.phase.is_open());
        open.map(|(id, _)| id.as_str()).collect()
    }

    pub fn apply(&mut self, record: &Record) {
        (self.seq, self.last) = (record.seq, record.ts);
        match &record.event {
            Event::DispatchStarted { dispatcher, .. } => {
                self.dispatcher = Some((*dispatcher, record.boot.clone()));
                self.started = record.ts;
                self.redistributed.clear();
                // A person has started it again: what needed one is tried again.
                for task in self.tasks.values_mut().filter(|task| task.phase == Phase::Held) {
                    task.phase = task.held_from;
                }
            }
            Event::DispatchStopped { .. } => self.dispatcher = None,
            Event::ClockStepped { by_ms } => self.step(*by_ms),
            Event::CooldownSet { scope, until, class, source } => {
                let provider = self.providers.entry(scope.clone()).or_default();
                provider.until = *until;
                provider.class = Some(*class);
                provider.source.clone_from(source);
                provider.strikes += 1;
                self.answer(record.task.as_deref());
            }
            Event::CooldownCleared { scope } => {
                let provider = self.providers.entry(scope.clone()).or_default();
                *provider =
                    Provider { paused: provider.paused.take(), mute: provider.mute, ..Provider::default() };
            }
            Event::Paused { scope, class, reason } => {
                self.providers.entry(scope.clone()).or_default().paused = Some((*class, reason.clone()));
                self.answer(record.task.as_deref());
            }
            Event::Resumed { scope } => {
                let provider = self.providers.entry(scope.clone()).or_default();
                provider.paused = None;
                provider.mute = 0;
            }
            event => {
                let Some(id) = &record.task else { return };
                self.note(id, event);
                let task = self.tasks.entry(id.clone()).or_default();
                task.apply(record);
            }
        }
    }

    /// A task's exit has had its consequence for the provider: a restart must not draw it again.
    fn answer(&mut self, task: Option<&str>) {
        if let Some(task) = task.and_then(|id| self.tasks.get_mut(id)) {
            task.is_answered = true;
        }
    }

    /// Moves all moments that are yet to come, or are counted from, along with the wall clock.
    fn step(&mut self, by: i64) {
        self.started += by;
        self.providers.values_mut().for_each(|provider| provider.until += by);
        self.tasks.values_mut().for_each(|task| task.not_before += by);
    }

    /// What an event of a task means beyond the task.
    fn note(&mut self, id: &str, event: &Event) {
        match event {
            Event::Exited(exit) => {
                let Some(claim) = self.tasks.get(id).and_then(|task| task.claim.as_ref()) else { return };
                let provider = self.providers.entry(claim.provider.clone()).or_default();
                let is_mute = exit.mute && exit.class == Class::Crashed;
                provider.mute = if is_mute { provider.mute + 1 } else { 0 };
            }
            Event::Released { .. } => self.redistributed.push(id.to_owned()),
            Event::Requeued(requeue) if requeue.class == Class::Interrupted => {
                self.redistributed.push(id.to_owned());
            }
            _ => {}
        }
    }
}

impl TaskState {
    fn apply(&mut self, record: &Record) {
        match &record.event {
            Event::Queued(task) => self.task = (**task).clone(),
            Event::Retried {} => {
                let task = std::mem::take(&mut self.task);
                let costs = std::mem::take(&mut self.costs);
                *self = TaskState { task, costs, runs: self.runs, ..TaskState::default() };
            }
            Event::Cancelled {} => self.end(Phase::Cancelled, "cancelled", record.ts),
            Event::Claimed(claim) => {
                self.claim(claim, record.attempt);
                self.phase = Phase::Claimed;
            }
            Event::Delivered { claim, head } => {
                let exit = self.exit.take();
                self.claim(claim, record.attempt);
                self.phase = Phase::Exited;
                let fresh = || Exit { class: Class::Completed, ..Exit::default() };
                self.exit = Some(Exit { head: head.clone(), dirty: false, ..exit.unwrap_or_else(fresh) });
            }
            Event::WorktreeReady {} => self.phase = Phase::Preparing,
            Event::SpawnIntent { .. } => self.phase = Phase::Spawning,
            Event::Spawned { supervisor } => {
                self.phase = Phase::Running;
                self.supervisor = Some((*supervisor, record.boot.clone()));
            }
            Event::Adopted {} => self.phase = Phase::Running,
            Event::Released { reason } => {
                self.close(Phase::Queued, reason);
                self.keep = false;
            }
            Event::Exited(exit) => {
                self.phase = Phase::Exited;
                self.agent_seconds += exit.seconds;
                self.tokens += exit.tokens;
                let session = exit.session.clone().unwrap_or_else(|| format!("run {}", self.runs));
                let cost = self.costs.entry(session).or_default();
                *cost = cost.max(exit.cost_usd.unwrap_or(0.0));
                self.exit = Some((**exit).clone());
            }
            Event::Gated(gated) => {
                self.phase = Phase::Gated;
                self.gate_seconds += gated.seconds;
                if let (Some(claim), Some(exit)) = (&mut self.claim, &mut self.exit)
                    && exit.head != gated.sha
                {
                    // It was put onto the base as it is now.
                    claim.base_sha.clone_from(&gated.onto);
                    exit.head.clone_from(&gated.sha);
                }
                self.gated = Some((**gated).clone());
            }
            Event::MergeIntent { r#ref, old, new } => {
                self.phase = Phase::Merging;
                self.merge = Some((r#ref.clone(), old.clone(), new.clone()));
            }
            Event::MergeMissed {} => {
                self.phase = Phase::Exited;
                self.gated = None;
                self.merge = None;
            }
            Event::MergeDone { new, .. } => {
                self.phase = Phase::Merged;
                self.landed = Some(new.clone());
            }
            Event::Done { sha } => {
                self.class = Some(Class::Success);
                self.landed = Some(sha.clone());
                self.attempts += 1;
                self.history.push((Class::Success, String::new()));
                self.end(Phase::Done, "", record.ts);
            }
            Event::Requeued(requeue) => {
                match requeue.counted {
                    true => (self.attempts, self.uncounted) = (self.attempts + 1, 0),
                    false => self.uncounted += 1,
                }
                self.history.push((requeue.class, requeue.reason.clone()));
                self.class = Some(requeue.class);
                self.not_before = requeue.not_before;
                self.feedback.clone_from(&requeue.feedback);
                self.keep = requeue.keep;
                self.session.clone_from(&requeue.session);
                self.close(Phase::Queued, &requeue.reason);
            }
            Event::Dead { class, reason } => {
                if class.remedy(false) == (Remedy::Retry { counted: true }) {
                    self.attempts += 1;
                }
                self.class = Some(*class);
                self.history.push((*class, reason.clone()));
                self.end(Phase::Dead, reason, record.ts);
            }
            Event::Held { reason } => {
                self.held_from = self.phase;
                self.phase = Phase::Held;
                self.reason.clone_from(reason);
            }
            _ => {}
        }
    }

    fn claim(&mut self, claim: &Claim, attempt: Option<u32>) {
        self.runs = attempt.unwrap_or(self.runs + 1);
        self.claim = Some(claim.clone());
        self.supervisor = None;
        self.gated = None;
        self.merge = None;
        self.exit = None;
        self.is_answered = false;
    }

    fn close(&mut self, phase: Phase, reason: &str) {
        self.phase = phase;
        self.reason = reason.to_owned();
        self.supervisor = None;
        self.gated = None;
        self.merge = None;
    }

    fn end(&mut self, phase: Phase, reason: &str, now: i64) {
        self.close(phase, reason);
        self.ended = Some(now);
    }
}
