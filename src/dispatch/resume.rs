//! After a death: what a new dispatcher does about the attempts that a former one left open.

use std::time::Duration;

use super::dispatcher::{Dispatcher, Trouble};
use super::event::Event;
use super::process;
use super::state::Phase;

/// What is found where an attempt was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Findings {
    /// A supervisor has taken the command, now or before.
    pub was_started: bool,
    /// A process of the attempt runs.
    pub is_alive: bool,
}

/// What a new dispatcher does about an open attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing was started, and nothing will be: the task goes back into the queue.
    Release,
    /// A worker runs: follow it from the start of its output, as if nothing had happened.
    Adopt,
    /// The worker is over: read how it ended and go on from there, without running it again.
    Conclude,
    /// The agent's part is over: gate, or land, or find that it has landed.
    GoOn,
}

/// Decides by the journal's last word and by what is found.
pub fn step(phase: Phase, findings: Findings) -> Step {
    match phase {
        Phase::Claimed | Phase::Preparing => Step::Release,
        Phase::Spawning if !findings.was_started => Step::Release,
        Phase::Spawning | Phase::Running if findings.is_alive => Step::Adopt,
        Phase::Spawning | Phase::Running => Step::Conclude,
        _ => Step::GoOn,
    }
}

impl Dispatcher<'_> {
    /// Brings what a former dispatcher left open to a point from which the loop can go on.
    pub(super) fn recover(&mut self) -> Result<(), Trouble> {
        let open: Vec<String> = self.state.open().into_iter().map(str::to_owned).collect();
        for id in open {
            let task = &self.state.tasks[&id];
            let phase = task.phase;
            let Some(claim) = task.claim.clone() else { continue };
            let room = self.room(&claim.ulid);
            // Whoever comes first decides: from here on no late supervisor can start anything.
            let was_started = phase == Phase::Running
                || (phase == Phase::Spawning
                    && room.dir().exists()
                    && !room.claim("dispatcher").map_err(anyhow::Error::from)?
                    && room.was_started());
            let is_alive = was_started && !process::of_attempt(&claim.ulid, None).is_empty();
            match step(phase, Findings { was_started, is_alive }) {
                Step::Release => {
                    self.discard(&id, &claim)?;
                    let reason = "the dispatcher ended before its agent was started".to_owned();
                    self.record(Some(&id), Event::Released { reason })?;
                }
                Step::Adopt => self.record(Some(&id), Event::Adopted {})?,
                Step::Conclude | Step::GoOn => {}
            }
            // A gate of the former dispatcher judges for nobody.
            let orphans = || process::of_attempt(&format!("{}-gate", claim.ulid), None);
            process::end(&orphans, Duration::from_secs(1), &|| false);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_of_an_attempt_has_its_way_back() {
        let found = |was_started, is_alive| Findings { was_started, is_alive };
        for (phase, findings, expected) in [
            (Phase::Claimed, found(false, false), Step::Release),
            (Phase::Preparing, found(false, false), Step::Release),
            (Phase::Spawning, found(false, false), Step::Release),
            (Phase::Spawning, found(true, true), Step::Adopt),
            (Phase::Spawning, found(true, false), Step::Conclude),
            (Phase::Running, found(true, true), Step::Adopt),
            (Phase::Running, found(true, false), Step::Conclude),
            (Phase::Exited, found(true, false), Step::GoOn),
            (Phase::Gated, found(true, false), Step::GoOn),
            (Phase::Merging, found(true, false), Step::GoOn),
            (Phase::Merged, found(true, false), Step::GoOn),
        ] {
            assert_eq!(step(phase, findings), expected, "{phase:?} {findings:?}");
        }
    }
}
