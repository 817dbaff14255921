//! Time, as the dispatcher reads it: what clocks say, and waiting.
//!
//! Deadlines of a worker are kept on the monotonic clock, which neither a corrected system clock nor a
//! suspended machine moves; the end of a limit is a wall clock time, because a provider tells it so, and a third
//! clock, which goes on while the machine sleeps, tells whether the wall clock was set.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What time it is, and how to let it pass.
pub trait Clock {
    /// Milliseconds since 1970.
    fn now(&self) -> i64;
    /// Time since the clock was made; never goes back.
    fn elapsed(&self) -> Duration;
    /// Time since some moment of the past, time in which the machine slept too; never goes back.
    fn since_boot(&self) -> Duration;
    /// Pauses between two looks at a running process.
    fn pause(&self, time: Duration);
    /// Passes idle time: no process runs, a limit is being waited for.
    fn idle(&self, time: Duration);
}

/// The machine's own clocks.
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    pub fn new() -> SystemClock {
        SystemClock { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        millis(SystemTime::now())
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    #[cfg(target_os = "linux")]
    fn since_boot(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
    }

    /// Elsewhere a machine that has slept looks like one whose clock was set: what is waited for takes longer.
    #[cfg(not(target_os = "linux"))]
    fn since_boot(&self) -> Duration {
        self.elapsed()
    }

    fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn idle(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// Milliseconds since 1970; 0 for times before.
pub fn millis(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A moment in UTC as text, to the second.
pub fn text(millis: i64) -> String {
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Err(_) => millis.to_string(),
    }
}
