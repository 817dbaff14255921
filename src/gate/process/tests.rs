use std::fs;

use super::*;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

fn ran(script: &str, limit: u64) -> (Ended, String) {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    let ended = run(&mut shell(script), Duration::from_millis(limit), &log, &Stop::default()).unwrap();
    (ended, fs::read_to_string(&log).unwrap_or_default())
}

/// True where a process whose command line holds this word is alive.
fn alive(word: &str) -> bool {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries
        .map(|entry| fs::read(entry.path().join("cmdline")).unwrap_or_default())
        .any(|line| String::from_utf8_lossy(&line).split('\0').any(|part| part == word))
}

#[test]
fn a_command_is_run_to_its_end_and_what_it_prints_is_kept() {
    let (ended, log) = ran("echo out; echo err >&2; exit 3", 9000);
    assert!(matches!(ended.how, How::Exited(status) if status.code() == Some(3)), "{ended:?}");
    assert_eq!((log.as_str(), ended.bytes, ended.left), ("out\nerr\n", 8, 0));
}

#[test]
fn a_command_that_is_not_there_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("/nonexistent/program");
    let ended = run(&mut command, Duration::from_secs(1), &dir.path().join("log"), &Stop::default()).unwrap();
    assert!(matches!(ended.how, How::CannotStart(_)));
}

#[test]
fn a_command_that_hangs_is_ended_with_children_that_made_a_session_of_their_own() {
    let (ended, log) = ran(
        "setsid sleep 98761 & setsid sh -c 'trap \"\" TERM; sleep 98762; sleep 98762' & echo on; sleep 98763",
        300,
    );
    assert!(matches!(ended.how, How::TimedOut), "{ended:?}");
    assert!(log.starts_with("on\n"), "{log}");
    assert!(!alive("98761") && !alive("98762") && !alive("98763"));
}

#[test]
fn a_daemon_that_clears_its_environment_and_leaves_its_parent_is_ended_and_counted() {
    let (ended, _) = ran("(setsid env -i sleep 98764 >/dev/null 2>&1 &); exit 0", 9000);
    assert!(matches!(ended.how, How::Exited(status) if status.success()), "{ended:?}");
    assert_eq!(ended.left, 1);
    assert!(!alive("98764"));
}

#[test]
fn a_daemon_that_keeps_the_output_open_does_not_keep_the_gate() {
    let (ended, log) = ran("sleep 98765 & echo done", 9000);
    assert!(matches!(ended.how, How::Exited(_)));
    assert!(ended.took < Duration::from_secs(5) && log == "done\n");
    assert!(!alive("98765"));
}

#[test]
fn a_raised_stop_ends_the_command() {
    let dir = tempfile::tempdir().unwrap();
    let stop = Stop::default();
    let raiser = stop.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        raiser.raise();
    });
    let ended =
        run(&mut shell("sleep 98766"), Duration::from_secs(60), &dir.path().join("log"), &stop).unwrap();
    assert!(matches!(ended.how, How::Stopped));
    assert!(!alive("98766"));
}
