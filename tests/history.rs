//! Which commit corrects which: reverts, renames, merges, rewritten history, sweeps, clocks that lie.

mod support;

use friction::model::{Family, Kind};
use support::*;

// ---- reverts ----

#[test]
fn a_revert_corrects_the_commit_it_takes_back() {
    let (repo, mistake) = with_mistake();
    let revert = repo.record(&["revert", "--no-edit", &mistake]);
    let scan = repo.scan(&[]);
    assert_eq!(correction(&scan, &revert).kind, Kind::Revert);
    assert_eq!(origin(&scan, &revert), mistake);
    assert!(correction(&scan, &revert).confidence > 0.9);
}

#[test]
fn a_revert_that_names_the_subject_only_finds_its_commit() {
    let (repo, mistake) = with_mistake();
    let revert = repo.remove("src/cart.ts").commit("Revert \"feat: add a cart\"");
    let scan = repo.scan(&[]);
    assert_eq!(correction(&scan, &revert).kind, Kind::Revert);
    assert_eq!(origin(&scan, &revert), mistake);
}

#[test]
fn a_revert_by_subject_means_the_ancestor_and_not_its_copy_on_another_branch() {
    let (repo, mistake) = with_mistake();
    repo.git(&["branch", "copy", "HEAD~1"]);
    repo.checkout("copy").write("src/money.ts", MONEY.replace("EUR", "€")).commit("fix: a sign");
    repo.record(&["cherry-pick", &mistake]);
    repo.checkout("main");
    let revert = repo.remove("src/cart.ts").commit("Revert \"feat: add a cart\"");
    repo.checkout("copy").minutes(60);
    repo.record(&["commit", "-q", "--amend", "--no-edit"]);
    repo.checkout("main");
    let scan = repo.scan(&[]);
    assert_eq!(correction(&scan, &revert).kind, Kind::Revert);
    assert_eq!(origin(&scan, &revert), mistake);
}

#[test]
fn taking_a_revert_back_is_no_correction() {
    let (repo, mistake) = with_mistake();
    let revert = repo.record(&["revert", "--no-edit", &mistake]);
    let reland = repo.record(&["revert", "--no-edit", &revert]);
    let again = repo.record(&["revert", "--no-edit", &reland]);
    let scan = repo.scan(&[]);
    assert!(find(&scan, &revert).is_some());
    assert!(find(&scan, &reland).is_none(), "{:?}", find(&scan, &reland));

    repo.write("list", format!("{reland}\n{again}\n"));
    let listed = repo.scan(&["--commits-from", "list", "--min-confidence", "0"]);
    assert!(correction(&listed, &reland).confidence < 0.5);
    assert_ne!(correction(&listed, &reland).kind, Kind::Revert);
    assert_eq!(correction(&listed, &again).kind, Kind::Revert);
    assert!(correction(&listed, &again).confidence > 0.9);
}

#[test]
fn a_revert_of_a_revert_by_subjects_only_is_no_correction() {
    let (repo, _) = with_mistake();
    let revert = repo.remove("src/cart.ts").commit("Revert \"feat: add a cart\"");
    // With a change of its own, so that it is no mere copy of the first.
    let reland = repo
        .write("src/cart.ts", CART.replace("let sum = 0", "let sum = 0.0"))
        .commit("Revert \"Revert \"feat: add a cart\"\"");
    let scan = repo.scan(&[]);
    assert!(find(&scan, &revert).is_some());
    assert!(find(&scan, &reland).is_none(), "{:?}", find(&scan, &reland));
}

#[test]
fn a_partial_revert_has_the_commit_it_names_as_origin() {
    let (repo, _) = with_mistake();
    let both = repo
        .edit("src/cart.ts", "cart.discount)", "2 * cart.discount)")
        .edit("src/money.ts", "EUR", "USD")
        .commit("feat: double discounts, dollars");
    let revert = repo
        .edit("src/money.ts", "USD", "EUR")
        .commit(&format!("Revert the currency\n\nThis reverts commit {both} in part."));
    let scan = repo.scan(&[]);
    assert_eq!(correction(&scan, &revert).kind, Kind::Revert);
    assert_eq!(origin(&scan, &revert), both);
    assert_eq!(correction(&scan, &revert).hunks.len(), 1);
}

// ---- renames ----

#[test]
fn lines_are_traced_through_a_rename() {
    let (repo, mistake) = with_mistake();
    repo.write("src/shop/.keep", "");
    repo.git(&["mv", "src/cart.ts", "src/shop/basket.ts"]);
    let moved = repo.commit("refactor: move the cart");
    let fix = repo.edit("src/shop/basket.ts", "cart.itmes", "cart.items").commit("fix: sum the items");
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert!(find(&scan, &moved).is_none());
}

#[test]
fn lines_are_traced_through_a_rename_with_edits() {
    let (repo, mistake) = with_mistake();
    repo.write("src/shop/.keep", "");
    repo.git(&["mv", "src/cart.ts", "src/shop/basket.ts"]);
    repo.edit("src/shop/basket.ts", "'./money'", "'../money'")
        .edit("src/shop/basket.ts", "let sum = 0;", "let sum: number = 0;")
        .commit("refactor: move the cart");
    let fix = repo.edit("src/shop/basket.ts", "cart.itmes", "cart.items").commit("fix: sum the items");
    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
}

#[test]
fn hundreds_of_moved_and_edited_files_are_scanned_to_the_end_and_their_lines_traced() {
    let repo = TestRepo::new();
    let text =
        |number: usize| CART.replace("'./money'", "'./old'").replace("subtotal", &format!("sum{number}"));
    for number in 0..260 {
        repo.write(&format!("before/cart{number}.ts"), text(number));
    }
    repo.commit("Initial commit");
    let mistake = repo.edit("before/cart7.ts", "let sum", "let smu").commit("feat: a better name");
    for number in 0..260 {
        repo.remove(&format!("before/cart{number}.ts"));
        let moved = text(number).replace("'./old'", "'./new'");
        let moved = if number == 7 { moved.replace("let sum", "let smu") } else { moved };
        repo.write(&format!("after/cart{number}.ts"), moved);
    }
    let sweep = repo.commit("refactor: move everything");
    let fix = repo.edit("after/cart7.ts", "let smu", "let sum").commit("fix: the sum has a name");
    let began = std::time::Instant::now();
    let scan = repo.scan(&[]);
    assert!(began.elapsed().as_secs() < 20, "took {:?}", began.elapsed());
    assert_eq!(origin(&scan, &fix), mistake);
    assert!(find(&scan, &sweep).is_none());
    assert_eq!(skipped(&scan, "sweep"), 2);
}

// ---- merges and squashes ----

#[test]
fn a_plain_merge_is_passed_through_to_the_commit_of_the_branch() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    let mistake = repo.branch("cart").write("src/cart.ts", CART).commit("feat: add a cart");
    repo.checkout("main").write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
    repo.record(&["merge", "-q", "--no-ff", "-m", "Merge branch 'cart'", "cart"]);
    let fix = repair(&repo);
    let scan = repo.scan(&["--head-only"]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(skipped(&scan, "merge"), 1);
}

#[test]
fn lines_that_a_merge_itself_wrote_have_the_merge_as_origin() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).write("src/cart.ts", CART.replace("itmes", "items"));
    repo.commit("Initial commit");
    repo.days(30);
    repo.branch("side").edit("src/money.ts", "EUR", "CHF").commit("feat: francs");
    repo.checkout("main").write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    let merge = repo
        .edit("src/cart.ts", "for (const price of cart.items)", "for (const price of cart.itmes)")
        .commit("Merge branch 'side'");
    let fix = repair(&repo);
    assert_eq!(origin(&repo.scan(&[]), &fix), merge);
}

#[test]
fn a_merge_of_three_branches_is_passed_through() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).commit("Initial commit");
    for name in ["one", "two", "three"] {
        repo.git(&["checkout", "-q", "-b", name, "main"]);
        repo.write(&format!("src/{name}.ts"), CART).commit(&format!("feat: add {name}"));
    }
    let mistake = repo.sha("two");
    repo.checkout("main");
    repo.record(&["merge", "-q", "--no-ff", "-m", "Merge all", "one", "two", "three"]);
    let fix = repo.edit("src/two.ts", "cart.itmes", "cart.items").commit("fix: sum the items");
    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
}

#[test]
fn the_side_that_won_a_conflict_owns_its_lines() {
    let repo = TestRepo::new();
    repo.write("src/money.ts", MONEY).write("src/cart.ts", CART.replace("itmes", "items"));
    repo.commit("Initial commit");
    repo.branch("side").edit("src/cart.ts", "let sum = 0", "let sum = 1").commit("feat: start at one");
    let mistake = repo
        .checkout("main")
        .edit("src/cart.ts", "let sum = 0", "let sum = 2")
        .edit("src/cart.ts", "cart.items", "cart.itmes")
        .commit("feat: start at two");
    repo.record(&["merge", "-q", "-s", "ours", "-m", "Merge branch 'side'", "side"]);
    let fix = repair(&repo);
    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
}

#[test]
fn a_squash_merge_hides_nothing_that_the_pull_request_still_shows() {
    let (repo, _) = with_mistake();
    repo.branch("feature");
    let mistake = repo.edit("src/money.ts", "toFixed(2)", "toFixd(2)").commit("feat: round amounts");
    let fix = repo.edit("src/money.ts", "toFixd(2)", "toFixed(2)").commit("fix: a method's name");
    repo.write("src/round.ts", "export const round = Math.round;\n").commit("feat: export rounding");
    repo.git(&["update-ref", "refs/pull/7/head", "HEAD"]);
    repo.checkout("main");
    repo.git(&["merge", "-q", "--squash", "feature"]);
    let squash = repo.commit("feat: round amounts (#7)");
    repo.git(&["branch", "-q", "-D", "feature"]);
    let scan = repo.scan(&["--refs", "refs/pull/*"]);
    assert_eq!(origin(&scan, &fix), mistake);
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert!(find(&scan, &squash).is_none());
    assert!(repo.scan(&["--head-only"]).corrections.is_empty());
}

// ---- the same edit twice ----

#[test]
fn a_cherry_picked_fix_is_judged_once_and_on_the_branch_that_is_checked_out() {
    let (repo, _) = with_mistake();
    repo.branch("release").write("NEWS.md", "# 1.0\n").commit("docs: news");
    let copy = repair(&repo);
    repo.checkout("main").write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
    let fix = repo.record(&["cherry-pick", &copy]);
    let scan = repo.scan(&[]);
    assert_eq!(scan.corrections.len(), 1);
    assert!(find(&scan, &fix).is_some());
    assert_eq!(skipped(&scan, "duplicate"), 1);
}

#[test]
fn a_rebased_branch_is_judged_once() {
    let (repo, _) = with_mistake();
    repo.branch("feature");
    repo.edit("src/money.ts", "toFixed(2)", "toFixd(2)").commit("feat: round amounts");
    repo.edit("src/money.ts", "toFixd(2)", "toFixed(2)").commit("fix: a method's name");
    repo.checkout("main").write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
    repo.checkout("feature");
    let fix = repo.record(&["rebase", "-q", "main"]);
    let scan = repo.scan(&[]);
    assert_eq!(scan.corrections.len(), 1, "{:#?}", scan.corrections);
    assert_eq!(origin(&scan, &fix), repo.sha("HEAD~1"));
    assert_eq!(scan.episodes.len(), 1);
    assert_eq!(scan.episodes[0].rounds, 1);
}

// ---- rewritten history ----

#[test]
fn an_amend_corrects_its_original() {
    let (repo, mistake) = with_mistake();
    repo.edit("src/cart.ts", "cart.itmes", "cart.items").git(&["add", "-A"]);
    let fix = repo.record(&["commit", "-q", "--amend", "--no-edit"]);
    let scan = repo.scan(&[]);
    assert_eq!(correction(&scan, &fix).kind, Kind::Fixup);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(correction(&scan, &fix).hunks.len(), 1, "the difference of the two, not the whole commit");
    assert_eq!(families(correction(&scan, &fix)), [Family::AttributeName]);
    assert_eq!(skipped(&scan, "rewritten"), 1);
    assert!(repo.scan(&["--head-only"]).corrections.is_empty());
}

#[test]
fn an_amend_of_the_message_alone_or_of_the_layout_alone_is_no_correction() {
    let (repo, _) = with_mistake();
    repo.record(&["commit", "-q", "--amend", "-m", "feat: add the cart"]);
    repo.edit("src/cart.ts", "  let sum = 0;", "\tlet sum = 0").git(&["add", "-A"]);
    repo.record(&["commit", "-q", "--amend", "--no-edit"]);
    assert!(repo.scan(&[]).corrections.is_empty());
}

#[test]
fn an_amend_that_touches_other_paths_than_those_asked_for_is_left_out() {
    let (repo, _) = with_mistake();
    repo.edit("src/cart.ts", "cart.itmes", "cart.items").git(&["add", "-A"]);
    let fix = repo.record(&["commit", "-q", "--amend", "--no-edit"]);
    assert!(find(&repo.scan(&["--", "src/cart.ts"]), &fix).is_some());
    assert!(find(&repo.scan(&["--", "src/money.ts"]), &fix).is_none());
}

#[test]
fn commits_that_a_reset_dropped_are_found_in_the_reflog() {
    let (repo, mistake) = with_mistake();
    let fix = repair(&repo);
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    let scan = repo.scan(&[]);
    assert_eq!(origin(&scan, &fix), mistake);
    assert!(repo.scan(&["--head-only"]).corrections.is_empty());
}

#[test]
fn a_commit_that_is_to_be_folded_into_another_corrects_it() {
    for mark in ["fixup", "squash"] {
        let (repo, mistake) = with_mistake();
        repo.write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
        repo.edit("src/cart.ts", "cart.itmes", "cart.items").git(&["add", "-A"]);
        let fix = repo.record(&["commit", "-q", &format!("--{mark}={mistake}"), "-m", ""]);
        let scan = repo.scan(&[]);
        assert_eq!(correction(&scan, &fix).kind, Kind::Fixup);
        assert_eq!(origin(&scan, &fix), mistake);
    }
}

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
