//! Hooks: an agent's or git's call comes in, friction's check, gate or context is asked, and the answer goes
//! out in the words that the caller obeys.
//!
//! Whatever goes wrong inside lets the agent go on, with one line on standard error and a record: a guard
//! that breaks must not stop the work.

mod agent;
mod answer;
mod commits;
mod edits;
pub mod git;
mod guard;
mod record;
mod session;

pub use agent::{Agent, Call, CallError, Event};
pub use answer::Answer;
pub use commits::{Commit, Reading, read as read_commits};
pub use guard::{Guard, handle};
pub use record::record;
