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
    /// What is done when the last stage ends.
    total: u64,
    /// When the first stage began.
    started: Instant,
}

impl Progress {
    /// Nothing is ever drawn when `quiet`, or when standard error is no terminal.
    pub fn new(quiet: bool, terminal: &Terminal) -> Progress {
        let stage = Stage { name: "", total: 0, started: Instant::now() };
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

    /// Begins a part of the work, e.g. `reading history`. It and all that follows are `left` bytes of work
    /// as far as is known by now.
    pub fn stage(&self, name: &'static str, left: u64) {
        let mut stage = self.work.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let started = if stage.name.is_empty() { Instant::now() } else { stage.started };
        *stage = Stage { name, total: self.work.done.load(Ordering::Relaxed) + left, started };
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
        let done = self.done.load(Ordering::Relaxed).min(stage.total);
        bar.set_length(stage.total.max(1));
        bar.set_prefix(stage.name);
        bar.set_message(remaining(done, stage.total, stage.started.elapsed()).map(left).unwrap_or_default());
        bar.set_position(done);
        bar.tick();
    }
}

fn style(unicode: bool) -> ProgressStyle {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3} % {msg:>18}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars(if unicode { "━╸ " } else { "=> " })
}

/// The time that the rest will take at the pace so far; nothing while too little is known to be honest.
fn remaining(done: u64, total: u64, elapsed: Duration) -> Option<Duration> {
    if done == 0 || done.saturating_mul(50) < total || elapsed < Duration::from_secs(1) {
        return None;
    }
    Some(elapsed.mul_f64(total.saturating_sub(done) as f64 / done as f64))
}

fn left(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..90 => format!("about {} s left", seconds + 1),
        seconds => format!("about {} min left", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_rest_is_told_at_the_pace_so_far() {
        assert_eq!(remaining(25, 100, 10 * SECOND), Some(30 * SECOND));
        assert_eq!(remaining(100, 100, 10 * SECOND), Some(Duration::ZERO));
    }

    #[test]
    fn nothing_is_promised_before_something_is_known() {
        assert_eq!(remaining(0, 100, 10 * SECOND), None);
        assert_eq!(remaining(1, 100, 10 * SECOND), None);
        assert_eq!(remaining(25, 100, SECOND / 2), None);
    }

    #[test]
    fn the_rest_is_told_in_words() {
        assert_eq!(left(12 * SECOND), "about 13 s left");
        assert_eq!(left(170 * SECOND), "about 3 min left");
    }

    #[test]
    fn threads_add_to_one_sum() {
        let progress = Progress::new(true, &Terminal::plain(80));
        progress.stage("reading history", 4000);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| progress.add(1)));
            }
        });
        assert_eq!(progress.work.done.load(Ordering::Relaxed), 4000);
    }
}
