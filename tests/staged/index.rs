//! What the index holds, against HEAD.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::seen::{agreed, agreed_in, left_to_git, look};
use super::support::TestRepo;

fn repo() -> TestRepo {
    let repo = TestRepo::new();
    let text = |name: &str| format!("first of {name}\nsecond\nthird\nfourth\n");
    for path in ["a.ts", "b.ts", "lib/c.ts", "lib/deep/d.ts", "lib-old/e.ts", "z/f.py"] {
        repo.write(path, text(path));
    }
    repo.commit("Start");
    repo
}

#[test]
fn nothing_staged_is_nothing_whatever_the_work_tree_holds() {
    let repo = repo();
    repo.write("a.ts", "not staged").write("new.ts", "not known");
    let told = agreed(&repo);
    assert!(told.changes.is_empty() && told.deleted.is_empty() && told.warnings.is_empty());
    assert_eq!(told.files, told.base);
}

#[test]
fn added_modified_and_deleted_files_are_told_in_path_order() {
    let repo = repo();
    repo.write("b.ts", "new text").write("lib/new.ts", "n").write("A.ts", "n").remove("lib/deep/d.ts");
    repo.git(&["add", "-A"]);
    let told = agreed(&repo);
    assert_eq!(told.letters(), ["A A.ts", "A lib/new.ts", "D lib/deep/d.ts", "M b.ts"]);
    assert!(told.changes.is_sorted());
}

#[test]
fn of_a_file_staged_in_part_the_staged_part_is_read() {
    let repo = repo();
    repo.write("a.ts", "staged\n");
    repo.git(&["add", "a.ts"]);
    repo.write("a.ts", "staged\nnot staged\n");
    let told = agreed(&repo);
    assert_eq!(told.files["a.ts"], repo.git_with(repo.root(), &["hash-object", "--stdin"], b"staged\n"));
}

#[test]
fn a_file_that_was_staged_and_then_deleted_from_disk_is_still_committed() {
    let repo = repo();
    repo.write("n.ts", "n");
    repo.git(&["add", "n.ts"]);
    repo.remove("n.ts").remove("a.ts");
    assert_eq!(agreed(&repo).letters(), ["A n.ts"]);
}

#[test]
fn a_file_removed_from_the_index_alone_is_deleted() {
    let repo = repo();
    repo.git(&["rm", "-q", "--cached", "a.ts"]);
    assert_eq!(agreed(&repo).letters(), ["D a.ts"]);
}

#[test]
fn a_file_that_is_only_intended_to_be_added_is_not_there() {
    let repo = repo();
    repo.write("lib/n.ts", "n").write("b.ts", "changed");
    repo.git(&["add", "-N", "lib/n.ts"]);
    repo.git(&["add", "b.ts"]);
    assert_eq!(agreed(&repo).letters(), ["M b.ts"]);
    repo.git(&["rm", "-q", "--cached", "a.ts"]);
    repo.git(&["add", "-N", "a.ts"]);
    assert_eq!(agreed(&repo).letters(), ["D a.ts", "M b.ts"]);
}

#[test]
fn a_renamed_file_has_the_path_it_came_from_as_its_base() {
    let repo = repo();
    repo.git(&["mv", "a.ts", "lib/moved.ts"]);
    repo.git(&["mv", "b.ts", "lib/b.ts"]);
    repo.edit("lib/b.ts", "second", "other");
    repo.git(&["add", "-A"]);
    let told = agreed(&repo);
    assert_eq!(told.change("lib/moved.ts"), Some(&Some("a.ts".to_owned())));
    assert_eq!(told.change("lib/b.ts"), Some(&Some("b.ts".to_owned())));
    assert_eq!(told.deleted, [""; 0]);
    let said = repo.git(&["diff", "--cached", "--name-status", "-M"]);
    assert_eq!(said, "R079\tb.ts\tlib/b.ts\nR100\ta.ts\tlib/moved.ts");
}

#[test]
fn a_file_written_anew_is_no_rename_of_a_deleted_one() {
    let repo = repo();
    repo.write("n.ts", "something\nelse\nentirely\n").remove("a.ts");
    repo.git(&["add", "-A"]);
    let told = agreed(&repo);
    assert_eq!((told.change("n.ts"), &told.deleted[..]), (Some(&None), &["a.ts".to_owned()][..]));
}

#[test]
fn a_mode_alone_is_no_change() {
    let repo = repo();
    fs::set_permissions(repo.path("a.ts"), fs::Permissions::from_mode(0o755)).unwrap();
    repo.git(&["add", "-A"]);
    assert_ne!(repo.git(&["diff", "--cached", "--raw"]), "");
    assert!(agreed(&repo).changes.is_empty());
}

#[test]
fn symbolic_links_are_no_files_and_a_file_that_becomes_one_is_gone() {
    let repo = repo();
    symlink("a.ts", repo.path("link.ts")).unwrap();
    repo.remove("b.ts");
    symlink("a.ts", repo.path("b.ts")).unwrap();
    repo.git(&["add", "-A"]);
    assert_eq!(agreed(&repo).letters(), ["D b.ts"]);
    repo.commit("Links");
    repo.remove("b.ts").write("b.ts", "a file again");
    repo.git(&["add", "-A"]);
    let told = agreed(&repo);
    assert_eq!((told.letters(), told.files.contains_key("link.ts")), (vec!["A b.ts".to_owned()], false));
}

#[test]
fn submodules_are_no_files() {
    let repo = repo();
    let inner = TestRepo::new();
    inner.write("x.ts", "x").commit("Inner");
    repo.git(&["submodule", "add", "-q", inner.root().to_str().unwrap(), "vendor/inner"]);
    assert_eq!(agreed(&repo).letters(), ["A .gitmodules"]);
    repo.commit("Submodule");
    repo.git_in(&repo.path("vendor/inner"), &["commit", "-q", "--allow-empty", "-m", "More"]);
    repo.git(&["add", "-A"]);
    assert_ne!(repo.git(&["diff", "--cached", "--raw"]), "");
    assert_eq!(agreed(&repo).letters(), [""; 0]);
}

#[test]
fn a_folder_may_become_a_file_and_a_file_a_folder() {
    let repo = repo();
    fs::remove_dir_all(repo.path("lib")).unwrap();
    repo.remove("a.ts").write("lib", "a file").write("a.ts/inner.ts", "a folder").write("z.ts", "near z/");
    repo.git(&["add", "-A"]);
    let told = agreed(&repo);
    assert_eq!(
        told.letters(),
        ["A a.ts/inner.ts", "A lib", "A z.ts", "D a.ts", "D lib/c.ts", "D lib/deep/d.ts"]
    );
}

#[test]
fn everything_may_be_deleted() {
    let repo = repo();
    repo.git(&["rm", "-r", "-q", "."]);
    assert_eq!(agreed(&repo).deleted.len(), 6);
}

#[test]
fn an_unmerged_path_is_told_and_left_out() {
    let repo = repo();
    repo.branch("other").write("a.ts", "theirs").write("b.ts", "merged").commit("Theirs");
    repo.checkout("main").write("a.ts", "ours").remove("z/f.py").commit("Ours");
    let merge = ["-c", "alias.try=!git merge -q other || true", "try"];
    repo.git(&merge);
    let seen = look(&repo, repo.root(), &[]);
    let told = seen.by_hand.unwrap();
    assert_eq!(Ok(&told), seen.by_git.as_ref());
    assert_eq!(told.letters(), ["M b.ts"]);
    assert_eq!(told.warnings, ["a.ts is not checked: it is unmerged; resolve it and add it"]);
    assert_eq!((told.files.get("a.ts"), told.base.contains_key("a.ts")), (None, true));
}

#[test]
fn a_path_that_is_not_utf8_is_told_and_left_out() {
    let repo = repo();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.ts");
    fs::write(repo.root().join(name), "x").unwrap();
    repo.write("café\n.ts", "y");
    repo.git(&["add", "-A"]);
    let told = agreed(&repo);
    assert_eq!(told.letters(), ["A café\n.ts"]);
    assert_eq!(told.warnings, [r"caf\xe9.ts is not checked: its name is not UTF-8"]);
    repo.commit("Odd names");
    repo.write("a.ts", "changed");
    repo.git(&["add", "-A"]);
    assert_eq!(agreed(&repo).warnings, [""; 0]);
}

#[test]
fn blobs_are_read_as_they_are_stored() {
    let repo = repo();
    repo.write(".gitattributes", "*.ts text eol=crlf\n*.bin filter=none\n").write("crlf.ts", "a\r\nb\r\n");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    repo.write("x.bin", pointer).write("empty.ts", "");
    repo.git(&["add", "-A"]);
    let told = agreed(&repo);
    assert_eq!(told.files["crlf.ts"], repo.git_with(repo.root(), &["hash-object", "--stdin"], b"a\nb\n"));
    assert_eq!(told.letters().len(), 4);
}

#[test]
fn a_path_longer_than_the_index_can_say_is_read() {
    let repo = repo();
    let path = format!("{}x.ts", format!("{}/", "d".repeat(200)).repeat(24));
    let blob = repo.git(&["hash-object", "a.ts"]);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")]);
    repo.write("zz.ts", "after it");
    repo.git(&["add", "zz.ts"]);
    assert_eq!(agreed(&repo).letters().len(), 2);
}

#[test]
fn paths_are_relative_to_the_root_when_git_runs_in_a_subfolder() {
    let repo = repo();
    repo.write("lib/c.ts", "changed").write("n.ts", "n");
    repo.git(&["add", "-A"]);
    assert_eq!(agreed_in(&repo, &repo.path("lib/deep")).letters(), ["A n.ts", "M lib/c.ts"]);
}

#[test]
fn an_index_without_cached_trees_is_read_as_well() {
    let repo = repo();
    repo.write("lib/c.ts", "changed");
    repo.git(&["add", "-A"]);
    let index = fs::read(repo.path(".git/index")).unwrap();
    let at = memchr::memmem::find(&index, b"TREE").unwrap();
    let size = u32::from_be_bytes(index[at + 4..at + 8].try_into().unwrap()) as usize;
    let without = [&index[..at], &index[at + 8 + size..]].concat();
    let end = without.len() - 20;
    // No checksum is one that git takes.
    fs::write(repo.path(".git/index"), [&without[..end], &[0; 20]].concat()).unwrap();
    assert_eq!(agreed(&repo).letters(), ["M lib/c.ts"]);
}

#[test]
fn a_damaged_index_is_an_error_or_left_to_git_and_never_a_panic() {
    let repo = repo();
    repo.write("lib/c.ts", "changed").write("n.ts", "n");
    repo.git(&["add", "-A"]);
    let index = fs::read(repo.path(".git/index")).unwrap();
    for damaged in [&index[..0], &index[..11], b"nonsense, and long enough to be an index file"] {
        fs::write(repo.path(".git/index"), damaged).unwrap();
        let seen = look(&repo, repo.root(), &[]);
        assert_eq!(seen.by_hand, None, "{} bytes", damaged.len());
        let error = seen.staged.expect_err("git does not read it");
        assert!(error.starts_with("git cannot compare the index with HEAD"), "{error}");
    }
    // Git takes some that are cut for shorter ones; then that is what it would commit.
    for length in [100, 200, 300, index.len() - 30, index.len() - 1] {
        fs::write(repo.path(".git/index"), &index[..length]).unwrap();
        let seen = look(&repo, repo.root(), &[]);
        assert_eq!((seen.by_hand, seen.staged), (None, seen.by_git), "{length} bytes");
    }
    fs::remove_file(repo.path(".git/index")).unwrap();
    let seen = look(&repo, repo.root(), &[]);
    assert_eq!((seen.by_hand, seen.staged.unwrap().deleted.len()), (None, 6));
}

#[test]
fn before_the_first_commit_everything_staged_is_added() {
    let repo = TestRepo::new();
    repo.write("a.ts", "a").write("lib/b.ts", "b");
    repo.git(&["add", "-A"]);
    let told = left_to_git(&repo);
    assert_eq!((told.letters(), told.base.len()), (vec!["A a.ts".to_owned(), "A lib/b.ts".to_owned()], 0));
}
