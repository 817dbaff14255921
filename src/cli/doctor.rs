//! `friction doctor`: what is wired, what is broken, how to mend it.

use anyhow::{Context, Result};
use clap::Args;

use crate::git::Places;
use crate::init::{Health, diagnose};
use crate::report::{self, to_stdout};

use super::{Global, Outcome};

/// Tell what is wired here, what is broken, and how to mend it
#[derive(Args)]
#[command(after_help = "Example:\n  friction doctor")]
pub struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let found = diagnose(&Places::of(&global.dir)?);
    let line = |health: &Health| {
        let detail = if health.detail.is_empty() {
            String::new()
        } else {
            format!(": {}", report::clean(&health.detail))
        };
        let mend = if health.mend.is_empty() {
            String::new()
        } else {
            format!("\n        {}", report::clean(&health.mend))
        };
        format!("{:<6}  {}{detail}{mend}\n", health.state, health.what)
    };
    to_stdout(|out| match arguments.json {
        true => report::json(&found, out),
        false => out.write_all(found.iter().map(line).collect::<String>().as_bytes()),
    })
    .context("cannot write to standard output")?;
    Ok(if found.iter().any(|health| health.state == "broken") { Outcome::Findings } else { Outcome::Fine })
}
