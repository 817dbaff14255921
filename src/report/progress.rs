//! The bar that tells how far long work is: on standard error, at a terminal, once there is a wait.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::Terminal;

/// Work that ends sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(400);

const REDRAW: Duration = Duration::from_millis(100);

/// Progress of one command. Worker threads call [`Progress::add`]; dropping it clears the bar.
pub struct Progress {
    work: Arc<Work>,
    drawing: Option<(Sender<()>, JoinHandle<()>)>,
}

/// What the workers and the thread that draws share.
struct Work {
    done: AtomicU64,
    stage: Mutex<Stage>,
}

#[derive(Clone, Copy)]
struct Stage {
    name: &'static str,
    /// Bytes of work of this stage, and of all that follow.
    own: u64,
    later: u64,
    /// Bytes done when it began, and when that was.
    before: u64,
    started: Instant,
    /// When the first stage began.
    first: Instant,
}

impl Progress {
    /// Nothing is ever drawn when `quiet`, or when standard error is no terminal.
    pub fn new(quiet: bool, terminal: &Terminal) -> Progress {
        let now = Instant::now();
        let stage = Stage { name: "", own: 0, later: 0, before: 0, started: now, first: now };
        let work = Arc::new(Work { done: AtomicU64::new(0), stage: Mutex::new(stage) });
        let visible = !quiet && io::stderr().is_terminal();
        let drawing = visible.then(|| {
            let (stop, stopped) = mpsc::channel();
            let (shared, style) = (Arc::clone(&work), style(terminal.unicode));
            let thread = thread::spawn(move || {
                if stopped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                    bar.set_style(style);
                    loop {
                        shared.draw(&bar);
                        if stopped.recv_timeout(REDRAW) != Err(RecvTimeoutError::Timeout) {
                            break;
                        }
                    }
                    bar.finish_and_clear();
                }
            });
            (stop, thread)
        });
        Progress { work, drawing }
    }

    /// Begins a part of the work, e.g. `reading history`, of `own` bytes; all that follows is `later` bytes,
    /// as far as is known by now.
    pub fn stage(&self, name: &'static str, own: u64, later: u64) {
        let mut stage = self.work.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let started = Instant::now();
        let first = if stage.name.is_empty() { started } else { stage.first };
        let before = self.work.done.load(Ordering::Relaxed);
        *stage = Stage { name, own, later, before, started, first };
    }

    /// Counts bytes of work as done; as cheap as an atomic addition.
    pub fn add(&self, bytes: u64) {
        self.work.done.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.drawing.take() {
            drop(stop);
            // A bar that failed to draw is no reason to fail.
            let _ = thread.join();
        }
    }
}

impl Work {
    fn draw(&self, bar: &ProgressBar) {
        let stage = *self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let done = (self.done.load(Ordering::Relaxed) - stage.before).min(stage.own);
        bar.set_length((stage.before + stage.own + stage.later).max(1));
        bar.set_prefix(stage.name);
        bar.set_message(stage.remaining(done, stage.started.elapsed(), stage.first.elapsed()));
        bar.set_position(stage.before + done);
        bar.tick();
    }
}

fn style(unicode: bool) -> ProgressStyle {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3} % {msg:>18}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars(if unicode { "━╸ " } else { "=> " })
}

impl Stage {
    /// The time that the rest will take, in words: this stage at its own pace once that is known, what
    /// follows at the pace of all so far; nothing while too little is known to be honest.
    fn remaining(&self, done: u64, in_stage: Duration, in_all: Duration) -> String {
        let Some(overall) = pace(self.before + done, self.before + self.own + self.later, in_all) else {
            return String::new();
        };
        let own = pace(done, self.own, in_stage).unwrap_or(overall);
        let seconds = own * (self.own - done) as f64 + overall * self.later as f64;
        left(seconds)
    }
}

/// Seconds for a byte of work; none before a part of it is done.
fn pace(done: u64, total: u64, elapsed: Duration) -> Option<f64> {
    let known = done > 0 && done.saturating_mul(50) >= total && elapsed >= Duration::from_secs(1);
    known.then(|| elapsed.as_secs_f64() / done as f64)
}

fn left(seconds: f64) -> String {
    match seconds as u64 {
        seconds @ 0..90 => format!("about {} s left", seconds + 1),
        seconds => format!("about {} min left", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn stage(before: u64, own: u64, later: u64) -> Stage {
        let now = Instant::now();
        Stage { name: "reading", own, later, before, started: now, first: now }
    }

    #[test]
    fn the_rest_is_told_at_the_pace_so_far() {
        assert_eq!(stage(0, 100, 0).remaining(25, 10 * SECOND, 10 * SECOND), "about 31 s left");
        assert_eq!(stage(0, 100, 100).remaining(50, 10 * SECOND, 10 * SECOND), "about 31 s left");
        assert_eq!(stage(0, 100, 0).remaining(100, 10 * SECOND, 10 * SECOND), "about 1 s left");
        assert_eq!(stage(0, 100, 1600).remaining(100, 10 * SECOND, 10 * SECOND), "about 3 min left");
    }

    #[test]
    fn a_stage_that_goes_slower_than_those_before_is_told_at_its_own_pace() {
        let second = stage(100, 100, 0);
        assert_eq!(second.remaining(1, SECOND / 10, 10 * SECOND), "about 10 s left");
        assert_eq!(second.remaining(50, 20 * SECOND, 30 * SECOND), "about 21 s left");
    }

    #[test]
    fn nothing_is_promised_before_something_is_known() {
        for (done, elapsed) in [(0, 10 * SECOND), (1, 10 * SECOND), (25, SECOND / 2)] {
            assert_eq!(stage(0, 100, 0).remaining(done, elapsed, elapsed), "");
        }
    }

    #[test]
    fn threads_add_to_one_sum() {
        let progress = Progress::new(true, &Terminal::plain(80));
        progress.stage("reading history", 4000, 0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| progress.add(1)));
            }
        });
        assert_eq!(progress.work.done.load(Ordering::Relaxed), 4000);
    }
}
