//! `friction supervise`: what the dispatcher runs between itself and a worker. Nobody types this.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::dispatch;

use super::Outcome;

/// Run one prepared command for the dispatcher
#[derive(Args)]
#[command(
    after_help = "Example:\n  friction supervise .git/friction/dispatch/attempts/ID    started by `friction dispatch`"
)]
pub struct Arguments {
    /// The folder that says what to run
    folder: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    dispatch::supervise(&arguments.folder)?;
    Ok(Outcome::Fine)
}
