//! From bytes to lines and columns.

use std::ops::Range;

/// A text and the starts of its lines.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Lines<'a> {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Lines { text, starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// Line and column, in characters, both from 1. A byte inside a character is moved to its start, one
    /// beyond the text to its end.
    pub(super) fn place(&self, byte: usize) -> (usize, usize) {
        let byte = self.text.floor_char_boundary(byte);
        let line = self.starts.partition_point(|&start| start <= byte) - 1;
        (line + 1, self.text[self.starts[line]..byte].chars().count() + 1)
    }

    /// What stands before a byte in its line.
    pub(super) fn before(&self, byte: usize) -> &'a str {
        let byte = self.text.floor_char_boundary(byte);
        let line = self.starts.partition_point(|&start| start <= byte) - 1;
        &self.text[self.starts[line]..byte]
    }

    /// The whole lines that hold some bytes.
    pub(super) fn around(&self, bytes: &Range<usize>) -> &'a str {
        let (first, last) = (self.place(bytes.start).0 - 1, self.place(bytes.end.max(bytes.start)).0 - 1);
        let end = self.starts.get(last + 1).copied().unwrap_or(self.text.len());
        &self.text[self.starts[first]..end]
    }
}
