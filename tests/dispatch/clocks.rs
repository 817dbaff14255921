//! Wall clocks that somebody sets while a queue runs, and while none does.

use std::time::{Duration, Instant};

use friction::dispatch::Finished;

use crate::leap::{Leaping, run_on};
use crate::limits::limit;
use crate::stage::*;

const HOUR: i64 = 3_600_000;
const MINUTES: u64 = 60;

#[test]
fn a_clock_that_is_set_during_a_cooldown_makes_it_neither_shorter_nor_longer() {
    for by in [3 * HOUR, -3 * HOUR, 400 * 24 * HOUR, -400 * 24 * HOUR] {
        let stage = Stage::new(&["T-1"]);
        stage.config("", "kind = \"claude\"");
        stage.play("T-1", 1, &limit(65 * MINUTES));
        let clock = Leaping::set_after(Duration::from_secs(20 * MINUTES), by);
        let (finished, leapt) = run_on(&stage, &clock, false);
        assert_eq!(finished, Finished::AllDone);
        assert!((65 * MINUTES..67 * MINUTES).contains(&leapt.as_secs()), "{by}: {leapt:?}");
        assert_eq!(stage.calls("T-1"), 2, "{by}");
        let steps = stage.records("clock.stepped");
        assert_eq!(steps.len(), 1);
        let told = steps[0]["data"]["by_ms"].as_i64().unwrap();
        assert!((told - by).abs() < 2000, "{told}");
    }
}

#[test]
fn a_clock_that_is_set_while_a_worker_runs_ends_nobody_and_holds_nobody_up() {
    for by in [5 * HOUR, -5 * HOUR] {
        let stage = Stage::new(&["T-1"]);
        stage.play("T-1", 1, "sleep 1.5; exit 3");
        let start = Instant::now();
        let clock = Leaping::set_after(Duration::from_millis(800), by);
        let (finished, leapt) = run_on(&stage, &clock, false);
        assert_eq!(finished, Finished::AllDone);
        assert_eq!(leapt, Duration::ZERO, "{by}: the next attempt was not waited for");
        assert!(start.elapsed() < Duration::from_secs(15), "{by}: {:?}", start.elapsed());
        assert_eq!(stage.records("attempt.exited")[0]["data"]["class"], "crashed");
        let seconds = stage.row("T-1")["agent_seconds"].as_f64().unwrap();
        assert!((1.0..10.0).contains(&seconds), "{by}: {seconds}");
    }
}

#[test]
fn the_end_of_a_limit_is_known_to_the_next_dispatcher() {
    let stage = Stage::new(&["T-1"]);
    stage.config("", "kind = \"claude\"");
    stage.play("T-1", 1, &limit(65 * MINUTES));
    assert_eq!(run_on(&stage, &Leaping::new(), true).0, Finished::Limited);
    let (finished, leapt) = run_on(&stage, &Leaping::new(), false);
    assert_eq!(finished, Finished::AllDone);
    assert!((64 * MINUTES..67 * MINUTES).contains(&leapt.as_secs()), "{leapt:?}");
    assert_eq!(stage.calls("T-1"), 2);
}

#[test]
fn a_clock_that_is_set_back_while_nobody_runs_makes_no_limit_longer() {
    let stage = Stage::new(&["T-1"]);
    stage.play("T-1", 1, "echo 'usage limit reached' >&2; exit 75");
    assert_eq!(run_on(&stage, &Leaping::wrong_by(300 * 24 * HOUR), true).0, Finished::Limited);
    let (finished, leapt) = run_on(&stage, &Leaping::new(), false);
    assert_eq!(finished, Finished::AllDone);
    assert!(leapt.as_secs() < 6 * MINUTES, "five minutes and a little: {leapt:?}");
    assert_eq!((stage.calls("T-1"), stage.records("clock.stepped").len()), (2, 1));
}
