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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_characters() {
        let lines = Lines::new("größe = 1\n😀x\n");
        assert_eq!([lines.place(0), lines.place(7), lines.place(16)], [(1, 1), (1, 6), (2, 2)]);
        assert_eq!((lines.place(3), lines.place(900)), ((1, 3), (3, 1)));
        assert_eq!(lines.around(&(13..14)), "😀x\n");
    }

    proptest::proptest! {
        #[test]
        fn a_place_points_at_its_byte(text in "[\\PC\n\r\t]{0,40}", byte in 0usize..200) {
            let lines = Lines::new(&text);
            let (line, column) = lines.place(byte);
            let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
            let before: usize = text[start..].chars().take(column - 1).map(char::len_utf8).sum();
            proptest::prop_assert_eq!(start + before, text.floor_char_boundary(byte));
            proptest::prop_assert!(lines.before(byte).chars().count() == column - 1);
            let around = lines.around(&(byte..byte + 3));
            proptest::prop_assert!(text.contains(around));
            proptest::prop_assert!(around.is_empty() == (text.is_empty() || start == text.len()));
        }
    }
}
