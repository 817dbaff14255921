//! The bar that tells how far long work is: on standard error, at a terminal, once there is a wait.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::pace::Stage;
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
    stage: Mutex<Begun>,
}

/// A stage that began, and when; `first` is when the first one did.
#[derive(Clone, Copy)]
struct Begun {
    name: &'static str,
    stage: Stage,
    began: Instant,
    first: Instant,
}

impl Progress {
    /// Nothing is ever drawn when `quiet`, or when standard error is no terminal.
    pub fn new(quiet: bool, terminal: &Terminal) -> Progress {
        let now = Instant::now();
        let (name, began, first) = ("", now, now);
        let stage = Mutex::new(Begun { name, stage: Stage::default(), began, first });
        let work = Arc::new(Work { done: AtomicU64::new(0), stage });
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
        let began = Instant::now();
        let first = if stage.name.is_empty() { began } else { stage.first };
        let before = self.work.done.load(Ordering::Relaxed);
        *stage = Begun { name, stage: Stage { own, later, before }, began, first };
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
        let Begun { name, stage, began, first } = *self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let done = (self.done.load(Ordering::Relaxed) - stage.before).min(stage.own);
        bar.set_length((stage.before + stage.own + stage.later).max(1));
        bar.set_prefix(name);
        bar.set_message(
            stage.seconds_left(done, began.elapsed(), first.elapsed()).map_or(String::new(), left),
        );
        bar.set_position(stage.before + done);
        bar.tick();
    }
}

fn style(unicode: bool) -> ProgressStyle {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3} % {msg:>18}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars(if unicode { "━╸ " } else { "=> " })
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

    #[test]
    fn the_rest_is_told_in_words() {
        assert_eq!(
            [0.0, 30.0, 89.9, 90.0, 200.0].map(left),
            ["about 1 s left", "about 31 s left", "about 90 s left", "about 2 min left", "about 3 min left"]
        );
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
