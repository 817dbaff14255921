//! Patterns → the text that a worker reads: CLAUDE.md and its cousins.
//!
//! [`plan`] says what would change, and [`Plan`] shows or applies it. [`choose`] picks the rules,
//! [`insert`] keeps a block inside a file that belongs to people, [`Target`] knows which files workers
//! read. Nothing here reads git or a terminal.

mod block;
mod place;
mod plan;
mod rules;
mod stamp;
mod target;
mod text;
mod unified;
mod whole;

pub use block::{BlockError, insert};
pub use plan::{ApplyError, Change, Conflict, Options, Plan, PlanError, plan};
pub use rules::{Limits, Rule, choose};
pub use target::{Target, UnknownTarget, detect};
