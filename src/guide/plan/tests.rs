use tempfile::TempDir;

use super::*;
use crate::model::Pattern;
use crate::patterns::samples::{pattern, pattern_file};

/// A directory with these files.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn learned() -> PatternFile {
    pattern_file(vec![
        pattern(Family::MockSetup, "late-mock", 14, 350),
        pattern(Family::ImportPath, "no-import", 5, 45),
    ])
}

fn to(targets: &[Target]) -> Options {
    Options { targets: targets.to_vec(), ..Options::default() }
}

fn paths(plan: &Plan) -> Vec<&str> {
    plan.changes.iter().map(|change| change.path.as_str()).collect()
}

fn read(root: &TempDir, path: &str) -> String {
    fs::read_to_string(root.path().join(path)).unwrap()
}

#[test]
fn a_repository_without_any_guide_gets_claude_md_and_the_patterns() {
    let root = tree(&[]);
    let plan = plan(root.path(), &learned(), &Options::default()).unwrap();
    assert_eq!(paths(&plan), ["friction_patterns.json", "CLAUDE.md"]);
    assert!(plan.is_stale());
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0, "planning writes nothing");
    plan.apply().unwrap();
    insta::assert_snapshot!(read(&root, "CLAUDE.md"));
}

#[test]
fn applying_twice_changes_nothing_and_is_not_stale_even_after_more_commits() {
    let root = tree(&[("CLAUDE.md", "# Mine\r\n"), (".cursor/rules/x.mdc", ""), ("AGENTS.md", "no newline")]);
    let options = to(&Target::ALL);
    plan(root.path(), &learned(), &options).unwrap().apply().unwrap();
    let mut later = learned();
    (later.scanned.head, later.scanned.commits) = (None, 101);
    later.patterns[0].trend[0] = 1;
    later.patterns[0].share = 0.1;
    let again = plan(root.path(), &later, &options).unwrap();
    assert_eq!(paths(&again), Vec::<&str>::new());
    assert!(!again.is_stale());
    later.patterns[0].counts.corrections += 1;
    assert!(plan(root.path(), &later, &options).unwrap().is_stale());
}

#[test]
fn wholly_written_files_have_their_front_matter() {
    let root = tree(&[]);
    plan(root.path(), &learned(), &to(&[Target::Cursor, Target::ClaudeRules])).unwrap().apply().unwrap();
    insta::assert_snapshot!("cursor", read(&root, ".cursor/rules/friction.mdc"));
    insta::assert_snapshot!("claude_rules", read(&root, ".claude/rules/friction-mock-setup.md"));
    assert!(root.path().join(".claude/rules/friction-import-path.md").exists());
}

#[test]
fn a_hand_edited_block_is_a_conflict_and_nothing_at_all_is_written() {
    let root = tree(&[("AGENTS.md", "")]);
    plan(root.path(), &learned(), &Options::default()).unwrap().apply().unwrap();
    let edited = read(&root, "AGENTS.md").replace("late-mock", "my mock");
    fs::write(root.path().join("AGENTS.md"), &edited).unwrap();
    let mut changed = learned();
    changed.patterns.pop();
    let refused = plan(root.path(), &changed, &Options::default()).unwrap();
    assert_eq!(refused.conflicts[0].path, "AGENTS.md");
    assert!(refused.is_stale());
    let patterns = read(&root, "friction_patterns.json");
    insta::assert_snapshot!(refused.apply().unwrap_err(), @"nothing was written: AGENTS.md: line 1: the friction block was edited by hand; move the edit outside of the markers, or overwrite it with --force");
    assert_eq!((read(&root, "AGENTS.md"), read(&root, "friction_patterns.json")), (edited, patterns));
    let forced = Options { force: true, ..Options::default() };
    plan(root.path(), &changed, &forced).unwrap().apply().unwrap();
    assert!(!read(&root, "AGENTS.md").contains("my mock"));
}

#[test]
fn rule_files_of_ours_that_are_no_longer_needed_go_unless_they_were_edited() {
    let root = tree(&[(".claude/rules/friction-notes.md", "mine\n")]);
    let options = to(&[Target::ClaudeRules]);
    plan(root.path(), &learned(), &options).unwrap().apply().unwrap();
    let mut fewer = learned();
    fewer.patterns.pop();
    let removal = plan(root.path(), &fewer, &options).unwrap();
    let removed: Vec<&str> = removal
        .changes
        .iter()
        .filter(|change| change.after.is_none())
        .map(|change| change.path.as_str())
        .collect();
    assert_eq!(removed, [".claude/rules/friction-import-path.md"]);

    let path = root.path().join(".claude/rules/friction-import-path.md");
    fs::write(&path, fs::read_to_string(&path).unwrap() + "mine\n").unwrap();
    let kept = plan(root.path(), &fewer, &options).unwrap();
    assert!(kept.changes.iter().all(|change| change.after.is_some()));
    assert_eq!(kept.notes[0].path, ".claude/rules/friction-import-path.md");
    kept.apply().unwrap();
    assert!(path.exists() && root.path().join(".claude/rules/friction-notes.md").exists());
}

#[test]
fn nothing_to_teach_makes_no_file_but_empties_a_block_that_is_there() {
    let root = tree(&[("CLAUDE.md", "# Mine\n")]);
    let nothing = pattern_file(Vec::<Pattern>::new());
    let idle = plan(root.path(), &nothing, &to(&Target::ALL)).unwrap();
    assert_eq!(paths(&idle), ["friction_patterns.json"]);
    plan(root.path(), &learned(), &Options::default()).unwrap().apply().unwrap();
    plan(root.path(), &nothing, &Options::default()).unwrap().apply().unwrap();
    let text = read(&root, "CLAUDE.md");
    assert!(text.contains("often enough") && !text.contains("ALWAYS"), "{text}");
}

#[test]
fn a_pattern_file_of_somebody_else_is_not_overwritten_but_a_broken_one_of_ours_is() {
    let root = tree(&[("friction_patterns.json", "{\"mine\": 1}")]);
    assert_eq!(plan(root.path(), &learned(), &Options::default()).unwrap().conflicts.len(), 1);
    let root = tree(&[("friction_patterns.json", "<<<<<<< a\n{\"schema\": \"friction.patterns/1\"")]);
    assert_eq!(plan(root.path(), &learned(), &Options::default()).unwrap().conflicts, []);
}

#[test]
fn text_that_is_not_utf_8_is_left_alone() {
    let root = tree(&[]);
    fs::write(root.path().join("CLAUDE.md"), b"caf\xe9\n").unwrap();
    let plan = plan(root.path(), &learned(), &Options::default()).unwrap();
    assert_eq!(plan.conflicts[0].reason, "it is not UTF-8; convert it first");
}

#[test]
fn a_file_changed_since_it_was_planned_is_not_overwritten() {
    let root = tree(&[("CLAUDE.md", "a\n")]);
    let plan = plan(root.path(), &learned(), &Options::default()).unwrap();
    fs::write(root.path().join("CLAUDE.md"), "b\n").unwrap();
    assert!(matches!(plan.apply(), Err(ApplyError::Changed { path }) if path == "CLAUDE.md"));
    assert!(!root.path().join("friction_patterns.json").exists());
}

#[cfg(unix)]
#[test]
fn a_link_to_another_guide_is_written_once_and_a_link_out_of_the_repository_never() {
    use std::os::unix::fs::symlink;
    let outside = tree(&[("x.md", "theirs\n")]);
    let root = tree(&[("AGENTS.md", "# Ours\n")]);
    symlink("AGENTS.md", root.path().join("CLAUDE.md")).unwrap();
    let twice = plan(root.path(), &learned(), &Options::default()).unwrap();
    assert_eq!(paths(&twice), ["friction_patterns.json", "CLAUDE.md"]);
    twice.apply().unwrap();
    assert!(root.path().join("CLAUDE.md").is_symlink());
    assert!(read(&root, "AGENTS.md").contains("ALWAYS"));

    symlink(outside.path().join("x.md"), root.path().join("GEMINI.md")).unwrap();
    let refused = plan(root.path(), &learned(), &to(&[Target::Gemini])).unwrap();
    assert_eq!(refused.conflicts[0].path, "GEMINI.md");
    assert!(refused.apply().is_err());
    assert_eq!(read(&outside, "x.md"), "theirs\n");
}
