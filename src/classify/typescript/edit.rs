//! One hunk as two runs of tokens and what differs between them.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

use super::lexer::{Kind, Token, tokens};
use crate::classify::FileChange;

/// Hunks with more tokens than this on a side are rewrites, in which a swapped token says nothing.
const MANY_TOKENS: usize = 4000;

/// A hunk that is part of the correction.
pub struct Edit<'a> {
    /// Index into the file's hunks.
    pub hunk: usize,
    /// Tokens of the removed lines, comments left out.
    pub old: Vec<Token<'a>>,
    /// Tokens of the added lines, comments left out.
    pub new: Vec<Token<'a>>,
    /// The removed and the added comments differ.
    pub comments_differ: bool,
    /// Byte ranges of the lines in their files.
    pub old_bytes: Range<usize>,
    pub new_bytes: Range<usize>,
    /// What differs, in order.
    pub swaps: Vec<Swap>,
}

/// Tokens that gave way to others: index ranges into [`Edit::old`] and [`Edit::new`].
#[derive(Clone, Debug)]
pub struct Swap {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

impl<'a> Edit<'a> {
    pub fn removed(&self, swap: &Swap) -> &[Token<'a>] {
        &self.old[swap.old.clone()]
    }

    pub fn added(&self, swap: &Swap) -> &[Token<'a>] {
        &self.new[swap.new.clone()]
    }

    /// True where nothing but layout differs: spaces, line breaks, a trailing comma, the kind of quotes.
    pub fn is_layout(&self) -> bool {
        if self.comments_differ {
            return false;
        }
        let plain = |tokens: &[Token]| -> String {
            let mut text = String::new();
            for token in tokens.iter().filter(|t| !matches!(t.text, "," | ";" | "(" | ")" | "{" | "}")) {
                match token.kind {
                    Kind::Text => text.push_str(&token.text.replace(['\'', '"', '`'], "'")),
                    _ => text.push_str(token.text),
                }
                text.push(' ');
            }
            text
        };
        !(self.old.is_empty() && self.new.is_empty()) && plain(&self.old) == plain(&self.new)
    }

    /// True where only comments differ.
    pub fn is_comment(&self) -> bool {
        self.comments_differ && self.swaps.is_empty() && same_texts(&self.old, &self.new)
    }
}

fn same_texts(old: &[Token], new: &[Token]) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(a, b)| a.text == b.text)
}

/// The correcting hunks of a file; a hunk that is not UTF-8 is left out.
pub fn edits<'a>(file: &FileChange<'a>) -> Vec<Edit<'a>> {
    let (old_starts, new_starts) = (line_starts(file.before), line_starts(file.after));
    let mut found = Vec::new();
    for (index, hunk) in file.hunks.iter().enumerate() {
        if !file.corrects.get(index).copied().unwrap_or(false) {
            continue;
        }
        let old_bytes = bytes_of(&old_starts, file.before.len(), hunk.old_range());
        let new_bytes = bytes_of(&new_starts, file.after.len(), hunk.new_range());
        let (Ok(old), Ok(new)) = (
            std::str::from_utf8(&file.before[old_bytes.clone()]),
            std::str::from_utf8(&file.after[new_bytes.clone()]),
        ) else {
            continue;
        };
        let (old, old_comments) = split(tokens(old, old_bytes.start));
        let (new, new_comments) = split(tokens(new, new_bytes.start));
        let swaps = swaps(&old, &new);
        let comments_differ = !same_texts(&old_comments, &new_comments);
        found.push(Edit { hunk: index, old, new, comments_differ, old_bytes, new_bytes, swaps });
    }
    found
}

fn split(all: Vec<Token>) -> (Vec<Token>, Vec<Token>) {
    all.into_iter().partition(|token| token.kind != Kind::Comment)
}

/// Where each line begins.
pub fn line_starts(text: &[u8]) -> Vec<usize> {
    std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1)).collect()
}

/// The bytes of a range of 0-based lines, cut to the text.
pub fn bytes_of(starts: &[usize], length: usize, lines: Range<u32>) -> Range<usize> {
    let at = |line: u32| starts.get(line as usize).copied().unwrap_or(length);
    at(lines.start)..at(lines.end)
}

fn swaps(old: &[Token], new: &[Token]) -> Vec<Swap> {
    if old.len() > MANY_TOKENS || new.len() > MANY_TOKENS {
        return vec![Swap { old: 0..old.len(), new: 0..new.len() }];
    }
    let mut input = InternedInput::default();
    input.update_before(old.iter().map(|token| token.text));
    input.update_after(new.iter().map(|token| token.text));
    let diff = Diff::compute(Algorithm::Myers, &input);
    diff.hunks()
        .map(|hunk| Swap {
            old: hunk.before.start as usize..hunk.before.end as usize,
            new: hunk.after.start as usize..hunk.after.end as usize,
        })
        .collect()
}
