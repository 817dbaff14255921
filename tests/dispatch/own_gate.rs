//! A queue that is judged by friction's own gate: its steps, its digest.

use crate::stage::*;

/// A project whose own check is a script, and no gate named in `[dispatch]`.
fn stage() -> Stage {
    let stage = Stage::new(&[]);
    let program = stage.repo.beside("agent");
    stage.repo.write(
        "friction.toml",
        format!(
            "[dispatch]\nagent = \"player\"\ngrace = \"1s\"\n[dispatch.agents.player]\ncommand = [{program:?}, \"{{prompt}}\"]\n\
             [[gate.step]]\nname = \"words\"\nkind = \"tests\"\nrun = \"sh words.sh\"\n\
             [[gate.step]]\nname = \"never\"\nkind = \"tests\"\nrun = \"false\"\n"
        ),
    );
    stage.repo.write("words.sh", "if grep -n bad *.txt; then echo 'words.sh: bad word' >&2; exit 1; fi\n");
    stage.repo.git(&["add", "friction.toml", "words.sh"]);
    stage.repo.git(&["commit", "-qm", "words"]);
    stage
}

#[test]
fn the_digest_of_our_own_gate_is_told_to_the_next_attempt_and_only_named_steps_are_run() {
    let stage = stage();
    stage.task("T-1", "gate: [check, words]");
    stage.play("T-1", 1, "commit bad");
    let ran = stage.dispatch(&[]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let told = stage.prompt("T-1", 2);
    assert!(told.contains("friction gate: RED: words failed") && told.contains("T-1.txt:1:bad"), "{told}");
    assert_eq!(stage.landed(), ["do T-1"]);
    let gated = stage.records("gate.finished");
    let steps = |at: usize| gated[at]["data"]["steps"].to_string();
    assert_eq!(gated.len(), 2);
    assert!(steps(0).contains("words: failed") && steps(1).contains("words: passed"), "{gated:?}");
    assert!(!steps(1).contains("never"), "{gated:?}");
    let requeued = &stage.records("task.requeued")[0]["data"];
    assert_eq!(requeued["reason"], "the gate is red: words failed");
    stage.assert_clean();
}

#[test]
fn a_step_that_the_gate_does_not_know_asks_a_human_and_judges_nothing() {
    let stage = stage();
    stage.task("T-1", "gate: [wrods]");
    assert_eq!(stage.dispatch(&[]).code, 1);
    let row = stage.row("T-1");
    assert_eq!(row["state"], "needs human");
    assert!(row["reason"].as_str().unwrap().contains("wrods"), "{row}");
    stage.repo.write("tasks/T-1.md", "---\nid: T-1\ngate: [words]\n---\nDo T-1.\n");
    stage.repo.friction(&["dispatch", "retry", "T-1"]).ok();
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.landed(), ["do T-1"]);
    stage.assert_clean();
}
