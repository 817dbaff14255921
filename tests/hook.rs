//! `friction hook`: what agents are answered, and how git's hooks come and go.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use support::*;

// ---- agents ----

/// Calls an agent's hook in a repository; exit code and answer.
fn call(repo: &TestRepo, agent: &str, mut input: Value) -> (i32, Value) {
    input["cwd"] = json!(repo.root());
    input["session_id"] = json!("s1");
    let command = friction_command(repo.root(), &["hook", agent]);
    let ran = Ran::with_input(command, input.to_string().as_bytes());
    let answer = if ran.stdout.is_empty() { Value::Null } else { serde_json::from_str(&ran.stdout).unwrap() };
    (ran.code, answer)
}

fn shell(repo: &TestRepo, line: &str) -> Value {
    let (code, answer) = call(
        repo,
        "claude",
        json!({"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": line}, "permission_mode": "default"}),
    );
    assert_eq!(code, 0);
    answer
}

/// Why a command was denied; empty if it was not.
fn denied(repo: &TestRepo, line: &str) -> String {
    let answer = shell(repo, line);
    let specific = &answer["hookSpecificOutput"];
    if answer.is_null() {
        return String::new();
    }
    assert_eq!(
        (&specific["hookEventName"], &specific["permissionDecision"]),
        (&json!("PreToolUse"), &json!("deny"))
    );
    specific["permissionDecisionReason"].as_str().unwrap().to_owned()
}

/// A project in which a commit is red as long as a file holds `bad`.
fn guarded(config: &str) -> TestRepo {
    let repo = TestRepo::new();
    let step = "[gate]\ndiscover = false\n[[gate.step]]\nname = \"tsc\"\nkind = \"types\"\nrun = [\"sh\", \"-c\", \"! grep -Hn bad *.txt\", \"tsc\"]\n";
    repo.write("friction.toml", format!("{config}{step}")).write("a.txt", "good\n").commit("first");
    repo
}

#[test]
fn a_commit_that_would_be_red_is_denied_with_the_reason_and_a_green_one_is_not() {
    let repo = guarded("[hook]\ncommit = \"quick\"\n");
    repo.write("a.txt", "bad\n");
    assert_eq!(denied(&repo, "git status && ls"), "");
    assert_eq!(denied(&repo, "git commit -m x"), "", "nothing bad is staged");
    for line in [
        "git add -A && git commit -m x",
        "git commit -am x",
        "git commit -m x a.txt",
        "cd . && git add a.txt; git commit -m 'y z'",
        "bash -c 'git commit -am x'",
    ] {
        let reason = denied(&repo, line);
        assert!(reason.contains("refuses this commit") && reason.contains("a.txt:1:bad"), "{line}: {reason}");
    }
    assert_eq!(repo.git(&["status", "--porcelain"]), " M a.txt", "nothing was staged");
    repo.write("a.txt", "mended\n");
    assert_eq!(denied(&repo, "git add -A && git commit -m x"), "");
}

#[test]
fn a_mistake_is_told_right_after_the_edit_and_its_commit_is_denied() {
    let repo = guarded("");
    repo.write("src/a.ts", "export const a = 1;\n<<<<<<< ours\nexport const b = 2;\n=======\nexport const b = 3;\n>>>>>>> theirs\n");
    let (_, told) = call(
        &repo,
        "claude",
        json!({"hook_event_name": "PostToolUse", "tool_name": "Write", "tool_input": {"file_path": repo.path("src/a.ts")}}),
    );
    assert_eq!(told["decision"], "block");
    assert!(told["reason"].as_str().unwrap().contains("src/a.ts:2:"), "{told}");
    let reason = denied(&repo, "git add src && git commit -m x");
    assert!(reason.contains("conflict-marker") && reason.contains("1 mistake to mend"), "{reason}");
    assert_eq!(denied(&repo, "git commit -m x"), "", "nothing of it is staged");
    repo.git(&["add", "."]);
    repo.write("src/a.ts", "export const a = 1;\n");
    assert!(denied(&repo, "git commit -m x").contains("conflict-marker"), "what is staged counts");
    assert_eq!(denied(&repo, "git commit -am x"), "", "the mended file is committed");
    let (_, told) = call(
        &repo,
        "gemini",
        json!({"hook_event_name": "AfterTool", "tool_name": "write_file", "tool_input": {"file_path": "src/a.ts"}}),
    );
    assert_eq!(told, Value::Null);
}

#[test]
fn what_goes_past_hooks_is_denied_unless_the_project_allows_it() {
    let repo = guarded("");
    assert!(denied(&repo, "git commit --no-verify -m x").contains("`git commit --no-verify`"));
    assert!(denied(&repo, "git push --no-verify").contains("not allowed here"));
    let repo = guarded("[hook]\nallow-no-verify = true\n");
    assert_eq!(denied(&repo, "git commit --no-verify -m x"), "");
}

#[test]
fn an_alias_of_the_repository_is_seen_through() {
    let repo = guarded("");
    repo.git(&["config", "alias.yolo", "commit --no-verify"]);
    assert!(!denied(&repo, "git yolo -m x").is_empty());
}

#[test]
fn every_agent_is_answered_in_its_own_words() {
    let repo = guarded("");
    let command = json!({"command": "git commit -nm x"});
    let (_, codex) = call(
        &repo,
        "codex",
        json!({"hook_event_name": "PreToolUse", "turn_id": "t", "model": "m", "tool_name": "Bash", "tool_input": command}),
    );
    assert_eq!(codex["hookSpecificOutput"]["permissionDecision"], "deny");
    let (_, gemini) = call(
        &repo,
        "gemini",
        json!({"hook_event_name": "BeforeTool", "timestamp": "x", "tool_name": "run_shell_command", "tool_input": command}),
    );
    assert_eq!(gemini["decision"], "deny");
    assert!(gemini["reason"].as_str().unwrap().contains("git commit -nm"));
}

#[test]
fn the_end_of_a_turn_is_held_back_while_the_work_is_red_but_not_for_ever() {
    let repo = guarded("[hook]\nmax-blocks = 2\n");
    call(&repo, "claude", json!({"hook_event_name": "SessionStart", "source": "startup"}));
    let stop =
        |held: bool| call(&repo, "claude", json!({"hook_event_name": "Stop", "stop_hook_active": held})).1;
    assert_eq!(stop(false), Value::Null, "nothing changed");
    repo.write("a.txt", "bad\n");
    let first = stop(false);
    assert_eq!(first["decision"], "block");
    assert!(first["reason"].as_str().unwrap().contains("a.txt:1:bad"));
    assert_eq!(stop(true)["decision"], "block");
    let last = stop(true);
    assert!(
        last["decision"].is_null()
            && last["systemMessage"].as_str().unwrap().contains("lets go after 2 tries"),
        "{last}"
    );
    repo.write("a.txt", "mended\n");
    assert_eq!(stop(true), Value::Null);
    repo.write("a.txt", "bad again\n");
    let (_, gemini) = call(
        &repo,
        "gemini",
        json!({"hook_event_name": "AfterAgent", "stop_hook_active": false, "prompt_response": "done"}),
    );
    assert_eq!(gemini["decision"], "deny");
}

#[test]
fn what_was_there_before_the_session_holds_nobody_back() {
    let repo = guarded("");
    repo.write("a.txt", "bad\n");
    call(&repo, "claude", json!({"hook_event_name": "SessionStart", "source": "startup"}));
    assert_eq!(
        call(&repo, "claude", json!({"hook_event_name": "Stop", "stop_hook_active": false})).1,
        Value::Null
    );
}

#[test]
fn a_session_is_told_what_is_known_once_and_again_after_compaction() {
    let repo = shop();
    repo.friction(&["learn"]).ok();
    let start =
        |source: &str| call(&repo, "claude", json!({"hook_event_name": "SessionStart", "source": source})).1;
    let told = start("startup");
    let text = told["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(text.contains("What went wrong here before") && text.contains("**ALWAYS**"), "{text}");
    assert!(text.chars().count() < 10_000);
    let (_, prompt) =
        call(&repo, "claude", json!({"hook_event_name": "UserPromptSubmit", "prompt": "fix src/cart.ts"}));
    assert_eq!(prompt, Value::Null, "it was told already");
    assert_ne!(start("compact"), Value::Null);
}

#[test]
fn whatever_goes_wrong_lets_the_agent_go_on_with_one_line() {
    let repo = guarded("");
    let garbage = Ran::with_input(friction_command(repo.root(), &["hook", "claude"]), b"not json");
    assert_eq!((garbage.code, garbage.stdout.as_str(), garbage.stderr.lines().count()), (1, "", 1));
    repo.write("friction.toml", "[hook]\ncommit = 7\n");
    let input = json!({"hook_event_name": "PreToolUse", "cwd": repo.root(), "tool_name": "Bash", "tool_input": {"command": "git commit -m x"}});
    let broken =
        Ran::with_input(friction_command(repo.root(), &["hook", "claude"]), input.to_string().as_bytes());
    assert_eq!((broken.code, broken.stdout.as_str()), (1, ""));
    assert!(
        broken.stderr.starts_with("friction: not checked: ") && broken.stderr.contains("friction.toml:2"),
        "{}",
        broken.stderr
    );
    assert!(repo.read(".git/friction/hook.jsonl").contains("failed open"));
    assert!(repo.friction(&["doctor"]).stdout.contains("let something through"));
}

#[test]
fn outside_of_a_repository_nothing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (event, tool, given) in [
        ("SessionStart", "", json!({})),
        ("PreToolUse", "Bash", json!({"command": "git commit -m x"})),
        ("PostToolUse", "Edit", json!({"file_path": "a.ts"})),
        ("Stop", "", json!({})),
        ("SessionEnd", "", json!({})),
    ] {
        let input = json!({"hook_event_name": event, "cwd": folder.path(), "tool_name": tool, "tool_input": given, "session_id": "x"});
        let ran = Ran::with_input(
            friction_command(folder.path(), &["hook", "claude"]),
            input.to_string().as_bytes(),
        );
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{event}");
    }
}

// ---- git ----

const FAILS: &str = "[hook]\ngit = \"gate\"\n";

/// Commits in a folder of the repository, with the hooks that are there; whether it landed, and what was said.
fn commit_in(dir: &Path, path: Option<&str>) -> (bool, String) {
    let mut command = Command::new("git");
    command.args(["commit", "-q", "--allow-empty", "-am", "x"]).current_dir(dir);
    isolate(&mut command);
    command.envs([
        ("GIT_AUTHOR_NAME", "A"),
        ("GIT_AUTHOR_EMAIL", "a@b"),
        ("GIT_COMMITTER_NAME", "A"),
        ("GIT_COMMITTER_EMAIL", "a@b"),
    ]);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let output = command.output().unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), told)
}

fn script(repo: &TestRepo, path: &str, text: &str, mode: u32) {
    repo.write(path, text);
    fs::set_permissions(repo.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

/// Every file of the hooks folder, with its permissions.
fn hooks(repo: &TestRepo, folder: &str) -> Vec<(String, Vec<u8>, u32)> {
    let entries = fs::read_dir(repo.path(folder)).into_iter().flatten().flatten();
    let mut all: Vec<_> = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
                entry.metadata().unwrap().permissions().mode(),
            )
        })
        .collect();
    all.sort();
    all
}

#[test]
fn an_installed_hook_stops_what_is_red_and_lets_pass_what_is_green() {
    let repo = guarded(FAILS);
    repo.friction(&["hook", "install"]).ok();
    assert!(repo.friction(&["hook", "status"]).ok().contains("pre-commit: friction\n"));
    repo.write("a.txt", "bad\n");
    let (landed, told) = commit_in(repo.root(), None);
    assert!(!landed && told.contains("a.txt:1:bad"), "{told}");
    repo.write("a.txt", "mended\n");
    assert!(commit_in(repo.root(), None).0);
}

#[test]
fn what_was_there_runs_after_friction_and_comes_back_byte_for_byte() {
    for (text, mode) in [
        ("#!/bin/sh\necho mine ran \"$@\" > ran.log\n", 0o755),
        ("#!/usr/bin/env python3\nopen('ran.log','w').write('mine ran ')", 0o700),
    ] {
        let repo = guarded("");
        repo.write(".gitignore", "*.log\n").commit("ignore");
        script(&repo, ".git/hooks/pre-commit", text, mode);
        let before = hooks(&repo, ".git/hooks");
        repo.friction(&["hook", "install"]).ok();
        let installed = hooks(&repo, ".git/hooks");
        assert!(repo.friction(&["hook", "install"]).ok().contains("friction, then a hook of your own"));
        assert_eq!(hooks(&repo, ".git/hooks"), installed, "twice is once");
        assert!(commit_in(repo.root(), None).0);
        assert!(repo.read("ran.log").starts_with("mine ran"));
        repo.friction(&["hook", "uninstall"]).ok();
        assert_eq!(hooks(&repo, ".git/hooks"), before);
    }
}

#[test]
fn a_hook_of_yours_that_fails_still_stops_the_commit_and_one_that_is_not_executable_still_does_not_run() {
    let repo = guarded("");
    script(&repo, ".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n", 0o755);
    repo.friction(&["hook", "install"]).ok();
    assert!(!commit_in(repo.root(), None).0);
    repo.friction(&["hook", "uninstall"]).ok();
    script(&repo, ".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n", 0o644);
    repo.friction(&["hook", "install"]).ok();
    assert!(commit_in(repo.root(), None).0);
}

#[test]
fn hooks_of_husky_and_of_a_folder_of_the_project_get_a_block_without_a_path_of_this_machine() {
    for (configured, folder) in [(".husky/_", ".husky"), (".githooks", ".githooks")] {
        let repo = guarded(FAILS);
        repo.write(".husky/_/h", "").write(".husky/_/.gitignore", "*");
        // As husky 9 makes them.
        script(
            &repo,
            ".husky/_/pre-commit",
            "#!/usr/bin/env sh\nsh -e \"$(dirname \"$(dirname \"$0\")\")/pre-commit\" \"$@\"\n",
            0o755,
        );
        let mode = if folder == ".husky" { 0o644 } else { 0o755 };
        script(&repo, &format!("{folder}/pre-commit"), "#!/bin/sh\necho theirs\n", mode);
        repo.git(&["config", "core.hooksPath", configured]);
        let before = hooks(&repo, folder);
        repo.friction(&["hook", "install"]).ok();
        let text = repo.read(&format!("{folder}/pre-commit"));
        assert!(!text.contains(env!("CARGO_BIN_EXE_friction")) && text.ends_with("echo theirs\n"), "{text}");
        repo.write("a.txt", "bad\n");
        assert!(!commit_in(repo.root(), None).0, "{folder}");
        repo.write("a.txt", "mended\n");
        let (landed, told) = commit_in(repo.root(), None);
        assert!(landed && told.contains("theirs"), "{told}");
        repo.friction(&["hook", "uninstall"]).ok();
        assert_eq!(hooks(&repo, folder), before);
    }
}

#[test]
fn friction_stays_in_front_where_pre_commit_is_installed_over_it() {
    let repo = guarded(FAILS);
    repo.friction(&["hook", "install"]).ok();
    // As `pre-commit install` does: what it finds becomes `.legacy`, which it runs first.
    fs::rename(repo.path(".git/hooks/pre-commit"), repo.path(".git/hooks/pre-commit.legacy")).unwrap();
    let theirs = "#!/bin/sh\n# File generated by pre-commit\n\"$0.legacy\" \"$@\"\n";
    script(&repo, ".git/hooks/pre-commit", theirs, 0o755);
    assert!(repo.friction(&["hook", "status"]).ok().contains("pre-commit: friction, then pre-commit"));
    repo.write("a.txt", "bad\n");
    assert!(!commit_in(repo.root(), None).0);
    repo.friction(&["hook", "install"]).ok();
    assert_eq!(repo.read(".git/hooks/pre-commit"), theirs);
    repo.friction(&["hook", "uninstall"]).ok();
    assert_eq!(repo.read(".git/hooks/pre-commit"), theirs);
    assert!(!repo.path(".git/hooks/pre-commit.legacy").exists());
}

#[test]
fn friction_is_named_in_lefthooks_configuration_and_its_scripts_are_left_alone() {
    let repo = guarded("");
    let theirs = "#!/bin/sh\n# lefthook's own\nlefthook run \"pre-commit\" \"$@\"\n";
    let configuration =
        "# ours\npre-commit:\n  parallel: true\n  commands:\n    lint:\n      run: npm run lint";
    repo.write("lefthook.yml", configuration);
    script(&repo, ".git/hooks/pre-commit", theirs, 0o755);
    let told = repo.friction(&["hook", "install"]).ok();
    assert!(told.contains("pre-commit: friction, then lefthook"), "{told}");
    assert_eq!(repo.read(".git/hooks/pre-commit"), theirs);
    let with = repo.read("lefthook.yml");
    assert!(
        with.contains("    friction:\n      run: |\n") && with.contains("hook run commit-msg -- {1}"),
        "{with}"
    );
    repo.friction(&["hook", "install"]).ok();
    assert_eq!(repo.read("lefthook.yml"), with, "twice is once");
    repo.friction(&["hook", "uninstall"]).ok();
    assert_eq!(repo.read("lefthook.yml"), configuration);
    assert_eq!(repo.read(".git/hooks/pre-commit"), theirs);
    assert!(!repo.path(".git/hooks/commit-msg").exists());
}

#[test]
fn a_folder_that_other_repositories_use_is_left_alone_unless_asked() {
    let repo = guarded("");
    let shared = repo.beside("shared-hooks");
    fs::create_dir(&shared).unwrap();
    let with = |words: &[&str]| {
        let mut command = friction_command(repo.root(), words);
        command
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "core.hooksPath")
            .env("GIT_CONFIG_VALUE_0", &shared);
        Ran::of(command)
    };
    let told = with(&["hook", "install"]).refused();
    assert!(told.contains("--shared"), "{told}");
    assert_eq!(fs::read_dir(&shared).unwrap().count(), 0);
    with(&["hook", "install", "--shared"]).ok();
    assert!(shared.join("pre-commit").exists());
}

#[test]
fn it_works_from_a_subfolder_a_linked_worktree_and_without_a_path() {
    let repo = guarded(FAILS);
    repo.write("sub/b.md", "").commit("sub");
    repo.friction(&["hook", "install"]).ok();
    repo.write("a.txt", "bad\n");
    assert!(!commit_in(&repo.path("sub"), None).0);
    // As a graphical client: only where git itself is.
    let git = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .find(|dir| dir.join("git").is_file())
        .unwrap();
    let (landed, told) = commit_in(repo.root(), git.to_str());
    assert!(!landed, "{told}");
    repo.write("a.txt", "good\n");
    let other = repo.beside("other");
    repo.git(&["worktree", "add", "-q", other.to_str().unwrap()]);
    fs::write(other.join("a.txt"), "bad\n").unwrap();
    assert!(!commit_in(&other, None).0);
}

#[test]
fn without_its_program_the_hook_lets_commits_pass_and_says_so() {
    let repo = guarded("");
    repo.friction(&["hook", "install"]).ok();
    let text =
        repo.read(".git/hooks/pre-commit").replace(env!("CARGO_BIN_EXE_friction"), "/nonexistent/friction");
    repo.write(".git/hooks/pre-commit", text);
    let (landed, told) = commit_in(repo.root(), Some("/usr/local/bin:/usr/bin:/bin"));
    assert!(landed && told.contains("nothing was checked"), "{told}");
}

#[test]
fn a_merge_a_rebase_and_a_cherry_pick_go_through() {
    let repo = guarded("");
    repo.friction(&["hook", "install"]).ok();
    repo.branch("side").write("a.txt", "side\n").commit("side");
    repo.checkout("main").write("a.txt", "main\n").commit("main");
    for start in [&["merge", "side"][..], &["cherry-pick", "side"], &["rebase", "side"]] {
        let mut command = Command::new("git");
        command.args(start).current_dir(repo.root());
        isolate(&mut command);
        command.envs([("GIT_COMMITTER_NAME", "A"), ("GIT_COMMITTER_EMAIL", "a@b")]);
        assert!(!command.output().unwrap().status.success(), "a conflict");
        repo.write("a.txt", "both\n").git(&["add", "a.txt"]);
        repo.git(&[start[0], "--continue"]);
        repo.git(&["reset", "-q", "--hard", "main"]);
        repo.git(&["checkout", "-q", "main"]);
        repo.git(&["reset", "-q", "--hard", "HEAD@{1}"]);
        repo.write("a.txt", "main\n").commit("main again");
    }
}
