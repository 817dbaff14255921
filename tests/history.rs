//! Which commit corrects which: reverts, renames, merges, the same edit twice, rewritten history.

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
fn a_revert_whose_sha_leads_nowhere_finds_its_commit_by_the_subject() {
    let (repo, mistake) = with_mistake();
    repo.edit("src/money.ts", "EUR", "CHF").commit("feat: francs");
    let lost = "0123456789abcdef0123456789abcdef01234567";
    let revert = repo
        .remove("src/cart.ts")
        .commit(&format!("Revert \"feat: add a cart\" (#12)\n\nThis reverts commit {lost}.\n"));
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

#[test]
fn a_copied_file_is_the_work_of_the_commit_that_copied_it() {
    let (repo, _) = with_mistake();
    let copied = repo.write("src/basket.ts", CART).commit("feat: add a basket");
    let fix = repo.edit("src/basket.ts", "cart.itmes", "cart.items").commit("fix: sum the items");
    assert_eq!(origin(&repo.scan(&[]), &fix), copied);
}

// ---- several origins ----

#[test]
fn two_origins_whose_lines_have_one_number_are_told_apart() {
    let (repo, first) = with_mistake();
    let second = repo.write("src/basket.ts", CART.replace("Cart", "Basket")).commit("feat: add a basket");
    repo.edit("src/cart.ts", "cart.itmes", "cart.items").edit("src/basket.ts", "cart.itmes", "cart.items");
    let fix = repo.commit("fix: sum the items");
    let scan = repo.scan(&[]);
    let mut origins: Vec<&str> =
        correction(&scan, &fix).origins.iter().take(2).map(|origin| origin.sha.as_str()).collect();
    origins.sort_unstable();
    let mut both = [first.as_str(), second.as_str()];
    both.sort_unstable();
    assert_eq!(origins, both);
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

/// A pull request of two commits, the first of which repairs what is on the main branch, and its squash
/// merge: the repair and the squash.
fn squashed_repair() -> (TestRepo, String, String) {
    let (repo, _) = with_mistake();
    repo.branch("feature");
    let fix = repair(&repo);
    repo.write("src/round.ts", "export const round = Math.round;\n").commit("feat: export rounding");
    repo.git(&["update-ref", "refs/pull/7/head", "HEAD"]);
    repo.checkout("main");
    repo.git(&["merge", "-q", "--squash", "feature"]);
    let squash = repo.commit("fix: sum the items of a cart (#7)");
    repo.git(&["branch", "-q", "-D", "feature"]);
    (repo, fix, squash)
}

#[test]
fn what_a_squash_merge_repeats_of_its_pull_request_is_told_once() {
    let (repo, fix, squash) = squashed_repair();
    let scan = repo.scan(&[]);
    assert!(find(&scan, &fix).is_some());
    assert!(find(&scan, &squash).is_none());
    assert_eq!(skipped(&scan, "squash"), 1);
    assert_eq!(scan.episodes.len(), 1);
    assert_eq!(scan.episodes[0].rounds, 1);
}

#[test]
fn a_squash_merge_speaks_for_itself_where_its_pull_request_is_not_read() {
    let (repo, _, squash) = squashed_repair();
    assert!(find(&repo.scan(&["--head-only"]), &squash).is_some());
    repo.git(&["update-ref", "refs/pull/8/head", "refs/pull/7/head"]);
    repo.git(&["update-ref", "-d", "refs/pull/7/head"]);
    let scan = repo.scan(&[]);
    assert!(find(&scan, &squash).is_some(), "another pull request says nothing of this one");
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

/// A repair on a branch of its own, while the main branch changes the repaired line in another way.
fn repaired_beside_a_change() -> (TestRepo, String) {
    let (repo, _) = with_mistake();
    let repaired = repair(repo.branch("release"));
    repo.checkout("main").edit("src/cart.ts", "(const price of cart.itmes)", "(const cents of cart.itmes)");
    repo.edit("src/cart.ts", "sum += price", "sum += cents").commit("refactor: prices are cents");
    (repo, repaired)
}

#[test]
fn a_cherry_pick_that_a_conflict_changed_is_told_once_and_on_the_branch_that_is_checked_out() {
    let (repo, original) = repaired_beside_a_change();
    repo.git(&["cherry-pick", "-X", "theirs", &original]);
    repo.edit("src/cart.ts", "price", "cents");
    repo.git(&["commit", "-q", "-a", "--amend", "--no-edit"]);
    let copy = repo.head();
    let scan = repo.scan(&["--refs", "refs/heads/*"]);
    assert!(find(&scan, &copy).is_some(), "{:#?}", scan.corrections);
    assert!(find(&scan, &original).is_none());
    assert_eq!(skipped(&scan, "duplicate"), 1);
}

#[test]
fn a_branch_that_a_rebase_changed_is_told_once_while_its_old_tip_is_still_named() {
    let (repo, original) = repaired_beside_a_change();
    repo.git(&["update-ref", "refs/remotes/origin/release", &original]);
    repo.checkout("release").git(&["rebase", "-q", "-X", "theirs", "main"]);
    repo.edit("src/cart.ts", "price", "cents");
    repo.git(&["commit", "-q", "-a", "--amend", "--no-edit"]);
    let rebased = repo.head();
    let scan = repo.scan(&["--refs", "refs/*"]);
    assert!(find(&scan, &rebased).is_some(), "{:#?}", scan.corrections);
    assert!(find(&scan, &original).is_none());
}

#[test]
fn a_copy_that_names_its_original_is_told_once_whoever_made_it_and_when() {
    let (repo, original) = repaired_beside_a_change();
    repo.author("Grace Hopper", "grace@example.com").days(1);
    repo.edit("src/cart.ts", "cart.itmes", "cart.items");
    let copy = repo.commit(&format!("fix: the items\n\n(cherry picked from commit {original})"));
    let scan = repo.scan(&[]);
    assert!(find(&scan, &copy).is_some());
    assert!(find(&scan, &original).is_none());
    assert_eq!(skipped(&scan, "duplicate"), 1);
}

#[test]
fn two_commits_of_one_second_and_one_subject_are_both_told_where_one_follows_the_other() {
    let (repo, _) = with_mistake();
    repo.edit("src/cart.ts", "- cart.discount", "- cart.discuont").commit("feat: discounts");
    let now = repo.now() + 600;
    repo.edit("src/cart.ts", "cart.itmes", "cart.items");
    let first = repo.commit_dated("fix: a member", now, now);
    repo.edit("src/cart.ts", "cart.discuont", "cart.discount");
    let second = repo.commit_dated("fix: a member", now, now);
    let scan = repo.scan(&[]);
    assert!(find(&scan, &first).is_some() && find(&scan, &second).is_some());
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
fn what_an_interactive_rebase_folds_into_a_commit_corrects_it_and_is_told_once() {
    for subject in ["fixup! feat: add a cart", "squash! feat: add a cart", "more of it"] {
        let (repo, mistake) = with_mistake();
        repo.write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
        let folded = repo.edit("src/cart.ts", "cart.itmes", "cart.items").commit(subject);
        // Git puts the first two where they belong; the third is moved by hand.
        let by_hand = r"sed -i '3s/pick/fixup/;2{h;d};3G'";
        let editor = if subject.contains('!') { "true" } else { by_hand };
        let setting = format!("sequence.editor={editor}");
        repo.record(&["-c", &setting, "rebase", "-q", "-i", "--autosquash", "HEAD~3"]);
        let rewritten = repo.sha("HEAD~1");
        assert_eq!(repo.sha("HEAD~2"), repo.sha(&format!("{mistake}~1")));
        let scan = repo.scan(&[]);
        let fix = if subject.contains('!') { &folded } else { &rewritten };
        assert_eq!(correction(&scan, fix).kind, Kind::Fixup, "{subject}");
        assert!(correction(&scan, fix).confidence > 0.95);
        assert_eq!(origin(&scan, fix), mistake, "{subject}");
        assert_eq!(scan.corrections.len(), 1, "{subject}: {:#?}", scan.corrections);
    }
}

#[test]
fn a_commit_that_a_rebase_stopped_at_and_changed_corrects_its_original() {
    let (repo, mistake) = with_mistake();
    repo.write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
    repo.git(&["-c", "sequence.editor=sed -i 1s/pick/edit/", "rebase", "-q", "-i", "HEAD~2"]);
    repo.edit("src/cart.ts", "cart.itmes", "cart.items").git(&["add", "-A"]);
    repo.record(&["rebase", "--continue"]);
    let fix = repo.sha("HEAD~1");
    let scan = repo.scan(&[]);
    assert_eq!(correction(&scan, &fix).kind, Kind::Fixup);
    assert_eq!(origin(&scan, &fix), mistake);
    assert_eq!(scan.corrections.len(), 1);
}

#[test]
fn a_rebase_that_only_rewords_or_moves_commits_corrects_nothing() {
    let (repo, _) = with_mistake();
    repo.write("src/other.ts", "export const other = 1;\n").commit("feat: add another");
    repo.record(&["-c", "sequence.editor=sed -i s/pick/reword/", "rebase", "-q", "-i", "HEAD~2"]);
    repo.git(&["-c", "sequence.editor=sed -i '1{h;d};2G'", "rebase", "-q", "-i", "HEAD~2"]);
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
    let (repo, mistake) = with_mistake();
    repo.edit("src/cart.ts", "cart.itmes", "cart.items");
    let fix = repo.commit("amend! feat: add a cart\n\nfeat: add the cart");
    assert_eq!(correction(&repo.scan(&[]), &fix).kind, Kind::Fixup);
    assert_eq!(origin(&repo.scan(&[]), &fix), mistake);
}
