//! Which commits are judged: branches, ranges, dates, authors, paths, lists.

mod support;

use std::fs;

use friction::model::Scan;
use support::*;

/// `main` with a repaired cart, and a branch with a repaired price list by somebody else, two days later.
struct Two {
    repo: TestRepo,
    on_main: String,
    on_branch: String,
}

fn two() -> Two {
    let (repo, _) = with_mistake();
    let on_main = repair(&repo);
    repo.days(2);
    repo.author("Grace Hopper", "grace@example.com");
    repo.branch("agent/prices");
    let list = "import { money } from './money';\n\nexport function list(prices: number[]): string {\n  return prices.map(mony).join();\n}\n";
    repo.write("src/prices.ts", list).commit("feat: list prices");
    let on_branch = repo.edit("src/prices.ts", "mony", "money").commit("fix: an undefined name");
    repo.checkout("main");
    repo.author("Ada Lovelace", "ada@example.com");
    Two { repo, on_main, on_branch }
}

fn fixes(scan: &Scan) -> Vec<&str> {
    scan.corrections.iter().map(|correction| correction.fix.sha.as_str()).collect()
}

#[test]
fn every_branch_is_scanned_and_newest_corrections_come_first() {
    let Two { repo, on_main, on_branch } = two();
    assert_eq!(fixes(&repo.scan(&[])), [on_branch.as_str(), &on_main]);
}

#[test]
fn head_only_leaves_other_branches_out() {
    let Two { repo, on_main, .. } = two();
    let scan = repo.scan(&["--head-only"]);
    assert_eq!(fixes(&scan), [on_main.as_str()]);
    assert_eq!((scan.repository.commits, scan.repository.refs), (3, 1));
}

#[test]
fn remote_tracking_branches_and_pull_requests_are_scanned() {
    for place in ["refs/remotes/origin/prices", "refs/pull/12/head", "refs/merge-requests/3/head"] {
        let Two { repo, on_main, on_branch } = two();
        repo.git(&["update-ref", place, "agent/prices"]);
        repo.git(&["branch", "-q", "-D", "agent/prices"]);
        fs::remove_dir_all(repo.path(".git/logs")).unwrap();
        assert_eq!(fixes(&repo.scan(&[])), [on_branch.as_str(), &on_main], "{place}");
    }
}

#[test]
fn a_glob_selects_refs_by_their_full_name() {
    let Two { repo, on_branch, .. } = two();
    repo.git(&["checkout", "-q", "--orphan", "fresh"]);
    repo.commit("Initial commit");
    let scan = repo.scan(&["--refs", "refs/heads/agent/*"]);
    assert!(fixes(&scan).contains(&on_branch.as_str()));
    assert_eq!(scan.repository.refs, 1);
    let told = repo.friction(&["scan", "--refs", "refs/heads/none/*"]).refused();
    assert!(told.contains("no ref fits `refs/heads/none/*`"), "{told}");
}

#[test]
fn the_branch_that_is_checked_out_is_selected_by_a_glob_like_any_other() {
    let (repo, _) = with_mistake();
    let fix = repair(&repo);
    repo.git(&["branch", "-q", "other", "HEAD~1"]);
    let scan = repo.scan(&["--refs", "refs/heads/*"]);
    assert!(find(&scan, &fix).is_some());
    assert_eq!(scan.repository.refs, 2);
    assert_eq!(repo.scan(&["--refs", "refs/heads/o*"]).repository.refs, 1);
}

#[test]
fn commits_that_only_a_tag_reaches_are_not_scanned() {
    let Two { repo, on_main, .. } = two();
    repo.git(&["tag", "-a", "-m", "kept", "v1", "agent/prices"]);
    repo.git(&["branch", "-q", "-D", "agent/prices"]);
    fs::remove_dir_all(repo.path(".git/logs")).unwrap();
    assert_eq!(fixes(&repo.scan(&[])), [on_main.as_str()]);
    assert_eq!(fixes(&repo.scan(&["main..v1"])).len(), 1, "unless they are named");
}

#[test]
fn a_range_judges_what_its_end_reaches_and_its_beginning_does_not() {
    let Two { repo, on_main, on_branch } = two();
    let scan = repo.scan(&["main..agent/prices"]);
    assert_eq!(fixes(&scan), [on_branch.as_str()]);
    assert_eq!(scan.repository.commits, 2);
    assert_eq!(fixes(&repo.scan(&["main"])), [on_main.as_str()]);
    let scan = repo.scan(&["HEAD~1.."]);
    assert_eq!(fixes(&scan), [on_main.as_str()], "its origin lies before the range and is known");
    assert_ne!(origin(&scan, &on_main), "");
}

#[test]
fn since_and_until_select_by_commit_time_and_origins_before_are_known() {
    let Two { repo, on_main, on_branch } = two();
    assert_eq!(fixes(&repo.scan(&["--since", "2026-01-06"])), [on_branch.as_str()]);
    assert_eq!(fixes(&repo.scan(&["--until", "2026-01-06"])), [on_main.as_str()]);
    // Half past nine: after the mistake, before its repair.
    let scan = repo.scan(&["--since", "2026-01-05T09:25:00Z", "--until", "2026-01-06"]);
    assert_eq!(scan.repository.commits, 1);
    assert_ne!(origin(&scan, &on_main), "");
    let told = repo.friction(&["scan", "--since", "soon"]).refused();
    assert!(told.contains("`soon` is no moment"), "{told}");
}

#[test]
fn the_newest_commits_are_judged_and_origins_before_are_known() {
    let Two { repo, on_branch, .. } = two();
    let scan = repo.scan(&["--max-commits", "1"]);
    assert_eq!(fixes(&scan), [on_branch.as_str()]);
    assert_ne!(origin(&scan, &on_branch), "");
    assert_eq!(scan.repository.commits, 1);
}

#[test]
fn the_newest_commits_are_judged_however_many_older_branches_there_are() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    let mut stream = String::new();
    for number in 0..2500 {
        let text = format!("export const n = {number};\n");
        stream += &format!(
            "commit refs/pull/{number}/head\ncommitter A <a@b.c> {} +0000\ndata 4\nfeat\n\
             M 100644 inline src/n.ts\ndata {}\n{text}\n",
            START - 1_000_000 + number,
            text.len()
        );
    }
    repo.git_with(repo.root(), &["fast-import", "--quiet"], stream.as_bytes());
    let scan = repo.scan(&["--max-commits", "2"]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(scan.repository.commits, 2);
}

#[test]
fn an_author_is_found_by_a_part_of_the_name_or_address_in_any_case() {
    let Two { repo, on_branch, on_main } = two();
    for part in ["grace", "HOPPER", "grace@"] {
        assert_eq!(fixes(&repo.scan(&["--author", part])), [on_branch.as_str()]);
    }
    assert_eq!(fixes(&repo.scan(&["--author", "ada@example"])), [on_main.as_str()]);
}

#[test]
fn paths_select_commits_and_hunks() {
    let (repo, _) = with_mistake();
    let fix = repo
        .edit("src/cart.ts", "cart.itmes", "cart.items")
        .edit("src/money.ts", "toFixed(2)", "toFixed(3)")
        .commit("fix: the items and the digits");
    let scan = repo.scan(&["--", "src/cart.ts"]);
    let paths: Vec<&str> = correction(&scan, &fix).hunks.iter().map(|hunk| hunk.path.as_str()).collect();
    assert_eq!(paths, ["src/cart.ts"]);
    assert_eq!(repo.scan(&["--", "src"]).corrections.len(), 1);
    assert_eq!(repo.scan(&["--", "./src/"]).corrections.len(), 1);
    assert_eq!(repo.scan(&["--", "src/car"]).corrections.len(), 0);
    assert_eq!(skipped(&repo.scan(&["--", "docs"]), "other-paths"), 3);
}

// ---- lists ----

#[test]
fn every_listed_commit_has_a_record_wherever_it_is() {
    let Two { repo, on_main, on_branch } = two();
    repo.git(&["branch", "-q", "-D", "agent/prices"]);
    fs::remove_dir_all(repo.path(".git/logs")).unwrap();
    repo.record(&["merge", "-q", "--no-ff", "-m", "merge", &on_branch]);
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    fs::remove_dir_all(repo.path(".git/logs")).unwrap();
    let root = repo.sha("main~2");
    let all = [&on_branch, &on_main, &root];
    let short = &on_main[..10];
    repo.write("list", format!("{on_branch}\n\n{short} a note\n{root}\n{on_main}\n"));
    let scan = repo.scan(&["--commits-from", "list", "--min-confidence", "0"]);
    assert_eq!(fixes(&scan).len(), 3);
    for sha in all {
        assert!(find(&scan, sha).is_some(), "{sha}");
    }
    assert_eq!(fixes(&repo.scan(&["--commits-from", "list"])).len(), 2);
}

#[test]
fn a_list_may_come_from_standard_input() {
    let Two { repo, on_main, .. } = two();
    let words = ["scan", "--format", "json", "--commits-from", "-"];
    let ran = Ran::with_input(friction_command(repo.root(), &words), format!("{on_main}\n").as_bytes());
    assert_eq!(fixes(&ran.scan()), [on_main.as_str()]);
}

#[test]
fn a_listed_fix_of_an_old_bug_has_an_origin_and_no_confidence() {
    let (repo, mistake) = with_mistake();
    repo.days(200);
    let fix = repair(&repo);
    repo.write("list", &fix);
    let scan = repo.scan(&["--commits-from", "list", "--min-confidence", "0"]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert!(correction(&scan, &fix).confidence < 0.5);
    assert!(!correction(&scan, &fix).families.is_empty());
}

#[test]
fn merges_bots_and_commits_without_code_have_a_record_when_listed() {
    let (repo, _) = with_mistake();
    repo.branch("side").author("dependabot[bot]", "bot@example.com");
    let by_bot = repo.edit("src/money.ts", "EUR", "CHF").commit("fix: francs");
    repo.checkout("main");
    let docs = repo.write("README.md", "# The shop\n").commit("docs: a title");
    let merge = repo.record(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    repo.write("list", format!("{by_bot}\n{docs}\n{merge}\n"));
    let scan = repo.scan(&["--commits-from", "list", "--min-confidence", "0"]);
    assert_eq!(fixes(&scan).len(), 3);
}

#[test]
fn a_bad_name_is_refused_by_name() {
    let (repo, _) = with_mistake();
    let blob = repo.sha("HEAD:src/cart.ts");
    repo.write("list", "HEAD\nnothing\n").write("blob", &blob);
    let runs: [(&[&str], &str); 6] = [
        (&["scan", "nothing"], "`nothing`"),
        (&["scan", "nothing..HEAD"], "`nothing`"),
        (&["scan", "HEAD..nothing"], "`nothing`"),
        (&["scan", "--commits-from", "list"], "`nothing`"),
        (&["scan", "--commits-from", "blob"], &blob),
        (&["show", "nothing"], "`nothing`"),
    ];
    for (words, name) in runs {
        let told = repo.friction(words).refused();
        assert!(told.contains(name) && told.contains("no commit named"), "{words:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    let told = repo.friction(&["scan", "--commits-from", "no-such-file"]).refused();
    assert!(told.contains("no-such-file"), "{told}");
}

#[test]
fn a_confidence_is_a_probability() {
    let (repo, _) = with_mistake();
    repair(&repo);
    let told = repo.friction(&["scan", "--min-confidence", "7"]).refused();
    assert!(told.contains("--min-confidence 7"), "{told}");
    assert_eq!(repo.scan(&["--min-confidence", "0"]).corrections.len(), 3);
    assert_eq!(repo.scan(&["--min-confidence", "1"]).corrections.len(), 0);
    assert_eq!(repo.scan(&[]).corrections.len(), 1);
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let (repo, _) = with_mistake();
    for words in [
        &["scan", "--head-only", "--refs", "refs/heads/*"][..],
        &["scan", "--head-only", "main..HEAD"],
        &["scan", "--commits-from", "list", "main"],
    ] {
        let told = repo.friction(words).refused();
        assert!(told.contains("cannot be used with"), "{told}");
    }
}
