//! `friction hook`: answers agents and git, and installs itself into git's hooks.

use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::gate::{OwnBinary, Stop};
use crate::git::Places;
use crate::hook::git::{self, Report, State};
use crate::hook::{self, Agent, Call, Guard};
use crate::report::{self, to_stdout};

use super::{Global, Outcome};

/// Answer hooks of agents and of git, and install those of git
#[derive(Args)]
#[command(
    after_help = "Examples:\n  friction hook install   check every commit, before whatever hooks are there\n  friction hook status    what is installed where?\n  friction hook claude    answers Claude Code, which `friction init` tells to call it"
)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Answer a hook of Claude Code, read from standard input
    Claude,
    /// Answer a hook of Codex, read from standard input
    Codex,
    /// Answer a hook of Gemini CLI, read from standard input
    Gemini,
    /// Put friction in front of git's hooks; what is there stays and runs after it
    Install {
        /// Install into a hooks folder that other repositories use too
        #[arg(long)]
        shared: bool,
    },
    /// Take friction out of git's hooks and put back what was there
    Uninstall,
    /// Tell what is installed where
    Status,
    /// What git's hooks run
    #[command(hide = true)]
    Run {
        /// pre-commit or commit-msg
        hook: String,
        /// The hook that was there before
        #[arg(long)]
        then: Option<PathBuf>,
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    match arguments.what {
        What::Claude => agent(Agent::Claude),
        What::Codex => agent(Agent::Codex),
        What::Gemini => agent(Agent::Gemini),
        What::Install { shared } => {
            let program = std::env::current_exe().context("cannot find friction's own program")?;
            told(&git::install(&Places::of(&global.dir)?, &program, shared)?, global)
        }
        What::Uninstall => told(&git::uninstall(&Places::of(&global.dir)?)?, global),
        What::Status => {
            let reports = git::status(&Places::of(&global.dir)?)?;
            told(&reports, global)?;
            let fine = reports.iter().all(|report| report.state == State::Installed);
            Ok(if fine { Outcome::Fine } else { Outcome::Findings })
        }
        What::Run { hook, then, arguments } => git_hook(global, &hook, then, &arguments),
    }
}

/// Answers an agent. Whatever goes wrong lets it go on: exit 1 blocks no agent, and shows the line.
fn agent(agent: Agent) -> Result<Outcome> {
    let mut input = Vec::new();
    let answered = std::io::stdin()
        .read_to_end(&mut input)
        .map_err(anyhow::Error::from)
        .and_then(|_| answer(agent, &input));
    match answered {
        Ok(text) => {
            if let Some(text) = text {
                to_stdout(|out| out.write_all(text.as_bytes())).context("cannot write to standard output")?;
            }
            Ok(Outcome::Fine)
        }
        Err(error) => {
            let told = report::clean(&format!("{error:#}")).into_owned();
            let cwd = std::env::current_dir().unwrap_or_default();
            hook::record(&cwd, "failed open", &told);
            // Nobody may be reading.
            let _ = writeln!(std::io::stderr(), "friction: not checked: {told}");
            Ok(Outcome::Findings)
        }
    }
}

fn answer(agent: Agent, input: &[u8]) -> Result<Option<String>> {
    let call = Call::read(agent, input)?;
    let stop = Stop::on_signals().context("cannot listen to signals")?;
    let answer = hook::handle(&call, &Guard { checker: &OwnBinary, stop: &stop })?;
    if let hook::Answer::Deny(reason) | hook::Answer::Hold(reason) = &answer {
        hook::record(&call.cwd, &format!("{} answered", call.name), reason);
    }
    Ok(answer.json(&call).map(|json| json.to_string()))
}

/// A hook of git's: friction first, then what was there before.
fn git_hook(global: &Global, hook: &str, then: Option<PathBuf>, arguments: &[String]) -> Result<Outcome> {
    let done = Places::of(&global.dir).map_err(anyhow::Error::from).and_then(|places| match hook {
        "pre-commit" => git::pre_commit(&places),
        "commit-msg" => match arguments.first() {
            Some(message) => git::commit_message(&places, message.as_ref()).map(|()| true),
            None => Ok(true),
        },
        _ => Ok(true),
    });
    match done {
        Ok(true) => {}
        Ok(false) => return Ok(Outcome::Findings),
        Err(error) => {
            let told = report::clean(&format!("{error:#}")).into_owned();
            hook::record(&global.dir, "failed open", &told);
            let _ = writeln!(std::io::stderr(), "friction: not checked: {told}");
        }
    }
    if let Some(then) = then {
        git::after(&then, arguments).with_context(|| format!("cannot run the hook {}", then.display()))?;
    }
    Ok(Outcome::Fine)
}

fn told(reports: &[Report], global: &Global) -> Result<Outcome> {
    if global.quiet {
        return Ok(Outcome::Fine);
    }
    let line = |report: &Report| {
        let behind = report.chained.as_ref().map(|name| format!(", then {name}")).unwrap_or_default();
        let state = match report.state {
            State::Absent => "not there".to_owned(),
            State::Foreign => format!("without friction: {}", report.chained.as_deref().unwrap_or("")),
            State::Installed => format!("friction{behind}"),
            State::Stale => {
                format!("friction, whose program is gone{behind}; `friction hook install` mends it")
            }
            State::Disabled => {
                "not executable, so git does not run it; `friction hook install` mends it".to_owned()
            }
        };
        format!("{}: {state}\n    {}\n", report.hook, report::clean(&report.path.to_string_lossy()))
    };
    let text: String = reports.iter().map(line).collect();
    to_stdout(|out| out.write_all(text.as_bytes())).context("cannot write to standard output")?;
    Ok(Outcome::Fine)
}
