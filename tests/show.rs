//! `friction show`: one verdict explained.

mod support;

use friction::model::{Correction, Kind};
use support::*;

fn shown(repo: &TestRepo, revision: &str) -> Correction {
    serde_json::from_str(&repo.friction(&["show", "--json", revision]).ok()).unwrap()
}

#[test]
fn a_correction_is_explained_with_signals_origin_before_and_after() {
    let (repo, _) = with_mistake();
    repair(&repo);
    insta::assert_snapshot!(repo.friction(&["show", "HEAD"]).ok());
}

#[test]
fn a_wide_terminal_shows_the_same() {
    let (repo, _) = with_mistake();
    repair(&repo);
    let mut command = friction_command(repo.root(), &["show", "HEAD"]);
    command.env("COLUMNS", "120");
    insta::assert_snapshot!(Ran::of(command).ok());
}

#[test]
fn a_commit_that_corrects_nothing_is_explained_too() {
    let (repo, _) = with_mistake();
    insta::assert_snapshot!(repo.friction(&["show", "HEAD"]).ok());
}

#[test]
fn it_says_what_a_scan_says() {
    let repo = shop();
    for found in repo.scan(&[]).corrections {
        let alone = shown(&repo, &found.fix.sha);
        assert_eq!((alone.kind, alone.confidence), (found.kind, found.confidence));
        assert_eq!(alone.origins, found.origins);
        assert_eq!(alone.families, found.families);
    }
}

#[test]
fn what_corrects_nothing_recent_is_shown_with_its_old_origin() {
    let (repo, mistake) = with_mistake();
    repo.days(200).write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
    let fix = repair(&repo);
    let shown = shown(&repo, &fix);
    assert!(shown.confidence < 0.5);
    assert_eq!(shown.origins[0].sha, mistake);
}

#[test]
fn a_formatting_follow_up_is_shown_as_no_correction() {
    let (repo, _) = with_mistake();
    let format = repo.write("src/cart.ts", CART.replace('\'', "\"")).commit("fix: wrong quotes");
    assert!(shown(&repo, &format).confidence < 0.5);
    assert!(find(&repo.scan(&[]), &format).is_none());
}

#[test]
fn an_amended_commit_is_shown_as_a_scan_found_it() {
    let (repo, mistake) = with_mistake();
    repo.edit("src/cart.ts", "cart.itmes", "cart.items").git(&["add", "-A"]);
    let fix = repo.record(&["commit", "-q", "--amend", "--no-edit"]);
    let shown = shown(&repo, "HEAD");
    assert_eq!((shown.fix.sha, shown.kind), (fix, Kind::Fixup));
    assert_eq!(shown.origins[0].sha, mistake);
    assert_eq!(shown.hunks.len(), 1);
}

#[test]
fn any_name_of_a_commit_will_do() {
    let (repo, _) = with_mistake();
    let fix = repair(&repo);
    repo.git(&["tag", "-a", "-m", "a tag", "v1"]);
    for name in ["HEAD", "main", "v1", &fix, &fix[..8], "main@{0}", ":/sum the items"] {
        assert_eq!(shown(&repo, name).fix.sha, fix, "{name}");
    }
}

#[test]
fn merges_roots_and_commits_without_code_are_shown() {
    let repo = shop();
    for name in ["HEAD", "HEAD~1", ":/Initial commit", ":/bump a currency"] {
        assert!(!repo.friction(&["show", name]).ok().is_empty(), "{name}");
    }
}
