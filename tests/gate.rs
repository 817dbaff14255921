//! `friction gate`: what it runs, what it says, and what it never touches.

mod support;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::*;

/// A project whose steps are what friction.toml says, committed.
fn project(steps: &str) -> TestRepo {
    let repo = TestRepo::new();
    repo.write("friction.toml", format!("[gate]\ndiscover = false\n{steps}")).write(".gitignore", "*.log\n");
    repo.commit("first");
    repo
}

fn step(name: &str, script: &str) -> String {
    format!("[[gate.step]]\nname = {name:?}\nrun = [\"sh\", \"-c\", {script:?}]\n")
}

/// The result as JSON, valid by its schema, and the exit code.
fn judged(repo: &TestRepo, words: &[&str]) -> (i32, Value) {
    let ran = repo.friction(&[&["gate", "--format", "json"], words].concat());
    assert_eq!(problems("gate", &ran.stdout), Vec::<String>::new(), "{}", ran.stderr);
    (ran.code, serde_json::from_str(&ran.stdout).unwrap())
}

fn verdict(repo: &TestRepo, words: &[&str]) -> (i32, String) {
    let (code, result) = judged(repo, words);
    (code, format!("{} {}", result["verdict"].as_str().unwrap(), statuses(&result)))
}

fn statuses(result: &Value) -> String {
    let steps = result["steps"].as_array().unwrap();
    let told = steps.iter().filter(|step| step["kind"] != "check");
    told.map(|step| step["status"].as_str().unwrap()).collect::<Vec<_>>().join(",")
}

/// True where a process whose command line holds this word is alive.
fn alive(word: &str) -> bool {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries
        .map(|entry| fs::read(entry.path().join("cmdline")).unwrap_or_default())
        .any(|line| String::from_utf8_lossy(&line).split('\0').any(|part| part == word))
}

#[test]
fn all_green_is_exit_zero_one_red_is_exit_one_and_ends_the_run() {
    let repo = project(&(step("a", "true") + &step("b", "exit 3") + &step("c", "true")));
    assert_eq!(verdict(&repo, &[]), (1, "red passed,failed,skipped".into()));
    assert_eq!(verdict(&repo, &["--keep-going"]), (1, "red passed,failed,passed".into()));
    assert_eq!(verdict(&repo, &["--only", "a"]), (0, "green passed".into()));
    assert_eq!(verdict(&repo, &["--skip", "b"]), (0, "green passed,passed".into()));
    let told = repo.friction(&["gate", "--only", "nothing"]).refused();
    assert!(told.contains("`nothing`") && told.contains("a, b, c"), "{told}");
}

#[test]
fn what_was_committed_since_a_base_is_checked_too() {
    let repo = project(&step("a", "true"));
    let base = repo.head();
    repo.write("src/a.ts", "export const a = 1;\n<<<<<<< ours\nexport const b = 2;\n=======\nexport const b = 3;\n>>>>>>> theirs\n").commit("worse");
    assert_eq!(judged(&repo, &[]).0, 0, "nothing is new against HEAD");
    let (code, result) = judged(&repo, &["--base", &base, "--steps", "check,a"]);
    assert_eq!((code, &result["steps"][0]["problems"][0]["path"]), (1, &Value::from("src/a.ts")), "{result}");
    assert!(result["digest"].as_str().unwrap().contains("RED"));
}

#[test]
fn an_empty_plan_is_never_green() {
    let repo = TestRepo::new();
    repo.write("Makefile", "all:\n").commit("first");
    repo.write("Makefile", "all: x\n");
    let ran = repo.friction(&["gate"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("[[gate.step]]"), "{}", ran.stdout);
    assert_eq!(repo.friction(&["gate", "--plan"]).code, 0, "the check is planned");
}

#[test]
fn a_missing_program_cannot_be_judged_and_is_named() {
    let repo = project("[[gate.step]]\nname = \"x\"\nrun = \"no-such-program --flag\"\n");
    let ran = repo.friction(&["gate"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("cannot be started"), "{}", ran.stdout);
    let repo = project(&step("x", "exec no-such-program"));
    assert_eq!(verdict(&repo, &[]).0, 2);
}

#[test]
fn the_same_tree_is_not_judged_twice() {
    let repo = project(&step("a", "echo ran >> runs.log"));
    let runs = || repo.read("runs.log").lines().count();
    assert_eq!(judged(&repo, &[]).1["remembered"], false);
    let (code, again) = judged(&repo, &[]);
    assert_eq!((code, &again["remembered"], runs()), (0, &Value::Bool(true), 1));
    judged(&repo, &["--fresh"]);
    assert_eq!(runs(), 2);
    repo.friction(&["gate", "--no-cache"]);
    assert_eq!(runs(), 3);
    repo.write("a.txt", "new");
    judged(&repo, &[]);
    assert_eq!(runs(), 4);
    repo.remove("a.txt");
    judged(&repo, &[]);
    assert_eq!(runs(), 4, "the former tree is known");
}

#[test]
fn nothing_of_the_users_is_changed() {
    let repo = project(&step("a", "true"));
    repo.write("staged.txt", "1");
    repo.git(&["add", "staged.txt"]);
    repo.write("staged.txt", "2").write("untracked.txt", "u");
    let state = || {
        let files: Vec<_> = tree(repo.root())
            .into_iter()
            .filter(|(path, _)| !path.to_string_lossy().contains("/.git/friction"))
            .collect();
        files
    };
    let before = state();
    for words in
        [&["gate"][..], &["gate", "--staged"], &["gate", "--plan"], &["gate", "--staged", "--no-cache"]]
    {
        repo.friction(words);
        let after = state();
        let differs: Vec<_> =
            before.iter().zip(&after).filter(|(one, other)| one != other).map(|(one, _)| &one.0).collect();
        assert!(before == after, "{words:?} changed {differs:?}");
    }
}

#[test]
fn staged_content_is_judged_and_nothing_unstaged_helps_it() {
    let repo = project(&step("a", "grep -q good file.txt && test ! -e helper.txt && git rev-parse HEAD"));
    repo.write("file.txt", "bad").commit("bad");
    repo.write("file.txt", "good").write("helper.txt", "");
    assert_eq!(verdict(&repo, &["--staged"]), (1, "red failed".into()));
    repo.git(&["add", "file.txt"]);
    assert_eq!(verdict(&repo, &["--staged"]), (0, "green passed".into()));
    assert_eq!(verdict(&repo, &[]), (1, "red failed".into()));
}

#[test]
fn node_modules_are_shared_with_what_is_staged() {
    let repo = TestRepo::new();
    repo.write("package.json", r#"{"scripts":{"test":"vitest"},"devDependencies":{"vitest":"3"}}"#);
    repo.write(".gitignore", "node_modules\n")
        .write("node_modules/.bin/vitest", "#!/bin/sh\ngrep -q good src/a.js\n");
    repo.write("src/a.js", "good");
    let _ = Command::new("chmod").arg("+x").arg(repo.path("node_modules/.bin/vitest")).status();
    repo.commit("first");
    repo.write("src/a.js", "bad");
    repo.git(&["add", "."]);
    repo.write("src/a.js", "good");
    assert_eq!(verdict(&repo, &["--staged"]), (1, "red failed,skipped".into()));
    assert_eq!(repo.friction(&["gate", "--quick"]).code, 0);
}

#[test]
fn a_step_that_hangs_is_ended_with_all_its_processes() {
    let repo = project(&format!(
        "time-limit = \"400ms\"\n{}",
        step("hang", "setsid sleep 87651 & (setsid env -i sleep 87652 &) ; sleep 87653")
    ));
    let start = Instant::now();
    assert_eq!(verdict(&repo, &[]), (1, "red timed-out".into()));
    assert!(start.elapsed() < Duration::from_secs(8));
    assert!(!alive("87651") && !alive("87652") && !alive("87653"));
    assert_eq!(judged(&repo, &[]).1["remembered"], false, "a time-out may pass next time");
}

#[test]
fn a_daemon_that_a_step_leaves_is_ended_and_told() {
    let repo = project(&step("daemon", "(setsid sleep 87654 >/dev/null 2>&1 &)"));
    let (code, result) = judged(&repo, &[]);
    assert_eq!(code, 0);
    assert!(result["steps"][0]["notes"][0].as_str().unwrap().contains("left running"), "{result}");
    assert!(!alive("87654"));
}

#[test]
fn of_a_step_that_prints_without_end_the_beginning_and_the_end_are_kept() {
    let repo =
        project(&step("loud", "head -c 200000000 /dev/zero | tr '\\\\0' x; echo; echo the end; exit 1"));
    let (code, result) = judged(&repo, &[]);
    let output = &result["steps"][0]["output"];
    assert_eq!((code, output["bytes"].as_u64().unwrap()), (1, 200_000_009));
    assert!(output["tail"].as_str().unwrap().ends_with("the end"));
    assert!(fs::metadata(output["path"].as_str().unwrap()).unwrap().len() < 12_000_000);
}

#[test]
fn a_step_that_stages_something_is_red_and_the_former_index_is_kept() {
    let repo = project(&step("stages", "echo new > new.txt; git add new.txt"));
    let (code, result) = judged(&repo, &[]);
    let note = result["steps"][0]["notes"].to_string();
    assert_eq!(code, 1);
    assert!(note.contains("changed what is staged"), "{note}");
    let command = note.split("is kept: ").nth(1).unwrap().split(" puts it back").next().unwrap().to_owned();
    assert!(Command::new("sh").args(["-c", &command]).current_dir(repo.root()).status().unwrap().success());
    assert_eq!(repo.git(&["status", "--porcelain"]), "?? new.txt");
    // In a throw-away tree it reaches its own index only.
    repo.remove("new.txt");
    assert_eq!(verdict(&repo, &["--staged"]), (0, "green passed".into()));
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn an_interrupted_gate_leaves_nothing_running() {
    let repo = project(&step("long", "setsid sleep 87655 & sleep 87656"));
    let mut command = friction_command(repo.root(), &["gate"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while !(alive("87655") && alive("87656")) && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stdout).contains("interrupted"));
    assert!(!alive("87655") && !alive("87656"));
}

#[test]
fn what_a_killed_gate_left_behind_is_swept_by_the_next() {
    let repo = project(&step("long", "[ -n \"$SHORT\" ] || sleep 5.87657"));
    repo.write("x.txt", "").git(&["add", "."]);
    let temp = repo.beside("temp");
    fs::create_dir(&temp).unwrap();
    let gate = || {
        let mut command = friction_command(repo.root(), &["gate", "--staged"]);
        command.env("TMPDIR", &temp).stdout(Stdio::null());
        command
    };
    let left = || fs::read_dir(&temp).unwrap().count();
    let wait = |done: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !done() && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let mut child = gate().spawn().unwrap();
    wait(&|| alive("5.87657"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(left() >= 2, "a killed program cannot remove anything");
    assert!(gate().env("SHORT", "1").status().unwrap().success());
    wait(&|| left() == 0);
    assert_eq!(left(), 0);
}

#[test]
fn a_test_that_fails_once_is_flaky() {
    let script = "test -e once.log && exit 0; touch once.log; echo 'FAILED tests/test_a.py::test_x - RuntimeError: x'; exit 1";
    let repo = project(&format!(
        "[[gate.step]]\nname = \"pytest\"\nrun = [\"sh\", \"-c\", {script:?}, \"pytest\", \"-q\"]\n"
    ));
    let (code, result) = judged(&repo, &[]);
    assert_eq!((code, statuses(&result).as_str()), (0, "flaky"), "{result}");
    assert_eq!(result["steps"][0]["attempts"], 2);
}

#[test]
fn an_agent_is_told_what_failed_and_how_it_was_mended_before() {
    let repo = shop();
    repo.friction(&["learn"]).ok();
    let script = "echo \"src/cart.ts(3,5): error TS2304: Cannot find name 'round'.\"; exit 2";
    repo.write("friction.toml", format!("[gate]\ndiscover = false\n[[gate.step]]\nname = \"tsc\"\nrun = [\"sh\", \"-c\", {script:?}, \"tsc\"]\n"));
    repo.commit("wired");
    let ran = repo.friction(&["gate", "--format", "agent"]);
    assert_eq!(ran.code, 1);
    for part in
        ["RED", "src/cart.ts:3:5: TS2304 Cannot find name 'round'.", "known here as ", "mended it in "]
    {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let mut command = friction_command(repo.root(), &["gate"]);
    command.env("CLAUDECODE", "1");
    assert!(Ran::of(command).stdout.starts_with("friction gate: RED"));
}

#[test]
fn hostile_output_cannot_reach_the_terminal() {
    let repo = project(&step("evil", "printf 'a\\033]0;x\\007\\033[31mred\\r\\nb\\302\\233c\\n'; exit 1"));
    let ran = repo.friction(&["gate", "--color", "never"]);
    assert!(!ran.stdout.contains(|c: char| c.is_control() && c != '\n'), "{:?}", ran.stdout);
}

#[test]
fn commits_that_passed_the_gate_carry_a_trailer_that_can_be_verified() {
    let repo = project(&step("a", "true"));
    repo.friction(&["hook", "install"]).ok();
    repo.write("one.txt", "1").commit("not gated");
    repo.write("two.txt", "2");
    repo.git(&["add", "."]);
    assert_eq!(verdict(&repo, &["--staged"]).0, 0);
    repo.record(&["commit", "-q", "-m", "gated\n\nBody."]);
    let message = repo.git(&["log", "-1", "--format=%B"]);
    let tree = repo.sha("HEAD^{tree}");
    assert!(message.contains(&format!("Body.\n\nFriction-Gate: {tree} check,a")), "{message}");
    assert_eq!(repo.friction(&["gate", "verify", "HEAD"]).code, 0);
    let both = repo.friction(&["gate", "verify", "HEAD~2..HEAD"]);
    assert_eq!(both.code, 1);
    assert!(
        both.stdout.contains("gated (check, a)  gated")
            && both.stdout.contains("NOT gated: it has no trailer"),
        "{}",
        both.stdout
    );
    repo.record(&["-c", "core.hooksPath=", "commit", "-q", "--amend", "-m", "without hooks"]);
    assert!(
        repo.friction(&["gate", "verify", "HEAD"]).ok().contains("gated here, without a trailer (check, a)")
    );
    repo.write("three.txt", "3");
    repo.git(&["add", "."]);
    repo.record(&["commit", "-q", "-m", &format!("forged\n\nFriction-Gate: {tree} a")]);
    assert!(repo.friction(&["gate", "verify", "HEAD"]).stdout.contains("names another tree"));
}

#[test]
fn an_unborn_branch_and_a_linked_worktree_are_judged() {
    let repo = TestRepo::new();
    repo.write("friction.toml", format!("[gate]\ndiscover = false\n{}", step("a", "true")));
    assert_eq!(verdict(&repo, &[]).0, 0);
    repo.git(&["add", "."]);
    assert_eq!(verdict(&repo, &["--staged"]).0, 0);
    repo.commit("first");
    let other = repo.beside("other");
    repo.git(&["worktree", "add", "-q", other.to_str().unwrap()]);
    fs::write(other.join("x.txt"), "x").unwrap();
    assert_eq!(friction_in(&other, &["gate"]).code, 0);
    assert_eq!(friction_in(&other, &["gate", "--staged"]).code, 0);
}

#[test]
fn repositories_in_other_formats_are_judged() {
    for words in [&["--object-format=sha256"][..], &["--ref-format=reftable"]] {
        let repo = TestRepo::init(words);
        repo.write("friction.toml", format!("[gate]\ndiscover = false\n{}", step("a", "test -e x.txt")))
            .commit("first");
        repo.write("x.txt", "x");
        repo.git(&["add", "."]);
        assert_eq!(verdict(&repo, &[]).0, 0, "{words:?}");
        assert_eq!(verdict(&repo, &["--staged"]).0, 0, "{words:?}");
    }
}
