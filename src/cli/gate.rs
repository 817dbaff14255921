//! `friction gate`: may this be committed?

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};

use crate::config::Config;
use crate::gate::{self, Options, OwnBinary, Stop};
use crate::git::Places;
use crate::model::gate::{Gated, Subject, Verdict};
use crate::patterns::file;
use crate::report::{self, to_stdout};

use super::{Global, Outcome};

/// Run friction's check, the project's build and its tests
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Exit code: 0 green, 1 red, 2 not judged (nothing to run, a program that is missing, an interruption)\n\nExamples:\n  friction gate --plan             what would run, and why?\n  friction gate                    judge the work tree\n  friction gate --staged           judge exactly what would be committed\n  friction gate verify main..HEAD  which commits passed it?"
)]
pub struct Arguments {
    #[command(subcommand)]
    verify: Option<Question>,
    /// Judge what is staged, in a throw-away work tree
    #[arg(long)]
    staged: bool,
    /// Print what would run, and why
    #[arg(long)]
    plan: bool,
    /// Leave out the full tests where something cheaper speaks for the change
    #[arg(long)]
    quick: bool,
    /// Run though this very tree was judged before
    #[arg(long)]
    fresh: bool,
    /// Run all steps, though one has failed
    #[arg(long)]
    keep_going: bool,
    /// Measure the change against REV, in place of HEAD
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Run only steps of these names or kinds (check, types, collect, related, tests)
    #[arg(long, visible_alias = "steps", value_name = "STEP", value_delimiter = ',')]
    only: Vec<String>,
    /// Leave out steps of these names or kinds
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    skip: Vec<String>,
    /// How to tell the result [default: table; agent where an agent is at work]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write the result to FILE
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Question {
    /// Tell which commits of a range carry a true trailer of the gate; exit 1 if one does not
    #[command(after_help = "Example:\n  friction gate verify origin/main..HEAD")]
    Verify {
        /// As git log takes it; a single revision is that commit
        range: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    /// What failed and how it was mended here before
    Agent,
    /// friction.gate/1
    Json,
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let places = Places::of(&global.dir)?;
    if let Some(Question::Verify { range, json }) = arguments.verify {
        return verify(&places, &range, json);
    }
    let config = Config::read(&places.root)?;
    let options = Options {
        base: arguments.base.clone(),
        quick: arguments.quick,
        fresh: arguments.fresh,
        keep_going: arguments.keep_going || config.gate.keep_going == Some(true),
        only: arguments.only.clone(),
        skip: arguments.skip.clone(),
        no_cache: global.no_cache,
        ..Options::of(if arguments.staged { Subject::Staged } else { Subject::WorkTree })
    };
    if arguments.plan {
        let plan = gate::plan(&places, &config, &options)?;
        print(&shown(&plan))?;
        return Ok(if plan.steps.is_empty() { Outcome::Unjudged } else { Outcome::Fine });
    }
    let stop = Stop::on_signals().context("cannot listen to signals")?;
    let shows = !global.quiet && std::io::stderr().is_terminal();
    let gated = gate::judge(&places, &config, &options, &OwnBinary, &stop, &mut |step| {
        if shows {
            // Nobody may be reading.
            let _ = writeln!(std::io::stderr(), "… {}", report::clean(&step.name));
        }
    })?;
    tell(global, &arguments, &places, gated)
}

fn tell(global: &Global, arguments: &Arguments, places: &Places, mut gated: Gated) -> Result<Outcome> {
    // What was learned is a help, not a need.
    let patterns =
        file::read(&places.root.join(file::FILE_NAME)).map(|file| file.patterns).unwrap_or_default();
    gate::name_patterns(&mut gated, &patterns);
    let format = arguments.format.unwrap_or(match super::agent_is_at_work() {
        true => Format::Agent,
        false => Format::Table,
    });
    let text = match format {
        Format::Table => report::gate(&gated, &global.terminal()),
        Format::Agent => report::gate_digest(&gated, &patterns),
        Format::Json => {
            gated.digest = Some(report::gate_digest(&gated, &patterns));
            let mut text = Vec::new();
            report::json(&gated, &mut text).context("cannot write the result")?;
            String::from_utf8_lossy(&text).into_owned()
        }
    };
    match &arguments.output {
        Some(path) => {
            let doing = || format!("cannot write {}", path.display());
            let mut file = BufWriter::new(File::create(path).with_context(doing)?);
            file.write_all(text.as_bytes()).and_then(|()| file.flush()).with_context(doing)?;
        }
        None => print(&text)?,
    }
    Ok(match gated.verdict {
        Verdict::Green => Outcome::Fine,
        Verdict::Red => Outcome::Findings,
        Verdict::Unjudged => Outcome::Unjudged,
    })
}

fn verify(places: &Places, range: &str, json: bool) -> Result<Outcome> {
    let commits = gate::verify(places, range)?;
    if json {
        to_stdout(|out| report::json(&commits, out)).context("cannot write to standard output")?;
    } else {
        let line = |commit: &gate::Gating| {
            let sha = commit.commit.get(..10).unwrap_or(&commit.commit);
            let verdict = match (commit.gated, commit.recorded) {
                (true, _) if !commit.trailer => {
                    format!("gated here, without a trailer ({})", commit.steps.join(", "))
                }
                (true, true) => format!("gated ({})", commit.steps.join(", ")),
                (true, false) => format!("gated elsewhere ({})", commit.steps.join(", ")),
                (false, _) => format!("NOT gated: {}", commit.reason),
            };
            format!("{sha}  {}  {}\n", report::clean(&verdict), report::clean(&commit.subject))
        };
        print(&commits.iter().map(line).collect::<String>())?;
    }
    Ok(if commits.iter().all(|commit| commit.gated) { Outcome::Fine } else { Outcome::Findings })
}

fn print(text: &str) -> Result<()> {
    to_stdout(|out| out.write_all(text.as_bytes())).context("cannot write to standard output")
}

/// What would run, and why.
fn shown(plan: &gate::Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        let place =
            if step.dir.is_empty() { String::new() } else { format!(" (in {})", report::clean(&step.dir)) };
        text +=
            &format!("{}: {}{place}\n", report::clean(&step.name), report::clean(&step.words().join(" ")));
        text +=
            &format!("    {}; at most {:.0} s\n", report::clean(&step.why), step.time_limit.as_secs_f64());
        if let gate::Action::Run(gate::Program { missing: Some(why), .. }) = &step.action {
            text += &format!("    cannot run: {}\n", report::clean(why));
        }
    }
    if plan.steps.is_empty() {
        text += "Nothing would run: no build and no tests were found. Name them in [[gate.step]] of friction.toml.\n";
    }
    for note in &plan.notes {
        text += &format!("note: {}\n", report::clean(note));
    }
    text
}
