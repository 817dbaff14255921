//! Letting time pass, and noticing when somebody sets the clock.
//!
//! The ends of limits are wall clock times, since a provider tells them so and a restart must know them. What
//! rules while the dispatcher runs is the machine's monotonic clock: when the wall clock is set, everything that
//! is waited for moves along with it, and the journal says so. A jump makes no wait shorter or longer.

use std::time::Duration;

use super::control::Stop;
use super::dispatcher::{Dispatcher, Trouble};
use super::event::Event;
use crate::model::dispatch::WaitRow;

/// How long the dispatcher sleeps at most before it looks at the clock again.
const LOOK: Duration = Duration::from_millis(500);

/// Between two looks at what room the disk has.
const DISK: Duration = Duration::from_secs(5);

/// Clocks that come apart by less than this many milliseconds between two looks are being corrected, not set.
const STEP: i64 = 2000;

/// What both clocks said at the last look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    wall: i64,
    steady: Duration,
}

impl Seen {
    pub(super) fn new(wall: i64, steady: Duration) -> Seen {
        Seen { wall, steady }
    }

    /// How far the wall clock was set since the last look, in milliseconds.
    fn step(self, now: Seen) -> Option<i64> {
        let passed = i64::try_from(now.steady.saturating_sub(self.steady).as_millis()).unwrap_or(i64::MAX);
        let step = now.wall - self.wall - passed;
        (step.abs() >= STEP).then_some(step)
    }
}

impl Dispatcher<'_> {
    /// Looks whether somebody has set the wall clock; then what is waited for is moved along.
    pub(super) fn mind_the_clock(&mut self) -> Result<(), Trouble> {
        let now = Seen::new(self.clock.now(), self.clock.since_boot());
        let before = std::mem::replace(&mut self.seen, now);
        if let Some(by_ms) = before.step(now) {
            self.record(None, Event::ClockStepped { by_ms })?;
        }
        Ok(())
    }

    /// What is looked at again and again while a process runs: the clock, the disk, what people ask for.
    pub(super) fn heed(&mut self) -> Result<(), Trouble> {
        self.mind_the_clock()?;
        let now = self.clock.elapsed();
        if now.saturating_sub(self.disk_seen) >= DISK {
            self.disk_seen = now;
            self.check_disk()?;
        }
        self.requests()
    }

    /// A clock that is behind the journal was set back while nobody ran, by that much at least.
    pub(super) fn mind_the_past(&mut self) -> Result<(), Trouble> {
        let behind = self.clock.now() - self.state.last;
        if behind <= -STEP {
            self.record(None, Event::ClockStepped { by_ms: behind })?;
        }
        Ok(())
    }

    /// Sleeps until a moment, or until something happens: a person has something to say, or the clock is set.
    pub(super) fn wait(&mut self, until: i64, reason: String) -> Result<(), Trouble> {
        let (from, seq) = (self.clock.elapsed(), self.state.seq);
        self.live.waiting = Some(WaitRow { until, reason });
        let waited = loop {
            let left = until - self.clock.now();
            if left <= 0 || self.control.stop() != Stop::No || self.state.seq != seq {
                break Ok(());
            }
            self.clock.idle(LOOK.min(Duration::from_millis(left.unsigned_abs())));
            let heard = self.mind_the_clock().and_then(|()| self.requests());
            if heard.is_err() {
                break heard;
            }
            self.tick();
        };
        let passed = self.clock.elapsed().saturating_sub(from).as_millis();
        self.live.waited_ms += i64::try_from(passed).unwrap_or(0);
        self.live.waiting = None;
        waited
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_noticed_and_one_that_is_corrected_is_not() {
        let at = |wall, seconds| Seen::new(wall, Duration::from_secs(seconds));
        let before = at(1_000_000, 10);
        assert_eq!(before.step(at(1_005_000, 15)), None);
        assert_eq!(before.step(at(1_006_900, 15)), None, "corrected");
        assert_eq!(before.step(at(1_005_000 + 7_200_000, 15)), Some(7_200_000));
        assert_eq!(before.step(at(1_005_000 - 3_600_000, 15)), Some(-3_600_000));
        // Asleep for an hour: both clocks know it.
        assert_eq!(before.step(at(1_000_000 + 3_600_000, 3610)), None);
    }
}
