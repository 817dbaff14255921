//! Comments that silence findings: `friction-ignore[id, id]: reason`.
//!
//! At the end of a line of code it covers the statement on that line, on a line of its own the next
//! statement; `friction-ignore-file[id]: reason` covers the file. A statement with a body is covered up to its
//! body: one comment above a test does not silence the test. Without an id or a reason a comment silences
//! nothing, and is told; so is one that nothing needed.

use std::ops::Range;

use super::lines::Lines;

/// The word that every suppression begins with.
const WORD: &str = "friction-ignore";

/// A suppressing comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suppression {
    /// The comment's bytes, from the word on.
    pub(super) bytes: Range<usize>,
    /// What it silences; empty where it is malformed.
    pub(super) rules: Vec<String>,
    /// What is wrong with it.
    pub(super) wrong: Option<&'static str>,
    /// Lines it covers, counted from 1.
    covers: Range<usize>,
}

impl Suppression {
    pub(super) fn silences(&self, rule: &str, lines: &Range<usize>) -> bool {
        self.wrong.is_none()
            && self.rules.iter().any(|id| id == rule)
            && lines.start < self.covers.end
            && self.covers.start < lines.end
    }
}

/// The suppressions among a file's comments. `statements` are the bytes of all statements, in the order of
/// the text, parents before children.
pub(super) fn suppressions(
    text: &str,
    lines: &Lines,
    comments: &[Range<usize>],
    statements: &[Range<usize>],
) -> Vec<Suppression> {
    let in_comment = |comment: &Range<usize>| {
        let inside = text.get(comment.clone())?;
        let at = inside.find(WORD)?;
        leads(&inside[..at]).then(|| parse(inside, at, comment.start, lines, statements)).flatten()
    };
    comments.iter().filter_map(in_comment).collect()
}

/// A suppression begins its comment, or follows another tool's word as a comment of its own,
/// `# noqa: F821  # friction-ignore[id]: reason`. Prose that speaks of suppressions is none.
fn leads(before: &str) -> bool {
    let of_comments = |c: char| matches!(c, '/' | '*' | '#' | '!' | '-' | '<') || c.is_whitespace();
    let before_word = before.trim_end();
    before.chars().all(of_comments) || before_word.ends_with('#') || before_word.ends_with("//")
}

/// True if a file may hold a suppression; cheaper than looking at its comments.
pub(super) fn may_suppress(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), WORD.as_bytes()).is_some()
}

fn parse(
    comment: &str,
    at: usize,
    start: usize,
    lines: &Lines,
    statements: &[Range<usize>],
) -> Option<Suppression> {
    let rest = &comment[at + WORD.len()..];
    let (whole_file, rest) = match rest.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    // `friction-ignored` is another word.
    if rest.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_') {
        return None;
    }
    let (rules, wrong) = match read(rest) {
        Ok(rules) => (rules, None),
        Err(wrong) => (Vec::new(), Some(wrong)),
    };
    let end = comment.trim_end_matches("*/").trim_end().len().max(at + WORD.len());
    let bytes = start + at..start + end;
    let covers =
        if whole_file { 0..usize::MAX } else { covered(start, start + comment.len(), lines, statements) };
    Some(Suppression { bytes, rules, wrong, covers })
}

/// `[id, id]: reason`
fn read(text: &str) -> Result<Vec<String>, &'static str> {
    let inside = text.strip_prefix('[').ok_or("it names no rule: write friction-ignore[rule-id]: reason")?;
    let (ids, rest) = inside.split_once(']').ok_or("its `[` is not closed")?;
    let ids: Vec<String> =
        ids.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err("it names no rule: write friction-ignore[rule-id]: reason");
    }
    let reason = rest.trim_start().strip_prefix(':').map(|reason| reason.trim_end_matches("*/").trim());
    match reason {
        Some(reason) if !reason.is_empty() => Ok(ids),
        _ => Err("it gives no reason: write friction-ignore[rule-id]: reason"),
    }
}

/// The lines that a comment covers.
fn covered(start: usize, end: usize, lines: &Lines, statements: &[Range<usize>]) -> Range<usize> {
    let line = lines.place(start).0;
    let trailing = !lines.before(start).trim().is_empty();
    let statement = if trailing {
        // The innermost statement that begins on this line or above and reaches it.
        let reaches = |at: &&Range<usize>| {
            lines.place(at.start).0 <= line
                && lines.place(at.end.saturating_sub(1)).0 >= line
                && at.start < start
        };
        statements.iter().rev().filter(reaches).min_by_key(|at| at.len())
    } else {
        statements.iter().filter(|at| at.start >= end).min_by_key(|at| (at.start, usize::MAX - at.end))
    };
    let Some(statement) = statement else { return line..line + 1 };
    let first = lines.place(statement.start).0;
    let last = lines.place(statement.end.saturating_sub(1).max(statement.start)).0;
    // Statements within are its body.
    let body = statements
        .iter()
        .filter(|at| at.start > statement.start && at.end <= statement.end)
        .map(|at| lines.place(at.start).0)
        .find(|&body| body > first);
    first..body.unwrap_or(last + 1)
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one comment, one statement")]
mod tests {
    use super::*;

    fn covers(text: &str, comments: &[Range<usize>], statements: &[Range<usize>]) -> Vec<Suppression> {
        suppressions(text, &Lines::new(text), comments, statements)
    }

    fn one(text: &str) -> Suppression {
        let at = text.find('#').unwrap();
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        covers(text, &[at..end], &[0..text.find('\n').unwrap_or(text.len())]).remove(0)
    }

    #[test]
    fn a_comment_with_ids_and_a_reason_silences_them_on_its_line() {
        let found = one("x = 1 # friction-ignore[a-rule, b-rule]: it is generated\n");
        assert_eq!((found.rules.len(), found.wrong), (2, None));
        assert!(found.silences("b-rule", &(1..2)));
        assert!(!found.silences("b-rule", &(2..3)));
        assert!(!found.silences("c-rule", &(1..2)));
    }

    #[test]
    fn a_comment_without_a_reason_or_an_id_silences_nothing() {
        for text in [
            "x # friction-ignore[a]",
            "x # friction-ignore[a]: ",
            "x # friction-ignore: so",
            "x # friction-ignore[a: so",
        ] {
            let found = one(text);
            assert!(found.wrong.is_some() && !found.silences("a", &(1..2)), "{text}");
        }
    }

    #[test]
    fn prose_about_suppressions_is_none() {
        for text in ["x # see friction-ignore[a]: b", "x # friction-ignored[a]: b"] {
            let at = text.find('#').unwrap();
            assert!(covers(text, &[at..text.len()], &[0..1]).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_suppression_may_stand_behind_another_tools_comment() {
        for text in ["x # noqa: F821  # friction-ignore[a]: b", "x /* @ts-ignore // friction-ignore[a]: b */"]
        {
            let found = covers(text, &[2..text.len()], &[0..1]).remove(0);
            assert!(found.silences("a", &(1..2)), "{text}");
        }
    }

    #[test]
    fn a_comment_above_a_test_does_not_silence_its_body() {
        let text = "# friction-ignore[a]: why\ndef f():\n    pass\n";
        let found = covers(text, &[0..25], &[26..text.len() - 1, 39..43]).remove(0);
        assert!(found.silences("a", &(2..3)) && !found.silences("a", &(3..4)));
    }

    proptest::proptest! {
        #[test]
        fn any_comment_is_read_without_a_panic(text in "#? ?friction-ignore(-file)?[\\PC]{0,30}") {
            let bytes = 0..text.len();
            covers(&text, &[bytes], &[0..1]);
        }
    }
}
