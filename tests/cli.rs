//! The command line itself: help, colour, pipes, configuration, exit codes.

mod support;

use std::process::Stdio;

use support::*;

#[test]
fn the_help_of_every_command_shows_an_example() {
    let repo = TestRepo::new();
    let help = repo.friction(&["--help"]).ok();
    assert!(help.contains("Example"));
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> =
        commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    assert!(names.contains(&"scan") && names.contains(&"learn") && names.contains(&"show"), "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        for flag in ["-h", "--help"] {
            let help = repo.friction(&[name, flag]).ok();
            assert!(help.contains("Example") && help.contains(&format!("friction {name}")), "{name}: {help}");
        }
    }
}

#[test]
fn wrong_usage_is_told_on_standard_error_with_exit_code_two() {
    let repo = TestRepo::new();
    for words in [
        &["scna"][..],
        &["scan", "--fromat", "json"],
        &["scan", "--format", "xml"],
        &["show"],
        &["schema", "x"],
        &[],
    ] {
        let ran = repo.friction(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{words:?}");
        assert!(!ran.stderr.is_empty());
    }
}

#[test]
fn a_number_of_threads_that_no_machine_has_is_refused() {
    let repo = TestRepo::new();
    for number in ["0", "100000", "-1", "many"] {
        let told = repo.friction(&["scan", &format!("--threads={number}")]).refused();
        assert!(told.contains("--threads"), "{told}");
    }
}

#[test]
fn the_version_is_told() {
    let told = TestRepo::new().friction(&["--version"]).ok();
    assert_eq!(told, format!("friction {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_exist_for_every_shell() {
    let repo = TestRepo::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = repo.friction(&["completions", shell]).ok();
        assert!(script.contains("friction") && script.contains("max-commits"), "{shell}");
    }
}

// ---- colour ----

fn coloured(words: &[&str], variables: &[(&str, &str)]) -> bool {
    let (repo, _) = with_mistake();
    repair(&repo);
    let mut command = friction_command(repo.root(), words);
    command.envs(variables.iter().copied());
    Ran::of(command).ok().contains('\u{1b}')
}

#[test]
fn colour_follows_the_flag_then_the_environment_and_a_pipe_has_none() {
    for command in [&["scan"][..], &["show", "HEAD"]] {
        let with = |flags: &[&'static str], variables: &[(&str, &str)]| {
            coloured(&[command, flags].concat(), variables)
        };
        assert!(!with(&[], &[]));
        assert!(with(&["--color", "always"], &[]));
        assert!(with(&["--color=always"], &[("NO_COLOR", "1")]));
        assert!(with(&[], &[("CLICOLOR_FORCE", "1")]));
        assert!(!with(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
        assert!(!with(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    }
    assert!(!coloured(&["scan", "--format", "json", "--color", "always"], &[]));
}

// ---- pipes ----

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let repo = shop();
    let runs: [&[&str]; 8] = [
        &["scan"],
        &["scan", "--format", "json"],
        &["scan", "--format", "jsonl", "--min-confidence", "0"],
        &["show", "HEAD"],
        &["learn", "--dry-run"],
        &["schema", "scan"],
        &["completions", "bash"],
        &["scan", "--help"],
    ];
    for words in runs {
        let mut command = friction_command(repo.root(), words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), told.as_ref()), (Some(0), ""), "{words:?}");
    }
}

#[test]
fn a_message_that_nobody_reads_is_no_crash() {
    let repo = TestRepo::new();
    for words in [&["show", "nothing"][..], &["scan", "--since", "soon"], &["scna"]] {
        let mut command = friction_command(repo.root(), words);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(2), "{words:?}");
    }
}

#[test]
fn nothing_but_the_report_is_printed_where_no_terminal_is() {
    let repo = shop();
    let ran = repo.friction(&["scan", "--format", "json", "--no-cache"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

// ---- friction.toml ----

#[test]
fn a_mistake_in_the_configuration_is_told_with_file_line_and_key() {
    let (repo, _) = with_mistake();
    let mistakes = [
        ("[scan]\nhead-only = true\nsinse = \"1 week\"\n", "friction.toml:3:1: ", "`sinse`"),
        ("[scan]\nmax-commits = \"many\"\n", "friction.toml:2:15: ", "`max-commits`"),
        ("[scan]\nmax-commits = -1\n", "friction.toml:2:15: ", "`max-commits`"),
        ("[scann]\n", "friction.toml:1:", "`scann`"),
        ("[scan]\nsince = \"soon\"\n", "friction.toml:2:9: ", "`since`"),
        ("[scan]\n\nmin-confidence = 7\n", "friction.toml:3:18: ", "`min-confidence`"),
        ("[learn]\ntargets = [\"vim\"]\n", "friction.toml:2:", "`targets`"),
        ("[learn\n", "friction.toml:1:", ""),
    ];
    for (text, place, key) in mistakes {
        repo.write("friction.toml", text);
        for command in ["scan", "learn"] {
            let told = repo.friction(&[command]).refused();
            assert!(told.contains(place) && told.contains(key), "{text:?}: {told}");
            assert_eq!(told.lines().count(), 1, "{told}");
        }
    }
}

#[test]
fn the_configuration_holds_where_the_command_line_says_nothing() {
    let (repo, _) = with_mistake();
    let fix = repair(&repo);
    repo.branch("side");
    let other = repo.edit("src/cart.ts", "sum += price", "sum += +price").commit("fix: wrong sums");
    repo.checkout("main");
    repo.write("friction.toml", "[scan]\nhead-only = true\n");
    assert!(find(&repo.scan(&[]), &other).is_none());
    assert!(find(&repo.scan(&["--refs", "refs/heads/*"]), &other).is_some());
    repo.write("friction.toml", "[scan]\nsince = \"2026-02-01\"\n");
    assert_eq!(repo.scan(&[]).repository.commits, 0);
    assert!(find(&repo.scan(&["--since", "2026-01-01"]), &fix).is_some());
    repo.write("friction.toml", "[scan]\nmin-confidence = 1.0\n");
    assert!(repo.scan(&[]).corrections.is_empty());
    repo.write("friction.toml", "[scan]\nmax-commits = 1\n");
    assert_eq!(repo.scan(&[]).repository.commits, 1);
    repo.write("friction.toml", "");
    assert!(find(&repo.scan(&[]), &other).is_some());
}
