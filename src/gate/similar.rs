//! Which learned pattern a failure looks like, so that whoever reads of it learns how it was mended here
//! before. A guess by the error's kind, its place and its words; where nothing speaks for a pattern, none
//! is named.

use globset::Glob;

use crate::model::gate::{Gated, Problem};
use crate::model::{Family, Pattern};

/// What an error is told by, the family that it belongs to, and patterns that it is typical of.
struct Sign {
    /// A code, or words of the message.
    words: &'static [&'static str],
    family: Family,
    patterns: &'static [&'static str],
}

const fn sign(words: &'static [&'static str], family: Family, patterns: &'static [&'static str]) -> Sign {
    Sign { words, family, patterns }
}

/// In order: the first that fits counts.
const SIGNS: [Sign; 17] = [
    sign(
        &["export is defined on the", "is defined on the mock"],
        Family::MockSetup,
        &["mock-factory-missing-export", "mock-import-actual-missing", "mock-default-return-missing"],
    ),
    sign(
        &["vi.mock", "jest.mock", "before initialization", "vi.hoisted"],
        Family::MockSetup,
        &["vi-hoisted-added", "vi-domock-to-mock"],
    ),
    sign(
        &[
            "mockResolvedValue",
            "mockReturnValue",
            "mockImplementation",
            "is not a spy",
            "spyOn",
            "mock_calls",
            "MagicMock",
            "AsyncMock",
            "does not have the attribute",
        ],
        Family::MockSetup,
        &["mock-object-missing-member", "patch-target-nonexistent", "async-mock-needed"],
    ),
    sign(
        &[
            "TS2532",
            "TS2531",
            "TS2533",
            "TS18047",
            "TS18048",
            "TS18049",
            "possibly 'undefined'",
            "possibly 'null'",
        ],
        Family::TypeNarrowing,
        &["guard-added", "optional-chain-added"],
    ),
    sign(&["TS18046", "TS2571", "of type 'unknown'"], Family::TypeNarrowing, &["catch-unknown-narrowed"]),
    sign(
        &["'NoneType' object", "of undefined (reading", "of null (reading"],
        Family::TypeNarrowing,
        &["none-guard-added", "optional-chain-added"],
    ),
    sign(
        &["TS2345", "TS2322", "incompatible type"],
        Family::TypeNarrowing,
        &["default-fallback-added", "guard-added", "non-null-assertion-added"],
    ),
    sign(
        &["TS2305", "TS2614", "TS2724", "cannot import name", "does not provide an export"],
        Family::ImportPath,
        &["import-name-unknown", "import-name-wrong", "export-missing"],
    ),
    sign(
        &[
            "TS2307",
            "TS2792",
            "Cannot find module",
            "Failed to resolve import",
            "Failed to load url",
            "ModuleNotFoundError",
            "No module named",
        ],
        Family::ImportPath,
        &["import-specifier-wrong", "import-module-wrong"],
    ),
    sign(
        &["TS1361", "TS1362", "TS1484"],
        Family::ImportPath,
        &["import-type-missing", "import-type-used-as-value"],
    ),
    sign(
        &["NameError", "TS2304", "TS2552", "is not defined", "no-undef"],
        Family::ImportPath,
        &["import-missing", "name-not-imported"],
    ),
    sign(
        &["NameError", "TS2304", "TS2552", "is not defined", "no-undef"],
        Family::TypeErrorOther,
        &["undeclared-identifier", "name-undeclared"],
    ),
    sign(
        &["TS2339", "TS2551", "AttributeError", "is not a function", "has no attribute"],
        Family::AttributeName,
        &[
            "member-misspelled",
            "member-misspelt",
            "member-nonexistent",
            "member-renamed",
            "member-renamed-in-place",
        ],
    ),
    sign(
        &["TS2353", "TS2561", "unexpected keyword argument"],
        Family::AttributeName,
        &["option-key-wrong", "keyword-argument-wrong"],
    ),
    sign(
        &["Timed out", "timed out in", "waitFor", "was never awaited"],
        Family::AsyncTiming,
        &["await-missing", "wait-for-added"],
    ),
    sign(
        &["AssertionError", "expect(received)", "left == right"],
        Family::TestExpectation,
        &["expected-value-wrong"],
    ),
    sign(&["TS6133", "TS6192", "unused"], Family::LintFormat, &["unused-import", "unused-name"]),
];

/// Names the pattern that each problem of a result looks like.
pub fn name_patterns(gated: &mut Gated, patterns: &[Pattern]) {
    for problem in gated.steps.iter_mut().flat_map(|step| &mut step.problems) {
        problem.pattern = similar(problem, patterns).map(|pattern| pattern.id.clone());
    }
}

/// The pattern, costliest first among equals, that a problem looks like.
fn similar<'a>(problem: &Problem, patterns: &'a [Pattern]) -> Option<&'a Pattern> {
    // A rule of friction's own names what it guards against.
    if let Some(guarded) = patterns.iter().find(|pattern| pattern.rules.contains(&problem.code)) {
        return Some(guarded);
    }
    let text = format!("{}: {}", problem.code, problem.message);
    let signs = SIGNS.iter().filter(|sign| sign.words.iter().any(|word| text.contains(word)));
    let mut best: Option<(u32, &Pattern)> = None;
    for sign in signs {
        for pattern in patterns.iter().filter(|pattern| pattern.family == sign.family) {
            let points = points(pattern, sign, problem);
            if points >= 2 && best.is_none_or(|(most, _)| points > most) {
                best = Some((points, pattern));
            }
        }
    }
    best.map(|(_, pattern)| pattern)
}

fn points(pattern: &Pattern, sign: &Sign, problem: &Problem) -> u32 {
    let typical = sign.patterns.contains(&pattern.pattern.as_str());
    let here = pattern
        .files
        .iter()
        .any(|glob| Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(&problem.path)));
    let shares_name = quoted(&problem.message).any(|name| {
        name.len() > 3
            && pattern
                .examples
                .iter()
                .any(|example| example.before.contains(name) || example.after.contains(name))
    });
    2 * u32::from(typical) + u32::from(here) + 2 * u32::from(shares_name)
}

/// The names that a message quotes.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split(['\'', '"', '`']).skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cost, Counts};

    fn sample(name: &str) -> Pattern {
        Pattern {
            id: format!("mock_setup/{name}"),
            family: Family::MockSetup,
            pattern: name.into(),
            sentence: "It went wrong.".into(),
            counts: Counts { corrections: 5, origins: 5, episodes: 5, rounds: 5 },
            cost: Cost { minutes: 60, lines: 9, rounds: 5 },
            share: 0.1,
            interval: [0.0, 0.2],
            trend: vec![1],
            always: "Do it well.".into(),
            never: "Never do it badly.".into(),
            files: vec!["src/**/*.test.ts".into()],
            examples: Vec::new(),
            rules: Vec::new(),
            local: false,
        }
    }

    fn problem(code: &str, message: &str) -> Problem {
        Problem {
            path: "src/a.test.ts".into(),
            line: Some(1),
            column: None,
            code: code.into(),
            message: message.into(),
            help: None,
            test: None,
            pattern: None,
        }
    }

    fn named(code: &str, message: &str, patterns: &[Pattern]) -> Option<String> {
        similar(&problem(code, message), patterns).map(|pattern| pattern.id.clone())
    }

    #[test]
    fn a_failure_is_known_by_its_kind_and_what_is_typical_of_it() {
        let mock = sample("mock-factory-missing-export");
        let other = sample("mock-reset-cleared-implementation");
        let patterns = [other, mock.clone()];
        let told =
            "[vitest] No \"read\" export is defined on the \"./fs\" mock. Did you forget to return it?";
        assert_eq!(named("Error", told, &patterns), Some(mock.id));
        assert_eq!(named("Error", "disk full", &patterns), None);
    }

    #[test]
    fn an_unknown_value_and_one_that_may_be_absent_are_mended_in_different_ways() {
        let of = |name: &str| Pattern {
            id: format!("type_narrowing/{name}"),
            family: Family::TypeNarrowing,
            ..sample(name)
        };
        let patterns = [of("catch-unknown-narrowed"), of("optional-chain-added")];
        let named = |code, message| named(code, message, &patterns).unwrap();
        assert_eq!(named("TS18048", "'x.y' is possibly 'undefined'."), "type_narrowing/optional-chain-added");
        assert_eq!(
            named("TS18046", "'error' is of type 'unknown'."),
            "type_narrowing/catch-unknown-narrowed"
        );
    }

    #[test]
    fn a_rule_names_its_pattern() {
        let mut pattern = sample("anything");
        pattern.rules = vec!["vi-mock-factory-tdz".into()];
        assert_eq!(named("vi-mock-factory-tdz", "x", &[pattern.clone()]), Some(pattern.id));
    }
}
