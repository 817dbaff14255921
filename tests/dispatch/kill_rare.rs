//! kill -9 of the dispatcher before and after the records of rarer days: limits, pauses, batches, people, restarts.

use friction::dispatch::Finished;

use crate::kill::{self, run_with};
use crate::leap::{Leaping, run, run_on};
use crate::stage::*;
use crate::support::*;

const SIDES: [&str; 2] = ["before", "after"];

/// The records of each test below; with those of a usual run they are all there are.
const LIMITS: [&str; 2] = ["cooldown.set", "cooldown.cleared"];
const PAUSES: [&str; 2] = ["provider.paused", "provider.resumed"];
const BATCHES: [&str; 1] = ["attempt.delivered"];
const HELD: [&str; 2] = ["merge.missed", "task.held"];
const ENDS: [&str; 1] = ["task.dead"];
const PEOPLE: [&str; 2] = ["task.cancelled", "task.retried"];
const RESTARTS: [&str; 2] = ["attempt.adopted", "attempt.released"];
const CLOCKS: [&str; 1] = ["clock.stepped"];

#[track_caller]
fn dies(stage: &Stage, place: &str) {
    let died = run_with(stage, &format!("dispatcher@{place}"));
    assert_eq!(died.code, -1, "{place}: the dispatcher was not killed: {}{}", died.stdout, died.stderr);
}

#[test]
fn every_record_of_the_journal_is_killed_at() {
    let source = include_str!("../../src/dispatch/event.rs");
    let named: Vec<&str> = source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("#[serde(rename = \"")?.strip_suffix("\")]"))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    let lists: [&[&str]; 9] =
        [&kill::EVENTS, &LIMITS, &PAUSES, &BATCHES, &HELD, &ENDS, &PEOPLE, &RESTARTS, &CLOCKS];
    let killed_at = lists.concat();
    for name in named {
        assert!(killed_at.contains(&name), "{name} has no kill test");
    }
}

#[test]
fn a_limit_survives_a_dispatcher_killed_at_its_record() {
    for side in SIDES {
        let stage = Stage::new(&["T-1", "T-2"]);
        stage.play("T-1", 1, "echo 'usage limit reached' >&2; exit 75");
        dies(&stage, &format!("{side}:cooldown.set"));
        let (finished, leapt) = run(&stage);
        assert_eq!(finished, Finished::AllDone);
        assert!((5 * 60..6 * 60).contains(&leapt.as_secs()), "{side}: {leapt:?}");
        assert_eq!((stage.calls("T-1"), stage.calls("T-2")), (2, 1), "{side}");
        assert_eq!(stage.records("cooldown.set").len(), 1, "{side}: one strike");
        stage.assert_clean();
    }
}

#[test]
fn a_probe_that_got_through_is_not_sent_again_by_the_next_dispatcher() {
    for side in SIDES {
        let stage = Stage::new(&["T-1", "T-2"]);
        stage.play("T-1", 1, "echo 'rate limit' >&2; exit 1");
        dies(&stage, &format!("{side}:cooldown.cleared"));
        assert_eq!(stage.dispatch(&[]).code, 0);
        assert_eq!((stage.calls("T-1"), stage.calls("T-2")), (2, 1), "{side}");
        assert_eq!(stage.records("cooldown.cleared").len(), 1, "{side}");
        stage.assert_clean();
    }
}

#[test]
fn a_pause_survives_a_dispatcher_killed_at_its_records() {
    for side in SIDES {
        for event in PAUSES {
            let stage = Stage::new(&["T-1", "T-2"]);
            stage.play("T-1", 1, "echo 'Not logged in' >&2; exit 1");
            if event == "provider.resumed" {
                assert_eq!(stage.dispatch(&[]).code, 1);
            }
            let place = format!("{side}:{event}");
            dies(&stage, &place);
            // Killed before the pause, the next dispatcher pauses; killed after it, a start resumes.
            let again = stage.dispatch(&[]);
            assert!(again.code == 0 || place == "before:provider.paused", "{place}: {}", again.stdout);
            assert_eq!(stage.dispatch(&[]).code, 0, "{place}");
            assert_eq!((stage.calls("T-1"), stage.calls("T-2")), (2, 1), "{place}");
            assert_eq!(stage.row("T-1")["attempts"], 1, "{place}: a pause is nobody's attempt");
            stage.assert_clean();
        }
    }
}

#[test]
fn a_batch_is_divided_once_however_often_the_dispatcher_is_killed_meanwhile() {
    for side in SIDES {
        let stage = Stage::new(&[]);
        for task in ["T-1", "T-2", "T-3"] {
            stage.task(task, "batch: 3");
        }
        stage.play(
            "T-1",
            1,
            "for t in T-1 T-2 T-3; do echo good > $t.txt; git add -A; git commit -qm \"do $t\n\nFriction-Task: $t\"; done",
        );
        dies(&stage, &format!("{side}:attempt.delivered"));
        if side == "after" {
            // The second and the third part.
            dies(&stage, "after:attempt.delivered");
            dies(&stage, "after:attempt.delivered");
        }
        assert_eq!(stage.dispatch(&[]).code, 0);
        let mut landed = stage.landed();
        landed.sort();
        assert_eq!(landed, ["do T-1", "do T-2", "do T-3"], "{side}");
        assert_eq!((stage.calls("T-1"), stage.calls("T-2"), stage.calls("T-3")), (1, 0, 0), "{side}");
        assert_eq!(stage.records("attempt.delivered").len(), 3, "{side}");
        stage.assert_clean();
    }
}

#[test]
fn work_that_waits_for_a_human_survives_a_dispatcher_killed_at_its_records() {
    for side in SIDES {
        for event in HELD {
            let stage = Stage::new(&["T-1"]);
            stage.gate("#!/bin/sh\necho 'no tests found' >&2; exit 127\n");
            dies(&stage, &format!("{side}:{event}"));
            stage.gate("#!/bin/sh\n");
            let mut code = stage.dispatch(&[]).code;
            // Killed before the verdict was put aside, the old verdict still holds once.
            if code == 1 {
                code = stage.dispatch(&[]).code;
            }
            assert_eq!((code, stage.calls("T-1")), (0, 1), "{side}:{event}");
            assert_eq!(stage.landed(), ["do T-1"]);
            stage.assert_clean();
        }
    }
}

#[test]
fn a_task_that_is_given_up_stays_so_and_leaves_its_work() {
    for side in SIDES {
        let stage = Stage::new(&["T-1", "T-2"]);
        stage.task("T-1", "max_attempts: 1");
        stage.play("T-1", 1, "echo half > half.txt; exit 3");
        dies(&stage, &format!("{side}:task.dead"));
        assert_eq!(stage.dispatch(&[]).code, 1);
        assert_eq!((stage.calls("T-1"), stage.calls("T-2")), (1, 1), "{side}");
        assert_eq!(stage.row("T-1")["state"], "failed");
        let saved = stage.repo.git(&["for-each-ref", "--format=%(refname)", "refs/friction/saved/T-1/"]);
        assert_eq!(stage.repo.git(&["show", &format!("{saved}:half.txt")]), "half", "{side}");
        stage.assert_clean();
    }
}

#[test]
fn a_request_whose_teller_is_killed_can_be_made_again() {
    for side in SIDES {
        let stage = Stage::new(&["T-1", "T-2"]);
        stage.task("T-1", "max_attempts: 1");
        stage.play("T-1", 1, "exit 3");
        assert_eq!(stage.dispatch(&[]).code, 1);
        for (words, event) in [(["retry", "T-1"], "task.retried"), (["cancel", "T-1"], "task.cancelled")] {
            let mut command = friction_command(stage.repo.root(), &["dispatch", words[0], words[1]]);
            command.env("FRICTION_FAILPOINT", format!("dispatcher@{side}:{event}"));
            assert_eq!(Ran::of(command).code, -1, "{side}:{event}");
            stage.repo.friction(&["dispatch", words[0], words[1]]).ok();
        }
        assert_eq!(stage.dispatch(&[]).code, 0);
        assert_eq!((stage.row("T-1")["state"].clone(), stage.calls("T-1")), ("cancelled".into(), 1));
        stage.assert_clean();
    }
}

#[test]
fn a_restart_that_is_killed_is_restarted() {
    for side in SIDES {
        let stage = Stage::new(&["T-1"]);
        stage.play("T-1", 1, "sleep 2; commit");
        dies(&stage, "after:attempt.spawned");
        until("the worker", || stage.calls("T-1") == 1);
        dies(&stage, &format!("{side}:attempt.adopted"));
        assert_eq!(stage.dispatch(&[]).code, 0);
        assert_eq!((stage.landed(), stage.calls("T-1")), (vec!["do T-1".to_owned()], 1), "{side}");
        stage.assert_clean();

        let stage = Stage::new(&["T-1"]);
        dies(&stage, "after:attempt.claimed");
        dies(&stage, &format!("{side}:attempt.released"));
        assert_eq!(stage.dispatch(&[]).code, 0);
        assert_eq!((stage.landed(), stage.calls("T-1")), (vec!["do T-1".to_owned()], 1), "{side}");
        stage.assert_clean();
    }
}

#[test]
fn a_clock_that_was_set_back_is_noticed_once_by_whoever_comes_next() {
    for side in SIDES {
        let stage = Stage::new(&["T-1"]);
        stage.play("T-1", 1, "echo 'usage limit reached' >&2; exit 75");
        let wrong = Leaping::wrong_by(3 * 3_600_000);
        assert_eq!(run_on(&stage, &wrong, true).0, Finished::Limited);
        dies(&stage, &format!("{side}:clock.stepped"));
        let (finished, leapt) = run(&stage);
        assert_eq!(finished, Finished::AllDone);
        assert!(leapt.as_secs() < 6 * 60, "{side}: {leapt:?}");
        assert_eq!(stage.records("clock.stepped").len(), 1, "{side}");
    }
}
