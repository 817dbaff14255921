//! `friction completions`: what the shell needs to complete friction's commands.

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::report::to_stdout;

use super::{Cli, Outcome};

/// Print shell completions
#[derive(Args)]
#[command(
    after_help = "Example:\n  friction completions bash > ~/.local/share/bash-completion/completions/friction"
)]
pub struct Arguments {
    shell: Shell,
}

pub fn run(arguments: Arguments) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "friction", &mut script);
    to_stdout(|out| out.write_all(&script)).context("cannot write to standard output")?;
    Ok(Outcome::Fine)
}
