//! `friction learn`: teach what keeps going wrong to the next worker.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Args;

use crate::config::LearnConfig;
use crate::guide::{self, Limits, Plan, Target};
use crate::patterns::file;
use crate::report::{self, to_stdout};
use crate::scan::{cached_scan, scan};

use super::scan::Select;
use super::{Global, Outcome};

/// Write friction_patterns.json and the rules in CLAUDE.md or its cousins
#[derive(Args)]
#[command(
    after_help = "Examples:\n  friction learn --dry-run      what would change?\n  friction learn                write it\n  friction learn --check        exit 1 if it is stale, for CI"
)]
pub struct Arguments {
    #[command(flatten)]
    select: Select,
    /// A file to teach: claude, claude-rules, agents, gemini, cursor or copilot; may be repeated
    /// [default: those that the repository has, else claude]
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// Rules in a file at most [default: 12]
    #[arg(long, value_name = "N")]
    max_rules: Option<usize>,
    /// Characters of rules in a file at most
    #[arg(long, value_name = "CHARS")]
    budget: Option<usize>,
    /// Show the difference, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write nothing; exit 1 if something would change
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Overwrite a block that was edited by hand
    #[arg(long)]
    force: bool,
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let repo = global.repo()?;
    let root: PathBuf = repo.work_tree().map(PathBuf::from).ok_or_else(|| {
        anyhow!("{} is a bare repository; `friction learn` writes into a work tree", repo.root().display())
    })?;
    let config = global.config(&repo)?;
    let options = guide::Options {
        targets: targets(&arguments.target, &config.learn)?,
        limits: limits(&arguments, &config.learn),
        force: arguments.force,
    };
    let select = arguments.select.options(&config.scan)?;
    let terminal = global.terminal();
    let bar = global.progress(&terminal);
    let found =
        if global.no_cache { scan(&repo, &select, &bar)? } else { cached_scan(&repo, &select, &bar)? };
    drop(bar);
    let plan = guide::plan(&root, &file::from_scan(&found), &options)?;
    if arguments.dry_run {
        let diff = plan.unified_diff();
        let text = if diff.is_empty() { "Nothing would change.\n".to_owned() } else { diff };
        print(&(text + &conflicts(&plan)))?;
        return Ok(Outcome::Fine);
    }
    if arguments.check {
        let stale: Vec<&str> = plan.changes.iter().map(|change| change.path.as_str()).collect();
        let text = if plan.is_stale() {
            format!("Stale: {}\n", report::clean(&stale.join(", ")))
        } else {
            "Up to date.\n".to_owned()
        };
        print(&(text + &conflicts(&plan)))?;
        return Ok(if plan.is_stale() { Outcome::Findings } else { Outcome::Fine });
    }
    plan.apply()?;
    if !global.quiet {
        print(&summary(&plan))?;
    }
    Ok(Outcome::Fine)
}

fn targets(typed: &[String], config: &LearnConfig) -> Result<Vec<Target>> {
    if typed.is_empty() {
        return Ok(config.targets.clone().unwrap_or_default());
    }
    typed.iter().map(|name| name.parse().with_context(|| format!("--target {name}"))).collect()
}

fn limits(arguments: &Arguments, config: &LearnConfig) -> Limits {
    let default = Limits::default();
    Limits {
        max_rules: arguments.max_rules.or(config.max_rules).unwrap_or(default.max_rules),
        max_chars: arguments.budget.or(config.budget).unwrap_or(default.max_chars),
        ..default
    }
}

fn conflicts(plan: &Plan) -> String {
    let line = |conflict: &guide::Conflict| {
        format!("{}: {}\n", report::clean(&conflict.path), report::clean(&conflict.reason))
    };
    plan.conflicts.iter().chain(&plan.notes).map(line).collect()
}

fn summary(plan: &Plan) -> String {
    let mut text = String::new();
    for change in &plan.changes {
        let verb = match (&change.before, &change.after) {
            (None, _) => "wrote",
            (_, None) => "removed",
            _ => "updated",
        };
        text += &format!("{verb} {}\n", report::clean(&change.path));
    }
    if plan.changes.is_empty() {
        text += "Everything is up to date.\n";
    }
    text += &match plan.rules.len() {
        1 => "1 rule is taught.\n".to_owned(),
        count => format!("{count} rules are taught.\n"),
    };
    text + &conflicts(plan)
}

fn print(text: &str) -> Result<()> {
    to_stdout(|out| out.write_all(text.as_bytes())).context("cannot write to standard output")
}
