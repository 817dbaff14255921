//! Where lines come from and when: clocks that lie, sweeps, layout, additions, episodes.

mod support;

use friction::model::Family;
use support::*;

// ---- clocks that lie ----

#[test]
fn an_author_date_years_off_changes_nothing() {
    for (of_mistake, of_fix) in [(946_684_800, 0), (0, 946_684_800), (2_500_000_000, 0)] {
        let repo = TestRepo::new();
        repo.write("src/money.ts", MONEY).commit("Initial commit");
        let at = |lie: i64, truth: i64| if lie == 0 { truth } else { lie };
        let now = repo.now();
        repo.write("src/cart.ts", CART);
        let mistake = repo.commit_dated("feat: add a cart", at(of_mistake, now + 600), now + 600);
        repo.edit("src/cart.ts", "cart.itmes", "cart.items");
        let fix = repo.commit_dated("fix: sum the items", at(of_fix, now + 1200), now + 1200);
        let scan = repo.scan(&[]);
        assert_eq!(origin(&scan, &fix), mistake);
        assert!(correction(&scan, &fix).gap_seconds >= Some(0));
    }
}

#[test]
fn a_child_older_than_its_parent_is_still_its_correction() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    let now = repo.now();
    repo.write("src/cart.ts", CART);
    let mistake = repo.commit_dated("feat: add a cart", now, now);
    repo.edit("src/cart.ts", "cart.itmes", "cart.items");
    let fix = repo.commit_dated("fix: sum the items", now - 86_400, now - 86_400);
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(correction(&scan, &fix).gap_seconds, Some(0));
    assert_eq!(scan.corrections.len(), 1);
}

#[test]
fn one_commit_with_a_clock_at_1970_hides_nothing_behind_it() {
    let (repo, mistake) = with_mistake();
    repo.write("src/other.ts", "export const other = 1;\n");
    repo.commit_dated("feat: add another", 0, 0);
    let fix = repair(&repo);
    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
}

#[test]
fn since_a_day_is_not_misled_by_one_commit_with_a_clock_at_1970() {
    let (repo, mistake) = with_mistake();
    repo.write("src/other.ts", "export const other = 1;\n");
    repo.commit_dated("feat: add another", 0, 0);
    let fix = repair(&repo);
    let scan = repo.scan(&["--head-only", "--since", "2026-01-01"]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(scan.repository.commits, 3);
}

// ---- sweeps, layout, versions ----

/// The cart as another formatter would have it.
fn reformatted() -> String {
    CART.replace("  ", "\t").replace('\'', "\"")
}

#[test]
fn lines_are_traced_through_a_reformatted_file() {
    let (repo, mistake) = with_mistake();
    let format = repo.write("src/cart.ts", reformatted()).commit("style: run the formatter");
    let fix = repair(&repo);
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert!(find(&scan, &format).is_none());
}

#[test]
fn lines_are_traced_through_a_block_that_was_indented() {
    let (repo, mistake) = with_mistake();
    repo.edit(
        "src/cart.ts",
        "  for (const price of cart.itmes) {\n    sum += price;\n  }\n",
        "  if (cart) {\n    for (const price of cart.itmes) {\n      sum += price;\n    }\n  }\n",
    )
    .commit("feat: allow no cart");
    let fix = repair(&repo);
    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
}

#[test]
fn a_formatting_follow_up_is_no_correction_whatever_it_says() {
    let (repo, _) = with_mistake();
    let format = repo.write("src/cart.ts", reformatted()).commit("fix: broken formatting, sorry");
    assert!(find(&repo.scan(&[]), &format).is_none());
}

#[test]
fn lines_pass_through_a_revision_that_is_listed_to_be_ignored() {
    let (repo, mistake) = with_mistake();
    let sweep = repo
        .edit("src/cart.ts", "for (const price of cart.itmes)", "for (const cents of cart.itmes)")
        .edit("src/cart.ts", "sum += price", "sum += cents")
        .commit("refactor: prices are cents");
    repo.write(".git-blame-ignore-revs", format!("# renames\n{sweep}\n")).commit("chore: ignore a sweep");
    let fix = repair(&repo);
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(skipped(&scan, "ignored-revs"), 1);
}

#[test]
fn a_new_version_number_is_no_correction() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    repo.write("src/version.ts", "export const VERSION = '1.0.0';\n").commit("feat: tell the version");
    let bump = repo.write("src/version.ts", "export const VERSION = '1.0.1';\n").commit("fix: version 1.0.1");
    assert!(find(&repo.scan(&[]), &bump).is_none());
}

// ---- corrections without a removed line ----

#[test]
fn a_missing_import_added_minutes_later_is_found_with_its_origin_and_family() {
    let repo = TestRepo::new();
    repo.write("app/__init__.py", "")
        .write("app/store.py", "import os\n\n\ndef path(name):\n    return os.path.join('data', name)\n");
    repo.commit("Initial commit");
    repo.days(40);
    let mistake = repo
        .write(
            "app/store.py",
            "import os\n\n\ndef path(name):\n    return os.path.join('data', name)\n\n\n\
             def save(name, order):\n    with open(path(name), 'w') as out:\n        out.write(json.dumps(order))\n",
        )
        .commit("feat: save orders");
    let fix = repo.edit("app/store.py", "import os\n", "import json\nimport os\n").commit("fix: import json");
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(families(correction(&scan, &fix)), [Family::ImportPath]);
    assert_eq!(correction(&scan, &fix).families[0].evidence[0].path, "app/store.py");
}

#[test]
fn a_pure_addition_finds_its_origin_by_the_lines_around_it() {
    let (repo, _) = with_mistake();
    repo.days(40);
    let mistake = repo
        .edit(
            "src/cart.ts",
            "    sum += price;\n",
            "    const net = price - cart.discount;\n    sum += net;\n",
        )
        .commit("feat: discount each item");
    repo.write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
    let fix = repo
        .edit("src/cart.ts", "    sum += net;\n", "    if (net < 0) continue;\n    sum += net;\n")
        .commit("fix: a negative price");
    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
}

#[test]
fn a_test_that_a_renamed_export_broke_finds_the_commit_of_the_module_it_imports() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).write(
        "src/money.test.ts",
        "import { expect, it } from 'vitest';\nimport { money } from './money';\n\n\
         it('formats', () => {\n  expect(money(100)).toBe('1.00 EUR');\n});\n",
    );
    repo.commit("Initial commit");
    repo.days(40);
    let mistake = repo.edit("src/money.ts", "function money", "function amount").commit("refactor: amounts");
    repo.write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
    let fix = repo
        .edit("src/money.test.ts", "import { money }", "import { amount }")
        .edit("src/money.test.ts", "expect(money", "expect(amount")
        .commit("fix: the failing test");
    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
}

// ---- episodes and time ----

#[test]
fn a_correction_of_a_correction_is_another_round_of_the_same_episode() {
    let (repo, mistake) = with_mistake();
    let first = repo.edit("src/cart.ts", "cart.itmes", "cart.itemz").commit("fix: the items");
    let second = repo.edit("src/cart.ts", "cart.itemz", "cart.items").commit("fix: the items, really");
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &second), first);
    assert_eq!(scan.episodes.len(), 1);
    let episode = &scan.episodes[0];
    assert_eq!((episode.origin.sha.as_str(), episode.rounds, episode.minutes), (mistake.as_str(), 2, 20));
    let fixes: Vec<&str> = episode.fixes.iter().map(|fix| fix.sha.as_str()).collect();
    assert_eq!(fixes, [first, second]);
}

#[test]
fn an_old_bug_is_no_rework() {
    let (repo, _) = with_mistake();
    repo.days(30);
    let fix = repair(&repo);
    assert!(find(&repo.scan(&[]), &fix).is_none());
}

#[test]
fn new_work_on_new_work_is_no_correction() {
    let (repo, _) = with_mistake();
    let more = repo
        .write("src/cart.ts", format!("{CART}\nexport function isEmpty(cart: Cart): boolean {{\n  return cart.items.length === 0;\n}}\n"))
        .commit("feat: tell whether a cart is empty");
    assert!(find(&repo.scan(&[]), &more).is_none());
}
