//! In a hook, what is seen is what git then commits.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::seen::{State, Told, hook, look, read, tree_state};
use super::support::TestRepo;

fn repo() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("a.ts", "a\n").write("b.ts", "b\n").write("lib/c.ts", "c\n").commit("Start");
    repo
}

fn install(repo: &TestRepo, name: &str) -> PathBuf {
    let to = repo.beside("hooked.json");
    let folder = PathBuf::from(repo.git(&["rev-parse", "--git-path", "hooks"]));
    let path = repo.root().join(folder).join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, hook(&to)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    to
}

fn tree(repo: &TestRepo, dir: &Path, revision: &str) -> State {
    tree_state(&repo.git_in(dir, &["ls-tree", "-r", "-z", "--full-tree", revision]))
}

/// Runs a command that commits; what the hook saw, which is what was committed.
#[track_caller]
fn committed_in(repo: &TestRepo, dir: &Path, hook: &str, words: &[&str]) -> Told {
    let to = install(repo, hook);
    let before = tree(repo, dir, "HEAD");
    repo.minutes(10).git_in(dir, words);
    let seen = read(&to);
    let told = seen.by_hand.expect("it is read by hand");
    assert_eq!(Ok(&told), seen.by_git.as_ref());
    assert_eq!(Ok(&told), seen.staged.as_ref());
    assert_eq!((&told.base, &told.files), (&before, &tree(repo, dir, "HEAD")));
    assert_eq!(told.root, fs::canonicalize(repo.git_in(dir, &["rev-parse", "--show-toplevel"])).unwrap());
    told
}

#[track_caller]
fn committed(repo: &TestRepo, words: &[&str]) -> Told {
    committed_in(repo, repo.root(), "pre-commit", words)
}

#[test]
fn a_plain_commit_is_what_was_staged() {
    let repo = repo();
    repo.write("a.ts", "staged\n");
    repo.git(&["add", "a.ts"]);
    repo.write("a.ts", "not staged\n").write("b.ts", "not staged\n");
    assert_eq!(committed(&repo, &["commit", "-m", "x"]).letters(), ["M a.ts"]);
}

#[test]
fn commit_all_is_every_tracked_file() {
    let repo = repo();
    repo.write("a.ts", "changed\n").remove("b.ts").write("new.ts", "not tracked\n");
    assert_eq!(committed(&repo, &["commit", "-a", "-m", "x"]).letters(), ["D b.ts", "M a.ts"]);
}

#[test]
fn commit_of_a_path_is_that_path_alone() {
    let repo = repo();
    repo.write("a.ts", "staged\n");
    repo.git(&["add", "a.ts"]);
    repo.write("lib/c.ts", "named\n");
    let lib = repo.path("lib");
    let told = committed_in(&repo, &lib, "pre-commit", &["commit", "-m", "x", "c.ts"]);
    assert_eq!(told.letters(), ["M lib/c.ts"]);
    repo.write("b.ts", "included\n");
    assert_eq!(committed(&repo, &["commit", "-m", "x", "-i", "b.ts"]).letters(), ["M a.ts", "M b.ts"]);
}

#[test]
fn an_amended_commit_is_seen_against_the_one_it_replaces() {
    let repo = repo();
    repo.write("a.ts", "changed\n").commit("Second");
    repo.write("b.ts", "forgotten\n");
    assert_eq!(committed(&repo, &["commit", "-a", "--amend", "--no-edit"]).letters(), ["M b.ts"]);
}

#[test]
fn a_commit_in_a_linked_worktree_is_that_worktrees_own() {
    let repo = repo();
    repo.write("b.ts", "staged in the main work tree\n");
    repo.git(&["add", "b.ts"]);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "other"]);
    fs::write(linked.join("a.ts"), "changed\n").unwrap();
    repo.git_in(&linked, &["add", "-A"]);
    assert_eq!(super::seen::agreed_in(&repo, &linked.join("lib")).letters(), ["M a.ts"]);
    let told = committed_in(&repo, &linked.join("lib"), "pre-commit", &["commit", "-m", "x"]);
    assert_eq!(told.letters(), ["M a.ts"]);
    fs::write(linked.join("lib/c.ts"), "changed\n").unwrap();
    assert_eq!(
        committed_in(&repo, &linked, "pre-commit", &["commit", "-a", "-m", "x"]).letters(),
        ["M lib/c.ts"]
    );
    assert_eq!(super::seen::agreed(&repo).letters(), ["M b.ts"]);
}

#[test]
fn worktrees_of_a_bare_repository_are_read() {
    let repo = repo();
    let (bare, linked) = (repo.beside("bare.git"), repo.beside("linked"));
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    repo.git_in(&bare, &["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "other"]);
    fs::write(linked.join("a.ts"), "changed\n").unwrap();
    repo.git_in(&linked, &["add", "-A"]);
    assert_eq!(super::seen::agreed_in(&repo, &linked).letters(), ["M a.ts"]);
    let seen = look(&repo, &bare, &[]);
    assert!(seen.by_hand.is_none() && seen.staged.unwrap_err().contains("has no work tree"));
}

#[test]
fn a_merge_is_seen_against_its_first_parent() {
    let repo = repo();
    repo.branch("other").write("a.ts", "theirs\n").commit("Theirs");
    repo.checkout("main").write("b.ts", "ours\n").commit("Ours");
    let told = committed_in(&repo, repo.root(), "pre-merge-commit", &["merge", "--no-edit", "other"]);
    assert_eq!(told.letters(), ["M a.ts"]);
    repo.checkout("other").write("a.ts", "theirs again\n").commit("Theirs");
    repo.checkout("main").write("a.ts", "ours\n").commit("Ours");
    repo.git(&["-c", "alias.try=!git merge other || true", "try"]);
    repo.write("a.ts", "resolved\n");
    repo.git(&["add", "a.ts"]);
    assert_eq!(committed(&repo, &["commit", "--no-edit"]).letters(), ["M a.ts"]);
}

#[test]
fn rebase_and_cherry_pick_stop_at_a_commit_that_is_read_like_any_other() {
    let repo = repo();
    repo.branch("other").write("a.ts", "theirs\n").commit("Theirs");
    repo.checkout("main").write("a.ts", "ours\n").commit("Ours");
    repo.git(&["-c", "alias.try=!git cherry-pick other || true", "try"]);
    repo.write("a.ts", "resolved\n");
    repo.git(&["add", "a.ts"]);
    let told = committed(&repo, &["commit", "--no-edit"]);
    assert_eq!(told.letters(), ["M a.ts"]);
    repo.checkout("other");
    repo.git(&["-c", "alias.try=!git rebase main || true", "try"]);
    repo.write("a.ts", "resolved again\n");
    repo.git(&["add", "a.ts"]);
    assert_eq!(committed(&repo, &["commit", "--no-edit"]).letters(), ["M a.ts"]);
}

#[test]
fn what_the_environment_names_is_read() {
    let repo = repo();
    repo.write("a.ts", "changed\n").git(&["add", "a.ts"]);
    let other = repo.beside("other-index");
    fs::copy(repo.path(".git/index"), &other).unwrap();
    repo.git(&["reset", "-q", "--hard"]);
    let (git_dir, root) = (repo.path(".git"), repo.root());
    let (git_dir, root, other) = (git_dir.to_str().unwrap(), root.to_str().unwrap(), other.to_str().unwrap());
    let elsewhere = repo.beside("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let lib = repo.path("lib");
    fs::copy(other, repo.path(".git/relative-index")).unwrap();
    for (dir, variables, by_hand) in [
        (repo.root(), &[("GIT_INDEX_FILE", other)][..], true),
        (&lib, &[("GIT_INDEX_FILE", ".git/relative-index")], true),
        (repo.root(), &[("GIT_DIR", ".git"), ("GIT_INDEX_FILE", ".git/relative-index")], true),
        (&elsewhere, &[("GIT_DIR", git_dir), ("GIT_WORK_TREE", root), ("GIT_INDEX_FILE", other)], true),
        (&lib, &[("GIT_DIR", git_dir), ("GIT_WORK_TREE", ".."), ("GIT_INDEX_FILE", other)], true),
        (&lib, &[("GIT_WORK_TREE", root), ("GIT_INDEX_FILE", ".git/relative-index")], false),
        (&lib, &[("GIT_CEILING_DIRECTORIES", "/"), ("GIT_INDEX_FILE", other)], false),
    ] {
        let seen = look(&repo, dir, variables);
        let told = seen.staged.unwrap_or_else(|error| panic!("{variables:?}: {error}"));
        assert_eq!(told.letters(), ["M a.ts"], "{variables:?}");
        assert_eq!(Ok(&told), seen.by_git.as_ref(), "{variables:?}");
        assert_eq!(seen.by_hand, by_hand.then(|| told.clone()), "{variables:?}");
        assert_eq!(told.root, fs::canonicalize(root).unwrap());
    }
    let seen = look(&repo, &elsewhere, &[("GIT_DIR", "nowhere")]);
    assert!(seen.by_hand.is_none() && seen.staged.unwrap_err().contains("no git repository"));
}

#[test]
fn objects_in_quarantine_and_in_alternates_are_read() {
    let repo = repo();
    let quarantine = repo.beside("quarantine");
    fs::create_dir(&quarantine).unwrap();
    let objects = repo.path(".git/objects");
    let (quarantine, objects) = (quarantine.to_str().unwrap(), objects.to_str().unwrap());
    let variables = [("GIT_OBJECT_DIRECTORY", quarantine), ("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects)];
    repo.write("a.ts", "only in quarantine\n");
    let mut add = std::process::Command::new("git");
    super::support::isolate(&mut add);
    assert!(add.current_dir(repo.root()).args(["add", "-A"]).envs(variables).status().unwrap().success());
    let seen = look(&repo, repo.root(), &variables);
    let told = seen.by_hand.unwrap();
    assert_eq!((Ok(&told), told.letters()), (seen.by_git.as_ref(), vec!["M a.ts".to_owned()]));

    repo.git(&["reset", "-q", "--hard"]);
    let shared = repo.beside("shared");
    repo.git(&["clone", "-q", "--shared", ".", shared.to_str().unwrap()]);
    fs::write(shared.join("b.ts"), "changed\n").unwrap();
    repo.git_in(&shared, &["add", "-A"]);
    assert_eq!(super::seen::agreed_in(&repo, &shared).letters(), ["M b.ts"]);
}
