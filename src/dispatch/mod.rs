//! The dispatcher: runs a queue of tasks through a headless agent, one after another, and lands what the
//! gate accepts.
//!
//! Decisions are pure and read plain values: [`queue`] says what is next, [`state`] what the journal adds up
//! to, [`stall`] whether a worker still works, [`outcome`] and [`limits`] what an ending means. Effects are
//! at the edge: [`supervise`] runs commands, `repository` changes git, and [`Dispatcher`] puts both together.
//! Every effect is announced in the [`journal`] before it is done, so that a new dispatcher can finish what a
//! killed one began, and nothing is run or landed twice.

mod agents;
mod attempt;
mod batch;
mod clock;
mod command;
mod control;
mod dispatcher;
mod event;
mod failpoint;
mod files;
mod gate;
mod journal;
mod land;
mod limits;
mod notify;
mod options;
mod outcome;
mod places;
mod plan;
mod process;
mod prompt;
mod queue;
mod recovery;
mod repository;
mod resume;
mod settle;
mod show;
mod span;
mod stall;
mod state;
mod status;
mod steer;
mod supervise;
mod tail;
mod tasks;
mod transcript;
mod waiting;
mod watch;

pub use agents::{AgentWords, Kind};
pub use clock::{Clock, SystemClock};
pub use control::{Control, Request};
pub use dispatcher::{Dispatcher, Finished, View};
pub use event::{Event, Record};
pub use gate::{CommandGate, Gate, Verdict};
pub use journal::JournalError;
pub use options::{DispatchConfig, Options};
pub use outcome::Class;
pub use plan::{PlanError, check, plan};
pub use status::{last_attempt, status};
pub use supervise::supervise;
pub use tasks::{Task, TaskError, from_jsonl, from_task_master, read_files, read_folder};

#[cfg(test)]
mod recorded_tests;

use std::path::{Path, PathBuf};

pub use repository::Repository;

/// The dispatcher's folder in a repository: shared by all worktrees, never committed.
pub fn folder(common_dir: &Path) -> PathBuf {
    common_dir.join("friction").join("dispatch")
}
