//! What one hunk replaces: runs of tokens that gave way to others, between tokens that stayed.
//!
//! Knows no grammar: words, numbers, one-line strings and single signs are enough to see that
//! `getModel` became `getActiveModel`, in any language.

use std::ops::Range;

use crate::diff;

/// Tokens on either side of a replacement; a longer run is a rewrite that will not recur.
const MOST_TOKENS: usize = 6;

/// Bytes on either side of a hunk; a larger one is a rewrite, and its alignment would be chance.
const MOST_BYTES: usize = 4096;

/// A run of tokens and what stands in its place since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replacement<'a> {
    pub before: Vec<&'a str>,
    pub after: Vec<&'a str>,
    /// The runs as they were written.
    pub before_text: &'a str,
    pub after_text: &'a str,
    /// `logger` where the run follows `logger.`; empty where it follows a dot after something else.
    pub receiver: Option<&'a str>,
    /// The run stands on a line that imports.
    pub in_import: bool,
}

/// The replacements that a hunk makes, in order; none where most of the hunk was rewritten.
pub(super) fn replacements<'a>(before: &'a str, after: &'a str) -> Vec<Replacement<'a>> {
    if before.len() > MOST_BYTES || after.len() > MOST_BYTES {
        return Vec::new();
    }
    let (old, new) = (tokens(before), tokens(after));
    let hunks = diff::hunks(&one_a_line(before, &old), &one_a_line(after, &new));
    let removed: usize = hunks.iter().map(|hunk| hunk.old_lines as usize).sum();
    if hunks.len() > 1 && removed * 2 > old.len() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for hunk in hunks {
        let was = &old[hunk.old_start as usize..][..hunk.old_lines as usize];
        let is = &new[hunk.new_start as usize..][..hunk.new_lines as usize];
        if was.is_empty() || is.is_empty() || was.len().max(is.len()) > MOST_TOKENS {
            continue;
        }
        found.push(Replacement {
            before: texts(before, was),
            after: texts(after, is),
            before_text: &before[was[0].start..was[was.len() - 1].end],
            after_text: &after[is[0].start..is[is.len() - 1].end],
            receiver: receiver(before, &old[..hunk.old_start as usize]),
            in_import: is_import(line_of(before, was[0].start)),
        });
    }
    found
}

fn texts<'a>(text: &'a str, tokens: &[Range<usize>]) -> Vec<&'a str> {
    tokens.iter().map(|token| &text[token.clone()]).collect()
}

/// Tokens hold no newline, so a line diff of them, one a line, is a token diff.
fn one_a_line(text: &str, tokens: &[Range<usize>]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(text.len() + tokens.len());
    for token in tokens {
        lines.extend_from_slice(&text.as_bytes()[token.clone()]);
        lines.push(b'\n');
    }
    lines
}

fn receiver<'a>(text: &'a str, above: &[Range<usize>]) -> Option<&'a str> {
    let [.., dot] = above else { return None };
    if &text[dot.clone()] != "." {
        return None;
    }
    let object = above.len().checked_sub(2).map(|index| &text[above[index].clone()]);
    Some(object.filter(|object| is_word(object)).unwrap_or(""))
}

fn line_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[start..].lines().next().unwrap_or("")
}

fn is_import(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("import ")
        || line.starts_with("from ")
        || line.contains(" from '")
        || line.contains(" from \"")
        || line.contains("require(")
        || line.contains("import(")
}

/// True for a name or a keyword.
pub(super) fn is_word(token: &str) -> bool {
    token.starts_with(starts_word)
}

fn starts_word(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

/// The tokens of a text as byte ranges, comment lines left out.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !is_comment(line) {
            line_tokens(line, start, &mut found);
        }
        start += line.len();
    }
    found
}

fn is_comment(line: &str) -> bool {
    let line = line.trim();
    ["/*", "* ", "*/", "\"\"\""].iter().any(|mark| line.starts_with(mark)) || line == "#" || line == "*"
}

fn line_tokens(line: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(first) = line[at..].chars().next() {
        let rest = &line[at..];
        // What Python divides by is lost with it, which is rarer than a comment behind code.
        if rest.starts_with("//") || rest.starts_with("# ") {
            return;
        }
        let length = match first {
            c if c.is_whitespace() || c.is_control() => {
                at += c.len_utf8();
                continue;
            }
            c if starts_word(c) => run(rest, |c| starts_word(c) || c.is_numeric()),
            c if c.is_numeric() => run(rest, |c| c.is_alphanumeric() || c == '.' || c == '_'),
            quote @ ('\'' | '"') => string(rest, quote).unwrap_or(1),
            c => c.len_utf8(),
        };
        found.push(start + at..start + at + length);
        at += length;
    }
}

fn run(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

/// The length of a string that closes on its line; an apostrophe in prose does not.
fn string(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at + 1),
            c if c.is_control() => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(before: &str, after: &str) -> Vec<(String, String)> {
        replacements(before, after)
            .into_iter()
            .map(|found| (found.before_text.to_string(), found.after_text.to_string()))
            .collect()
    }

    fn pair(before: &str, after: &str) -> (String, String) {
        (before.to_string(), after.to_string())
    }

    #[test]
    fn the_tokens_that_gave_way_are_found_between_those_that_stayed() {
        assert_eq!(
            pairs("  config.getModel(id)\n", "  config.getActiveModel(id)\n"),
            [pair("getModel", "getActiveModel")]
        );
        assert_eq!(
            pairs("import { a } from './x'\n", "import { a } from './x.js'\n"),
            [pair("'./x'", "'./x.js'")]
        );
        assert_eq!(pairs("isn't one(a)\n", "isn't two(a)\n"), [pair("one", "two")]);
    }

    #[test]
    fn additions_comments_and_rewrites_replace_nothing() {
        assert_eq!(pairs("call(a)\n", "await call(a)\n"), []);
        assert_eq!(pairs("a = 1  # old words\n", "a = 1  # new words\n"), []);
        assert_eq!(pairs("// old words\na()\n", "// new words\na()\n"), []);
        assert_eq!(pairs("one(two, three)\n", "four[five] + six.seven(eight)\n"), []);
    }

    #[test]
    fn the_receiver_and_an_import_line_are_known() {
        let before = "x = logger.warn('a')\nfrom a.b import c\n";
        let after = "x = logger.warning('a')\nfrom a.d import c\n";
        let found = replacements(before, after);
        assert_eq!(found.iter().map(|r| r.receiver).collect::<Vec<_>>(), [Some("logger"), Some("a")]);
        assert_eq!(found.iter().map(|r| r.in_import).collect::<Vec<_>>(), [false, true]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(before in "\\PC{0,40}\n?[\"'`.a-z\\\\\n]{0,20}", after in any::<String>()) {
            for found in replacements(&before, &after) {
                prop_assert!(!found.before.is_empty() && !found.after.is_empty());
                prop_assert!(before.contains(found.before_text) && after.contains(found.after_text));
            }
        }
    }
}
