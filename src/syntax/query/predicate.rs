//! Predicates on the text of captures: `(#eq? @name "text")` and its kin.

use std::sync::OnceLock;

use regex::bytes::Regex;

use super::parse::{Parser, Stop, is_identifier_start};

/// A condition on a match. Holds where none of its captures is bound, as with the library; unlike
/// there, an `any-` predicate that no node passes does not hold.
pub(super) enum Predicate {
    /// Two captures have (or do not have) the same text.
    Same { left: u16, right: u16, mode: Mode },
    /// The text of a capture passes (or does not pass) a test.
    Text { capture: u16, test: Test, mode: Mode },
    /// Carries no condition: `#set!`.
    Always,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub positive: bool,
    /// Every node of the capture, not just one.
    pub every: bool,
}

pub(super) enum Test {
    OneOf(Vec<Box<str>>),
    Matches(LazyRegex),
}

/// A regular expression that is compiled when it is first asked.
pub(super) struct LazyRegex {
    pub source: String,
    compiled: OnceLock<Option<Regex>>,
}

enum Argument {
    Capture(u16),
    Text(String),
}

impl Predicate {
    /// What follows `(#`, through the closing parenthesis.
    pub(super) fn parse(parser: &mut Parser) -> Result<Predicate, Stop> {
        let start = parser.at;
        let mut name = parser.identifier().to_owned();
        if let Some(mark @ ('?' | '!')) = parser.peek() {
            parser.bump();
            name.push(mark);
        }
        let arguments = arguments(parser)?;
        let mode = Mode { positive: !name.contains("not-"), every: !name.starts_with("any-") };
        match (name.as_str(), arguments.as_slice()) {
            ("set!", _) => Ok(Predicate::Always),
            ("eq?" | "not-eq?" | "any-eq?" | "any-not-eq?", [Argument::Capture(left), right]) => {
                Ok(match right {
                    Argument::Capture(right) => Predicate::Same { left: *left, right: *right, mode },
                    Argument::Text(text) => {
                        let test = Test::OneOf(vec![text.as_str().into()]);
                        Predicate::Text { capture: *left, test, mode }
                    }
                })
            }
            (
                "match?" | "not-match?" | "any-match?" | "any-not-match?",
                [Argument::Capture(capture), Argument::Text(regex)],
            ) => {
                let test = Test::regex(regex).map_err(|why| parser.error(start, &why))?;
                Ok(Predicate::Text { capture: *capture, test, mode })
            }
            ("any-of?" | "not-any-of?", [Argument::Capture(capture), texts @ ..]) => {
                let mut values = Vec::new();
                for text in texts {
                    match text {
                        Argument::Text(text) => values.push(text.as_str().into()),
                        Argument::Capture(_) => return Err(wrong_arguments(parser, start, &name)),
                    }
                }
                let mode = Mode { every: true, ..mode };
                Ok(Predicate::Text { capture: *capture, test: Test::OneOf(values), mode })
            }
            (known, _) if KNOWN.contains(&known) => Err(wrong_arguments(parser, start, known)),
            _ => Err(parser.error(start, &format!("no predicate is named `#{name}`"))),
        }
    }

    pub(super) fn captures(&self) -> impl Iterator<Item = u16> {
        let both = match self {
            Predicate::Same { left, right, .. } => [Some(*left), Some(*right)],
            Predicate::Text { capture, .. } => [Some(*capture), None],
            Predicate::Always => [None, None],
        };
        both.into_iter().flatten()
    }

    /// Whether the predicate holds, given the texts of a capture's nodes.
    pub(super) fn holds<'a, Texts>(&self, texts: impl Fn(u16) -> Texts) -> bool
    where
        Texts: Iterator<Item = &'a [u8]>,
    {
        match self {
            Predicate::Always => true,
            Predicate::Text { capture, test, mode } => {
                let mut outcomes = texts(*capture).map(|text| test.passes(text) == mode.positive).peekable();
                if mode.every || outcomes.peek().is_none() {
                    outcomes.all(|passed| passed)
                } else {
                    outcomes.any(|passed| passed)
                }
            }
            Predicate::Same { left, right, mode } => {
                let (mut left, mut right) = (texts(*left).peekable(), texts(*right).peekable());
                while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
                    let passed = (a == b) == mode.positive;
                    if passed != mode.every {
                        return passed;
                    }
                    left.next();
                    right.next();
                }
                left.peek().is_none() && right.peek().is_none()
            }
        }
    }
}

const KNOWN: [&str; 10] = [
    "eq?",
    "not-eq?",
    "any-eq?",
    "any-not-eq?",
    "match?",
    "not-match?",
    "any-match?",
    "any-not-match?",
    "any-of?",
    "not-any-of?",
];

fn wrong_arguments(parser: &Parser, at: usize, name: &str) -> Stop {
    parser.error(at, &format!("`#{name}` takes a capture and then text in double quotes"))
}

fn arguments(parser: &mut Parser) -> Result<Vec<Argument>, Stop> {
    let mut arguments = Vec::new();
    loop {
        parser.skip_blanks();
        arguments.push(match parser.peek() {
            Some(')') => {
                parser.bump();
                return Ok(arguments);
            }
            Some('@') => Argument::Capture(parser.capture()?),
            Some('"') => Argument::Text(parser.string()?),
            Some(c) if is_identifier_start(c) => Argument::Text(parser.identifier().to_owned()),
            _ => return Err(parser.error(parser.at, "expected a capture, text or `)` in the predicate")),
        });
    }
}

impl Test {
    fn regex(source: &str) -> Result<Test, String> {
        if let Some(words) = words_of(source)
            && source.starts_with('^')
            && source.ends_with('$')
            && anchors_whole(source)
        {
            return Ok(Test::OneOf(words.into_iter().map(Into::into).collect()));
        }
        let compiled = OnceLock::new();
        if !is_surely_valid(source) {
            // Compiled now, so that an error has a position.
            let regex = Regex::new(source).map_err(|why| format!("not a regular expression: {why}"))?;
            _ = compiled.set(Some(regex));
        }
        Ok(Test::Matches(LazyRegex { source: source.into(), compiled }))
    }

    fn passes(&self, text: &[u8]) -> bool {
        match self {
            Test::OneOf(values) => values.iter().any(|value| value.as_bytes() == text),
            Test::Matches(regex) => {
                let compiled = regex.compiled.get_or_init(|| Regex::new(&regex.source).ok());
                compiled.as_ref().is_some_and(|compiled| compiled.is_match(text))
            }
        }
    }

    /// Texts of which one is part of any text that passes; empty where none are known.
    pub(super) fn literals(&self) -> Vec<&str> {
        match self {
            Test::OneOf(values) => values.iter().map(|value| &**value).collect(),
            Test::Matches(regex) => words_of(&regex.source).unwrap_or_default(),
        }
    }
}

/// The alternatives of a regular expression that is no more than words, `^`, `$`, `|` and a group.
fn words_of(regex: &str) -> Option<Vec<&str>> {
    let inner = regex.strip_prefix('^').unwrap_or(regex);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    let inner = match inner.strip_prefix('(') {
        Some(group) => group.strip_prefix("?:").unwrap_or(group).strip_suffix(')')?,
        None => inner,
    };
    let plain =
        |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    inner.split('|').map(|word| Some(word).filter(plain)).collect()
}

/// Whether a regular expression is made of words, escaped punctuation, anchors, groups, alternatives and
/// simple repetitions only, correctly nested. Most are, and need not be compiled to know that they can be.
fn is_surely_valid(regex: &str) -> bool {
    let mut open_groups = 0;
    // Whether a repetition may follow.
    let mut after_atom = false;
    let mut rest = regex.bytes();
    while let Some(byte) = rest.next() {
        after_atom = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'/' | b':' | b'@' | b' ' => true,
            b'\\' if rest.next().is_some_and(|escaped| b".()[]{}*+?|^$\\/".contains(&escaped)) => true,
            b'^' | b'$' | b'|' => false,
            b'(' => {
                open_groups += 1;
                false
            }
            b')' if open_groups > 0 => {
                open_groups -= 1;
                true
            }
            b'?' | b'*' | b'+' if after_atom => false,
            _ => return false,
        };
    }
    // Deep nesting has a limit, which is far above this.
    open_groups == 0 && regex.len() < 500
}

/// Whether `^` and `$` around words bind all of them: `^(a|b)$` or `^a$`, not `^a|b$`.
fn anchors_whole(regex: &str) -> bool {
    regex.starts_with("^(") || !regex.contains('|')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usual_expressions_are_not_compiled_before_they_are_asked() {
        for regex in ["^use", "(^|\\.)(patch|object)$", "^mock(Return|Resolved)Value(Once)?$", "log.*er"] {
            let Ok(Test::Matches(lazy)) = Test::regex(regex) else { panic!("{regex}") };
            assert!(lazy.compiled.get().is_none(), "{regex}");
        }
    }

    #[test]
    fn whole_words_need_no_expression() {
        let test = Test::regex("^(it|test)$").ok().unwrap();
        assert!(matches!(test, Test::OneOf(_)));
        assert!(test.passes(b"it") && !test.passes(b"its"));
        assert!(matches!(Test::regex("^it|test$"), Ok(Test::Matches(_))));
    }

    proptest! {
        #[test]
        fn what_is_surely_valid_compiles(regex in "[ab.^$|()?*+\\\\/:]{0,12}") {
            if is_surely_valid(&regex) {
                prop_assert!(Regex::new(&regex).is_ok());
            }
        }

        #[test]
        fn words_are_part_of_every_text_that_matches(regex in "\\^?\\(?[ab]{1,2}(\\|[ab]{1,2})?\\)?\\$?", text in "[abc]{0,5}") {
            if let (Some(words), Ok(compiled)) = (words_of(&regex), Regex::new(&regex)) {
                let found = words.iter().any(|word| text.contains(word));
                prop_assert!(found || !compiled.is_match(text.as_bytes()));
                if let Ok(test) = Test::regex(&regex) {
                    prop_assert_eq!(test.passes(text.as_bytes()), compiled.is_match(text.as_bytes()));
                }
            }
        }
    }
}
