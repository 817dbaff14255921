//! One command, run to its end or to ours: with a time limit, its output in a file, and no process of its
//! tree left behind, wherever it went to.

mod tree;

use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::output;

/// The variable by which the processes of a step are known, whatever session they are in.
const MARKER: &str = "FRICTION_STEP";

/// Raised when the user or the system wants the run to end.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Raised by Ctrl-C, a closed terminal and a request to end.
    pub fn on_signals() -> io::Result<Stop> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let stop = Stop::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&stop.0))?;
        }
        Ok(stop)
    }

    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a command ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub how: How,
    pub took: Duration,
    /// Printed in all.
    pub bytes: u64,
    /// Processes that it had left running, and that were ended.
    pub left: usize,
}

#[derive(Debug)]
pub(super) enum How {
    Exited(ExitStatus),
    TimedOut,
    Stopped,
    CannotStart(io::Error),
}

/// Runs a command with nothing on its standard input and everything it prints in `log`.
pub(super) fn run(command: &mut Command, limit: Duration, log: &Path, stop: &Stop) -> io::Result<Ended> {
    let start = Instant::now();
    let marker = tree::Marker::new(MARKER);
    command.env(MARKER, marker.value());
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let spawned = {
        let mut started = tree::started();
        let spawned = command.spawn();
        started.extend(spawned.as_ref().map(Child::id));
        spawned
    };
    // The command holds the pipe's other end, which must be closed for the reader to see an end.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            return Ok(Ended { how: How::CannotStart(error), took: start.elapsed(), bytes: 0, left: 0 });
        }
    };
    let (sender, received) = mpsc::channel();
    let log = log.to_owned();
    std::thread::spawn(move || sender.send(output::keep(reader, &log)));
    let how = wait(&mut child, start + limit, stop)?;
    let took = start.elapsed();
    let left = match how {
        How::Exited(_) => tree::end_rest(child.id(), &marker),
        _ => {
            tree::end_all(&mut child, &marker);
            0
        }
    };
    // A process that nobody may end could hold the pipe for ever.
    let bytes = match received.recv_timeout(Duration::from_secs(5)) {
        Ok(bytes) => bytes?,
        Err(_) => 0,
    };
    Ok(Ended { how, took, bytes, left })
}

fn wait(child: &mut Child, deadline: Instant, stop: &Stop) -> io::Result<How> {
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(How::Exited(status));
        }
        if stop.is_raised() {
            return Ok(How::Stopped);
        }
        if Instant::now() >= deadline {
            return Ok(How::TimedOut);
        }
        std::thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(20));
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
