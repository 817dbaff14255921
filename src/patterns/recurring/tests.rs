use super::*;
use crate::patterns::samples::correction;

/// Corrections of distinct origins and one hunk of each pair.
fn found(pairs: &[(&str, &str)]) -> Vec<Recurring> {
    let origins: Vec<usize> = (1..=pairs.len()).collect();
    found_with_origins(pairs, &origins)
}

fn found_with_origins(pairs: &[(&str, &str)], origins: &[usize]) -> Vec<Recurring> {
    let corrections: Vec<Correction> =
        origins.iter().enumerate().map(|(n, origin)| correction(100 + n, *origin, 60 + n as i64)).collect();
    let hunks: Vec<LooseHunk> = pairs
        .iter()
        .enumerate()
        .map(|(correction, (before, after))| LooseHunk {
            correction,
            path: format!("src/{correction}.ts"),
            // Distinct texts, as distinct mistakes have.
            before: format!("{before}\n// {correction}"),
            after: format!("{after}\n// {correction}"),
        })
        .collect();
    recurring(&hunks, &corrections)
}

fn sentences(pairs: &[(&str, &str)]) -> Vec<String> {
    found(pairs).into_iter().map(|one| one.sentence).collect()
}

#[test]
fn the_same_replacement_in_three_corrections_is_told() {
    let found = found(&[
        ("  a = config.getModel(1)\n", "  a = config.getActiveModel(1)\n"),
        ("if (config.getModel())\n", "if (config.getActiveModel())\n"),
        ("config.getModel\n", "config.getActiveModel\n"),
        ("x(one)\n", "x(other)\n"),
    ]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name, "getmodel-to-getactivemodel");
    assert_eq!(found[0].family, Family::AttributeName);
    assert_eq!(found[0].sentence, "`config.getModel` was corrected to `config.getActiveModel`.");
    assert_eq!(found[0].always, "Use `config.getActiveModel` where `config.getModel` comes to mind.");
    assert_eq!(
        found[0].never,
        "Never write `config.getModel` before checking that `config.getActiveModel` is not what is meant."
    );
    assert_eq!(found[0].hunks, [0, 1, 2]);
}

#[test]
fn different_receivers_leave_only_the_member() {
    let pairs = [
        ("a.getOne(x)", "a.findOne(x)"),
        ("b.getOne(y)", "b.findOne(y)"),
        ("c().getOne(z)", "c().findOne(z)"),
    ];
    assert_eq!(sentences(&pairs), ["`.getOne` was corrected to `.findOne`."]);
}

#[test]
fn an_import_path_corrected_again_and_again_is_of_the_import_family() {
    let pair = ("import { a } from '@old/core';\n", "import { a } from '@new/core';\n");
    let found = found(&[pair; 3]);
    assert_eq!(found[0].family, Family::ImportPath);
    assert_eq!(found[0].sentence, "`'@old/core'` was corrected to `'@new/core'`.");
}

#[test]
fn three_fixes_of_one_origin_are_one_mistake() {
    let pair = ("a.getModel()", "a.activeModel()");
    assert_eq!(found_with_origins(&[pair; 3], &[1, 1, 1]).len(), 0);
    assert_eq!(found_with_origins(&[pair; 3], &[1, 2, 3]).len(), 1);
}

#[test]
fn numbers_versions_signs_keywords_prose_and_quotes_are_nothing_to_tell() {
    for pair in [
        ("wait(100)", "wait(500)"),
        ("v = '1.2.3'", "v = '1.2.4'"),
        ("a, b", "a; b"),
        ("let long = 1", "const long = 1"),
        ("say('Save all of it')", "say('Save everything')"),
        ("f('model-name')", "f(\"model-name\")"),
        ("f('ab')", "f('abcd')"),
        ("expect(x).toBe(1)", "expect(x).toEqual(1)"),
        ("return first", "return await second.call"),
        ("f(first, last)", "f(other(first, last)"),
    ] {
        assert_eq!(sentences(&[pair; 3]), Vec::<String>::new(), "{pair:?}");
    }
}

#[test]
fn what_goes_to_and_fro_is_no_lesson() {
    let (there, back) = (("a.getModel()", "a.activeModel()"), ("a.activeModel()", "a.getModel()"));
    assert_eq!(sentences(&[there, there, there, back, back]).len(), 0);
    assert_eq!(sentences(&[there, there, there, back]).len(), 1);
}

#[test]
fn what_becomes_now_this_and_now_that_was_not_wrong() {
    let other = |to: &'static str| ("a(firstName)", to);
    let mixed = [other("a(newName)"), other("a(newName)"), other("a(newName)")];
    assert_eq!(sentences(&mixed).len(), 1);
    let more = ["a(two)", "a(three)", "a(four)", "a(fifth)"].map(other);
    assert_eq!(sentences(&[mixed.as_slice(), more.as_slice()].concat()).len(), 0);
}

#[test]
fn a_rebased_branch_or_one_file_worked_over_is_no_habit() {
    let count = |path: fn(usize) -> String, text: fn(usize) -> String| {
        let corrections: Vec<Correction> =
            (0..3).map(|n| correction(100 + n, n + 1, 60 + n as i64)).collect();
        let hunk = |n| LooseHunk {
            correction: n,
            path: path(n),
            before: format!("f(oldName)\n{}", text(n)),
            after: format!("f(newName)\n{}", text(n)),
        };
        recurring(&(0..3).map(hunk).collect::<Vec<_>>(), &corrections).len()
    };
    assert_eq!(count(|n| format!("{n}.ts"), |n| format!("x{n}")), 1);
    assert_eq!(count(|n| format!("{n}.ts"), |_| "same".into()), 0);
    assert_eq!(count(|_| "one.ts".into(), |n| format!("x{n}")), 0);
}

#[test]
fn names_that_would_be_equal_are_told_apart_by_their_tokens() {
    let one = ("f(fooBar)", "f(newName)");
    let other = ("f(foobar)", "f(newName)");
    let names: Vec<String> =
        found(&[one, one, one, other, other, other]).into_iter().map(|r| r.name).collect();
    assert_eq!(names.len(), 2);
    assert!(names.iter().all(|name| name.starts_with("foobar-to-newname-")), "{names:?}");
    assert_ne!(names[0], names[1]);
}

#[test]
fn text_from_the_repository_is_shown_on_one_line_cut_and_without_deceit() {
    let long = "x".repeat(300);
    let found = sentences(&[(&format!("f({long})") as &str, "f(short)"); 3]);
    assert_eq!(found[0].chars().filter(|c| *c == 'x').count(), SHOWN);
    assert_eq!(sentences(&[("f('evil\u{202e}name')", "f('other_name')"); 3]), Vec::<String>::new());
}
