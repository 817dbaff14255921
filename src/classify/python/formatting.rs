//! Commits that change only layout, unused imports, or prose.

use tree_sitter::Node;

use super::commit::{Commit, PyFile, PyHunk, Text, enclosing};
use super::facts::{found, imported};
use super::names::is_read;
use super::tokens::{Kind, Token};
use super::{Claims, Place};
use crate::model::{Family, Side};
use crate::syntax::Language;

/// What a hunk leaves as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taste {
    Layout,
    UnusedImport,
    Prose,
    /// Something that runs has changed.
    None,
}

/// True, with the claim made, where no hunk of the commit changes what runs.
pub fn judge(commit: &Commit, claims: &mut Claims) -> bool {
    let change = commit.change;
    let plain = change.files.iter().all(|file| {
        Language::of_path(file.path) == Some(Language::Python)
            && file.path == file.old_path
            && (!file.before.is_empty() && !file.after.is_empty())
    });
    let counted: usize = commit.files.iter().map(|file| file.hunks.len()).sum();
    let all: usize = change.files.iter().map(|file| file.hunks.len()).sum();
    if !plain || counted != all || counted == 0 {
        return false;
    }
    let mut seen = Vec::new();
    for file in &commit.files {
        let orders: Vec<bool> = vec![sorts_imports(file)];
        for hunk in &file.hunks {
            let taste = if orders[0] && imports_only(hunk) { Taste::Layout } else { taste(file, hunk) };
            if taste == Taste::None {
                return false;
            }
            seen.push((file, hunk, taste));
        }
    }
    let has = |taste| seen.iter().any(|one| one.2 == taste);
    let (family, pattern) = if has(Taste::UnusedImport) {
        (Family::LintFormat, "import-unused")
    } else if has(Taste::Layout) && !(has(Taste::Prose) && commit.context.says_docs) {
        (Family::LintFormat, "formatting")
    } else {
        (Family::Docs, "prose-only")
    };
    for (file, hunk, _) in seen.into_iter().filter(|one| one.1.corrects) {
        claims.add(family, pattern, 0.88, Place::of_hunk(file, hunk));
    }
    true
}

fn taste(file: &PyFile, hunk: &PyHunk) -> Taste {
    if solid(&file.before, &hunk.old) == solid(&file.after, &hunk.new) {
        let comments = |tokens: &[Token]| {
            tokens.iter().filter(|t| t.kind == Kind::Comment).map(|t| t.text.to_vec()).collect::<Vec<_>>()
        };
        return if comments(&hunk.old) == comments(&hunk.new) { Taste::Layout } else { Taste::Prose };
    }
    if drops_unused(file, hunk) {
        return Taste::UnusedImport;
    }
    if is_prose(file, hunk) { Taste::Prose } else { Taste::None }
}

/// The tokens that run, one after another, free of layout: no comments, no brackets or commas that a
/// formatter adds, strings by their content.
fn solid(text: &Text, tokens: &[Token]) -> Vec<u8> {
    let mut all = Vec::new();
    for token in tokens {
        match token.kind {
            Kind::Comment => continue,
            Kind::Operator if token.is("(") || token.is(")") => continue,
            Kind::Operator if token.is(",") && closes_next(text, token.end()) => continue,
            Kind::String => {
                let (prefix, rest) = token
                    .text
                    .split_at(token.text.iter().position(|b| *b == b'"' || *b == b'\'').unwrap_or_default());
                all.extend(prefix.iter().filter(|b| !matches!(b, b'u' | b'U')));
                all.extend(rest.iter().filter(|b| !matches!(b, b'"' | b'\'' | b'\\')));
            }
            _ => {
                all.extend(token.text);
                all.push(b' ');
            }
        }
    }
    all
}

/// True if a bracket closes next, so that a comma before it says nothing.
fn closes_next(text: &Text, byte: usize) -> bool {
    let mut rest = text.bytes[byte..].trim_ascii_start();
    while rest.starts_with(b"#") {
        rest = memchr::memchr(b'\n', rest).map_or(&[], |end| rest[end..].trim_ascii_start());
    }
    matches!(rest.first(), Some(b')' | b']' | b'}'))
}

fn imports_only(hunk: &PyHunk) -> bool {
    hunk.old.iter().chain(&hunk.new).all(|token| {
        token.kind == Kind::Name
            || token.kind == Kind::Comment
            || matches!(token.text, b"," | b"." | b"(" | b")")
    })
}

/// True if the file's import hunks, taken together, only put the same statements in another order.
fn sorts_imports(file: &PyFile) -> bool {
    let lines = |old: bool| {
        let text = if old { &file.before } else { &file.after };
        let mut words: Vec<(bool, &[u8])> = file
            .hunks
            .iter()
            .filter(|hunk| imports_only(hunk))
            .flat_map(|hunk| if old { &hunk.old } else { &hunk.new })
            .filter(|token| token.kind == Kind::Name)
            .map(|token| (is_top(text, token), token.text))
            .collect();
        words.sort_unstable();
        words
    };
    let all = lines(true);
    all.iter().any(|word| word.1 == b"import") && all == lines(false)
}

/// True unless a keyword that begins an import is indented: moved between scopes, it is not only sorted.
fn is_top(text: &Text, token: &Token) -> bool {
    let begins = token.is("import") || token.is("from");
    let indented =
        token.start.checked_sub(1).is_some_and(|before| matches!(text.bytes[before], b' ' | b'\t'));
    let line = memchr::memrchr(b'\n', &text.bytes[..token.start]).map_or(0, |newline| newline + 1);
    let first = text.bytes[line..token.start].trim_ascii().is_empty();
    !begins || !indented || !first
}

/// True for imports that go, nothing that comes, and no other word of the file that reads them.
fn drops_unused(file: &PyFile, hunk: &PyHunk) -> bool {
    if hunk.added().any(|token| token.kind == Kind::Name || token.kind == Kind::String) {
        return false;
    }
    if !hunk.removed().all(|t| t.kind != Kind::String && !t.is("=") && !t.is("[") && !t.is(":")) {
        return false;
    }
    let gone = found(file, hunk, Side::Before, "import");
    let within = |token: &Token| {
        gone.iter().any(|node| node.start_byte() <= token.start && token.end() <= node.end_byte())
    };
    if gone.is_empty() || !hunk.removed().filter(|token| token.kind == Kind::Name).all(within) {
        return false;
    }
    let names = |text, nodes: &[Node]| -> Vec<(String, String)> {
        let all = nodes.iter().flat_map(|node| imported(text, *node));
        all.map(|item| (format!("{} {}", item.module, item.name), item.bound)).collect()
    };
    let old = names(&file.before, &gone);
    let kept = names(&file.after, &found(file, hunk, Side::After, "import"));
    let unread = |bound: &str| !is_read(&file.after, bound.as_bytes());
    kept.iter().all(|name| old.contains(name))
        && old.iter().filter(|name| !kept.contains(name)).all(|name| unread(&name.1))
}

/// Cheap before dear: prose has few operators, code many.
fn reads_like_prose(hunk: &PyHunk) -> bool {
    let changed = || hunk.removed().chain(hunk.added()).filter(|token| token.kind != Kind::Comment);
    let operators = changed().filter(|token| token.kind == Kind::Operator).count();
    10 * operators <= 4 * changed().count()
}

/// True if all that changes lies in comments and docstrings.
fn is_prose(file: &PyFile, hunk: &PyHunk) -> bool {
    let side = |tokens: &mut dyn Iterator<Item = &Token>, side: Side| {
        let text = file.text(side);
        tokens.filter(|token| token.kind != Kind::Comment).all(|token| {
            let Some(node) = text.node_at(token.start..token.end()) else { return false };
            let string = if node.kind() == "string" { Some(node) } else { enclosing(node, &["string"]) };
            let statement = string.and_then(|string| string.parent());
            node.kind() == "comment"
                || statement.is_some_and(|parent| parent.kind() == "expression_statement")
        })
    };
    reads_like_prose(hunk) && side(&mut hunk.removed(), Side::Before) && side(&mut hunk.added(), Side::After)
}
