//! How a value is used and was used: by the tokens around it.

use tree_sitter::Node;

use super::commit::{PyFile, PyHunk, Text, enclosing};
use super::tokens::{Kind, Token, tokens};

/// How a value is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Handed to a call or used as a key.
    Argument,
    /// A member, an item or an iteration: fails at once.
    Direct,
}

/// True if the old lines tested the value already, by its truth, against None or by its type.
pub fn was_checked(hunk: &PyHunk, subject: &[Token]) -> bool {
    positions(&hunk.old, subject).any(|at| {
        let before = at.checked_sub(1).map(|i| &hunk.old[i]);
        let after = hunk.old.get(at + subject.len());
        let is_one =
            |token: Option<&Token>, words: &[&str]| token.is_some_and(|t| words.iter().any(|w| t.is(w)));
        let opens = is_one(before, &["if", "and", "or", "not", "elif", "while"]);
        let closes = after.is_none() || is_one(after, &[":", "and", "or", "else", ")"]);
        let typed =
            at >= 2 && is_one(before, &["("]) && is_one(Some(&hunk.old[at - 2]), &["isinstance", "hasattr"]);
        opens && closes || is_one(after, &["is", ":="]) || typed
    })
}

pub fn lexed<'a>(text: &Text<'a>, node: Node) -> Vec<Token<'a>> {
    tokens(text.bytes, node.byte_range())
}

/// Where a run of tokens occurs in another.
pub fn positions<'r>(run: &'r [Token], part: &'r [Token]) -> impl Iterator<Item = usize> + 'r {
    let size = part.len().max(1);
    run.windows(size)
        .enumerate()
        .filter(move |(_, window)| !part.is_empty() && window.iter().zip(part).all(|(a, b)| a.text == b.text))
        .map(|(at, _)| at)
}

pub fn contains(run: &[Token], part: &[Token]) -> bool {
    positions(run, part).next().is_some()
}

pub fn used(text: &Text, region: Node, subject: &[Token]) -> Option<Use> {
    used_in(&lexed(text, region), subject)
}

/// The hardest use of a value within a run of tokens.
pub fn used_in(run: &[Token], subject: &[Token]) -> Option<Use> {
    positions(run, subject).filter_map(|at| use_at(run, at, subject.len())).max()
}

pub fn use_at(run: &[Token], at: usize, length: usize) -> Option<Use> {
    let before = at.checked_sub(1).map(|index| run[index].text);
    let after = run.get(at + length).map(|token| token.text);
    if before == Some(b".") {
        return None;
    }
    match (before, after) {
        (_, Some(b"." | b"[")) => Some(Use::Direct),
        (Some(b"in"), _) => Some(Use::Direct),
        (Some(b"(" | b"," | b"[" | b"="), Some(b")" | b"," | b"]")) => Some(Use::Argument),
        _ => None,
    }
}

/// The first use of a value below a guard, in its function, on a line that stood before.
pub fn used_later(file: &PyFile, guard: Node, subject: &[Token]) -> Option<Use> {
    let end = enclosing(guard, &["function_definition", "module"])?.end_byte();
    let rest = tokens(file.after.bytes, guard.end_byte()..end);
    let found = positions(&rest, subject)
        .filter(|at| !rest.get(at + subject.len()).is_some_and(|t| t.is("=")))
        .filter_map(|at| Some((use_at(&rest, at, subject.len())?, rest[at].start)))
        .filter(|(_, byte)| file.was_there(*byte))
        .map(|(usage, _)| usage)
        .take(6)
        .max();
    // Given a new value before it is used, the old one needed no guard.
    let first = positions(&rest, subject).next()?;
    if rest.get(first + subject.len()).is_some_and(|t| t.is("=")) { None } else { found }
}

/// `x = value` came, where the old lines read `value.member` in one go.
pub fn was_inline(hunk: &PyHunk, subject: &[Token]) -> bool {
    positions(&hunk.new, subject).any(|at| {
        let from = at + subject.len();
        let assigns = hunk.new.get(from).is_some_and(|t| t.is("=") || t.is(":="));
        if !assigns {
            return false;
        }
        let value = &hunk.new[from + 1..];
        // As much of the value as the old lines had.
        let start = value.iter().position(|t| t.kind == Kind::Name && !t.is("await")).unwrap_or(0);
        let value = &value[start..];
        (2..=value.len().min(40)).rev().any(|length| {
            let part = &value[..length];
            (part[length - 1].kind != Kind::Operator || part[length - 1].is(")") || part[length - 1].is("]"))
                && positions(&hunk.old, part)
                    .any(|old| hunk.old.get(old + length).is_some_and(|t| t.is(".") || t.is("[")))
                && !value.get(length).is_some_and(|t| t.is(".") || t.is("["))
        })
    })
}

/// `x = value` came, where the old lines handed `value` on.
pub fn was_value(hunk: &PyHunk, subject: &[Token]) -> bool {
    positions(&hunk.new, subject).any(|at| {
        let from = at + subject.len();
        let assigns = hunk.new.get(from).is_some_and(|t| t.is("="));
        assigns && hunk.new.get(from + 1..from + 4).is_some_and(|value| contains(&hunk.old, value))
    })
}

/// True if more than half of a block's tokens were not brought in by the hunk.
pub fn is_mostly_old(hunk: &PyHunk, body: Node) -> bool {
    let inside = |token: &&Token| body.start_byte() <= token.start && token.end() <= body.end_byte();
    let all = hunk.new.iter().filter(inside).count();
    let added = hunk.added().filter(inside).count();
    2 * added <= all
}
