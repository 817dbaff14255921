//! Native rules for every text file.

use std::ops::Range;

use super::{Check, Hits, Native};
use crate::facts::TextFile;

pub(super) static RULES: &[Native] =
    &[Native { id: "conflict-marker", needs: &[OURS, THEIRS], check: Check::Text(conflict_marker) }];

const OURS: &str = "<<<<<<<";
const THEIRS: &str = ">>>>>>>";

fn conflict_marker(file: &TextFile, hits: &mut Hits) {
    for bytes in conflicts(file.text) {
        hits.at(bytes);
    }
}

/// The first marker line of each conflict. Lines of equal signs do not count: they are headings in
/// many formats.
pub(in crate::rules) fn conflicts(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut at) = (None, 0);
    for line in text.split_inclusive('\n') {
        let bytes = at..at + line.trim_end().len();
        at += line.len();
        if is_marker(line, OURS) {
            found.extend(start.replace(bytes));
        } else if is_marker(line, THEIRS) {
            found.push(start.take().unwrap_or(bytes));
        }
    }
    found.extend(start);
    found
}

/// Exactly the marker's seven characters, then a blank or the end of the line.
fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.starts_with(' ') || rest.trim_end().is_empty())
}
