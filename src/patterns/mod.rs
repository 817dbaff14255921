//! Corrections aggregated into what recurs: ranked patterns, `friction_patterns.json`, its schema.
//!
//! [`rank`] turns corrections into patterns and orders them by what they cost; [`recurring`] finds the
//! edits that only this project keeps making; [`file`] keeps them on disk. Wording for a worker is the
//! business of the guide.

mod cost;
mod deceit;
pub mod file;
mod globs;
mod rank;
mod recurring;
mod replacement;
#[cfg(test)]
pub(crate) mod samples;
mod schema;
mod share;
mod write;

pub(crate) use deceit::deceives;
pub use rank::{Corpus, Lesson, rank};
pub use recurring::LooseHunk;
pub use schema::schema;
pub use write::write_atomically;
