//! What holds for all formats: what they look like, that they fit, that nothing hostile comes through.

use serde_json::Value;

use super::text::{columns, is_unsafe};
use super::*;
use crate::model::Scan;

const HOSTILE: &str = "\x1b[2J\x1b]0;owned\x07\r\n| a | <script>alert(1)</script> <img src=x> ![x](y) `tick @ada #1 \
                       \u{202e}evil\u{2066}\u{9b}31m\u{200b} https://evil.example \u{85}漢字 👩‍💻";

#[test]
fn a_screen_of_eighty_columns_reads_well() {
    insta::assert_snapshot!(screen(&sample::scan(), &Terminal::plain(80)));
}

#[test]
fn a_screen_of_a_hundred_and_twenty_columns_reads_well() {
    insta::assert_snapshot!(screen(&sample::scan(), &Terminal::plain(120)));
}

#[test]
fn colour_adds_nothing_but_escapes() {
    let escapes = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
    for width in [80, 120] {
        let plain = Terminal::plain(width);
        let coloured = screen(&sample::scan(), &Terminal { color: true, ..plain });
        let bare = escapes.replace_all(&coloured, "").into_owned();
        let trimmed = |text: &str| text.lines().map(|line| line.trim_end().to_string()).collect::<Vec<_>>();
        assert_eq!(trimmed(&bare), trimmed(&screen(&sample::scan(), &plain)));
    }
}

#[test]
fn nothing_is_drawn_outside_ascii_where_that_cannot_be_shown() {
    let mut scan = sample::scan();
    rewrite(&mut scan, &|text| text.chars().filter(char::is_ascii).collect());
    let terminal = Terminal { unicode: false, ..Terminal::plain(80) };
    assert!(screen(&scan, &terminal).is_ascii());
}

#[test]
fn an_empty_repository_a_flawless_one_and_one_without_patterns_have_their_own_screens() {
    let mut scan = sample::scan();
    scan.patterns.clear();
    scan.warnings.clear();
    scan.episodes.truncate(1);
    let mut screens = vec![screen(&scan, &Terminal::plain(80))];
    scan.corrections.clear();
    scan.episodes.clear();
    screens.push(screen(&scan, &Terminal::plain(80)));
    scan.repository = crate::model::Repository { root: "/home/ada/new".to_string(), ..Default::default() };
    screens.push(screen(&scan, &Terminal::plain(80)));
    insta::assert_snapshot!(screens.join("\n=====\n"));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let mut hostile = sample::scan();
    rewrite(&mut hostile, &|text| format!("{text}{HOSTILE}"));
    let mut shown = sample::shown();
    shown.correction = hostile.corrections[0].clone();
    shown.excerpts[0].after = HOSTILE.repeat(9);
    for width in [60, 80, 109, 110, 120, 160] {
        let terminal = Terminal::plain(width);
        let tame = [screen(&sample::scan(), &terminal), show(&sample::shown(), &terminal)];
        for text in tame.into_iter().chain([screen(&hostile, &terminal), show(&shown, &terminal)]) {
            let wide: Vec<&str> = text.lines().filter(|line| columns(line) > width).collect();
            assert!(wide.is_empty(), "{width}: {wide:#?}");
        }
    }
}

#[test]
fn hostile_text_reaches_no_output_raw() {
    let mut scan = sample::scan();
    rewrite(&mut scan, &|_| HOSTILE.to_string());
    let mut shown = sample::shown();
    shown.correction = scan.corrections[0].clone();
    for origin in &mut shown.origins {
        (origin.subject, origin.author) = (HOSTILE.to_string(), HOSTILE.to_string());
        origin.sha = shown.correction.origins[0].sha.clone();
    }
    for excerpt in &mut shown.excerpts {
        (excerpt.path, excerpt.before) = (HOSTILE.to_string(), HOSTILE.to_string());
    }
    let mut machine = Vec::new();
    json(&scan, &mut machine).and_then(|()| jsonl(&scan, &mut machine)).unwrap();
    let comment = markdown(&scan);
    let terminal = Terminal::plain(80);
    let outputs = [
        screen(&scan, &terminal),
        show(&shown, &terminal),
        comment.clone(),
        String::from_utf8(machine).unwrap(),
    ];
    for output in &outputs {
        let raw = output.chars().find(|c| *c != '\n' && is_unsafe(*c));
        assert_eq!(raw, None, "{output}");
        assert!(output.contains("evil"), "the text is shown, only tamed");
    }
    assert_tame(&comment);
}

/// Outside code spans, a comment holds no tag but its own, no link, no mention and no reference.
fn assert_tame(comment: &str) {
    let own =
        ["<!-- friction scan -->", "<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"];
    for line in comment.lines() {
        let bare = own.iter().fold(without_code(line), |line, tag| line.replace(tag, ""));
        assert!(!bare.contains(['<', '@', '#']) && !bare.contains("://"), "{line}");
        assert!(!bare.replace("\\[", "").contains('['), "{line}");
        if line.starts_with('|') {
            let cells = line.replace("\\|", "").matches('|').count();
            assert!([5, 8].contains(&cells), "{line}");
        }
    }
}

/// The line less its code spans, as CommonMark reads them.
fn without_code(line: &str) -> String {
    let runs = regex::Regex::new("`+").unwrap();
    let (mut bare, mut rest) = (String::new(), line);
    while let Some(start) = rest.find('`') {
        let escaped = rest[..start].ends_with('\\') && !rest[..start].ends_with("\\\\");
        let fence = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let inside = &rest[start + fence..];
        let end = runs.find_iter(inside).find(|run| run.len() == fence);
        bare.push_str(&rest[..start]);
        rest = match end {
            Some(end) if !escaped => &inside[end.end()..],
            _ => inside,
        };
    }
    bare + rest
}

/// Changes every text of the scan that can come from a repository.
fn rewrite(scan: &mut Scan, change: &dyn Fn(&str) -> String) {
    let mut value = serde_json::to_value(&*scan).unwrap();
    rewrite_value(&mut value, "", change);
    *scan = serde_json::from_value(value).unwrap();
}

fn rewrite_value(value: &mut Value, key: &str, change: &dyn Fn(&str) -> String) {
    match value {
        // These are closed lists of words.
        Value::String(_) if matches!(key, "family" | "side" | "schema") => {}
        Value::String(text)
            if key == "kind"
                && serde_json::from_value::<crate::model::Kind>(text.as_str().into()).is_ok() => {}
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite_value(item, key, change)),
        Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| rewrite_value(value, key, change)),
        _ => {}
    }
}
