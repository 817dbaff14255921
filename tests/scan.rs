//! `friction scan`: its report in every format, the same at any number of threads, kept and fresh.

mod support;

use std::fs;

use friction::model::Family;
use support::*;

const FORMATS: [&str; 4] = ["screen", "json", "jsonl", "markdown"];

fn at_width(repo: &TestRepo, words: &[&str], columns: &str) -> String {
    let mut command = friction_command(repo.root(), words);
    command.env("COLUMNS", columns);
    without_place(&Ran::of(command).ok(), repo)
}

#[test]
fn the_screen_at_eighty_columns_reads_well() {
    let repo = shop();
    let screen = at_width(&repo, &["scan"], "80");
    insta::assert_snapshot!(screen);
    assert_eq!(screen, without_place(&repo.friction(&["scan"]).ok(), &repo), "a pipe has eighty columns");
}

#[test]
fn the_screen_at_a_hundred_and_twenty_columns_reads_well() {
    insta::assert_snapshot!(at_width(&shop(), &["scan"], "120"));
}

#[test]
fn a_comment_for_a_pull_request_reads_well() {
    let repo = shop();
    let told = without_place(&repo.friction(&["scan", "--format", "markdown"]).ok(), &repo);
    let version = format!("by friction {}", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(told.replace(&version, "by friction (this)"));
}

#[test]
fn the_shop_has_its_corrections_patterns_and_episodes() {
    let scan = shop().scan(&[]);
    assert_eq!(scan.schema, "friction.scan/1");
    assert_eq!(scan.corrections.len(), 5);
    assert_eq!(scan.episodes.len(), 5);
    let imports = scan.patterns.iter().find(|pattern| pattern.family == Family::ImportPath).unwrap();
    assert_eq!((imports.counts.corrections, imports.counts.origins, imports.cost.minutes), (3, 3, 90));
    assert_eq!((skipped(&scan, "merge"), skipped(&scan, "bot")), (1, 1));
    assert!(scan.corrections.iter().all(|found| (0.5..=1.0).contains(&found.confidence)));
}

#[test]
fn an_example_shows_the_edit_even_where_the_mistake_showed_elsewhere() {
    let scan = shop().scan(&[]);
    let imports = scan.patterns.iter().find(|pattern| pattern.family == Family::ImportPath).unwrap();
    for example in &imports.examples {
        assert!(example.before.starts_with("import type { Cart }"), "{example:?}");
        assert!(example.after.starts_with("import { total, type Cart }"), "{example:?}");
    }
    assert_eq!(imports.examples.len(), 3);
}

#[test]
fn one_mistake_in_two_languages_is_two_patterns_each_with_its_own_advice() {
    let repo = shop();
    let module = "import os\n\n\ndef save(order):\n    os.write(1, json.dumps(order).encode())\n";
    repo.write("app/store.py", module).commit("feat: save orders");
    let fix = repo.edit("app/store.py", "import os\n", "import json\nimport os\n").commit("fix: import json");
    let scan = repo.scan(&[]);
    assert_eq!(families(correction(&scan, &fix)), [Family::ImportPath]);
    let imports: Vec<_> =
        scan.patterns.iter().filter(|pattern| pattern.family == Family::ImportPath).collect();
    assert_eq!(imports.len(), 2);
    let (script, python) = (imports[0], imports[1]);
    assert_eq!(script.files, ["src/**/*.ts"]);
    assert_eq!(python.files, ["app/**/*.py"]);
    assert!(
        !python.rules.iter().any(|rule| rule.starts_with("vitest") || rule.starts_with("ts-")),
        "{python:?}"
    );
    assert!(!python.always.contains("type checker"), "{}", python.always);
}

#[test]
fn a_scan_is_valid_by_the_schema_that_is_printed() {
    let repo = shop();
    for words in [&["scan", "--format", "json"][..], &["scan", "--format", "json", "--min-confidence", "0"]] {
        assert_eq!(problems("scan", &repo.friction(words).ok()), Vec::<String>::new());
    }
    let empty = TestRepo::new().friction(&["scan", "--format", "json"]).ok();
    assert_eq!(problems("scan", &empty), Vec::<String>::new());
}

#[test]
fn every_line_of_jsonl_is_a_document() {
    let told = shop().friction(&["scan", "--format", "jsonl"]).ok();
    let types: Vec<String> = told
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].to_string())
        .collect();
    assert_eq!(types.iter().filter(|kind| *kind == "\"correction\"").count(), 5);
    assert_eq!(types.last().unwrap(), "\"summary\"");
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let repo = shop();
    for format in FORMATS {
        let with =
            |threads| repo.friction(&["scan", "--no-cache", "--format", format, "--threads", threads]).ok();
        assert_eq!(with("1"), with("4"), "{format}");
    }
    let with = |threads| repo.friction(&["learn", "--no-cache", "--dry-run", "--threads", threads]).ok();
    assert_eq!(with("1"), with("4"));
}

#[test]
fn a_kept_report_and_a_fresh_one_are_the_same_bytes() {
    let repo = shop();
    for format in FORMATS {
        let first = repo.friction(&["scan", "--format", format]).ok();
        let kept = repo.friction(&["scan", "--format", format]).ok();
        let fresh = repo.friction(&["scan", "--format", format, "--no-cache"]).ok();
        assert_eq!(first, kept, "{format}");
        assert_eq!(kept, fresh, "{format}");
    }
}

#[test]
fn a_kept_report_gives_way_to_what_is_new() {
    let (repo, _) = with_mistake();
    assert!(repo.scan(&[]).corrections.is_empty());
    let fix = repair(&repo);
    assert!(find(&repo.scan(&[]), &fix).is_some());
    assert!(repo.scan(&["--min-confidence", "1"]).corrections.is_empty());
    assert!(repo.scan(&["--", "src/money.ts"]).corrections.is_empty());
    assert!(find(&repo.scan(&[]), &fix).is_some());
    repo.write(".mailmap", "Countess <ada@example.com>\n");
    assert_eq!(correction(&repo.scan(&[]), &fix).fix.author, "Countess");
}

#[test]
fn a_damaged_cache_costs_time_and_nothing_else() {
    let (repo, _) = with_mistake();
    repair(&repo);
    let told = repo.friction(&["scan", "--format", "json"]).ok();
    for entry in fs::read_dir(repo.path(".git/friction")).unwrap().flatten() {
        fs::write(entry.path(), "{\"schema\": \"friction.sc").unwrap();
    }
    assert_eq!(repo.friction(&["scan", "--format", "json"]).ok(), told);
}

#[test]
fn worktrees_that_share_a_cache_are_told_apart() {
    let (repo, _) = with_mistake();
    repair(&repo);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "-q", "--detach", linked.to_str().unwrap()]);
    let root = |dir| friction_in(dir, &["scan", "--format", "json"]).scan().repository.root;
    assert!(root(repo.root()).ends_with("/repo"));
    assert!(root(&linked).ends_with("/linked"));
    assert!(!linked.join("friction").exists());
}
