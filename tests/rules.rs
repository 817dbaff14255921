//! Every example of every rule file, through the checker.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use friction::check::{RuleSet, flagged};
use friction::facts::Project;
use friction::git::MemoryFiles;
use friction::rules::examples::examples;
use friction::rules::{CATALOGUE, literate, natives};
use proptest::prelude::*;

/// `FRICTION_RULES=vi-mock` looks at the rules whose id begins so.
#[test]
fn every_example_of_a_rule_is_flagged_where_it_says_and_nowhere_else() {
    let rules = RuleSet::new(Vec::new(), |_| None);
    let only = std::env::var("FRICTION_RULES").unwrap_or_default();
    let (mut seen, mut wrong, mut skipped) = (0, Vec::new(), Vec::new());
    for rule in CATALOGUE.iter().filter(|rule| rule.id.starts_with(&only)) {
        let about_comments = rule.id.starts_with("suppression-");
        if !about_comments && !natives().any(|native| native.id == rule.id) {
            skipped.push(rule.id);
            continue;
        }
        let place = format!("rules/{}/{}.md", rule.family, rule.id);
        let found =
            examples(rule.text).unwrap_or_else(|wrong| panic!("{place}:{}: {}", wrong.line, wrong.message));
        for example in &found {
            seen += 1;
            let told = flagged(&rules, rule.id, example);
            let told: BTreeSet<(&str, usize)> =
                told.iter().map(|(path, line)| (path.as_str(), *line)).collect();
            if told != example.flags() {
                let (line, title) = (example.line, &example.title);
                wrong.push(format!(
                    "{place}:{line}: {title}\n  flagged {told:?}, must be {:?}",
                    example.flags()
                ));
            }
        }
    }
    println!("{seen} examples; {} rules have no function yet: {}", skipped.len(), skipped.join(" "));
    assert!(wrong.is_empty(), "{} of {seen} examples:\n{}", wrong.len(), wrong.join("\n"));
}

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::new(Vec::new(), |_| None));

/// A text of an example, cut and joined with another at any bytes, with some of its own between.
fn damaged() -> impl Strategy<Value = (String, String)> {
    let texts: Vec<(String, String)> = CATALOGUE
        .iter()
        .flat_map(|rule| examples(rule.text).unwrap())
        .flat_map(|example| example.files)
        .map(|file| (file.path, file.text))
        .collect();
    let one = || proptest::sample::select(texts.clone());
    let middle = "[(){}\\[\\]'\"`#/*\\\\\\n\u{feff}é]{0,6}|[\\PC]{0,12}";
    (one(), one(), 0usize..2000, 0usize..2000, middle).prop_map(
        |((path, head), (_, tail), end, start, middle)| {
            let head = &head[..head.floor_char_boundary(end)];
            let tail = &tail[tail.floor_char_boundary(start)..];
            (path, format!("{head}{middle}{tail}"))
        },
    )
}

proptest! {
    #[test]
    fn no_text_makes_a_front_end_or_a_rule_panic((path, text) in damaged()) {
        let mut files = MemoryFiles::default();
        files.insert(&path, &text);
        RULES.run(&Project::new(Arc::new(files)), &path);
    }

    #[test]
    fn no_text_makes_the_reader_of_rules_panic(
        at in 0usize..CATALOGUE.len(), from in 0usize..3000, to in 0usize..3000, middle in "[\\PC\n`+#\"=]{0,9}",
    ) {
        let text = CATALOGUE[at].text;
        let text = format!("{}{middle}{}", &text[..text.floor_char_boundary(from)], &text[text.floor_char_boundary(to)..]);
        let _ = (literate::parse(&text).is_ok(), examples(&text).is_ok());
    }
}
