//! Doing what people ask a dispatcher for.

use std::time::Duration;

use anyhow::Result;

use super::control::Request;
use super::dispatcher::{Dispatcher, Trouble};
use super::event::Event;
use super::state::Phase;

/// Between two looks for requests.
const LOOK: Duration = Duration::from_millis(200);

impl Dispatcher<'_> {
    /// Reads what people ask for from other terminals.
    pub(super) fn requests(&mut self) -> Result<(), Trouble> {
        let now = self.clock.elapsed();
        if now.saturating_sub(self.looked) < LOOK && self.looked > Duration::ZERO {
            return Ok(());
        }
        self.looked = now;
        for request in self.control.take() {
            self.apply(&request)?;
        }
        Ok(())
    }

    /// Does what was asked for.
    pub fn request(&mut self, request: &Request) -> Result<()> {
        match self.apply(request) {
            Ok(()) | Err(Trouble::Stop) => Ok(()),
            Err(trouble) => Err(trouble.told()),
        }
    }

    fn apply(&mut self, request: &Request) -> Result<(), Trouble> {
        match request {
            Request::Stop { now } => self.control.interrupt(*now),
            Request::Retry { task: id } => {
                let Some(task) = self.state.task(id) else { return Ok(()) };
                if !task.phase.is_open() {
                    self.record(Some(id), Event::Retried {})?;
                }
            }
            Request::Cancel { task: id } => {
                let Some(task) = self.state.task(id) else { return Ok(()) };
                match task.phase {
                    Phase::Running | Phase::Spawning => {
                        self.cancelled.insert(id.clone());
                    }
                    phase if phase.is_final() => {}
                    _ => {
                        if let Some(claim) = task.claim.clone() {
                            self.discard(id, &claim)?;
                        }
                        self.record(Some(id), Event::Cancelled {})?;
                    }
                }
            }
        }
        Ok(())
    }
}
