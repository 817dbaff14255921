//! `friction show`: why is this commit called a correction?

use anyhow::{Context, Result};
use clap::Args;

use crate::report::{self, to_stdout};
use crate::scan::explain;

use super::{Global, Outcome};

/// Explain the verdict on one commit: signals, origins, what was wrong, before and after
#[derive(Args)]
#[command(after_help = "Example:\n  friction show HEAD~3")]
pub struct Arguments {
    /// A commit's sha or another name for it
    commit: String,
    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let repo = global.repo()?;
    let terminal = global.terminal();
    let bar = global.progress(&terminal);
    let shown = explain(&repo, &arguments.commit, &bar)?;
    drop(bar);
    to_stdout(|out| match arguments.json {
        true => report::json(&shown.correction, out),
        false => out.write_all(report::show(&shown, &terminal).as_bytes()),
    })
    .context("cannot write to standard output")?;
    Ok(Outcome::Fine)
}
