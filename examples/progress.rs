//! Measures how honest the time is that a scan says is left.
//!
//! ```text
//! cargo run --release --example progress -- REPOSITORY... [--head-only]
//! ```
//!
//! Scans each repository on one thread, notes how far it is at every moment, and compares what would have
//! been told then with what was true. Time is the process's CPU time, so that a busy machine does not
//! count. Prints, for each repository, the stages, and the part of the run during which the time told was
//! within 30 % of the truth, or within a second of it.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use friction::git::{RefFilter, Repo};
use friction::report::Stage;
use friction::scan::{Progress, ScanOptions, scan};

/// Seconds of CPU time that the whole process took.
fn cpu_time() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// What was known at one moment.
#[derive(Clone, Copy)]
struct Moment {
    name: &'static str,
    stage: Stage,
    done: u64,
    began: f64,
    now: f64,
}

/// Notes a moment at every stage and every tenth of a second.
#[derive(Default)]
struct Recorder(Mutex<Vec<Moment>>);

impl Progress for Recorder {
    fn stage(&self, name: &'static str, own: u64, later: u64) {
        let mut moments = self.0.lock().unwrap();
        let before = moments.last().map_or(0, |last| last.stage.before + last.done);
        let now = cpu_time();
        let first = Moment { name, stage: Stage { own, later, before }, done: 0, began: now, now };
        moments.extend([first, first]);
    }

    fn add(&self, bytes: u64) {
        let mut moments = self.0.lock().unwrap();
        let now = cpu_time();
        let Some(&last) = moments.last() else { return };
        let next = Moment { done: last.done + bytes, now, ..last };
        let settled = moments.len() < 2 || now - moments[moments.len() - 2].now >= 0.1;
        if settled {
            moments.push(next);
        } else if let Some(last) = moments.last_mut() {
            *last = next;
        }
    }
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let refs = match words.iter().any(|word| word == "--head-only") {
        true => RefFilter::HeadOnly,
        false => RefFilter::Everything,
    };
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().context("cannot start a thread")?;
    for place in words.iter().filter(|word| !word.starts_with("--")) {
        let repo = Repo::open(Path::new(place)).with_context(|| format!("cannot open {place}"))?;
        let recorder = Recorder::default();
        scan(&repo, &ScanOptions { refs: refs.clone(), ..ScanOptions::default() }, &recorder)?;
        report(place, &recorder.0.into_inner().unwrap(), cpu_time());
    }
    Ok(())
}

fn report(place: &str, moments: &[Moment], end: f64) {
    let Some(first) = moments.first() else { return };
    println!("{place}: {:.1} s", end - first.now);
    let (mut told, mut honest, mut silent) = (0.0, 0.0, 0.0);
    for pair in moments.windows(2) {
        let [at, next] = [pair[0], pair[1]];
        let during = next.now - at.now;
        let since = |moment: f64| Duration::from_secs_f64((at.now - moment).max(0.0));
        let done = at.done.min(at.stage.own);
        match at.stage.seconds_left(done, since(at.began), since(first.now)) {
            Some(left) => {
                let truth = end - at.now;
                told += during;
                honest += if (left - truth).abs() <= (0.3 * truth).max(1.0) { during } else { 0.0 };
            }
            None => silent += during,
        }
        if next.began != at.began || next.now == moments[moments.len() - 1].now {
            let (took, own) = (next.now - at.began, at.stage.own.max(1));
            let said = at.stage.later as f64 / own as f64;
            println!(
                "  {:<20} {took:7.2} s, {own:>13} bytes of work, {:.3} done, {:.2} ns a byte, then {said:.2} as much",
                at.name,
                at.done as f64 / own as f64,
                took * 1e9 / own as f64
            );
        }
    }
    println!("  after the last: {:.2} s", end - moments[moments.len() - 1].now);
    println!(
        "  told during {told:.1} s, of which {:.0} % honest; silent for {silent:.1} s",
        100.0 * honest / told.max(f64::EPSILON)
    );
}
