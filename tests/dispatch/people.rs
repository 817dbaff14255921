//! What people say to a dispatcher, and what it says to them.

use crate::stage::*;
use crate::support::*;

#[test]
fn ctrl_c_once_finishes_the_attempt_and_stops() {
    let stage = Stage::new(&["T-1", "T-2"]);
    stage.play("T-1", 1, "sleep 1; commit");
    let mut dispatcher = stage.start(&[]);
    until("the agent", || stage.calls("T-1") == 1);
    interrupt(&dispatcher, "-INT");
    assert_eq!(dispatcher.wait().unwrap().code(), Some(1));
    assert_eq!((stage.landed(), stage.calls("T-2")), (vec!["do T-1".to_owned()], 0));
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.landed(), ["do T-1", "do T-2"]);
}

#[test]
fn ctrl_c_twice_ends_the_agent_and_a_restart_goes_on() {
    let stage = Stage::new(&["T-1"]);
    stage.play("T-1", 1, "echo half > half.txt; sleep 300");
    let mut dispatcher = stage.start(&[]);
    until("the agent", || stage.calls("T-1") == 1);
    interrupt(&dispatcher, "-INT");
    interrupt(&dispatcher, "-INT");
    interrupt(&dispatcher, "-INT");
    dispatcher.wait().unwrap();
    assert!(stage.processes().is_empty());
    assert_eq!(stage.dispatch(&[]).code, 0);
    assert_eq!(stage.row("T-1")["attempts"], 1, "an interruption is nobody's attempt");
    assert_eq!(stage.repo.read("half.txt"), "half\n", "the worktree was gone on with");
    stage.assert_clean();
}

#[test]
fn a_queue_can_be_stopped_and_a_task_cancelled_from_another_terminal() {
    let stage = Stage::new(&["T-1", "T-2", "T-3"]);
    stage.play("T-1", 1, "sleep 300");
    stage.play("T-2", 1, "sleep 1; commit");
    let mut dispatcher = stage.start(&[]);
    until("the agent", || stage.calls("T-1") == 1);
    let status = stage.status();
    assert_eq!(status["running"]["task"], "T-1");
    assert_eq!(status["dispatcher"]["pid"], dispatcher.id());
    stage.repo.friction(&["dispatch", "cancel", "T-1"]).ok();
    until("the next one", || stage.calls("T-2") == 1);
    stage.repo.friction(&["dispatch", "stop"]).ok();
    dispatcher.wait().unwrap();
    let states: Vec<String> = stage.states().into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["cancelled", "done", "queued"]);
    stage.assert_clean();
}

#[test]
fn the_second_dispatcher_is_told_who_holds_the_lock() {
    let stage = Stage::new(&["T-1"]);
    stage.play("T-1", 1, "sleep 1; commit");
    let mut dispatcher = stage.start(&[]);
    until("the agent", || stage.calls("T-1") == 1);
    let told = stage.dispatch(&[]).refused();
    assert!(told.contains(&format!("process {}", dispatcher.id())), "{told}");
    assert_eq!(dispatcher.wait().unwrap().code(), Some(0));
    assert_eq!(stage.calls("T-1"), 1);
}

#[test]
fn the_plan_tells_order_and_commands_and_does_nothing() {
    let stage = Stage::new(&["T-1"]);
    stage.task("T-0", "depends_on: [T-1]\npriority: 99");
    let plan = stage.dispatch(&["--plan"]).ok();
    assert!(plan.find("1. T-1").unwrap() < plan.find("2. T-0").unwrap(), "{plan}");
    assert!(plan.contains("agent '<prompt>'") || plan.contains("agent <prompt>"), "{plan}");
    assert!(!stage.repo.path(".git/friction/dispatch/journal.jsonl").exists());
}

#[test]
fn events_are_told_a_record_a_line() {
    let stage = Stage::new(&["T-1"]);
    let told = stage.dispatch(&["--events", "-"]).ok();
    let events: Vec<String> = told
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["ev"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(events.first().map(String::as_str), Some("task.queued"));
    assert!(events.contains(&"merge.done".to_owned()), "{events:?}");
}

#[test]
fn tasks_come_from_a_stream_or_from_task_master_too() {
    let stage = Stage::new(&[]);
    let tasks = b"{\"id\":\"S-1\",\"prompt\":\"one\"}\n{\"id\":\"S-2\",\"prompt\":\"two\",\"depends_on\":[\"S-1\"]}\n";
    let ran = Ran::with_input(stage.command(&["-"]), tasks);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(stage.landed(), ["do S-1", "do S-2"]);
    let file = stage.repo.beside("tasks.json");
    std::fs::write(&file, r#"{"master":{"tasks":[{"id":7,"title":"Mend","status":"pending"}]}}"#).unwrap();
    assert_eq!(stage.dispatch(&["--import", file.to_str().unwrap()]).code, 0);
    assert_eq!(stage.landed().len(), 3);
}

#[test]
fn a_person_is_told_by_the_notification_command() {
    let stage = Stage::new(&["T-1"]);
    let told = stage.repo.beside("told");
    stage.config(
        &format!("notify = [\"sh\", \"-c\", \"echo \\\"$FRICTION_EVENT $0\\\" >> {}\"]", told.display()),
        "",
    );
    assert_eq!(stage.dispatch(&[]).code, 0);
    until("the message", || std::fs::read_to_string(&told).is_ok_and(|text| text.starts_with("done 1 done")));
}
