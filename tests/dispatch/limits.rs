//! Limits of a provider, waited for on a clock that the test moves.

use std::time::{Duration, Instant};

use friction::dispatch::Finished;

use crate::leap::run;
use crate::stage::*;

/// What Claude Code writes when a limit ends after so many seconds.
pub fn limit(seconds: u64) -> String {
    format!(
        "at=$(($(date +%s) + {seconds})); \
         echo '{{\"type\":\"rate_limit_event\",\"rate_limit_info\":{{\"status\":\"rejected\",\"resetsAt\":'$at'}}}}'; \
         echo '{{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":true,\"num_turns\":1,\"api_error_status\":429,\"result\":\"limit reached\"}}'; exit 1"
    )
}

#[test]
fn sixty_five_minutes_of_limit_cost_no_call_and_no_attempt() {
    let stage = Stage::new(&["T-1", "T-2"]);
    stage.config("", "kind = \"claude\"");
    stage.play("T-1", 1, &limit(65 * 60));
    let start = Instant::now();
    let (finished, leapt) = run(&stage);
    assert_eq!(finished, Finished::AllDone);
    assert!((65 * 60..67 * 60).contains(&leapt.as_secs()), "{leapt:?}");
    assert_eq!((stage.calls("T-1"), stage.calls("T-2")), (2, 1));
    assert_eq!(stage.row("T-1")["attempts"], 1, "a limit is nobody's attempt");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(stage.records("cooldown.cleared").len(), 1);
}

#[test]
fn a_limit_that_tells_no_end_climbs_the_ladder() {
    let stage = Stage::new(&["T-1"]);
    for call in 1..=3 {
        stage.play("T-1", call, "echo 'usage limit reached' >&2; exit 75");
    }
    let (finished, leapt) = run(&stage);
    assert_eq!(finished, Finished::AllDone);
    assert!((80 * 60..90 * 60).contains(&leapt.as_secs()), "5, 15 and 60 minutes: {leapt:?}");
    assert_eq!(stage.calls("T-1"), 4);
}

#[test]
fn a_provider_that_refuses_is_asked_again_with_growing_pauses() {
    let stage = Stage::new(&["T-1"]);
    stage.config("", "kind = \"claude\"");
    let refusal = "echo '{\"type\":\"result\",\"is_error\":true,\"num_turns\":1,\"api_error_status\":529,\"result\":\"Overloaded\"}'; exit 1";
    for call in 1..=4 {
        stage.play("T-1", call, refusal);
    }
    let (finished, leapt) = run(&stage);
    assert_eq!(finished, Finished::AllDone);
    assert!(leapt < Duration::from_secs(4 + 10 + 20 + 40 + 80), "{leapt:?}");
    assert_eq!((stage.calls("T-1"), &stage.row("T-1")["attempts"]), (5, &1.into()));
}

#[test]
fn a_login_that_is_missing_pauses_with_one_clear_line_and_goes_on_at_the_next_start() {
    let stage = Stage::new(&["T-1", "T-2"]);
    stage.play("T-1", 1, "echo 'Not logged in' >&2; exit 1");
    let ran = stage.dispatch(&[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("needs human: player not logged in: Not logged in"), "{}", ran.stdout);
    assert_eq!((stage.calls("T-1"), stage.calls("T-2")), (1, 0), "nothing more was asked");
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.landed(), ["do T-1", "do T-2"]);
}

#[test]
fn a_limit_that_is_not_to_be_waited_for_ends_with_its_own_exit_code() {
    let stage = Stage::new(&["T-1"]);
    stage.play("T-1", 1, "echo 'usage limit reached' >&2; exit 75");
    assert_eq!(stage.dispatch(&["--no-wait"]).code, 75);
    assert_eq!(stage.states()[0].1, "queued");
    assert_eq!(stage.dispatch(&["--no-wait"]).code, 75, "the cooldown outlives the dispatcher");
    assert_eq!(stage.calls("T-1"), 1);
}

#[test]
fn agents_that_end_without_a_word_pause_their_provider() {
    let stage = Stage::new(&["T-1", "T-2", "T-3"]);
    stage.config("", "kind = \"claude\"");
    for task in ["T-1", "T-2", "T-3"] {
        for call in 1..=3 {
            stage.play(task, call, "echo \"error: unknown option '--nope'\" >&2; exit 1");
        }
    }
    let ran = stage.dispatch(&[]);
    assert_eq!(ran.code, 1);
    let calls = stage.calls("T-1") + stage.calls("T-2") + stage.calls("T-3");
    assert_eq!(calls, 3, "not every task was burnt");
    assert!(ran.stdout.contains("unknown option"), "{}", ran.stdout);
}

#[test]
fn an_agent_that_is_not_installed_is_told_at_once() {
    let stage = Stage::new(&["T-1"]);
    std::fs::remove_file(stage.repo.beside("agent")).unwrap();
    let ran = stage.dispatch(&[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("cannot start"), "{}", ran.stdout);
    assert_eq!(stage.row("T-1")["attempts"], 0);
}
