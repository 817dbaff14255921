//! Commands beside the agent, gates above all: run under a supervisor to their end, while the dispatcher goes on
//! listening.

use std::process::Child;
use std::time::Duration;

use super::control::Stop;
use super::dispatcher::{Dispatcher, Trouble};
use super::process;
use super::supervise::{CommandEnd, Room, Spec};

/// Between two looks at a running command: often at first, since many end at once.
pub(super) const QUICK: Duration = Duration::from_millis(25);
pub(super) const CALM: Duration = Duration::from_millis(200);
pub(super) const QUICK_FOR: Duration = Duration::from_secs(3);

impl Dispatcher<'_> {
    /// Runs a prepared command under a supervisor to its end.
    pub(super) fn run_to_end(
        &mut self,
        room: &Room,
        spec: Spec,
        timeout: Duration,
    ) -> Result<CommandEnd, Trouble> {
        let marker = spec.marker.clone();
        // A room is used once; what a former run left there is of no use.
        let _ = std::fs::remove_dir_all(room.dir());
        let problem = |error: std::io::Error| {
            Trouble::Task(format!("cannot run `{}`: {error}", spec.argv.first().map_or("", String::as_str)))
        };
        room.prepare(&spec).map_err(problem)?;
        let child = room.start(&self.options.program, &marker).map_err(problem)?;
        let supervisor = process::process(child.id()).map(|process| process.id);
        reap(child);
        let start = self.clock.elapsed();
        loop {
            if let Some(exit) = room.exit_file() {
                return Ok(exit.rc.filter(|_| !exit.asked).map_or(CommandEnd::Killed, CommandEnd::Exit));
            }
            let age = self.clock.elapsed().saturating_sub(start);
            let is_stopped = self.control.stop() == Stop::Now;
            if is_stopped || age >= timeout {
                self.end(&marker, supervisor, room, is_stopped);
                return Ok(if is_stopped { CommandEnd::Stopped } else { CommandEnd::OutOfTime });
            }
            if !supervisor.is_some_and(process::is_alive) && room.exit_file().is_none() {
                process::end(
                    &|| process::of_attempt(&marker, supervisor.map(|supervisor| supervisor.pid)),
                    Duration::from_secs(1),
                    &|| false,
                );
                let rc = room.exit_file().and_then(|exit| exit.rc);
                return Ok(rc.map_or(CommandEnd::Killed, CommandEnd::Exit));
            }
            self.tick();
            self.heed()?;
            self.clock.pause(if age < QUICK_FOR { QUICK } else { CALM });
        }
    }
}

/// A supervisor needs no care but that somebody takes note of its end.
pub(super) fn reap(mut child: Child) {
    std::thread::spawn(move || child.wait());
}
