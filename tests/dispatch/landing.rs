//! From an attempt to the branch.

use crate::stage::*;

#[test]
fn the_queue_is_done_and_each_commit_carries_its_attempt() {
    let stage = Stage::new(&["T-2", "T-1"]);
    stage.task("T-1", "priority: 90");
    let ran = stage.dispatch(&[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(stage.landed(), ["do T-1", "do T-2"]);
    assert_eq!(stage.repo.read("T-1.txt"), "good\n", "the work tree came along");
    assert_eq!(stage.repo.git(&["branch", "--list", "friction/*"]), "");
    stage.assert_clean();
    let again = stage.dispatch(&[]);
    assert_eq!(again.code, 0);
    assert_eq!((stage.calls("T-1"), stage.landed().len()), (1, 2), "what is done stays done");
}

#[test]
fn a_red_gate_is_told_to_the_next_attempt() {
    let stage = Stage::new(&["T-1"]);
    stage.play("T-1", 1, "commit bad");
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert!(stage.prompt("T-1", 2).contains("a.txt:1: bad word"), "{}", stage.prompt("T-1", 2));
    assert_eq!(stage.row("T-1")["attempts"], 2);
    let subjects = stage.repo.git(&["log", "--format=%s", "main"]);
    assert_eq!(subjects.matches("do T-1").count(), 2, "the second attempt built upon the first");
    assert_eq!(stage.landed(), ["do T-1"], "only the last commit carries the trailer");
}

#[test]
fn words_are_no_commit() {
    let stage = Stage::new(&["T-1"]);
    stage.task("T-1", "max_attempts: 2");
    stage.play("T-1", 1, "echo 'All done, tests pass!'");
    stage.play("T-1", 2, "echo half > b.txt; echo 'Done.'");
    let ran = stage.dispatch(&[]);
    assert_eq!(ran.code, 1);
    assert!(stage.prompt("T-1", 2).contains("without a new commit"));
    let row = stage.row("T-1");
    assert_eq!(row["state"], "failed");
    assert!(row["reason"].as_str().unwrap().starts_with("no new commit"), "{row}");
    stage.assert_clean();
    let saved = stage.repo.git(&["for-each-ref", "--format=%(refname)", "refs/friction/saved/T-1/"]);
    assert_eq!(stage.repo.git(&["show", &format!("{saved}:b.txt")]), "half", "what was left is kept");
}

#[test]
fn a_moved_base_is_gated_again_before_anything_lands() {
    let stage = Stage::new(&["T-1"]);
    let root = stage.repo.root().display().to_string();
    stage.play("T-1", 1, &format!("commit; cd {root} && unset $(git rev-parse --local-env-vars); echo x > other.md; git add other.md; git commit -qm other"));
    assert_eq!(stage.dispatch(&[]).code, 0);
    let subjects = stage.repo.git(&["log", "--format=%s", "main"]);
    assert_eq!(subjects, "do T-1\nother\nbegin");
    assert_eq!(stage.repo.read("other.md"), "x\n");
    assert_eq!(stage.repo.read("T-1.txt"), "good\n");
    stage.assert_clean();
}

#[test]
fn a_base_that_moves_while_the_gate_runs_is_noticed_by_compare_and_swap() {
    let stage = Stage::new(&["T-1"]);
    let (root, flag) =
        (stage.repo.root().display().to_string(), stage.repo.beside("moved").display().to_string());
    stage.gate(&format!("#!/bin/sh\n[ -e {flag} ] && exit 0\ntouch {flag}\ncd {root} && echo x > other.md && git add other.md && git commit -qm other\n"));
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.records("gate.finished").len(), 2);
    assert_eq!(stage.repo.git(&["log", "--format=%s", "main"]), "do T-1\nother\nbegin");
    assert_eq!(stage.calls("T-1"), 1);
}

#[test]
fn commits_that_do_not_fit_any_more_start_again_from_the_new_base() {
    let stage = Stage::new(&["T-1"]);
    let root = stage.repo.root().display().to_string();
    stage.play(
        "T-1",
        1,
        &format!("echo mine > a.txt; git commit -qam mine; cd {root} && unset $(git rev-parse --local-env-vars); echo theirs > a.txt; git commit -qam theirs"),
    );
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert!(stage.prompt("T-1", 2).contains("conflict in: a.txt"), "{}", stage.prompt("T-1", 2));
    assert_eq!(stage.repo.read("a.txt"), "theirs\n");
    assert_eq!(stage.landed(), ["do T-1"]);
}

#[test]
fn a_gate_that_cannot_judge_asks_a_human_and_the_work_waits() {
    let stage = Stage::new(&["T-1"]);
    stage.gate("#!/bin/sh\necho 'no tests found' >&2; exit 127\n");
    assert_eq!(stage.dispatch(&[]).code, 1);
    let row = stage.row("T-1");
    assert_eq!(row["state"], "needs human");
    assert!(row["reason"].as_str().unwrap().contains("no tests found"), "{row}");
    stage.gate("#!/bin/sh\n");
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!((stage.landed(), stage.calls("T-1")), (vec!["do T-1".to_owned()], 1));
    stage.assert_clean();
}

#[test]
fn changes_of_the_user_in_the_way_are_never_overwritten() {
    let stage = Stage::new(&["T-1"]);
    stage.play("T-1", 1, "echo worker > a.txt; git commit -qam 'do T-1'");
    stage.repo.write("a.txt", "the user's\n");
    assert_eq!(stage.dispatch(&[]).code, 1);
    assert_eq!(stage.repo.read("a.txt"), "the user's\n");
    assert!(stage.row("T-1")["reason"].as_str().unwrap().contains("commit or stash"));
    stage.repo.git(&["checkout", "a.txt"]);
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!((stage.repo.read("a.txt").as_str(), stage.calls("T-1")), ("worker\n", 1));
}

#[test]
fn what_needs_a_failed_task_is_not_run_and_a_retry_revives_both() {
    let stage = Stage::new(&["T-1"]);
    stage.task("T-1", "max_attempts: 1").task("T-2", "depends_on: [T-1]");
    stage.play("T-1", 1, "exit 3");
    assert_eq!(stage.dispatch(&[]).code, 1);
    let states = stage.states();
    assert_eq!(states[1], ("T-2".to_owned(), "blocked".to_owned()));
    assert_eq!(stage.calls("T-2"), 0);
    stage.repo.friction(&["dispatch", "retry", "T-1"]).ok();
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.landed(), ["do T-1", "do T-2"]);
}

#[test]
fn small_tasks_share_an_attempt_and_each_has_its_own_commit_and_verdict() {
    let stage = Stage::new(&[]);
    for task in ["T-1", "T-2", "T-3"] {
        stage.task(task, "batch: 3");
    }
    stage.play(
        "T-1",
        1,
        "for t in T-1 T-2 T-3; do w=good; [ $t = T-2 ] && w=bad; echo $w > $t.txt; git add -A; git commit -qm \"do $t\n\nFriction-Task: $t\"; done",
    );
    let ran = stage.dispatch(&[]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!((stage.calls("T-1"), stage.calls("T-2"), stage.calls("T-3")), (1, 1, 0));
    let mut landed = stage.landed();
    landed.sort();
    assert_eq!(landed, ["do T-1", "do T-2", "do T-3"]);
    assert!(stage.prompt("T-2", 1).contains("bad word"));
    assert_eq!(stage.repo.read("T-2.txt"), "good\n");
    stage.assert_clean();
}
