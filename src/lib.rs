//! friction: mines git history for mistakes that keep being corrected, and teaches them.
//!
//! The rooms, in the order in which a scan passes through them: [`git`] reads commits and blobs,
//! [`diff`] compares texts, [`history`] finds which commit corrects which, [`classify`] says what was
//! wrong, [`patterns`] ranks what recurs, [`guide`] writes it for a worker, [`report`] draws it.
//! [`scan`] calls them, [`cli`] calls it; [`model`] holds the plain values that pass between them. See `DESIGN.md`.

pub mod check;
pub mod classify;
pub mod cli;
pub mod config;
pub mod context;
pub mod diff;
pub mod dispatch;
pub mod facts;
pub mod gate;
pub mod git;
pub mod guide;
mod hash;
pub mod history;
pub mod hook;
pub mod init;
mod kept;
pub mod model;
pub mod patterns;
mod process;
pub mod report;
pub mod rules;
pub mod scan;
mod scratch;
pub mod shell;
pub mod syntax;
mod when;
