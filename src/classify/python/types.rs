//! Undeclared names, annotations and signatures that did not fit.

use super::commit::{Commit, PyFile, PyHunk, enclosing};
use super::names::{is_bound, read_unbound, words};
use super::tokens::Kind;
use super::{Claims, Place};
use crate::model::{Family, Side};

const FAMILY: Family = Family::TypeErrorOther;

pub fn judge(commit: &Commit, file: &PyFile, claims: &mut Claims) {
    for hunk in file.correcting() {
        for at in hunk.swaps() {
            undeclared(commit, file, hunk, at, claims);
        }
        unqualified(file, hunk, claims);
        defined_late(file, hunk, claims);
        parameter(commit, file, hunk, claims);
    }
    annotations(commit, file, claims);
}

/// A name that nothing bound gives way to one that is.
fn undeclared(commit: &Commit, file: &PyFile, hunk: &PyHunk, at: (usize, usize), claims: &mut Claims) {
    let (old, new) = (&hunk.old[at.0], &hunk.new[at.1]);
    let member = at.0 > 0 && hunk.old[at.0 - 1].is(".");
    let is_name = |token| file.before.node_of(token).is_some_and(|node| node.kind() == "identifier");
    if member || commit.renames(old.text, new.text) || super::commit::is_keyword(old.text) || !is_name(old) {
        return;
    }
    let Some(read) = read_unbound(&file.before, old.text) else { return };
    if !is_bound(&file.after, new.text) && !super::names::is_builtin(new.text) {
        return;
    }
    let place = Place::new(file, hunk, Side::Before, read.start_byte());
    let object = hunk.old.get(at.0 + 1).is_some_and(|token| token.is("."));
    if object && imports_word(&file.after, new.text) {
        claims.add(Family::ImportPath, "module-alias-undefined", 0.85, place);
    } else {
        claims.add(FAMILY, "name-undeclared", 0.88, place);
    }
}

/// A bare name that nothing bound is put behind the module that has it.
fn unqualified(file: &PyFile, hunk: &PyHunk, claims: &mut Claims) {
    for edit in hunk.edits.iter().filter(|edit| edit.old.is_empty() && edit.new.len() == 2) {
        let come = &hunk.new[edit.new.clone()];
        let (Some(old), Some(new)) = (hunk.old.get(edit.old.start), hunk.new.get(edit.new.end)) else {
            continue;
        };
        let qualifies =
            come[0].kind == Kind::Name && come[1].is(".") && !come[0].is("self") && !come[0].is("cls");
        if !qualifies
            || old.text != new.text
            || old.kind != Kind::Name
            || !is_bound(&file.after, come[0].text)
        {
            continue;
        }
        let is_name = file.before.node_of(old).is_some_and(|node| node.kind() == "identifier");
        if is_name && read_unbound(&file.before, old.text).is_some() {
            let place = Place::new(file, hunk, Side::Before, old.start);
            claims.add(Family::ImportPath, "name-not-imported", 0.85, place);
        }
    }
}

/// True if a line of the file imports a name.
fn imports_word(text: &super::commit::Text, name: &[u8]) -> bool {
    words(text.bytes, name).any(|at| {
        text.node_at(at..at + name.len())
            .is_some_and(|node| enclosing(node, &["import_statement", "import_from_statement"]).is_some())
    })
}

/// A definition comes that the file had already read.
fn defined_late(file: &PyFile, hunk: &PyHunk, claims: &mut Claims) {
    for (at, token) in hunk.new.iter().enumerate() {
        if token.kind != Kind::Name || !hunk.edits.iter().any(|edit| edit.new.contains(&at)) {
            continue;
        }
        let after_def = at > 0 && (hunk.new[at - 1].is("def") || hunk.new[at - 1].is("class"));
        let starts_line = token.start == 0 || file.after.bytes[token.start - 1] == b'\n';
        let assigned = hunk.new.get(at + 1).is_some_and(|t| t.is("=")) && starts_line;
        if !(after_def || assigned) || words(file.before.bytes, token.text).next().is_none() {
            continue;
        }
        let Some(read) = read_unbound(&file.before, token.text) else { continue };
        let stays = file.hunks.iter().all(|hunk| !hunk.old_bytes.contains(&read.start_byte()));
        let reached = read_unbound(&file.after, token.text).is_none();
        if stays && reached {
            claims.add(
                FAMILY,
                "name-undeclared",
                0.88,
                Place::new(file, hunk, Side::Before, read.start_byte()),
            );
        }
    }
}

/// A tiny commit that only gives an existing function another parameter.
fn parameter(commit: &Commit, file: &PyFile, hunk: &PyHunk, claims: &mut Claims) {
    if commit.context.lines > 4 || commit.context.says_feature || hunk.removed().next().is_some() {
        return;
    }
    let Some(token) = hunk.added().next() else { return };
    let Some(node) = file.after.node_at(token.start..token.end()) else { return };
    let Some(parameters) = enclosing(node, &["parameters"]) else { return };
    let patched = parameters
        .parent()
        .and_then(|function| function.parent())
        .is_some_and(|around| around.kind() == "decorated_definition");
    let inside =
        |t: &super::tokens::Token| parameters.start_byte() < t.start && t.end() < parameters.end_byte();
    let optional = hunk.added().any(|t| t.is("="));
    if !patched && !optional && hunk.added().all(inside) {
        claims.add(FAMILY, "parameter-missing", 0.65, Place::new(file, hunk, Side::After, token.start));
    }
}

/// Edits within annotations of functions that stood before.
fn annotations(commit: &Commit, file: &PyFile, claims: &mut Claims) {
    let context = commit.context;
    let told = context.says_type && (context.says_fix || commit.change.message.contains("mypy"));
    if file.is_test || !told {
        return;
    }
    for hunk in file.correcting() {
        let changed = hunk.edits.iter().find_map(|edit| {
            // Something stood there before, so that it is put right and not merely added.
            let token = hunk.new.get(edit.new.start)?;
            if edit.new.is_empty() {
                return None;
            }
            let node = file.after.node_at(token.start..token.end())?;
            let annotation = if node.kind() == "type" { node } else { enclosing(node, &["type"])? };
            let anchor = hunk.old.get(edit.old.start.checked_sub(usize::from(edit.old.is_empty()))?)?;
            let old = file.before.node_at(anchor.start..anchor.end())?;
            let stood = old.kind() == "type" || enclosing(old, &["type"]).is_some();
            (stood && file.stood_before(annotation)).then_some(token.start)
        });
        let Some(byte) = changed else { continue };
        claims.add(FAMILY, "annotation-wrong", 0.85, Place::new(file, hunk, Side::After, byte));
    }
}
