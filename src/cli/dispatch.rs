//! `friction dispatch`: do the tasks, one after another.

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};

use crate::dispatch::{
    self, CommandGate, Control, Dispatcher, Event, Finished, JournalError, Options, Record, Repository,
    Request, SystemClock, Task, View,
};
use crate::git::Repo;
use crate::model::dispatch::QueueStatus;
use crate::report::{self, Terminal, to_stdout};

use super::{Global, Outcome};

/// Run a queue of tasks through an agent; land what the gate accepts
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  friction dispatch --plan             the order, and the command of each task\n  friction dispatch                    tasks/*.md, until all is done or failed\n  friction dispatch --import .taskmaster/tasks/tasks.json\n  friction dispatch retry T-0007       another round for a failed task"
)]
pub struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    start: Start,
}

#[derive(Args)]
struct Start {
    /// Task files or folders; `-` reads a JSON task a line [default: tasks]
    tasks: Vec<PathBuf>,
    /// Take the open tasks of a task-master file
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// The tag of the task-master file [default: master]
    #[arg(long, value_name = "TAG", requires = "import")]
    tag: Option<String>,
    /// Print the order and the exact commands, do nothing
    #[arg(long)]
    plan: bool,
    /// Write what happens, a JSON record a line, to FILE (`-` for standard output)
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Exit with 75 at a limit instead of waiting for its end
    #[arg(long)]
    no_wait: bool,
    /// The branch to land on [default: the one that is checked out]
    #[arg(long, value_name = "BRANCH")]
    base: Option<String>,
    /// The agent of tasks that name none [default: claude]
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Begin although the base is checked out with uncommitted changes
    #[arg(long)]
    allow_dirty: bool,
}

#[derive(Subcommand)]
enum Action {
    /// End the running dispatcher after its attempt
    #[command(
        after_help = "Example:\n  friction dispatch stop --now    end the agent too; a later start goes on"
    )]
    Stop {
        /// End the agent too
        #[arg(long)]
        now: bool,
    },
    /// Give a task another round, whatever became of it
    #[command(after_help = "Example:\n  friction dispatch retry T-0007")]
    Retry { id: String },
    /// Take a task out of the queue; end its agent if it runs
    #[command(after_help = "Example:\n  friction dispatch cancel T-0007")]
    Cancel { id: String },
    /// Print what the agent of a task's last attempt wrote
    #[command(after_help = "Example:\n  friction dispatch logs T-0007")]
    Logs {
        id: String,
        /// Print the folder of the attempt's files instead
        #[arg(long)]
        path: bool,
    },
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let repo = global.repo()?;
    let mut config = global.config(&repo)?.dispatch;
    match &arguments.action {
        Some(Action::Stop { now }) => return ask(&repo, config, Request::Stop { now: *now }),
        Some(Action::Retry { id }) => return ask(&repo, config, Request::Retry { task: id.clone() }),
        Some(Action::Cancel { id }) => return ask(&repo, config, Request::Cancel { task: id.clone() }),
        Some(Action::Logs { id, path }) => return logs(&repo, id, *path),
        None => {}
    }
    let start = arguments.start;
    config.base = start.base.clone().or(config.base);
    config.agent = start.agent.clone().or(config.agent);
    let options = Options {
        config,
        program: std::env::current_exe()?,
        no_wait: start.no_wait,
        allow_dirty: start.allow_dirty,
    };
    let mut tasks = tasks(&start, &options, &repo)?;
    let git = repository(&repo);
    for (order, task) in tasks.iter_mut().enumerate() {
        task.order = order;
        task.batch = task.batch.or(options.config.batch);
    }
    dispatch::check(&options, &git, &tasks)?;
    let terminal = global.terminal();
    if start.plan {
        let rows = dispatch::plan(&options, &git, &tasks)?;
        to_stdout(|out| out.write_all(report::dispatch_plan(&rows, &terminal).as_bytes()))?;
        return Ok(Outcome::Fine);
    }
    let mut screen = Screen::new(global, terminal, start.events.as_deref())?;
    let gate = CommandGate {
        program: options.program.clone(),
        command: options.config.gate.clone(),
        timeout: options.gate_timeout(),
    };
    let clock = SystemClock::new();
    let status_options = options.clone();
    let mut dispatcher = Dispatcher::open(options, git, &clock, &gate, &mut screen)?;
    dispatcher.check_base(&tasks)?;
    dispatcher.listen()?;
    dispatcher.enqueue(tasks)?;
    let finished = dispatcher.run()?;
    let warnings = std::mem::take(&mut dispatcher.warnings);
    drop(dispatcher);
    let mut status = dispatch::status(repo.common_dir(), &status_options)?;
    status.warnings = warnings;
    screen.end(&status, global.quiet)?;
    Ok(match finished {
        Finished::AllDone => Outcome::Fine,
        Finished::Failures | Finished::Stopped => Outcome::Findings,
        Finished::Limited => Outcome::Limited,
    })
}

fn repository(repo: &Repo) -> Repository {
    Repository::open(repo.root(), repo.common_dir(), repo.work_tree().is_none())
}

/// The tasks that were named, or those of the configured folder.
fn tasks(start: &Start, options: &Options, repo: &Repo) -> Result<Vec<Task>> {
    let root = std::fs::canonicalize(repo.root()).unwrap_or(repo.root().to_owned());
    let mut tasks = Vec::new();
    if let Some(path) = &start.import {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        tasks.extend(dispatch::from_task_master(&text, &path.display().to_string(), start.tag.as_deref())?);
    }
    for path in &start.tasks {
        if path.as_os_str() == "-" {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).context("cannot read tasks from standard input")?;
            tasks.extend(dispatch::from_jsonl(&text, "stdin")?);
        } else if path.is_dir() {
            tasks.extend(dispatch::read_folder(path, &root)?);
        } else {
            tasks.extend(dispatch::read_files(std::slice::from_ref(path), &root)?);
        }
    }
    if start.import.is_none() && start.tasks.is_empty() {
        let folder = root.join(options.config.tasks.as_deref().unwrap_or(Path::new("tasks")));
        if !folder.is_dir() {
            bail!(
                "there is no {}: write a task a file there (`tasks/NAME.md`), or name task files",
                folder.display()
            );
        }
        tasks.extend(dispatch::read_folder(&folder, &root)?);
    }
    Ok(tasks)
}

/// Asks the running dispatcher, or does it oneself where none runs.
fn ask(repo: &Repo, config: dispatch::DispatchConfig, request: Request) -> Result<Outcome> {
    let options = Options { config, program: std::env::current_exe()?, no_wait: true, allow_dirty: true };
    let known = dispatch::status(repo.common_dir(), &options)?;
    if let Request::Retry { task } | Request::Cancel { task } = &request
        && !known.tasks.iter().any(|row| row.id == *task)
    {
        bail!("there is no task `{task}` in the queue; `friction status` shows those that are");
    }
    let git = repository(repo);
    let gate = CommandGate { program: options.program.clone(), command: Vec::new(), timeout: Duration::ZERO };
    let clock = SystemClock::new();
    let mut nobody = Nobody;
    match Dispatcher::open(options, git, &clock, &gate, &mut nobody) {
        Ok(_) if matches!(request, Request::Stop { .. }) => println!("no dispatcher is running"),
        Ok(mut dispatcher) => {
            dispatcher.request(&request)?;
            if let Request::Retry { task } = &request {
                println!("{task} is in the queue again; start `friction dispatch`");
            }
        }
        Err(error) if matches!(error.downcast_ref(), Some(JournalError::Held { .. })) => {
            Control::silent(&dispatch::folder(repo.common_dir()))
                .send(&request)
                .context("cannot leave the request")?;
            println!("told the running dispatcher");
        }
        Err(error) => return Err(error),
    }
    Ok(Outcome::Fine)
}

fn logs(repo: &Repo, id: &str, path_only: bool) -> Result<Outcome> {
    let folder = dispatch::last_attempt(repo.common_dir(), id)?
        .ok_or_else(|| anyhow!("`{id}` has had no attempt; `friction status` shows the queue"))?;
    to_stdout(|out| {
        if path_only {
            return writeln!(out, "{}", folder.display());
        }
        for name in ["stdout", "stderr"] {
            let bytes = std::fs::read(folder.join(name)).unwrap_or_default();
            for line in String::from_utf8_lossy(&bytes).lines() {
                writeln!(out, "{}", report::clean(line))?;
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Fine)
}

struct Nobody;

impl View for Nobody {
    fn record(&mut self, _: &Record, _: &dyn Fn() -> QueueStatus) {}
    fn tick(&mut self, _: &dyn Fn() -> QueueStatus) {}
}

/// Where a run is shown: lines that stay, and at a terminal a few that are drawn again and again.
struct Screen {
    terminal: Terminal,
    events: Option<Box<dyn Write>>,
    /// Standard output is taken by events.
    taken: bool,
    is_live: bool,
    quiet: bool,
    drawn: usize,
    last: Vec<String>,
    drawn_at: Instant,
}

/// Between two drawings.
const REDRAW: Duration = Duration::from_secs(1);

impl Screen {
    fn new(global: &Global, terminal: Terminal, events: Option<&Path>) -> Result<Screen> {
        let taken = events.is_some_and(|path| path.as_os_str() == "-");
        let events: Option<Box<dyn Write>> = match events {
            Some(_) if taken => Some(Box::new(io::stdout())),
            Some(path) => Some(Box::new(
                std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?,
            )),
            None => None,
        };
        let is_live = !global.quiet && !taken && io::stdout().is_terminal();
        Ok(Screen {
            terminal,
            events,
            taken,
            is_live,
            quiet: global.quiet,
            drawn: 0,
            last: Vec::new(),
            drawn_at: Instant::now(),
        })
    }

    fn clear(&mut self) {
        if self.drawn > 0 {
            print!("\x1b[{}A\x1b[J", self.drawn);
            self.drawn = 0;
            self.last.clear();
        }
    }

    fn draw(&mut self, status: &QueueStatus) {
        let lines = report::dispatch_live(status, &self.terminal);
        if lines != self.last {
            self.clear();
            // A closed terminal is no reason to end the work.
            let _ = writeln!(io::stdout(), "{}", lines.join("\n"));
            self.drawn = lines.len();
            self.last = lines;
        }
        self.drawn_at = Instant::now();
    }

    fn end(&mut self, status: &QueueStatus, quiet: bool) -> Result<()> {
        self.clear();
        if !quiet && !self.taken {
            to_stdout(|out| out.write_all(report::dispatch_report(status, &self.terminal).as_bytes()))?;
        }
        Ok(())
    }
}

impl View for Screen {
    fn record(&mut self, record: &Record, status: &dyn Fn() -> QueueStatus) {
        if let Some(events) = &mut self.events {
            let line = serde_json::to_string(record).unwrap_or_default();
            let _ = writeln!(events, "{line}").and_then(|()| events.flush());
        }
        if self.quiet || self.taken {
            return;
        }
        let Some(line) = told(record, status, &self.terminal) else { return };
        self.clear();
        let _ = writeln!(io::stdout(), "{line}");
    }

    fn tick(&mut self, status: &dyn Fn() -> QueueStatus) {
        if self.is_live && (self.drawn == 0 || self.drawn_at.elapsed() >= REDRAW) {
            self.draw(&status());
        }
    }
}

/// The line that stays about a record, if one does.
fn told(record: &Record, status: &dyn Fn() -> QueueStatus, terminal: &Terminal) -> Option<String> {
    let id = record.task.as_deref().unwrap_or("");
    let clean = |text: &str| report::clean(text).into_owned();
    Some(match &record.event {
        Event::Done { .. } | Event::Dead { .. } | Event::Held { .. } => {
            let status = status();
            report::dispatch_ended(status.tasks.iter().find(|task| task.id == id)?, terminal)
        }
        Event::Spawned { .. } => format!("  {id} attempt {}", record.attempt.unwrap_or(1)),
        Event::Adopted {} => format!("  {id} its worker is alive: going on with it"),
        Event::Released { reason } => format!("  {id} back in the queue: {}", clean(reason)),
        Event::Requeued(requeue) => format!("  {id} again: {}", clean(&requeue.reason)),
        Event::CooldownSet { scope, until, class, .. } => {
            let seconds = (until - record.ts) / 1000;
            format!("  {} {}: next try in {}:{:02}", clean(scope), class.words(), seconds / 60, seconds % 60)
        }
        Event::Paused { reason, .. } => format!("! needs human: {}", clean(reason)),
        _ => return None,
    })
}
