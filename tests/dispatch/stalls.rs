//! Workers that do not work any more, and how soon that is noticed.

use std::time::{Duration, Instant};

use crate::stage::*;

#[test]
fn a_silent_worker_is_replaced_soon_after_its_deadline() {
    let stage = Stage::new(&["T-1"]);
    stage.config("stall = { silent = \"1s\" }", "");
    stage.play("T-1", 1, "trap '' TERM; (trap '' TERM; setsid sleep 300) & sleep 300");
    let start = Instant::now();
    assert_eq!(stage.dispatch(&[]).code, 0);
    // A second of silence, a second of grace for a worker that ignores SIGTERM, and the next attempt.
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    assert_eq!(stage.records("attempt.exited")[0]["data"]["class"], "stalled_startup");
    assert!(stage.prompt("T-1", 2).contains("broke off"));
    stage.assert_clean();
}

#[test]
fn a_worker_that_only_sends_heartbeats_is_found_by_the_progress_clock() {
    let stage = Stage::new(&["T-1"]);
    stage.config("stall = { silent = \"2s\", tool = \"60s\", progress = \"1500ms\" }", "kind = \"claude\"");
    let tool = r#"{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Bash","input":{}}]}}"#;
    let beat = r#"{"type":"tool_progress","heartbeat":true}"#;
    stage.play("T-1", 1, &format!("echo '{tool}'; while :; do echo '{beat}'; sleep 0.2; done"));
    let start = Instant::now();
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(stage.records("attempt.exited")[0]["data"]["class"], "stalled_tool");
    stage.assert_clean();
}

#[test]
fn a_worker_that_hangs_after_its_result_is_ended_and_its_work_is_taken() {
    let stage = Stage::new(&["T-1"]);
    stage.config("stall = { after_result = \"500ms\" }", "kind = \"claude\"");
    let result = r#"{"type":"result","subtype":"success","is_error":false,"num_turns":2,"result":"done","total_cost_usd":0.25,"usage":{"input_tokens":10,"output_tokens":5}}"#;
    stage.play("T-1", 1, &format!("commit; echo '{result}'; sleep 300"));
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.calls("T-1"), 1);
    let row = stage.row("T-1");
    assert_eq!((&row["cost_usd"], &row["tokens"]), (&0.25.into(), &15.into()));
    stage.assert_clean();
}

#[test]
fn a_worker_out_of_time_with_a_commit_is_judged() {
    let stage = Stage::new(&["T-1"]);
    stage.task("T-1", "timeout: 1s");
    stage.play("T-1", 1, "commit; while :; do echo busy; sleep 0.1; done");
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(
        (stage.records("attempt.exited")[0]["data"]["class"].clone(), stage.calls("T-1")),
        ("timeout".into(), 1)
    );
}

#[test]
fn what_a_worker_leaves_behind_is_ended_with_it() {
    let stage = Stage::new(&["T-1"]);
    stage.play(
        "T-1",
        1,
        "setsid sleep 301 & nohup sleep 302 >/dev/null 2>&1 & env -i setsid sleep 303 & commit",
    );
    assert_eq!(stage.dispatch(&[]).code, 0);
    stage.assert_clean();
    let folder = stage.repo.friction(&["dispatch", "logs", "T-1", "--path"]).ok();
    let exit = std::fs::read_to_string(std::path::Path::new(folder.trim()).join("exit.json")).unwrap();
    let exit: serde_json::Value = serde_json::from_str(&exit).unwrap();
    assert_eq!((&exit["rc"], &exit["swept"]), (&0.into(), &3.into()), "even one without its environment");
}
