//! A parsed text.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use tree_sitter::{Parser, Tree};

use super::Language;

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
}

impl<'a> Source<'a> {
    /// Parses a text. A text with errors still gives a tree, with ERROR nodes in it; `None` only if
    /// the parser gives up.
    ///
    /// tree-sitter-typescript 0.23 has no rule for `f<typeof import('./m')>()`, the usual way to type
    /// vitest's `importOriginal`, and its ERROR node spoils the matches around it. So that type argument
    /// is blanked (same length) before parsing.
    pub fn parse(language: Language, text: &'a [u8]) -> Option<Source<'a>> {
        let parsed = if language.is_ecma() { blank_import_types(text) } else { Cow::Borrowed(text) };
        let tree = PARSERS.with_borrow_mut(|parsers| {
            let parser = parsers.entry(language).or_insert_with(|| {
                let mut parser = Parser::new();
                parser.set_language(&language.grammar()).expect("grammars are built for this tree-sitter");
                parser
            });
            parser.parse(&parsed, None)
        })?;
        let line_starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1)).collect();
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
    pub fn bytes_of_lines(&self, lines: std::ops::Range<u32>) -> std::ops::Range<usize> {
        let at = |line: u32| self.line_starts.get(line as usize).copied().unwrap_or(self.text.len());
        at(lines.start)..at(lines.end)
    }
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
