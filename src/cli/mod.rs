//! The command line: typed words → plain options → a call → print. The only room that knows clap.

mod check;
mod completions;
mod context;
mod dispatch;
mod doctor;
mod explain;
mod gate;
mod hook;
mod init;
mod learn;
mod rules;
mod scan;
mod schema;
mod show;
mod status;
mod supervise;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Config;
use crate::git::Repo;
use crate::report::{self, ColorChoice, Progress, Terminal};

/// What a command tells the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// 0
    Fine,
    /// 1: there are findings, or something is stale, or tasks failed.
    Findings,
    /// 2: nothing can be said.
    Unjudged,
    /// 75: stopped by a limit.
    Limited,
}

#[derive(Parser)]
#[command(
    name = "friction",
    version,
    about = "Mines git history for the mistakes that keep being corrected, and teaches them to the next coding agent",
    after_help = "Example:\n  friction scan            what keeps going wrong here?\n  friction learn           teach it to the next worker (CLAUDE.md)\n  friction show HEAD       why is this commit called a correction?",
    arg_required_else_help = true,
    max_term_width = 100
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Args)]
struct Global {
    /// Run as if started in DIR (a work tree, a bare repository, a git directory)
    #[arg(short = 'C', value_name = "DIR", global = true, default_value = ".", hide_default_value = true)]
    dir: PathBuf,
    /// Neither read nor write the cache in the git directory
    #[arg(long, global = true)]
    no_cache: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// No progress, no hints
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Threads to use [default: one per core]
    #[arg(long, global = true, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=512))]
    threads: Option<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    Scan(scan::Arguments),
    Check(check::Arguments),
    Explain(explain::Arguments),
    Rules(rules::Arguments),
    Show(show::Arguments),
    Learn(learn::Arguments),
    Context(context::Arguments),
    Gate(gate::Arguments),
    Hook(hook::Arguments),
    Init(init::Arguments),
    Doctor(doctor::Arguments),
    Dispatch(dispatch::Arguments),
    Status(status::Arguments),
    #[command(hide = true)]
    Supervise(supervise::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
}

/// Runs the program: exit code 0 for fine, 1 for findings, 2 for wrong usage or environment.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; a closed pipe while printing them is none either.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match cli.run() {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Unjudged) => ExitCode::from(2),
        Ok(Outcome::Limited) => ExitCode::from(75),
        Err(error) => {
            // Nobody may be reading.
            let _ = writeln!(std::io::stderr(), "friction: {}", report::clean(&format!("{error:#}")));
            ExitCode::from(2)
        }
    }
}

impl Cli {
    fn run(self) -> Result<Outcome> {
        if let Some(threads) = self.global.threads {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build_global()
                .with_context(|| format!("cannot start {threads} threads"))?;
        }
        match self.command {
            Command::Check(arguments) => check::run(&self.global, arguments),
            Command::Rules(arguments) => rules::run(&self.global, arguments),
            Command::Explain(arguments) => explain::run(&self.global, arguments),
            Command::Scan(arguments) => scan::run(&self.global, arguments),
            Command::Show(arguments) => show::run(&self.global, arguments),
            Command::Learn(arguments) => learn::run(&self.global, arguments),
            Command::Context(arguments) => context::run(&self.global, arguments),
            Command::Init(arguments) => init::run(&self.global, arguments),
            Command::Doctor(arguments) => doctor::run(&self.global, arguments),
            Command::Hook(arguments) => hook::run(&self.global, arguments),
            Command::Gate(arguments) => gate::run(&self.global, arguments),
            Command::Dispatch(arguments) => dispatch::run(&self.global, arguments),
            Command::Status(arguments) => status::run(&self.global, &arguments),
            Command::Supervise(arguments) => supervise::run(&arguments),
            Command::Schema(arguments) => schema::run(arguments),
            Command::Completions(arguments) => completions::run(arguments),
        }
    }
}

impl Global {
    fn repo(&self) -> Result<Repo> {
        Ok(Repo::open(&self.dir)?)
    }

    /// The configuration of a repository; a bare one has none.
    fn config(&self, repo: &Repo) -> Result<Config> {
        match repo.work_tree() {
            Some(root) => Ok(Config::read(root)?),
            None => Ok(Config::default()),
        }
    }

    fn terminal(&self) -> Terminal {
        Terminal::detect(match self.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        })
    }

    fn progress(&self, terminal: &Terminal) -> Bar {
        Bar(Progress::new(self.quiet, terminal))
    }
}

/// True where a coding agent runs this program, by the variables that agents set.
fn agent_is_at_work() -> bool {
    const AGENTS: [&str; 8] = [
        "AI_AGENT",
        "CLAUDECODE",
        "GEMINI_CLI",
        "CODEX_SANDBOX",
        "CODEX_THREAD_ID",
        "CURSOR_AGENT",
        "COPILOT_CLI",
        "OPENCODE",
    ];
    AGENTS.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The progress bar, as a scan tells it how far it is.
struct Bar(Progress);

impl crate::scan::Progress for Bar {
    fn stage(&self, name: &'static str, own: u64, later: u64) {
        self.0.stage(name, own, later);
    }

    fn add(&self, units: u64) {
        self.0.add(units);
    }
}
