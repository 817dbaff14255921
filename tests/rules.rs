//! Every example of every rule file, through the checker.

use std::collections::BTreeSet;

use friction::check::{RuleSet, flagged};
use friction::rules::examples::examples;
use friction::rules::{CATALOGUE, natives};

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
