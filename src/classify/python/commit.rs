//! A commit's Python files as the judges see them: tokens of every hunk, trees only when asked for.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;

use tree_sitter::Node;

use super::tokens::{Edit, Kind, Token, edits, tokens};
use crate::classify::{Change, Context, FileChange};
use crate::diff::{Hunk, map_back};
use crate::model::Side;
use crate::syntax::is_test;
use crate::syntax::{Language, Source};

/// A hunk longer than this is new writing or a sweep, not a correction, and is not looked into.
const LONGEST_HUNK: u32 = 300;

/// All that the judges know of a commit.
pub struct Commit<'a> {
    pub change: &'a Change<'a>,
    pub context: &'a Context,
    pub files: Vec<PyFile<'a>>,
    /// Names that removed lines define, as a function, class, variable or attribute of `self`.
    pub undefined: HashSet<&'a [u8]>,
    /// Names that added lines define.
    pub defined: HashSet<&'a [u8]>,
    /// How many test functions the commit adds.
    pub new_tests: usize,
}

/// One Python file that stood before and stands after.
pub struct PyFile<'a> {
    /// Index into the change's files.
    pub index: usize,
    pub path: &'a str,
    pub is_test: bool,
    pub before: Text<'a>,
    pub after: Text<'a>,
    pub hunks: Vec<PyHunk<'a>>,
    all_hunks: &'a [Hunk],
}

/// One hunk of a file with its tokens.
pub struct PyHunk<'a> {
    /// Index into the file's hunks.
    pub index: usize,
    pub corrects: bool,
    pub old_bytes: Range<usize>,
    pub new_bytes: Range<usize>,
    pub old: Vec<Token<'a>>,
    pub new: Vec<Token<'a>>,
    pub edits: Vec<Edit>,
}

/// One side of a file.
pub struct Text<'a> {
    pub bytes: &'a [u8],
    /// Where it is a version of a file.
    path: Option<&'a str>,
    starts: Vec<usize>,
    source: OnceCell<Option<Source<'a>>>,
}

impl<'a> Text<'a> {
    pub fn new(bytes: &'a [u8]) -> Text<'a> {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', bytes).map(|at| at + 1)).collect();
        Text { bytes, path: None, starts, source: OnceCell::new() }
    }

    /// A version of a file.
    fn version(path: &'a str, bytes: &'a [u8]) -> Text<'a> {
        Text { path: Some(path), ..Text::new(bytes) }
    }

    /// The tree, parsed on first use; from that of another version of the file, where there is one.
    pub fn source(&self) -> Option<&Source<'a>> {
        let parse = || match self.path {
            Some(path) => Source::parse_version(path, Language::Python, self.bytes),
            None => Source::parse(Language::Python, self.bytes),
        };
        self.source.get_or_init(parse).as_ref()
    }

    pub fn root(&self) -> Option<Node<'_>> {
        Some(self.source()?.tree.root_node())
    }

    /// The smallest node that covers a range of bytes.
    pub fn node_at(&self, range: Range<usize>) -> Option<Node<'_>> {
        self.root()?.descendant_for_byte_range(range.start, range.end)
    }

    /// The node of a token, if the tree has it as one node: a string's is the whole string.
    pub fn node_of(&self, token: &Token) -> Option<Node<'_>> {
        let node = self.node_at(token.start..token.end())?;
        (node.byte_range() == (token.start..token.end())).then_some(node)
    }

    pub fn text_of(&self, node: Node) -> &'a [u8] {
        &self.bytes[node.byte_range()]
    }

    /// 0-based.
    pub fn line_of(&self, byte: usize) -> u32 {
        (self.starts.partition_point(|start| *start <= byte) - 1) as u32
    }

    fn bytes_of_lines(&self, lines: Range<u32>) -> Range<usize> {
        let at = |line: u32| self.starts.get(line as usize).copied().unwrap_or(self.bytes.len());
        at(lines.start)..at(lines.end)
    }
}

impl<'a> Commit<'a> {
    pub fn read(change: &'a Change<'a>, context: &'a Context) -> Commit<'a> {
        let mut commit = Commit {
            change,
            context,
            files: Vec::new(),
            undefined: HashSet::new(),
            defined: HashSet::new(),
            new_tests: 0,
        };
        for (index, file) in change.files.iter().enumerate() {
            if Language::of_path(file.path) != Some(Language::Python) {
                continue;
            }
            if file.before.is_empty() || file.after.is_empty() {
                // A file that comes or goes corrects nothing in itself, but what it defines has moved.
                commit.undefined.extend(definitions(file.before, &tokens(file.before, 0..file.before.len())));
                commit.defined.extend(definitions(file.after, &tokens(file.after, 0..file.after.len())));
            } else {
                commit.files.push(PyFile::read(index, file));
            }
        }
        for file in &commit.files {
            for hunk in &file.hunks {
                commit.undefined.extend(definitions(file.before.bytes, &hunk.old));
                commit.defined.extend(definitions(file.after.bytes, &hunk.new));
            }
        }
        let both: Vec<_> = commit.undefined.intersection(&commit.defined).copied().collect();
        for name in both {
            commit.undefined.remove(name);
            commit.defined.remove(name);
        }
        commit.new_tests = commit.defined.iter().filter(|name| name.starts_with(b"test_")).count();
        commit
    }

    /// True where this very commit gives a thing its new name, so that nothing was wrong with the old one.
    pub fn renames(&self, old: &[u8], new: &[u8]) -> bool {
        self.undefined.contains(old) || self.defined.contains(new)
    }

    /// True for a repair by its words and not something new.
    pub fn is_repair(&self) -> bool {
        self.context.says_fix && !self.context.says_feature
    }

    /// Lines of product code are few enough for a repair to stand out.
    pub fn is_small(&self) -> bool {
        self.context.lines <= 60
    }
}

impl<'a> PyFile<'a> {
    fn read(index: usize, file: &FileChange<'a>) -> PyFile<'a> {
        let before = Text::version(file.old_path, file.before);
        let after = Text::version(file.path, file.after);
        let hunks = file
            .hunks
            .iter()
            .enumerate()
            .filter(|(_, hunk)| hunk.old_lines <= LONGEST_HUNK && hunk.new_lines <= LONGEST_HUNK)
            .map(|(number, hunk)| {
                let old_bytes = before.bytes_of_lines(hunk.old_range());
                let new_bytes = after.bytes_of_lines(hunk.new_range());
                let old = tokens(file.before, old_bytes.clone());
                let new = tokens(file.after, new_bytes.clone());
                let edits = edits(&old, &new);
                let corrects = file.corrects.get(number).copied().unwrap_or(false);
                PyHunk { index: number, corrects, old_bytes, new_bytes, old, new, edits }
            })
            .collect();
        let is_test = is_test(file.path);
        PyFile { index, path: file.path, is_test, before, after, hunks, all_hunks: file.hunks }
    }

    pub fn correcting(&self) -> impl Iterator<Item = &PyHunk<'a>> {
        self.hunks.iter().filter(|hunk| hunk.corrects)
    }

    pub fn text(&self, side: Side) -> &Text<'a> {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }

    /// True if the line of a byte of the text after stood before.
    pub fn was_there(&self, byte: usize) -> bool {
        map_back(self.all_hunks, self.after.line_of(byte)).is_some()
    }

    /// True if the function or class around a node of the text after stood before by the same name; also
    /// for what stands outside of any.
    pub fn stood_before(&self, node: Node) -> bool {
        let Some(function) = enclosing(node, &["function_definition"]) else { return true };
        let Some(name) = function.child_by_field_name("name") else { return false };
        if map_back(self.all_hunks, self.after.line_of(name.start_byte())).is_some() {
            return true;
        }
        let name = self.after.text_of(name);
        self.hunks.iter().any(|hunk| hunk.old.windows(2).any(|two| two[0].is("def") && two[1].text == name))
    }
}

impl<'a> PyHunk<'a> {
    /// The tokens that the hunk takes away.
    pub fn removed(&self) -> impl Iterator<Item = &Token<'a>> {
        self.edits.iter().flat_map(|edit| &self.old[edit.old.clone()])
    }

    /// The tokens that the hunk brings in.
    pub fn added(&self) -> impl Iterator<Item = &Token<'a>> {
        self.edits.iter().flat_map(|edit| &self.new[edit.new.clone()])
    }

    /// One name that gives way to another while its neighbours stay, with the index of the old token and
    /// of the new one.
    pub fn swaps(&self) -> impl Iterator<Item = (usize, usize)> {
        self.edits.iter().filter_map(|edit| {
            let one = edit.old.len() == 1 && edit.new.len() == 1;
            let (old, new) = (edit.old.start, edit.new.start);
            (one && self.old[old].kind == Kind::Name && self.new[new].kind == Kind::Name)
                .then_some((old, new))
        })
    }
}

/// The nearest node of one of these kinds that holds a node.
pub fn enclosing<'t>(node: Node<'t>, kinds: &[&str]) -> Option<Node<'t>> {
    let mut at = node.parent();
    while let Some(here) = at {
        if kinds.contains(&here.kind()) {
            return Some(here);
        }
        at = here.parent();
    }
    None
}

/// The names that a run of lines defines: `def x`, `class x`, `x = …`, `x: …` at the start of a line or
/// after `self.`.
fn definitions<'a>(text: &[u8], tokens: &[Token<'a>]) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Name {
            continue;
        }
        let before = at.checked_sub(1).map(|index| &tokens[index]);
        let after = tokens.get(at + 1);
        let named = before.is_some_and(|t| t.is("def") || t.is("class"));
        let assigned = after.is_some_and(|t| t.is("=") || t.is(":"));
        let own = at >= 2 && tokens[at - 1].is(".") && tokens[at - 2].is("self");
        let starts = before.is_none_or(|t| t.kind != Kind::Operator && !is_keyword(t.text) || t.is(")"));
        if named || assigned && (own || starts) && !is_keyword(token.text) && !is_item(text, token) {
            found.push(token.text);
        }
    }
    found
}

/// True on a line that ends with a comma: one of a call's arguments or a dictionary's entries.
fn is_item(text: &[u8], token: &Token) -> bool {
    let rest = &text[token.start..];
    rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())].trim_ascii_end().ends_with(b",")
}

/// Python's keywords, except the soft ones.
pub fn is_keyword(name: &[u8]) -> bool {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
        "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in",
        "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    KEYWORDS.iter().any(|keyword| keyword.as_bytes() == name)
}
