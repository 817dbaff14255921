//! `friction check`: may this be committed?

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::check::{self, Options, RuleSet};
use crate::git::{self, Staging};
use crate::report::{self, to_stdout};

use super::{Global, Outcome};

/// Check what is about to be committed for mistakes that the real tools refuse
#[derive(Args)]
#[command(
    after_help = "Examples:\n  friction check                        what is staged, against HEAD\n  friction check --all --scope file     every finding in the work tree\n  friction check --diff main..HEAD      what a branch brings"
)]
pub struct Arguments {
    /// Files or folders of the work tree, instead of what is staged
    paths: Vec<PathBuf>,
    /// What is staged; this is the default
    #[arg(long, conflicts_with_all = ["paths", "all", "diff", "stdin"])]
    staged: bool,
    /// Every file of the work tree
    #[arg(long, conflicts_with_all = ["paths", "diff", "stdin"])]
    all: bool,
    /// What differs between two revisions: A..B, or A...B from where they parted
    #[arg(long, value_name = "REV..REV", conflicts_with_all = ["paths", "stdin"])]
    diff: Option<String>,
    /// One file's text from standard input
    #[arg(long, requires = "stdin_filename", conflicts_with = "paths")]
    stdin: bool,
    /// The path that the text on standard input belongs to
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// Which findings of a changed file to tell
    #[arg(long, value_enum, default_value_t = Scope::New)]
    scope: Scope,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t = Format::Concise)]
    format: Format,
    /// Exit with 0 though there are findings
    #[arg(long)]
    exit_zero: bool,
    /// Stop after this long, e.g. 500ms or 2s, and name the files that are left
    #[arg(long, value_name = "TIME", value_parser = budget)]
    budget: Option<Duration>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scope {
    /// Those that it did not have before
    New,
    /// Those on changed lines
    Lines,
    /// All
    File,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A line for each finding
    Concise,
    /// One document, `friction.findings/1`
    Json,
}

fn budget(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.parse().map_err(|_| format!("{text} is no time; write e.g. 500ms or 2s"))?;
    let seconds = match &text[digits.len()..] {
        "ms" => number / 1000.0,
        "s" => number,
        unit => return Err(format!("`{unit}` is no unit of time here; write ms or s")),
    };
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let staging = staging(global, &arguments)?;
    let rules = RuleSet::new(Vec::new(), |_| None);
    let scope = match arguments.scope {
        Scope::New => check::Scope::New,
        Scope::Lines => check::Scope::Lines,
        Scope::File => check::Scope::File,
    };
    let checked = check::check(&staging, &rules, &Options { scope, budget: arguments.budget });
    to_stdout(|out| match arguments.format {
        Format::Concise => report::concise(&checked, out),
        Format::Json => report::json(&checked, out),
    })?;
    Ok(match checked.summary.errors {
        0 => Outcome::Fine,
        _ if arguments.exit_zero => Outcome::Fine,
        _ => Outcome::Findings,
    })
}

/// What is to be checked, as the words on the command line name it.
fn staging(global: &Global, arguments: &Arguments) -> Result<Staging> {
    let dir = &global.dir;
    if let Some(range) = &arguments.diff {
        return Ok(git::range(dir, range)?);
    }
    if let (true, Some(path)) = (arguments.stdin, &arguments.stdin_filename) {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
        return Ok(git::unsaved(dir, path, &bytes)?);
    }
    if arguments.all || !arguments.paths.is_empty() {
        return Ok(git::work_tree(dir, &arguments.paths)?);
    }
    Ok(git::staged(dir)?)
}
