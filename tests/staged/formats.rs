//! Formats of index, refs and objects: those that only git can read are left to it.

use std::fs;

use super::seen::{agreed, left_to_git};
use super::support::TestRepo;

fn filled(repo: TestRepo) -> TestRepo {
    for path in ["a.ts", "b.ts", "lib/c.ts", "lib/deep/d.ts", "web/e.ts"] {
        repo.write(path, format!("text of {path}\n"));
    }
    repo.commit("Start");
    repo
}

fn stage(repo: &TestRepo) {
    repo.write("lib/c.ts", "changed\n").write("lib/n.ts", "new\n").remove("b.ts");
    repo.git(&["add", "-A"]);
}

const STAGED: [&str; 3] = ["A lib/n.ts", "D b.ts", "M lib/c.ts"];

#[test]
fn an_index_of_version_3_is_read() {
    let repo = filled(TestRepo::new());
    stage(&repo);
    repo.git(&["update-index", "--skip-worktree", "a.ts"]);
    assert_eq!(fs::read(repo.path(".git/index")).unwrap()[7], 3);
    assert_eq!(agreed(&repo).letters(), STAGED);
}

#[test]
fn an_index_of_version_4_is_left_to_git() {
    let repo = filled(TestRepo::new());
    stage(&repo);
    repo.git(&["update-index", "--index-version", "4"]);
    assert_eq!(left_to_git(&repo).letters(), STAGED);
}

#[test]
fn a_split_index_is_left_to_git() {
    let repo = filled(TestRepo::new());
    repo.git(&["update-index", "--split-index"]);
    stage(&repo);
    assert_eq!(left_to_git(&repo).letters(), STAGED);
}

#[test]
fn a_sparse_index_is_left_to_git_and_a_sparse_checkout_is_not() {
    let repo = filled(TestRepo::new());
    repo.git(&["sparse-checkout", "set", "--cone", "lib"]);
    repo.write("lib/c.ts", "changed\n").write("lib/n.ts", "new\n");
    repo.git(&["add", "-A"]);
    let told = agreed(&repo);
    assert_eq!((told.letters().len(), told.files.contains_key("web/e.ts")), (2, true));
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "lib"]);
    assert_eq!(left_to_git(&repo), told);
}

#[test]
fn sha256_is_left_to_git() {
    let repo = filled(TestRepo::init(&["--object-format=sha256"]));
    stage(&repo);
    let told = left_to_git(&repo);
    assert_eq!((told.letters(), told.files["a.ts"].len()), (STAGED.map(str::to_owned).to_vec(), 64));
    let unborn = TestRepo::init(&["--object-format=sha256"]);
    unborn.write("a.ts", "a");
    unborn.git(&["add", "-A"]);
    assert_eq!(left_to_git(&unborn).letters(), ["A a.ts"]);
}

#[test]
fn reftable_is_left_to_git() {
    let repo = filled(TestRepo::init(&["--ref-format=reftable"]));
    stage(&repo);
    assert_eq!(left_to_git(&repo).letters(), STAGED);
}

#[test]
fn packed_refs_and_packed_objects_are_read() {
    let repo = filled(TestRepo::new());
    repo.git(&["pack-refs", "--all"]);
    repo.git(&["gc", "-q"]);
    stage(&repo);
    assert!(!repo.path(".git/refs/heads/main").exists());
    assert_eq!(agreed(&repo).letters(), STAGED);
}

#[test]
fn a_detached_head_and_a_branch_with_folders_in_its_name_are_read() {
    let repo = filled(TestRepo::new());
    repo.branch("feature/of/mine");
    stage(&repo);
    assert_eq!(agreed(&repo).letters(), STAGED);
    repo.git(&["checkout", "-q", "--detach"]);
    assert_eq!(agreed(&repo).letters(), STAGED);
}

#[test]
fn a_head_that_is_another_name_of_a_branch_is_left_to_git() {
    let repo = filled(TestRepo::new());
    repo.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    repo.git(&["symbolic-ref", "HEAD", "refs/heads/alias"]);
    stage(&repo);
    assert_eq!(left_to_git(&repo).letters(), STAGED);
}

#[test]
fn a_replaced_commit_is_left_to_git() {
    let repo = filled(TestRepo::new());
    let first = repo.head();
    repo.write("a.ts", "second\n").commit("Second");
    repo.git(&["replace", &repo.head(), &first]);
    assert_eq!(left_to_git(&repo).letters(), ["M a.ts"]);
}

#[test]
fn a_git_directory_elsewhere_is_read_and_a_work_tree_that_the_configuration_names_is_left_to_git() {
    let repo = filled(TestRepo::new());
    stage(&repo);
    let git_dir = repo.beside("git-dir");
    repo.git(&["init", "-q", "--separate-git-dir", git_dir.to_str().unwrap()]);
    assert_eq!(agreed(&repo).letters(), STAGED);
    repo.git(&["config", "core.worktree", repo.root().to_str().unwrap()]);
    assert_eq!(left_to_git(&repo).letters(), STAGED);
}
