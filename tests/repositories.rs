//! Repositories of every shape: empty, bare, linked, shallow, damaged, of another object format.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use support::*;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

// ---- nothing to read ----

#[test]
fn an_empty_repository_is_no_error() {
    let repo = TestRepo::new();
    let scan = repo.scan(&[]);
    assert_eq!((scan.repository.head, scan.repository.commits), (None, 0));
    for words in
        [&["scan"][..], &["scan", "--head-only"], &["scan", "--format", "markdown"], &["learn", "--dry-run"]]
    {
        repo.friction(words).ok();
    }
    let told = repo.friction(&["show", "HEAD"]).refused();
    assert!(told.contains("no commit named `HEAD`"), "{told}");
}

#[test]
fn an_unborn_head_leaves_the_other_branches_to_scan() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    repo.git(&["checkout", "-q", "--orphan", "fresh"]);
    let scan = repo.scan(&[]);
    assert_eq!(scan.repository.head, None);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(repo.scan(&["--head-only"]).repository.commits, 0);
}

#[test]
fn outside_of_a_repository_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["scan", "learn"] {
        let told = friction_in(folder.path(), &[command]).refused();
        assert!(told.contains("no git repository at or above") && told.contains("-C DIR"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    let told = friction_in(folder.path(), &["-C", "nowhere", "scan"]).refused();
    assert!(told.contains("nowhere"), "{told}");
}

// ---- formats that libgit2 cannot read ----

#[test]
fn a_sha256_repository_is_refused_in_one_clear_sentence() {
    let repo = TestRepo::init(&["--object-format=sha256"]);
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    let told = repo.friction(&["scan"]).refused();
    assert!(told.contains("sha256") && told.contains("cannot read yet"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn a_reftable_repository_is_refused_in_one_clear_sentence() {
    let repo = TestRepo::init(&["--ref-format=reftable"]);
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    let told = repo.friction(&["scan"]).refused();
    assert!(told.contains("reftable") && told.contains("cannot read yet"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

// ---- where the work tree is ----

#[test]
fn a_bare_repository_is_scanned_and_not_taught() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    let bare = repo.beside("bare.git");
    repo.git(&["clone", "-q", "--bare", text(repo.root()), text(&bare)]);
    let scan = friction_in(repo.beside("").as_path(), &["-C", "bare.git", "scan", "--format", "json"]).scan();
    assert_eq!(origin(&scan, &fix), mistake);
    let told = friction_in(&bare, &["learn"]).refused();
    assert!(told.contains("bare repository"), "{told}");
}

#[test]
fn a_git_directory_without_a_config_file_is_scanned() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    let bare = repo.beside("bare.git");
    repo.git(&["clone", "-q", "--bare", text(repo.root()), text(&bare)]);
    fs::remove_file(bare.join("config")).unwrap();
    let scan = friction_in(repo.root(), &["-C", text(&bare), "scan", "--format", "json"]).scan();
    assert_eq!(origin(&scan, &fix), mistake);
}

#[test]
fn any_folder_of_a_work_tree_stands_for_all_of_it() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    let scan = friction_in(&repo.path("src"), &["scan", "--format", "json"]).scan();
    assert_eq!(origin(&scan, &fix), mistake);
    let scan = friction_in(&repo.path(".git"), &["scan", "--format", "json"]).scan();
    assert_eq!(origin(&scan, &fix), mistake);
}

#[test]
fn the_detached_head_of_a_linked_worktree_is_scanned_from_either_side() {
    let (repo, mistake) = with_mistake();
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", "--detach", text(&linked)]);
    let cart = CART.replace("cart.itmes", "cart.items");
    fs::write(linked.join("src/cart.ts"), cart).unwrap();
    repo.minutes(10).git_in(&linked, &["commit", "-q", "-a", "-m", "fix: sum the items"]);
    let fix = repo.git_in(&linked, &["rev-parse", "HEAD"]);
    // Without reflogs, so that the worktree's own HEAD must be read.
    fs::remove_dir_all(repo.path(".git/logs")).unwrap();
    fs::remove_dir_all(repo.path(".git/worktrees/linked/logs")).unwrap();

    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
    assert!(repo.scan(&["--head-only"]).corrections.is_empty());
    let scan =
        friction_in(repo.root(), &["-C", text(&linked), "scan", "--head-only", "--format", "json"]).scan();
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(scan.repository.head, Some(fix));
    assert!(scan.repository.root.ends_with("linked"), "{}", scan.repository.root);
}

#[test]
fn the_detached_head_of_the_main_worktree_is_scanned_from_a_linked_one() {
    let (repo, mistake) = with_mistake();
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", "-b", "other", text(&linked)]);
    repo.git(&["checkout", "-q", "--detach"]);
    let fix = repair(&repo);
    fs::remove_dir_all(repo.path(".git/logs")).unwrap();
    let scan = friction_in(&linked, &["scan", "--format", "json"]).scan();
    assert_eq!(origin(&scan, &fix), mistake);
}

#[test]
fn a_submodule_is_scanned_as_a_repository_of_its_own() {
    let (library, mistake) = with_mistake();
    let fix = repair(&library);
    let repo = TestRepo::new();
    repo.git(&["submodule", "--quiet", "add", text(library.root()), "library"]);
    let scan = friction_in(repo.root(), &["-C", "library", "scan", "--format", "json"]).scan();
    assert_eq!(origin(&scan, &fix), mistake);
}

// ---- where the objects are ----

#[test]
fn packed_objects_and_refs_give_the_same_report() {
    let repo = shop();
    let loose = repo.friction(&["scan", "--no-cache", "--format", "json"]).ok();
    repo.git(&["-c", "gc.reflogExpire=never", "-c", "gc.reflogExpireUnreachable=never", "gc", "-q"]);
    assert_eq!(repo.friction(&["scan", "--no-cache", "--format", "json"]).ok(), loose);
}

#[test]
fn objects_that_a_shared_clone_borrows_are_read() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    let shared = repo.beside("shared");
    repo.git(&["clone", "-q", "--shared", text(repo.root()), text(&shared)]);
    let scan = friction_in(&shared, &["scan", "--format", "json"]).scan();
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(scan.warnings, []);
}

#[test]
fn a_sparse_checkout_is_scanned_whole() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    repo.git(&["sparse-checkout", "set", "docs"]);
    assert!(!repo.path("src/cart.ts").exists());
    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
}

#[test]
fn a_partial_clone_is_scanned_as_far_as_it_goes_and_fetches_nothing() {
    let (repo, _) = with_mistake();
    repair(&repo);
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let partial = repo.beside("partial");
    let url = format!("file://{}", text(repo.root()));
    repo.git(&["clone", "-q", "--bare", "--filter=blob:none", &url, text(&partial)]);
    repo.git_in(&partial, &["config", "core.repositoryFormatVersion", "1"]);
    repo.git_in(&partial, &["config", "extensions.partialClone", "origin"]);
    let before = tree(&partial.join("objects"));
    let scan = friction_in(&partial, &["scan", "--format", "json"]).scan();
    assert!(warned(&scan, "missing-object") > 0);
    assert_eq!(tree(&partial.join("objects")), before);
}

#[test]
fn extensions_that_do_not_concern_reading_are_no_obstacle() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    repo.git(&["config", "core.repositoryFormatVersion", "1"]);
    for extension in ["worktreeConfig", "preciousObjects", "relativeWorktrees"] {
        repo.git(&["config", &format!("extensions.{extension}"), "true"]);
        assert_eq!(origin(&repo.scan(&["--no-cache"]), &fix), mistake, "{extension}");
    }
}

#[test]
fn an_unknown_extension_is_refused_in_one_sentence_that_names_it() {
    let (repo, _) = with_mistake();
    repo.git(&["config", "core.repositoryFormatVersion", "1"]);
    repo.write(".git/config", repo.read(".git/config") + "[extensions]\n\ttimeTravel = true\n");
    let told = repo.friction(&["scan"]).refused();
    assert!(told.contains("timetravel") && told.contains("cannot read yet"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn a_broken_configuration_of_git_is_told_in_one_sentence() {
    let (repo, _) = with_mistake();
    repo.write(".git/config", "[core\n");
    let told = repo.friction(&["scan"]).refused();
    assert!(told.contains("config"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

// ---- history that ends too early ----

#[test]
fn the_boundary_of_a_shallow_clone_is_no_origin() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    let again = repo.edit("src/cart.ts", "sum += price", "sum += 1 * price").commit("fix: wrong sum");
    let clone = |depth: &str| {
        let place = repo.beside(&format!("depth{depth}"));
        let url = format!("file://{}", text(repo.root()));
        repo.git(&["clone", "-q", "--depth", depth, &url, text(&place)]);
        friction_in(&place, &["scan", "--format", "json"]).scan()
    };
    let scan = clone("3");
    assert_eq!(skipped(&scan, "history-cut-off"), 1);
    assert!(scan.corrections.iter().all(|found| found.origins.iter().all(|origin| origin.sha != mistake)));
    let warning = scan.warnings.iter().find(|warning| warning.kind == "shallow").unwrap();
    assert!(warning.message.contains("git fetch --unshallow"), "{}", warning.message);
    assert_eq!(scan.warnings.len(), 1);

    let scan = clone("2");
    assert!(find(&scan, &fix).is_none());
    assert!(find(&scan, &again).is_none(), "its origin lies beyond the boundary: {:?}", find(&scan, &again));
}

// ---- missing objects ----

/// A mistake and its repair, and a later change of another file, which loses something.
fn damaged(lose: impl FnOnce(&TestRepo, &str)) -> (TestRepo, String, String) {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    let lossy = repo.edit("src/money.ts", "EUR", "CHF").commit("feat: francs");
    repo.write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
    lose(&repo, &lossy);
    (repo, mistake, fix)
}

#[test]
fn a_missing_blob_is_a_warning_that_names_it() {
    let (repo, mistake, fix) =
        damaged(|repo, commit| repo.lose(&repo.sha(&format!("{commit}:src/money.ts"))));
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(warned(&scan, "missing-object"), 1);
    assert!(scan.warnings[0].message.contains("src/money.ts"), "{}", scan.warnings[0].message);
    repo.friction(&["scan"]).ok();
    repo.friction(&["show", "HEAD~1"]).ok();
}

#[test]
fn a_missing_tree_is_a_warning_that_names_it() {
    let (repo, mistake, fix) = damaged(|repo, commit| repo.lose(&repo.sha(&format!("{commit}:src"))));
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert!(warned(&scan, "missing-object") >= 1);
    let message = &scan.warnings[0].message;
    assert!(message.contains(" src/ in commit"), "{message}");
}

#[test]
fn a_missing_root_tree_is_a_warning() {
    let (repo, mistake, fix) = damaged(|repo, commit| repo.lose(&repo.sha(&format!("{commit}^{{tree}}"))));
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert!(warned(&scan, "missing-object") >= 1);
    repo.friction(&["show", "HEAD~1"]).ok();
}

#[test]
fn a_missing_commit_is_a_warning_and_what_lies_behind_it_is_reached_by_other_ways() {
    let (repo, mistake, fix) = damaged(|repo, commit| {
        repo.git(&["branch", "kept", "HEAD~2"]);
        repo.lose(commit);
    });
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(warned(&scan, "missing-commit"), 1);
    assert_eq!(skipped(&scan, "history-cut-off"), 1);
    assert!(repo.scan(&["--head-only"]).corrections.is_empty());
}

#[test]
fn a_branch_whose_commit_is_missing_does_not_stop_a_scan() {
    let (repo, mistake, fix) = damaged(|repo, _| {
        repo.lose(&repo.head());
        fs::write(repo.path(".git/refs/heads/broken"), "not a sha\n").unwrap();
    });
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert!(warned(&scan, "missing-commit") >= 1);
}

#[test]
fn objects_that_arrive_later_are_seen_by_the_next_scan() {
    let (repo, _) = with_mistake();
    let fix = repair(&repo);
    let blob = repo.sha(&format!("{fix}:src/cart.ts"));
    repo.lose(&blob);
    assert!(find(&repo.scan(&[]), &fix).is_none());
    repo.git(&["hash-object", "-w", "src/cart.ts"]);
    assert!(find(&repo.scan(&[]), &fix).is_some());
}

// ---- what a scan writes ----

#[test]
fn nothing_but_the_cache_is_written() {
    let (repo, _) = with_mistake();
    let fix = repair(&repo);
    let before = tree(repo.root());
    for words in [
        &["scan"][..],
        &["scan", "--format", "json"],
        &["show", &fix],
        &["learn", "--dry-run"],
        &["learn", "--check"],
    ] {
        repo.friction(words);
    }
    let cache = repo.path(".git/friction");
    assert!(cache.is_dir());
    let after: Vec<_> = tree(repo.root()).into_iter().filter(|(path, _)| !path.starts_with(&cache)).collect();
    assert_eq!(before, after);
}

#[test]
fn without_a_cache_nothing_is_written_at_all() {
    let (repo, _) = with_mistake();
    repair(&repo);
    let before = tree(repo.root());
    repo.friction(&["scan", "--no-cache"]).ok();
    assert_eq!(before, tree(repo.root()));
}

#[test]
fn a_git_directory_that_cannot_be_written_is_scanned_all_the_same() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    let git = repo.path(".git");
    fs::set_permissions(&git, fs::Permissions::from_mode(0o555)).unwrap();
    // Permissions stop no administrator: a file in the cache's place does.
    let is_administrator = fs::write(git.join("friction"), "").is_ok();
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(git.join("friction").exists(), is_administrator);
}
