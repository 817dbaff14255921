//! kill -9 of dispatcher, supervisor and agent, before and after every record of the journal.

use crate::stage::*;
use crate::support::*;

/// Every record that a run with a red gate writes.
pub const EVENTS: [&str; 13] = [
    "task.queued",
    "dispatch.started",
    "attempt.claimed",
    "worktree.ready",
    "spawn.intent",
    "attempt.spawned",
    "attempt.exited",
    "gate.finished",
    "task.requeued",
    "merge.intent",
    "merge.done",
    "task.done",
    "dispatch.stopped",
];

/// A first attempt that the gate refuses, and a worker that leaves a daemon behind.
fn queue() -> Stage {
    let stage = Stage::new(&["T-1", "T-2"]);
    stage.play("T-1", 1, "sleep 0.1; commit bad");
    stage.play("T-2", 1, "setsid sleep 300 & env -i setsid sleep 300 & sleep 0.1; commit");
    stage
}

pub fn run_with(stage: &Stage, failpoint: &str) -> Ran {
    let mut command = stage.command(&[]);
    command.env("FRICTION_FAILPOINT", failpoint);
    Ran::of(command)
}

fn dies_and_comes_back(side: &str) {
    for event in EVENTS {
        let stage = queue();
        let place = format!("{side}:{event}");
        let died = run_with(&stage, &format!("dispatcher@{place}"));
        assert_eq!(died.code, -1, "{place}: the dispatcher was not killed: {}", died.stderr);
        let again = stage.dispatch(&[]);
        assert_eq!((again.code, again.stderr.as_str()), (0, ""), "{place}: {}", again.stdout);
        assert_eq!(stage.landed(), ["do T-1", "do T-2"], "{place}");
        assert_eq!((stage.calls("T-1"), stage.calls("T-2")), (2, 1), "{place}: run twice");
        assert_eq!(stage.repo.git(&["status", "--porcelain", "--untracked-files=no"]), "", "{place}");
        stage.assert_clean();
    }
}

#[test]
fn a_dispatcher_killed_before_any_record_loses_nothing_and_runs_nothing_twice() {
    dies_and_comes_back("before");
}

#[test]
fn a_dispatcher_killed_after_any_record_loses_nothing_and_runs_nothing_twice() {
    dies_and_comes_back("after");
}

#[test]
fn a_dispatcher_killed_at_every_start_still_comes_to_the_end() {
    let stage = queue();
    for event in EVENTS {
        run_with(&stage, &format!("dispatcher@after:{event}"));
    }
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.landed(), ["do T-1", "do T-2"]);
    assert_eq!((stage.calls("T-1"), stage.calls("T-2")), (2, 1));
    stage.assert_clean();
}

#[test]
fn a_killed_supervisor_costs_no_work() {
    for side in ["before", "after"] {
        for event in ["attempt.exited", "gate.finished", "merge.intent", "merge.done"] {
            let stage = queue();
            assert_eq!(run_with(&stage, &format!("supervisor@{side}:{event}")).code, 0);
            assert_eq!(stage.landed(), ["do T-1", "do T-2"]);
        }
    }
    let stage = Stage::new(&["T-1"]);
    stage.play("T-1", 1, "sleep 0.5; commit");
    stage.play("T-1", 2, "sleep 0.5; commit");
    run_with(&stage, "dispatcher@after:attempt.spawned");
    let pid = stage.records("attempt.spawned")[0]["data"]["supervisor"]["pid"].to_string();
    until("the worker", || stage.calls("T-1") == 1);
    assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.landed(), ["do T-1"]);
    assert_eq!(stage.calls("T-1"), 1, "the worker outlived its supervisor and was adopted");
    stage.assert_clean();
}

#[test]
fn a_killed_agent_is_tried_again() {
    let stage = Stage::new(&["T-1"]);
    stage.play("T-1", 1, "kill -9 $$");
    stage.play("T-1", 2, "kill -9 $PPID; sleep 0.2; kill -9 $$");
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.landed(), ["do T-1"]);
    assert_eq!(stage.calls("T-1"), 3);
    stage.assert_clean();
}

#[test]
fn a_worker_that_has_ended_while_nobody_looked_is_judged_and_not_run_again() {
    let stage = Stage::new(&["T-1"]);
    run_with(&stage, "dispatcher@after:attempt.spawned");
    until("the end of the worker", || stage.processes().is_empty());
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!((stage.landed(), stage.calls("T-1")), (vec!["do T-1".to_owned()], 1));
}

#[test]
fn a_lock_that_a_killed_git_left_in_the_worktree_holds_nobody_up() {
    let stage = Stage::new(&["T-1"]);
    stage.play(
        "T-1",
        1,
        "touch $(git rev-parse --git-path index.lock) $(git rev-parse --git-path refs/heads/friction/T-1.lock); exit 1",
    );
    stage.play("T-1", 2, "commit; touch $(git rev-parse --git-path index.lock)");
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!((stage.landed(), stage.calls("T-1")), (vec!["do T-1".to_owned()], 2));
    stage.assert_clean();
}
