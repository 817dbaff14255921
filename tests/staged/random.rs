//! Whatever is edited, staged and committed in whatever order: both ways see what git says.

use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::seen::agreed;
use super::support::TestRepo;

#[derive(Clone, Debug)]
enum Step {
    Write(&'static str, u8),
    Remove(&'static str),
    Move(&'static str, &'static str),
    Link(&'static str),
    Stage(&'static str),
    Intend(&'static str),
    Unstage(&'static str),
    Commit,
}

const PATHS: [&str; 8] = ["a", "a-b", "a.c", "a/b", "a/b/c", "d/e", "d/f/g", "z"];

fn step() -> impl Strategy<Value = Step> {
    let path = || proptest::sample::select(&PATHS[..]);
    prop_oneof![
        5 => (path(), 0..4u8).prop_map(|(path, text)| Step::Write(path, text)),
        2 => path().prop_map(Step::Remove),
        1 => (path(), path()).prop_map(|(from, to)| Step::Move(from, to)),
        1 => path().prop_map(Step::Link),
        5 => path().prop_map(Step::Stage),
        1 => path().prop_map(Step::Intend),
        1 => path().prop_map(Step::Unstage),
        2 => Just(Step::Commit),
    ]
}

/// Clears the way for a path: what stands there, and files where its folders must be.
fn clear(repo: &TestRepo, path: &str) {
    let place = repo.path(path);
    let mut folder = place.as_path();
    while folder != repo.root() {
        if fs::symlink_metadata(folder).is_ok_and(|kind| !kind.is_dir()) {
            fs::remove_file(folder).unwrap();
        }
        folder = folder.parent().unwrap();
    }
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
}

/// Runs git where it may well have reasons to refuse.
fn attempt(repo: &TestRepo, words: &str) {
    repo.git(&["-c", &format!("alias.attempt=!git {words} >/dev/null 2>&1 || true"), "attempt"]);
}

fn take(repo: &TestRepo, step: &Step) {
    match step {
        Step::Write(path, text) => {
            clear(repo, path);
            repo.write(path, format!("{text}\n").repeat(5));
        }
        Step::Remove(path) => clear(repo, path),
        Step::Move(from, to) => attempt(repo, &format!("mv {from} {to}")),
        Step::Link(path) => {
            clear(repo, path);
            symlink("z", repo.path(path)).unwrap();
        }
        Step::Stage(path) => attempt(repo, &format!("add -A -- {path}")),
        Step::Intend(path) => attempt(repo, &format!("add -N -- {path}")),
        Step::Unstage(path) => attempt(repo, &format!("reset -q -- {path}")),
        Step::Commit => attempt(repo, "commit -q -m more"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn after_any_edits_both_ways_see_what_git_says(steps in prop::collection::vec(step(), 1..14)) {
        let repo = TestRepo::new();
        repo.write("a/b/c", "first\n").write("d/e", "second\n").write("z", "third\n").commit("Start");
        for step in &steps {
            take(&repo, step);
        }
        agreed(&repo);
    }
}
