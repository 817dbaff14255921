//! `friction init`, its undoing, and `friction doctor`.

mod support;

use std::fs;

use support::*;

/// Everything but git's own files.
fn files(repo: &TestRepo) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let hooks = repo.path(".git/hooks");
    tree(repo.root())
        .into_iter()
        .filter(|(path, _)| !path.starts_with(repo.path(".git")) || path.starts_with(&hooks))
        .filter(|(path, _)| *path != hooks)
        .collect()
}

const SETTINGS: &str =
    "{\n  // ours\n  \"permissions\": { \"allow\": [\"Bash(ls)\"] },\n  \"hooks\": { \"Stop\": [] },\n}\n";

#[test]
fn everything_is_wired_and_undone_byte_for_byte() {
    let repo = shop();
    repo.write(".claude/settings.json", SETTINGS)
        .write(".gemini/settings.json", "{}")
        .write("CLAUDE.md", "# House\r\n");
    repo.write(".pre-commit-config.yaml", "repos:\n  - repo: local\n    hooks: []\n")
        .write(".github/workflows/ci.yml", "on: push\n");
    let before = files(&repo);
    let told = repo.friction(&["init", "--yes"]).ok();
    assert!(told.contains("change .claude/settings.json") && told.contains("install pre-commit"), "{told}");
    let settings = repo.read(".claude/settings.json");
    assert!(
        settings.contains("// ours") && settings.contains("hook claude") && settings.contains("Bash(ls)"),
        "{settings}"
    );
    assert!(
        repo.read("CLAUDE.md").starts_with("# House\r\n")
            && repo.read("CLAUDE.md").contains("friction:begin")
    );
    assert!(repo.read(".gemini/settings.json").contains("BeforeTool"));
    for path in [
        "friction.toml",
        ".claude/skills/worker/SKILL.md",
        "friction_patterns.json",
        ".github/workflows/friction.yml.example",
        ".git/hooks/pre-commit",
    ] {
        assert!(repo.path(path).exists(), "{path}");
    }
    let wired = files(&repo);
    repo.friction(&["init", "--yes"]).ok();
    assert!(wired == files(&repo), "twice is once");
    repo.friction(&["init", "--undo"]).ok();
    let after = files(&repo);
    let differs: Vec<_> =
        before.iter().zip(&after).filter(|(one, other)| one != other).map(|(one, _)| one.0.clone()).collect();
    assert!(before == after, "{differs:?}");
}

#[test]
fn a_dry_run_and_an_unanswered_question_change_nothing() {
    let repo = shop();
    let before = files(&repo);
    assert!(repo.friction(&["init", "--dry-run"]).ok().contains("write friction.toml"));
    let ran = repo.friction(&["init"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--yes"), "{}", ran.stderr);
    assert_eq!(before, files(&repo));
}

#[test]
fn what_somebody_changed_since_is_left_and_told() {
    let repo = shop();
    repo.friction(&["init", "--yes", "--no-learn"]).ok();
    let text = repo.read("friction.toml") + "# mine\n";
    repo.write("friction.toml", &text);
    let ran = repo.friction(&["init", "--undo"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("left friction.toml"), "{}", ran.stdout);
    assert_eq!(repo.read("friction.toml"), text);
    assert!(!repo.path(".claude").exists());
    repo.friction(&["init", "--undo", "--force"]).ok();
    assert!(!repo.path("friction.toml").exists());
}

#[test]
fn hostile_settings_are_refused_before_anything_is_written() {
    for text in ["{ not json", "{\"hooks\": []}", "{\"hooks\": {\"PreToolUse\": {}}}", "\u{0}\u{1}"] {
        let repo = shop();
        repo.write(".claude/settings.json", text);
        let before = files(&repo);
        let ran = repo.friction(&["init", "--yes", "--no-learn"]);
        assert_eq!(ran.code, 2, "{text}");
        assert!(ran.stdout.contains("CANNOT change .claude/settings.json"), "{}", ran.stdout);
        assert_eq!(before, files(&repo));
    }
}

#[test]
fn a_link_out_of_the_repository_is_not_written_through() {
    let repo = shop();
    let outside = repo.beside("outside");
    fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, repo.path(".claude")).unwrap();
    let ran = repo.friction(&["init", "--yes", "--no-learn"]);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn the_doctor_tells_what_is_broken_and_how_to_mend_it() {
    let repo = shop();
    let told = repo.friction(&["doctor"]);
    assert_eq!(told.code, 0);
    assert!(
        told.stdout.contains("off     pre-commit") && told.stdout.contains("friction hook install"),
        "{}",
        told.stdout
    );
    repo.friction(&["init", "--yes"]).ok();
    assert!(repo.friction(&["doctor"]).stdout.contains("fine    pre-commit"));
    repo.write("friction.toml", "[gate]\nretry = 7\n").write(".claude/settings.json", "{");
    let told = repo.friction(&["doctor"]);
    assert_eq!(told.code, 1);
    assert!(
        told.stdout.contains("broken  friction.toml") && told.stdout.contains("broken  claude"),
        "{}",
        told.stdout
    );
}
