//! A block of friction's inside a file of other people's, between two marker lines.
//!
//! The begin marker carries a hash of what stands between the markers, so that a block edited by hand
//! is recognised. Markers count at the start of a line only.

use thiserror::Error;

use super::stamp::{hash, line_end, without_markers};

const BEGIN: &str = "<!-- friction:begin ";
const END: &str = "<!-- friction:end -->";
const NOTE: &str = "(written by `friction learn`: edit outside of the markers)";

/// Why a block cannot be put into a file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BlockError {
    #[error(
        "line {line}: the friction block was edited by hand; \
         move the edit outside of the markers, or overwrite it with --force"
    )]
    Edited { line: usize },
    #[error("line {line}: a friction block begins that never ends; add `{END}` after its last line")]
    NoEnd { line: usize },
    #[error("line {line}: a friction block ends that never began; remove the line")]
    NoBegin { line: usize },
    #[error("line {line}: a second friction block, after that of line {first}; remove one of them")]
    Second { line: usize, first: usize },
}

/// True where a file holds a block, whole or broken.
pub(super) fn has_block(text: &str) -> bool {
    marked_lines(text).any(|line| line.begins || line.ends)
}

/// `existing` with `block` between markers: in place of the block that is there, else at the end.
/// Nothing else changes, byte for byte; the same block again changes nothing at all.
pub fn insert(existing: &str, block: &str, force: bool) -> Result<String, BlockError> {
    let body = without_markers(block);
    let body = body.trim_end_matches('\n');
    match find(existing)? {
        Some(found) => {
            let old = existing[found.body.clone()].split_inclusive('\n');
            let unedited = hash(old.clone()) == found.hash;
            if !unedited && !force && hash(old) != hash(body.lines()) {
                return Err(BlockError::Edited { line: found.line });
            }
            let end = line_end(&existing[found.whole.start..]);
            let (above, below) = (&existing[..found.whole.start], &existing[found.whole.end..]);
            Ok(format!("{above}{}{below}", between_markers(body, end)))
        }
        None => {
            let end = line_end(existing);
            let gap = match existing {
                "" | "\u{feff}" => String::new(),
                text if !text.ends_with('\n') => end.repeat(2),
                text if ends_in_blank_line(text) => String::new(),
                _ => end.to_string(),
            };
            Ok(format!("{existing}{gap}{}{end}", between_markers(body, end)))
        }
    }
}

/// Markers and body, without the end of the last line.
fn between_markers(body: &str, end: &str) -> String {
    let mut text = format!("{BEGIN}{} {NOTE} -->{end}", hash(body.lines()));
    for line in body.lines() {
        text.push_str(line);
        text.push_str(end);
    }
    text + END
}

fn ends_in_blank_line(text: &str) -> bool {
    text.lines().next_back().is_some_and(|line| line.trim().is_empty())
}

/// Where a block is.
struct Found {
    /// From the start of the begin marker to the last character of the end marker.
    whole: std::ops::Range<usize>,
    /// The lines between.
    body: std::ops::Range<usize>,
    hash: String,
    /// Of the begin marker, 1-based.
    line: usize,
}

fn find(text: &str) -> Result<Option<Found>, BlockError> {
    let mut open: Option<Marked> = None;
    let mut found: Option<Found> = None;
    for marked in marked_lines(text).filter(|line| line.begins || line.ends) {
        let line = marked.number;
        let first = open.as_ref().map(|open| open.number).or(found.as_ref().map(|found| found.line));
        match (open.take(), first) {
            (Some(open), _) if marked.ends => {
                let hash = open.text[BEGIN.len()..].split_whitespace().next().unwrap_or("").to_string();
                let whole = open.start..marked.start + END.len();
                found = Some(Found { whole, body: open.next..marked.start, hash, line: open.number });
            }
            (None, _) if marked.ends => return Err(BlockError::NoBegin { line }),
            (_, Some(first)) => return Err(BlockError::Second { line, first }),
            (_, None) => open = Some(marked),
        }
    }
    match open {
        Some(open) => Err(BlockError::NoEnd { line: open.number }),
        None => Ok(found),
    }
}

/// A line with its place.
struct Marked<'a> {
    /// 1-based.
    number: usize,
    /// Byte at which its text starts (after a byte order mark), and at which the next line does.
    start: usize,
    next: usize,
    text: &'a str,
    begins: bool,
    ends: bool,
}

fn marked_lines(text: &str) -> impl Iterator<Item = Marked<'_>> {
    let mut next = 0;
    text.split_inclusive('\n').enumerate().map(move |(index, line)| {
        let mark = if index == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let start = next + mark;
        next += line.len();
        let text = line[mark..].trim_end();
        let begins = text.starts_with(BEGIN) && text.ends_with("-->");
        Marked { number: index + 1, start, next, text, begins, ends: text == END }
    })
}

#[cfg(test)]
mod tests;
