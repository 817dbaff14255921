//! States other than the index: commits, the work tree, a folder, an unsaved text.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use friction::git::{StagingError, between, range, unsaved, work_tree};

use super::seen::{Told, letters, tree_state};
use super::support::TestRepo;

fn history() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("a.ts", "a\n").write("b.ts", "b\n").write("lib/c.ts", "one\ntwo\nthree\n").commit("Start");
    repo.git(&["tag", "start"]);
    repo.branch("side").write("side.ts", "s\n").commit("Side");
    repo.checkout("main").write("a.ts", "changed\n").commit("Main");
    repo.git(&["mv", "lib/c.ts", "c.ts"]);
    repo.remove("b.ts").commit("Move");
    repo
}

fn of(repo: &TestRepo, revision: &str) -> super::seen::State {
    tree_state(&repo.git(&["ls-tree", "-r", "-z", revision]))
}

#[test]
fn two_commits_are_compared_as_git_does() {
    let repo = history();
    let told = Told::of(&between(repo.root(), "start", "main").unwrap());
    assert_eq!((&told.base, &told.files), (&of(&repo, "start"), &of(&repo, "main")));
    let raw = repo.git(&["diff", "--raw", "-z", "--no-renames", "--abbrev=64", "start", "main"]);
    assert_eq!(told.letters(), letters(&raw));
    assert_eq!(told.change("c.ts"), Some(&Some("lib/c.ts".to_owned())));
    assert_eq!(Told::of(&range(repo.root(), "start..").unwrap()), told);
}

#[test]
fn three_dots_compare_with_the_merge_base() {
    let repo = history();
    let told = Told::of(&range(repo.root(), "main...side").unwrap());
    assert_eq!((&told.base, &told.files), (&of(&repo, "start"), &of(&repo, "side")));
    assert_eq!(told.letters(), ["A side.ts"]);
    let two = Told::of(&range(repo.root(), "main..side").unwrap());
    assert_eq!(two.base, of(&repo, "main"));
    assert_eq!(
        Told::of(&range(repo.root(), "main~1").unwrap()).letters(),
        ["A c.ts", "D b.ts", "D lib/c.ts"]
    );
}

#[test]
fn commits_of_a_bare_repository_are_compared_and_what_is_no_commit_is_named() {
    let repo = history();
    let bare = repo.beside("bare.git");
    repo.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let told = Told::of(&between(&bare, "main~1", "main").unwrap());
    assert_eq!((told.root, told.files), (fs::canonicalize(&bare).unwrap(), of(&repo, "main")));
    for wrong in ["nothing..main", "--output=x..main", "main..main:a.ts"] {
        let error = range(&bare, wrong).err().unwrap();
        assert!(matches!(error, StagingError::Revision { .. }), "{wrong}: {error}");
    }
    repo.git(&["checkout", "-q", "--orphan", "alone"]);
    repo.commit("Alone");
    assert!(matches!(range(repo.root(), "main...alone").err().unwrap(), StagingError::NoMergeBase { .. }));
}

#[test]
fn the_work_tree_is_read_as_it_is_on_disk_without_what_is_ignored() {
    let repo = history();
    repo.write(".gitignore", "*.log\nout/\n").write("x.log", "").write("out/y.ts", "").write("n.ts", "n\n");
    repo.write("a.ts", "on disk\n").remove("c.ts").write("lib/moved.ts", "one\ntwo\nthree\n");
    symlink("a.ts", repo.path("link.ts")).unwrap();
    symlink("lib", repo.path("linked")).unwrap();
    fs::create_dir(repo.path("inner")).unwrap();
    repo.git_in(&repo.path("inner"), &["init", "-q"]);
    repo.write("inner/z.ts", "another repository's");
    let told = Told::of(&work_tree(&repo.path("lib"), &[]).unwrap());
    let paths: Vec<&str> = told.changes.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, [".gitignore", "a.ts", "lib/moved.ts", "n.ts"]);
    assert_eq!(told.change("a.ts"), Some(&Some("a.ts".to_owned())));
    assert_eq!(told.change("lib/moved.ts"), Some(&Some("c.ts".to_owned())));
    assert_eq!(told.change("n.ts"), Some(&None));
    assert_eq!((told.base, told.deleted.len()), (of(&repo, "HEAD"), 0));
}

#[test]
fn named_paths_choose_what_is_checked_and_a_named_file_may_be_ignored() {
    let repo = history();
    repo.write(".gitignore", "*.log.ts\n")
        .write("x.log.ts", "x")
        .write("lib/n.ts", "n")
        .write("library.ts", "");
    let lib = repo.path("lib");
    let choose = |dir: &Path, paths: &[&str]| {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        work_tree(dir, &paths).map(|staging| Told::of(&staging))
    };
    let paths = |told: &Told| told.changes.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    let told = choose(&lib, &[".", "../x.log.ts"]).unwrap();
    assert_eq!(paths(&told), ["lib/n.ts", "x.log.ts"]);
    assert!(told.files.contains_key("a.ts"));
    assert_eq!(paths(&choose(repo.root(), &["lib"]).unwrap()), ["lib/n.ts"]);
    assert!(matches!(choose(repo.root(), &["nothing.ts"]).err().unwrap(), StagingError::NoFile { .. }));
    let partly = choose(repo.root(), &["lib", "nothing.ts"]).unwrap();
    assert_eq!(partly.warnings, ["there is no file to check at nothing.ts"]);
    assert!(matches!(choose(&lib, &["../.."]).err().unwrap(), StagingError::Outside { .. }));
}

#[test]
fn a_folder_in_no_repository_is_read_without_what_is_installed_or_built() {
    let folder = tempfile::TempDir::new().unwrap();
    for path in ["a.ts", "node_modules/x/b.ts", "src/target/c.rs", "src/d.py", ".venv/e.py", ".env/f.py"] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "text").unwrap();
    }
    symlink("a.ts", folder.path().join("link.ts")).unwrap();
    let told = Told::of(&work_tree(folder.path(), &[]).unwrap());
    assert_eq!(told.letters(), ["A .env/f.py", "A a.ts", "A src/d.py"]);
    assert!(told.base.is_empty() && told.files.len() == 3);
    let error = friction::git::staged(folder.path()).err().unwrap();
    assert!(matches!(error, StagingError::NotFound { .. }), "{error}");
}

#[test]
fn an_unsaved_text_replaces_the_file_on_disk() {
    let repo = history();
    let staging = unsaved(repo.root(), Path::new("a.ts"), b"unsaved\n").unwrap();
    assert_eq!(staging.files.text("a.ts").as_deref(), Some("unsaved\n"));
    assert_eq!(staging.base.text("a.ts").as_deref(), Some("changed\n"));
    assert_eq!(Told::of(&staging).letters(), ["M a.ts"]);
    let staging = unsaved(repo.root(), Path::new("new.ts"), b"new\n").unwrap();
    assert_eq!(Told::of(&staging).letters(), ["A new.ts"]);
    assert!(staging.files.is_file("c.ts"));
}
