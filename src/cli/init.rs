//! `friction init`: wire friction into this repository, or take it out again.

use std::io::{BufRead, IsTerminal};
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::git::{Places, Repo};
use crate::init::{self, Options, Wiring};
use crate::patterns::file;
use crate::report::{self, to_stdout};
use crate::scan::cached_scan;

use super::{Global, Outcome};

/// Wire friction into this repository, or take it out again
#[derive(Args)]
#[command(
    after_help = "Examples:\n  friction init           show what would change, ask, do it\n  friction init --yes     without asking\n  friction init --undo    put every file back as it was"
)]
pub struct Arguments {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Show what would change, change nothing
    #[arg(long, conflicts_with_all = ["yes", "undo"])]
    dry_run: bool,
    /// Put every file back as it was before
    #[arg(long)]
    undo: bool,
    /// With --undo: also files that somebody changed since
    #[arg(long, requires = "undo")]
    force: bool,
    /// An agent to wire: claude, codex or gemini; may be repeated [default: those the repository shows signs of]
    #[arg(long, value_name = "NAME")]
    agent: Vec<String>,
    /// Do not scan the history and teach what it says
    #[arg(long)]
    no_learn: bool,
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let places = Places::of(&global.dir)?;
    if arguments.undo {
        return undo(&places, arguments.force);
    }
    let program = std::env::current_exe().context("cannot find friction's own program")?;
    let options = Options { agents: arguments.agent.clone(), program: called(&program) };
    let learned = if arguments.no_learn { None } else { learned(global)? };
    let wiring = init::plan(&places, &options, learned.as_ref())?;
    print(&shown(&wiring, &places.hooks()?))?;
    if arguments.dry_run {
        return Ok(Outcome::Fine);
    }
    if !wiring.refused.is_empty() {
        bail!("nothing was changed: mend what is named above first");
    }
    if !arguments.yes && !agreed()? {
        print("Nothing was changed.\n")?;
        return Ok(Outcome::Findings);
    }
    wiring.apply(&places, &program)?;
    print("Done. `friction doctor` tells what is wired; `friction init --undo` takes all of it back.\n")?;
    Ok(Outcome::Fine)
}

/// How agents' hooks call friction: by its name where that leads to it, else by its place.
fn called(program: &Path) -> String {
    let by_name = crate::gate::program_on_path("friction").and_then(|place| place.canonicalize().ok());
    match by_name.is_some() && by_name == program.canonicalize().ok() {
        true => "friction".to_owned(),
        false => format!("'{}'", program.to_string_lossy().replace('\'', "'\\''")),
    }
}

fn learned(global: &Global) -> Result<Option<crate::model::PatternFile>> {
    let repo: Repo = global.repo()?;
    if repo.head().is_none() {
        return Ok(None);
    }
    let terminal = global.terminal();
    let bar = global.progress(&terminal);
    let config = global.config(&repo)?;
    let options = super::scan::Select::default().options(&config.scan)?;
    let found = if global.no_cache {
        crate::scan::scan(&repo, &options, &bar)?
    } else {
        cached_scan(&repo, &options, &bar)?
    };
    Ok(Some(file::from_scan(&found)))
}

fn shown(wiring: &Wiring, hooks: &Path) -> String {
    let mut text = String::new();
    for change in &wiring.changes {
        let verb = if change.before.is_some() { "change" } else { "write" };
        text += &format!("{verb} {}: {}\n", report::clean(&change.path), change.why);
    }
    if wiring.git_hooks {
        text += &format!(
            "install pre-commit and commit-msg in {}, in front of what is there\n",
            report::clean(&hooks.to_string_lossy())
        );
    }
    for (path, reason) in &wiring.refused {
        text += &format!("CANNOT change {}: {}\n", report::clean(path), report::clean(reason));
    }
    for note in &wiring.notes {
        text += &format!("note: {}\n", report::clean(note));
    }
    text
}

fn agreed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody is here to ask; give --yes to agree, or --dry-run to look only");
    }
    print("Do this? [y/N] ")?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read the answer")?;
    Ok(["y", "yes"].contains(&line.trim().to_lowercase().as_str()))
}

fn undo(places: &Places, force: bool) -> Result<Outcome> {
    let undone = init::undo(places, force)?;
    let mut text: String =
        undone.restored.iter().map(|path| format!("put back {}\n", report::clean(path))).collect();
    for (path, former) in &undone.left {
        text += &format!(
            "left {}: it was changed since; before it was: {} (--undo --force puts that back)\n",
            report::clean(path),
            report::clean(former)
        );
    }
    if undone.restored.is_empty() && undone.left.is_empty() {
        text += "There was nothing to take back but git's hooks.\n";
    }
    print(&text)?;
    Ok(if undone.left.is_empty() { Outcome::Fine } else { Outcome::Findings })
}

fn print(text: &str) -> Result<()> {
    let written = to_stdout(|out| {
        out.write_all(text.as_bytes())?;
        out.flush()
    });
    written.context("cannot write to standard output")
}
