//! A dispatcher inside the test, on a clock of the test's own: idle time passes at once, and the wall clock can be
//! set to any other time in the middle of a run.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use friction::config::Config;
use friction::dispatch::{
    Clock, CommandGate, Dispatcher, Finished, Options, Record, Repository, SystemClock, View, read_folder,
};
use friction::model::dispatch::QueueStatus;

use crate::stage::*;

/// Idle time passes at once; everything else takes its time.
pub struct Leaping {
    real: SystemClock,
    leapt: Cell<Duration>,
    /// Milliseconds by which the wall clock goes wrong from the start.
    wrong: i64,
    /// After so much time the wall clock is set by so many milliseconds.
    set: Option<(Duration, i64)>,
}

impl Leaping {
    pub fn new() -> Leaping {
        Leaping { real: SystemClock::new(), leapt: Cell::default(), wrong: 0, set: None }
    }

    pub fn wrong_by(wrong: i64) -> Leaping {
        Leaping { wrong, ..Leaping::new() }
    }

    pub fn set_after(time: Duration, by: i64) -> Leaping {
        Leaping { set: Some((time, by)), ..Leaping::new() }
    }
}

impl Clock for Leaping {
    fn now(&self) -> i64 {
        let set = self.set.filter(|(after, _)| self.elapsed() >= *after).map_or(0, |(_, by)| by);
        self.real.now() + self.leapt.get().as_millis() as i64 + self.wrong + set
    }

    fn elapsed(&self) -> Duration {
        self.real.elapsed() + self.leapt.get()
    }

    fn since_boot(&self) -> Duration {
        self.elapsed()
    }

    fn pause(&self, time: Duration) {
        self.real.pause(time);
    }

    fn idle(&self, time: Duration) {
        self.leapt.set(self.leapt.get() + time);
    }
}

struct Nobody;

impl View for Nobody {
    fn record(&mut self, _: &Record, _: &dyn Fn() -> QueueStatus) {}
    fn tick(&mut self, _: &dyn Fn() -> QueueStatus) {}
}

/// Runs a queue to its end; how it ended, and how much idle time was leapt over.
pub fn run(stage: &Stage) -> (Finished, Duration) {
    run_on(stage, &Leaping::new(), false)
}

pub fn run_on(stage: &Stage, clock: &Leaping, no_wait: bool) -> (Finished, Duration) {
    let root = stage.repo.root();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_friction"));
    let config = Config::read(root).unwrap().dispatch;
    let gate = CommandGate {
        program: program.clone(),
        command: config.gate.clone(),
        timeout: Duration::from_secs(20),
    };
    let options = Options { config, program, no_wait, allow_dirty: true };
    let repo = Repository::open(root, &root.join(".git"), false);
    let mut nobody = Nobody;
    let mut dispatcher = Dispatcher::open(options, repo, clock, &gate, &mut nobody).unwrap();
    let mut tasks = read_folder(&root.join("tasks"), root).unwrap();
    tasks.iter_mut().enumerate().for_each(|(order, task)| task.order = order);
    dispatcher.enqueue(tasks).unwrap();
    (dispatcher.run().unwrap(), clock.leapt.get())
}
