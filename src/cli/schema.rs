//! `friction schema`: the JSON schemas of what friction writes.

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::patterns::schema;
use crate::report::to_stdout;

use super::Outcome;

/// Print the JSON schema of a document that friction writes
#[derive(Args)]
#[command(after_help = "Example:\n  friction schema patterns > patterns.schema.json")]
pub struct Arguments {
    #[arg(value_enum)]
    name: Name,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    /// `friction scan --format json`
    Scan,
    /// `friction_patterns.json`
    Patterns,
    /// `friction check --format json`
    Findings,
    /// `friction gate --format json`
    Gate,
}

pub fn run(arguments: Arguments) -> Result<Outcome> {
    let name = match arguments.name {
        Name::Scan => "scan",
        Name::Patterns => "patterns",
        Name::Findings => "findings",
        Name::Gate => "gate",
    };
    let text = schema(name).with_context(|| format!("there is no schema named {name}"))?;
    to_stdout(|out| out.write_all(text.as_bytes())).context("cannot write to standard output")?;
    Ok(Outcome::Fine)
}
