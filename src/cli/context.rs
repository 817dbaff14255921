//! `friction context`: what to know before a task.

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::config::Config;
use crate::context::{self, Question};
use crate::git::Places;
use crate::patterns::file;
use crate::report::to_stdout;

use super::{Global, Outcome};

/// Print what went wrong here before with such paths and tasks
#[derive(Args)]
#[command(
    after_help = "Examples:\n  friction context --paths 'src/cart/**'\n  friction context --task tasks/T-0042.md --budget 3000\n  echo 'fix the login' | friction context --task -"
)]
pub struct Arguments {
    /// A file with the task's text; - for standard input
    #[arg(long, value_name = "FILE")]
    task: Option<PathBuf>,
    /// Paths or globs that the task is about
    #[arg(long, value_name = "GLOB", num_args = 1..)]
    paths: Vec<String>,
    /// Characters at most [default: 6000; never more than 9500]
    #[arg(long, value_name = "CHARS")]
    budget: Option<usize>,
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Markdown,
    Json,
    /// The output of a SessionStart hook
    ClaudeHook,
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let root = Places::of(&global.dir)?.root;
    let config = Config::read(&root)?;
    let task = match &arguments.task {
        None => String::new(),
        Some(path) if path.as_os_str() == "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read the task from standard input")?;
            text
        }
        Some(path) => {
            fs::read_to_string(path).with_context(|| format!("cannot read the task {}", path.display()))?
        }
    };
    let place = root.join(file::FILE_NAME);
    let patterns = if place.exists() { Some(file::read(&place)?) } else { None };
    let known = context::context(&root, patterns.as_ref(), &Question::new(&task, &arguments.paths));
    let budget = arguments.budget.or(config.context.budget).unwrap_or(context::BUDGET);
    let text = context::markdown(&known, budget);
    let text = match arguments.format {
        Format::Markdown => text,
        Format::Json => serde_json::to_string_pretty(&known).context("cannot write the context")? + "\n",
        Format::ClaudeHook if text.is_empty() => text,
        Format::ClaudeHook => {
            json!({"hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": text}})
                .to_string()
                + "\n"
        }
    };
    to_stdout(|out| out.write_all(text.as_bytes())).context("cannot write to standard output")?;
    Ok(Outcome::Fine)
}
