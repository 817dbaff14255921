//! The hash by which friction knows its own text again, so that a person's edit is never lost.

use crate::hash::fnv1a;

/// What every marker starts with; text between markers must not.
const MARKER: &str = "<!-- friction:";

/// The hash of lines, whatever ends them: a checkout with CRLF is no edit.
pub(super) fn hash<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend_from_slice(line.trim_end_matches(['\r', '\n']).as_bytes());
        bytes.push(b'\n');
    }
    format!("{:016x}", fnv1a(&bytes))
}

/// Text whose lines end in `\n` alone and none of which could be taken for a marker.
pub(super) fn without_markers(text: &str) -> String {
    text.replace('\r', "").replace(MARKER, "<! -- friction:")
}

/// How a file ends its lines, by its first one.
pub(super) fn line_end(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((first, _)) if first.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}
