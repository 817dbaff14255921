//! The supervisor: a small process of our own between the dispatcher and a command it runs.
//!
//! It outlives the dispatcher, so that a worker does too; it adopts what the command leaves behind, so that
//! nothing outlives it; and it writes down how the command ended, whole or not at all. It talks to nobody:
//! output goes to files, and whoever wants to know reads them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use rustix::process::{WaitOptions, setsid, wait};
use serde::{Deserialize, Serialize};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::clock::millis;
use super::files::{self, Durable};
use super::process;

/// What a supervisor is to run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Spec {
    pub argv: Vec<String>,
    pub dir: PathBuf,
    /// Added to the environment, or taken out of it.
    pub env: BTreeMap<String, Option<String>>,
    /// Names the attempt in every process's environment.
    pub marker: String,
    /// Between asking a process to end and killing it.
    pub grace_ms: u64,
}

/// How a supervised command ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitFile {
    pub rc: Option<i32>,
    pub signal: Option<i32>,
    /// The command could not be started at all.
    #[serde(default)]
    pub not_started: bool,
    /// Somebody asked the supervisor to end it.
    #[serde(default)]
    pub asked: bool,
    /// Processes that the command left behind and that were ended.
    #[serde(default)]
    pub swept: usize,
    pub started: i64,
    pub ended: i64,
}

/// How a command that was run to its end came to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandEnd {
    Exit(i32),
    /// It did not end in its time, and was ended.
    OutOfTime,
    /// Somebody else killed it.
    Killed,
    /// The dispatcher was told to end at once, so it was ended too.
    Stopped,
}

/// A folder of files for one supervised command.
#[derive(Clone, Debug)]
pub struct Room(PathBuf);

impl Room {
    pub fn new(dir: &Path) -> Room {
        Room(dir.to_owned())
    }

    pub fn dir(&self) -> &Path {
        &self.0
    }

    pub fn stdout(&self) -> PathBuf {
        self.0.join("stdout")
    }

    pub fn stderr(&self) -> PathBuf {
        self.0.join("stderr")
    }

    fn spec(&self) -> PathBuf {
        self.0.join("spec.json")
    }

    fn exit(&self) -> PathBuf {
        self.0.join("exit.json")
    }

    /// Makes the folder and writes down what is to be run.
    pub fn prepare(&self, spec: &Spec) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        files::write_json(&self.spec(), spec, Durable::No)
    }

    /// Decides once and for all who owns the command: a supervisor that starts it, or a dispatcher that
    /// gives it up. True for the first who asks.
    pub fn claim(&self, by: &str) -> io::Result<bool> {
        match OpenOptions::new().write(true).create_new(true).open(self.0.join("owner")) {
            Ok(mut file) => file.write_all(by.as_bytes()).map(|()| true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a supervisor has ever taken the command.
    pub fn was_started(&self) -> bool {
        fs::read_to_string(self.0.join("owner")).is_ok_and(|owner| owner == "supervisor")
    }

    pub fn exit_file(&self) -> Option<ExitFile> {
        files::read_json(&self.exit())
    }

    /// Starts a supervisor for the prepared command. It needs no care but to be reaped.
    pub fn start(&self, program: &Path, marker: &str) -> io::Result<Child> {
        let log = OpenOptions::new().create(true).append(true).open(self.0.join("supervisor.log"))?;
        Command::new(program)
            .arg("supervise")
            .arg(&self.0)
            .env(process::MARKER, marker)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
    }
}

/// Runs the command that is prepared in a folder; the body of `friction supervise`.
pub fn supervise(dir: &Path) -> Result<()> {
    // A leader of its process group cannot lead a session; then the terminal's hang-up is ignored instead,
    // since SIGHUP is among the handled signals and only the first two of them end anything.
    let _ = setsid();
    process::adopt_orphans();
    let asked = Arc::new(AtomicUsize::new(0));
    let room = Room::new(dir);
    let spec: Spec = files::read_json(&room.spec())
        .with_context(|| format!("cannot read what to run in {}", dir.display()))?;
    listen(&spec, Arc::clone(&asked)).context("cannot listen for signals")?;
    if !room.claim("supervisor").with_context(|| format!("cannot take {}", dir.display()))? {
        return Ok(());
    }
    let (started, begun) = (millis(SystemTime::now()), Instant::now());
    let mut exit = ExitFile { started, ..ExitFile::default() };
    match start(&spec, &room) {
        Ok(child) => {
            let status = wait_for(&child);
            (exit.rc, exit.signal) = status;
            exit.asked = asked.load(Ordering::Relaxed) > 0;
            exit.swept = sweep(&spec, &asked);
        }
        Err(error) => {
            exit.not_started = true;
            let program = spec.argv.first().map_or("", String::as_str);
            let told = format!("cannot start `{program}` in {}: {error}\n", spec.dir.display());
            let _ = OpenOptions::new()
                .append(true)
                .create(true)
                .open(room.stderr())
                .and_then(|mut file| file.write_all(told.as_bytes()));
        }
    }
    // On the monotonic clock: somebody may have set the other one.
    exit.ended = started + i64::try_from(begun.elapsed().as_millis()).unwrap_or(0);
    write_exit(&room, &exit)
}

/// Writes the exit file, and goes on trying while the disk is full: without it nobody knows the end.
fn write_exit(room: &Room, exit: &ExitFile) -> Result<()> {
    let start = Instant::now();
    loop {
        match files::write_json(&room.exit(), exit, Durable::Yes) {
            Ok(()) => return Ok(()),
            Err(error)
                if error.kind() == ErrorKind::StorageFull && start.elapsed() < Duration::from_secs(3600) =>
            {
                std::thread::sleep(Duration::from_secs(1));
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot write into {}", room.dir().display()));
            }
        }
    }
}

/// The first SIGTERM or SIGINT begins the kill ladder, a second one cuts its patience short.
fn listen(spec: &Spec, asked: Arc<AtomicUsize>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    let (marker, grace) = (spec.marker.clone(), Duration::from_millis(spec.grace_ms));
    std::thread::spawn(move || {
        for signal in signals.forever().filter(|signal| *signal != SIGHUP) {
            let _ = signal;
            if asked.fetch_add(1, Ordering::Relaxed) == 0 {
                let (marker, asked) = (marker.clone(), Arc::clone(&asked));
                std::thread::spawn(move || {
                    let hurry = || asked.load(Ordering::Relaxed) > 1;
                    process::end(&|| family(&marker), grace, &hurry);
                });
            }
        }
    });
    Ok(())
}

/// Everything that belongs to the command, without the supervisor.
fn family(marker: &str) -> Vec<process::Process> {
    let own = std::process::id();
    let mut family = process::of_attempt(marker, Some(own));
    family.retain(|process| process.id.pid != own);
    family
}

fn start(spec: &Spec, room: &Room) -> io::Result<Child> {
    let append =
        |path: PathBuf| -> io::Result<File> { OpenOptions::new().create(true).append(true).open(path) };
    let (program, words) = spec.argv.split_first().ok_or(ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(words).current_dir(&spec.dir).stdin(Stdio::null());
    command.stdout(append(room.stdout())?).stderr(append(room.stderr())?);
    // Git must find the worktree by itself, whatever repository the dispatcher was started from.
    let foreign = |name: &OsString| name.to_str().is_some_and(|name| name.starts_with("GIT_"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| foreign(name) && !keeps(name)) {
        command.env_remove(name);
    }
    for (name, value) in &spec.env {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env(process::MARKER, &spec.marker).process_group(0).spawn()
}

/// Git's variables that say who somebody is or how git behaves, not which repository is meant.
fn keeps(name: &OsString) -> bool {
    let name = name.to_str().unwrap_or("");
    ["GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_CONFIG_", "GIT_SSH", "GIT_TERMINAL_PROMPT", "GIT_EDITOR"]
        .iter()
        .any(|kept| name.starts_with(kept))
}

/// Reaps whatever ends until the command itself has: its exit code and signal.
fn wait_for(child: &Child) -> (Option<i32>, Option<i32>) {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid.as_raw_nonzero().get().unsigned_abs() == child.id() => {
                return (status.exit_status(), status.terminating_signal());
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return (None, None),
        }
    }
}

/// Leftovers of a command that ended by itself get this long.
const LEFTOVERS: Duration = Duration::from_secs(2);

/// Ends what the command left behind; how many there were.
fn sweep(spec: &Spec, asked: &AtomicUsize) -> usize {
    let alive = || {
        while matches!(wait(WaitOptions::NOHANG), Ok(Some(_))) {}
        family(&spec.marker)
    };
    process::end(&alive, LEFTOVERS.min(Duration::from_millis(spec.grace_ms)), &|| {
        asked.load(Ordering::Relaxed) > 1
    })
}
