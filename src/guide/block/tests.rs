use proptest::prelude::*;

use super::*;

const RULES: &str = "## Rules\n\n- one\n- two";

fn inserted(existing: &str) -> String {
    insert(existing, RULES, false).unwrap()
}

#[test]
fn a_new_block_is_put_at_the_end_after_a_blank_line() {
    insta::assert_snapshot!(inserted("# Mine\n"), @r"
    # Mine

    <!-- friction:begin ebd8b4d5cbdcef4e (written by `friction learn`: edit outside of the markers) -->
    ## Rules

    - one
    - two
    <!-- friction:end -->
    ");
    assert!(inserted("").starts_with("<!-- friction:begin"));
    assert!(inserted("no newline").starts_with("no newline\n\n<!-- friction:begin"));
    assert!(inserted("blank\n\n").starts_with("blank\n\n<!-- friction:begin"));
}

#[test]
fn another_block_takes_the_old_one_s_place() {
    let text = format!("{}after\n", inserted("before\n"));
    let changed = insert(&text, "new", false).unwrap();
    assert!(changed.starts_with("before\n\n<!-- friction:begin "));
    assert!(changed.ends_with("-->\nnew\n<!-- friction:end -->\nafter\n"), "{changed}");
    let at_the_very_end = inserted("before\n").trim_end().to_string();
    assert_eq!(insert(&at_the_very_end, RULES, false), Ok(at_the_very_end.clone()));
}

#[test]
fn a_block_edited_by_hand_is_overwritten_with_force_only() {
    let edited = inserted("a\n\n").replace("- two", "- two, and mine");
    assert_eq!(insert(&edited, "new", false), Err(BlockError::Edited { line: 3 }));
    assert!(insert(&edited, "new", true).unwrap().contains("\nnew\n"));
    let no_hash = "<!-- friction:begin -->\nmine\n<!-- friction:end -->\n";
    assert_eq!(insert(no_hash, "new", false), Err(BlockError::Edited { line: 1 }));
    assert!(insert(no_hash, "mine", false).is_ok());
}

#[test]
fn windows_line_ends_stay_windows_line_ends() {
    let text = inserted("# Mine\r\n");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert_eq!(inserted(&text), text);
    let changed = insert(&text, "new", false).unwrap();
    assert_eq!(changed.matches('\n').count(), changed.matches("\r\n").count());
}

#[test]
fn a_byte_order_mark_before_the_block_stays() {
    let text = inserted("\u{feff}");
    assert!(insert(&text, "new", false).unwrap().starts_with("\u{feff}<!-- friction:begin "));
}

#[test]
fn unpaired_and_repeated_markers_are_named_by_their_line() {
    let block = inserted("");
    for (text, error) in [
        (format!("{block}{block}"), BlockError::Second { line: 7, first: 1 }),
        (format!("{BEGIN}1 -->\n{block}"), BlockError::Second { line: 2, first: 1 }),
        (format!("a\n{BEGIN}1 -->\nb\n"), BlockError::NoEnd { line: 2 }),
        (format!("a\n\n{END}\n"), BlockError::NoBegin { line: 3 }),
        (format!("{block}{END}\n"), BlockError::NoBegin { line: 7 }),
    ] {
        assert_eq!(insert(&text, RULES, true), Err(error), "{text}");
    }
    assert_eq!(
        insert(END, RULES, false).unwrap_err().to_string(),
        "line 1: a friction block ends that never began; remove the line"
    );
}

#[test]
fn a_marker_in_the_middle_of_a_line_is_prose() {
    let text = format!("use `{END}` to end\n");
    assert!(inserted(&text).starts_with(&text));
}

fn file() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[ a-z#`-]{0,8}",
        1 => Just("<!-- friction:begin 00 -->".to_string()),
        1 => Just(END.to_string()),
        1 => "\\PC{0,6}",
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r"), Just("")];
    prop::collection::vec((line, end), 0..8)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

fn body() -> impl Strategy<Value = String> {
    prop_oneof![file(), any::<String>()]
}

proptest! {
    #[test]
    fn inserting_twice_is_inserting_once(text in file(), body in body(), force in any::<bool>()) {
        if let Ok(once) = insert(&text, &body, force) {
            prop_assert_eq!(insert(&once, &body, false), Ok(once.clone()));
        }
    }

    #[test]
    fn nothing_outside_of_the_markers_changes(above in "\\PC{0,20}\r?\n", below in any::<String>(), one in body(), two in body()) {
        prop_assume!(!has_block(&above) && !has_block(&below));
        let first = insert(&above, &one, false).unwrap();
        prop_assert!(first.starts_with(&above));
        let with_text_below = format!("{first}{below}");
        let second = insert(&with_text_below, &two, false).unwrap();
        let block = insert(&above, &two, false).unwrap();
        prop_assert_eq!(second, format!("{block}{below}"));
    }
}
