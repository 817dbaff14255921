//! A parsed text.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use tree_sitter::{InputEdit, Parser, Point, Tree};

use super::Language;
use crate::diff::{Hunk, hunks};

/// A text with its syntax tree and line index.
pub struct Source<'a> {
    pub language: Language,
    /// As given, not as parsed: see [`Source::parse`].
    pub text: &'a [u8],
    pub tree: Tree,
    line_starts: Vec<usize>,
}

thread_local! {
    static PARSERS: RefCell<HashMap<Language, Parser>> = RefCell::new(HashMap::new());
    static VERSIONS: RefCell<Versions> = RefCell::default();
}

/// Trees of the version of each file that this thread parsed last: the next one to be parsed is mostly
/// the same text but for a few lines. In two generations: when the young one is full, it takes the place
/// of the old one, and what was not asked for since is gone.
#[derive(Default)]
struct Versions {
    young: HashMap<String, Version>,
    old: HashMap<String, Version>,
    /// Of the young texts.
    bytes: usize,
}

struct Version {
    language: Language,
    text: Box<[u8]>,
    tree: Tree,
}

/// Bytes of text in a generation; a tree takes some ten times its text.
const MAX_KEPT: usize = 2 << 20;

/// Texts this short are parsed faster than they are compared and kept.
const MIN_KEPT: usize = 4 << 10;

impl<'a> Source<'a> {
    /// Parses a text. A text with errors still gives a tree, with ERROR nodes in it; `None` only if
    /// the parser gives up.
    ///
    /// tree-sitter-typescript 0.23 has no rule for `f<typeof import('./m')>()`, the usual way to type
    /// vitest's `importOriginal`, and its ERROR node spoils the matches around it. So that type argument
    /// is blanked (same length) before parsing.
    pub fn parse(language: Language, text: &'a [u8]) -> Option<Source<'a>> {
        Source::parse_from(language, text, line_starts(text), None)
    }

    /// Parses the text that this one has become through `hunks`, reusing what they did not touch: about
    /// five times faster than [`Source::parse`], with the same tree. The hunks must be those between the
    /// two texts, in order.
    ///
    /// How the parser recovers from a syntax error depends on what it reuses. So that the tree does not
    /// depend on the way to it, a text with errors is parsed once more from scratch.
    ///
    /// Blanking does not disturb this, because what is blanked in a line depends on that line alone.
    pub fn reparse<'b>(&self, text: &'b [u8], hunks: &[Hunk]) -> Option<Source<'b>> {
        let line_starts = line_starts(text);
        let mut tree = self.tree.clone();
        for hunk in hunks {
            let before = bytes_of_lines(&self.line_starts, self.text, hunk.old_range());
            let after = bytes_of_lines(&line_starts, text, hunk.new_range());
            let [old_start, old_end] = [before.start, before.end].map(|at| position(&self.line_starts, at));
            // Earlier edits have moved this one to where it is in the new text.
            let start = position(&line_starts, after.start);
            tree.edit(&InputEdit {
                start_byte: after.start,
                old_end_byte: after.start + before.len(),
                new_end_byte: after.end,
                start_position: start,
                old_end_position: Point { row: start.row + old_end.row - old_start.row, ..old_end },
                new_end_position: position(&line_starts, after.end),
            });
        }
        let source = Source::parse_from(self.language, text, line_starts, Some(&tree))?;
        if source.tree.root_node().has_error() { Source::parse(self.language, text) } else { Some(source) }
    }

    /// Parses a version of a file, with the same tree as [`Source::parse`] but faster where this thread
    /// parsed another version of the path before: histories are read in order.
    pub fn parse_version(path: &str, language: Language, text: &'a [u8]) -> Option<Source<'a>> {
        if text.len() < MIN_KEPT {
            return Source::parse(language, text);
        }
        let other = VERSIONS.with_borrow(|versions| {
            let version = versions.get(path).filter(|version| version.language == language)?;
            let hunks = hunks(&version.text, text);
            let changed: u32 = hunks.iter().map(|hunk| hunk.old_lines + hunk.new_lines).sum();
            let lines = line_starts(&version.text);
            let other =
                Source { language, text: &version.text, tree: version.tree.clone(), line_starts: lines };
            // A rewritten file shares too little to be worth an edited tree.
            (changed as usize * 2 < other.line_starts.len()).then(|| other.reparse(text, &hunks)).flatten()
        });
        let source = match other {
            Some(source) => source,
            None => Source::parse(language, text)?,
        };
        VERSIONS.with_borrow_mut(|versions| versions.keep(path, &source));
        Some(source)
    }

    fn parse_from<'b>(
        language: Language,
        text: &'b [u8],
        line_starts: Vec<usize>,
        old: Option<&Tree>,
    ) -> Option<Source<'b>> {
        let parsed = if language.is_ecma() { blank_import_types(text) } else { Cow::Borrowed(text) };
        let tree = PARSERS.with_borrow_mut(|parsers| {
            let parser = parsers.entry(language).or_insert_with(|| {
                let mut parser = Parser::new();
                parser.set_language(&language.grammar()).expect("grammars are built for this tree-sitter");
                parser
            });
            parser.parse(&parsed, old)
        })?;
        Some(Source { language, text, tree, line_starts })
    }

    /// The text of a node, lossy UTF-8.
    pub fn text_of(&self, node: tree_sitter::Node) -> Cow<'a, str> {
        String::from_utf8_lossy(&self.text[node.byte_range()])
    }

    /// The 0-based line that holds a byte.
    pub fn line_of(&self, byte: usize) -> u32 {
        (self.line_starts.partition_point(|start| *start <= byte) - 1) as u32
    }

    /// The bytes of a range of 0-based lines, cut to the text.
    pub fn bytes_of_lines(&self, lines: Range<u32>) -> Range<usize> {
        bytes_of_lines(&self.line_starts, self.text, lines)
    }
}

impl Versions {
    fn get(&self, path: &str) -> Option<&Version> {
        self.young.get(path).or_else(|| self.old.get(path))
    }

    fn keep(&mut self, path: &str, source: &Source) {
        if self.bytes + source.text.len() > MAX_KEPT {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += source.text.len();
        let version =
            Version { language: source.language, text: source.text.into(), tree: source.tree.clone() };
        if let Some(replaced) = self.young.insert(path.to_owned(), version) {
            self.bytes -= replaced.text.len();
        }
    }
}

fn line_starts(text: &[u8]) -> Vec<usize> {
    std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1)).collect()
}

fn bytes_of_lines(line_starts: &[usize], text: &[u8], lines: Range<u32>) -> Range<usize> {
    let at = |line: u32| line_starts.get(line as usize).copied().unwrap_or(text.len());
    at(lines.start)..at(lines.end)
}

fn position(line_starts: &[usize], byte: usize) -> Point {
    let row = line_starts.partition_point(|start| *start <= byte) - 1;
    Point { row, column: byte - line_starts[row] }
}

/// Overwrites `<typeof import('…')>` by spaces.
fn blank_import_types(text: &[u8]) -> Cow<'_, [u8]> {
    const OPEN: &[u8] = b"<typeof import(";
    let mut blanked = Cow::Borrowed(text);
    for start in memchr::memmem::find_iter(text, OPEN) {
        let rest = &text[start..];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        if let Some(end) = memchr::memmem::find(line, b")>") {
            blanked.to_mut()[start..start + end + 2].fill(b' ');
        }
    }
    blanked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_argument_of_import_original_leaves_no_error() {
        let text = b"vi.mock('./m', async (o) => ({ ...(await o<typeof import('./m')>()), a: 1 }));\n";
        let source = Source::parse(Language::TypeScript, text).unwrap();
        assert!(!source.tree.root_node().has_error());
        assert_eq!(source.text, text);
    }
}
