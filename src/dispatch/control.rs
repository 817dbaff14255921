//! What people tell a running dispatcher: Ctrl-C, and requests from another terminal.
//!
//! Only the dispatcher writes the journal, so a request is a small file in a folder that it looks into.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::files::{self, Durable};

/// A request from another terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// End after this attempt, or at once.
    Stop {
        now: bool,
    },
    Retry {
        task: String,
    },
    Cancel {
        task: String,
    },
}

/// How urgently the dispatcher shall end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    No,
    /// After this attempt and its verdict.
    Soon,
    /// The agent is ended; a restart goes on.
    Now,
}

/// Listens to signals and requests.
#[derive(Clone)]
pub struct Control {
    interrupts: Arc<AtomicUsize>,
    dir: PathBuf,
}

impl Control {
    /// Counts SIGINT, SIGTERM and SIGHUP from now on.
    pub fn listen(dispatch_dir: &Path) -> io::Result<Control> {
        let control = Control::silent(dispatch_dir);
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let interrupts = Arc::clone(&control.interrupts);
        std::thread::spawn(move || {
            for signal in signals.forever() {
                // A closed terminal ends the dispatcher, not the worker's attempt.
                let weight = if signal == SIGINT { 1 } else { 2 };
                interrupts.fetch_add(weight, Ordering::Relaxed);
            }
        });
        Ok(control)
    }

    /// Reads requests only.
    pub fn silent(dispatch_dir: &Path) -> Control {
        Control { interrupts: Arc::default(), dir: dispatch_dir.join("control") }
    }

    pub fn stop(&self) -> Stop {
        match self.interrupts.load(Ordering::Relaxed) {
            0 => Stop::No,
            1 => Stop::Soon,
            _ => Stop::Now,
        }
    }

    /// Tells the dispatcher to stop, as a signal would.
    pub fn interrupt(&self, now: bool) {
        self.interrupts.fetch_add(if now { 2 } else { 1 }, Ordering::Relaxed);
    }

    /// Leaves a request for the running dispatcher.
    pub fn send(&self, request: &Request) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        files::write_json(&self.dir.join(format!("{}.json", ulid::Ulid::generate())), request, Durable::No)
    }

    /// Requests that came since the last look, oldest first.
    pub fn take(&self) -> Vec<Request> {
        let Ok(entries) = fs::read_dir(&self.dir) else { return Vec::new() };
        let is_request = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
        let mut paths: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).filter(is_request).collect();
        paths.sort();
        let requests = paths.iter().map(|path| {
            let request = files::read_json(path);
            let _ = fs::remove_file(path);
            request
        });
        requests.flatten().collect()
    }
}
