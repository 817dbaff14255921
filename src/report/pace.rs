//! How long work of a known size still takes.

use std::time::Duration;

/// A part of the work, in bytes of work: its own, what follows, and what was done when it began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stage {
    pub own: u64,
    pub later: u64,
    pub before: u64,
}

impl Stage {
    /// Seconds that the rest will take when `done` bytes of this stage are: this stage at its own pace once
    /// that is known, what follows at the pace of all so far; nothing while too little is known to be honest.
    pub fn seconds_left(&self, done: u64, in_stage: Duration, in_all: Duration) -> Option<f64> {
        let overall = pace(self.before + done, self.before + self.own + self.later, in_all)?;
        let own = pace(done, self.own, in_stage).unwrap_or(overall);
        Some(own * self.own.saturating_sub(done) as f64 + overall * self.later as f64)
    }
}

/// Seconds for a byte of work; none before a part of it is done.
fn pace(done: u64, total: u64, elapsed: Duration) -> Option<f64> {
    let known = done > 0 && done.saturating_mul(50) >= total && elapsed >= Duration::from_secs(1);
    known.then(|| elapsed.as_secs_f64() / done as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn left(stage: Stage, done: u64, in_stage: Duration, in_all: Duration) -> Option<u64> {
        stage.seconds_left(done, in_stage, in_all).map(|seconds| seconds.round() as u64)
    }

    #[test]
    fn the_rest_is_told_at_the_pace_so_far() {
        let first = |own, later| Stage { own, later, before: 0 };
        assert_eq!(left(first(100, 0), 25, 10 * SECOND, 10 * SECOND), Some(30));
        assert_eq!(left(first(100, 100), 50, 10 * SECOND, 10 * SECOND), Some(30));
        assert_eq!(left(first(100, 0), 100, 10 * SECOND, 10 * SECOND), Some(0));
        assert_eq!(left(first(100, 1600), 100, 10 * SECOND, 10 * SECOND), Some(160));
    }

    #[test]
    fn a_stage_that_goes_slower_than_those_before_is_told_at_its_own_pace() {
        let second = Stage { own: 100, later: 0, before: 100 };
        assert_eq!(left(second, 1, SECOND / 10, 10 * SECOND), Some(10));
        assert_eq!(left(second, 50, 20 * SECOND, 30 * SECOND), Some(20));
    }

    #[test]
    fn nothing_is_promised_before_something_is_known() {
        for (done, elapsed) in [(0, 10 * SECOND), (1, 10 * SECOND), (25, SECOND / 2)] {
            let stage = Stage { own: 100, later: 0, before: 0 };
            assert_eq!(left(stage, done, elapsed, elapsed), None);
        }
    }
}
