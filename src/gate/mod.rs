//! friction's check, the project's build and its tests, as timed steps with a verdict.
//!
//! [`judge`] takes a snapshot of what is judged, finds the steps, runs them in order of cost and says what
//! came of it. [`plan`] finds the steps only. Nothing of the user's is changed: not the work tree, not the
//! index, not the stash.

mod checker;
mod command;
mod discover;
mod ground;
mod guard;
mod judge;
mod memory;
mod output;
mod outputs;
mod problems;
mod process;
mod retry;
mod run;
mod share;
mod similar;
mod site;
mod step;
mod trailer;

pub use checker::{CheckError, Checker, Finding, OwnBinary, Scope};
pub use command::on_path as program_on_path;
pub use discover::discover;
pub use ground::Ground;
pub use judge::{Options, judge, judge_snapshot, plan};
pub use memory::Memory;
pub use process::Stop;
pub use similar::name_patterns;
pub use step::{Action, Plan, Program, Step, Tool};
pub use trailer::{Gating, TRAILER, trailer, verify};
