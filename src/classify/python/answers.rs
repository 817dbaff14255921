//! What test doubles answer and have: compared between the two sides of a hunk.

use tree_sitter::Node;

use super::commit::{Commit, PyFile, PyHunk, enclosing};
use super::facts::found;
use super::names::words;
use super::tokens::{Kind, Token};
use super::{Claims, Place};
use crate::model::{Family, Side};

const FAMILY: Family = Family::MockSetup;

/// A commit that says it repairs a mock, on lines of a standing test that speak of one.
pub fn told(commit: &Commit, file: &PyFile, hunk: &PyHunk, claims: &mut Claims) {
    let subject = commit.change.subject.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| subject.contains(word));
    let repairs = commit.is_repair() && says(&["mock", "patch", "stub", "monkeypatch"]);
    const OTHER: [&str; 9] =
        ["type", "pyright", "mypy", "lint", "format", "unused", "coverage", "assert", "dispatch"];
    if !repairs || says(&OTHER) || commit.context.lines > 150 {
        return;
    }
    let speaks = |t: &Token| {
        let lower = t.text.to_ascii_lowercase();
        let words = ["mock", "patch", "fake", "stub"];
        t.kind != Kind::Comment && words.iter().any(|w| memchr::memmem::find(&lower, w.as_bytes()).is_some())
    };
    let imports = hunk.old.iter().chain(&hunk.new).any(|t| t.is("import"));
    let spoken = hunk.removed().any(speaks) || hunk.added().any(speaks);
    if spoken && !imports && hunk.removed().next().is_some() {
        claims.add(FAMILY, "mock-behaviour-wrong", 0.7, Place::of_hunk(file, hunk));
    }
}

/// A class made by hand to stand for another gets what the code reads.
pub fn hand_made(file: &PyFile, hunk: &PyHunk, weigh: &dyn Fn(f64) -> f64, claims: &mut Claims) {
    let Some(token) = hunk.added().find(|t| t.kind == Kind::Name) else { return };
    let is_mock = |name: &[u8]| {
        ["Mock", "Fake", "Stub", "Dummy"]
            .iter()
            .any(|word| memchr::memmem::find(name, word.as_bytes()).is_some_and(|at| at <= 1))
    };
    // Cheap before dear: such a class must stand above the hunk.
    let above = &file.after.bytes[..hunk.new_bytes.end];
    if !memchr::memmem::find_iter(above, b"class ")
        .any(|at| is_mock(&above[at + 6..(at + 14).min(above.len())]))
    {
        return;
    }
    let Some(node) = file.after.node_at(token.start..token.end()) else { return };
    let Some(class) = enclosing(node, &["class_definition"]) else { return };
    let Some(name) = class.child_by_field_name("name") else { return };
    let function = enclosing(node, &["function_definition"]).filter(|f| f.start_byte() > class.start_byte());
    let outer_stood = file.stood_before(class);
    let stands = outer_stood && file.was_there(name.start_byte()) && is_mock(file.after.text_of(name));
    let inside = file.after.node_at(hunk.new_bytes.end.saturating_sub(1)..hunk.new_bytes.end);
    let whole = inside.is_some_and(|_| hunk.new_bytes.start >= class.start_byte())
        && hunk.new_bytes.end <= class.end_byte() + 2;
    if stands && whole && hunk.added().count() >= 3 {
        let base = if function.is_some() { 0.75 } else { 0.72 };
        claims.add(
            FAMILY,
            "mock-missing-attributes",
            weigh(base),
            Place::new(file, hunk, Side::After, token.start),
        );
    }
}

/// What a mock answers, compared between the two sides.
pub fn configured(file: &PyFile, hunk: &PyHunk, weigh: &dyn Fn(f64) -> f64, claims: &mut Claims) {
    let answers = |t: &Token| t.is("return_value") || t.is("side_effect");
    let assigns = hunk.new.windows(2).any(|two| two[0].kind == Kind::Name && two[1].is("="));
    if !assigns || hunk.added().next().is_none() {
        return;
    }
    let old = found(file, hunk, Side::Before, "assignment");
    for node in found(file, hunk, Side::After, "assignment") {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        else {
            continue;
        };
        let came = hunk.added().any(|t| node.start_byte() <= t.start && t.end() <= node.end_byte());
        if !came || !file.stood_before(node) || !is_mock_value(file, left) {
            continue;
        }
        let left_text = file.after.text_of(left);
        let same = old.iter().find_map(|other| {
            let other_left = other.child_by_field_name("left")?;
            (file.before.text_of(other_left) == left_text).then(|| other.child_by_field_name("right"))?
        });
        let place = Place::new(file, hunk, Side::After, node.start_byte());
        match same {
            Some(before) if file.before.text_of(before) == file.after.text_of(right) => {}
            Some(before) if before.kind() != right.kind() => {
                claims.add(FAMILY, "mock-value-shape", weigh(0.75), place);
            }
            Some(_) => claims.add(FAMILY, "mock-value-shape", weigh(0.5), place),
            None if left_text.ends_with(b".return_value") || left_text.ends_with(b".side_effect") => {
                claims.add(FAMILY, "mock-value-shape", weigh(0.68), place);
            }
            None => claims.add(FAMILY, "mock-missing-attributes", weigh(0.72), place),
        }
    }
    keyword_answers(file, hunk, weigh, answers, claims);
}

/// `return_value=old` made `return_value=new` in the same call.
fn keyword_answers(
    file: &PyFile,
    hunk: &PyHunk,
    weigh: &dyn Fn(f64) -> f64,
    answers: impl Fn(&Token) -> bool,
    claims: &mut Claims,
) {
    let keyword = |tokens: &[Token], at: usize| {
        answers(&tokens[at])
            && tokens.get(at + 1).is_some_and(|t| t.is("="))
            && (at == 0 || tokens[at - 1].is(",") || tokens[at - 1].is("("))
    };
    for at in 0..hunk.new.len() {
        if !keyword(&hunk.new, at) || hunk.edits.iter().any(|edit| edit.new.contains(&at)) {
            continue;
        }
        let Some(argument) = file.after.node_of(&hunk.new[at]).and_then(|node| node.parent()) else {
            continue;
        };
        let Some(value) = argument.child_by_field_name("value") else { continue };
        let changed =
            hunk.added().find(|t| value.start_byte() <= t.start && t.end() <= value.end_byte()).copied();
        if let Some(token) = changed.filter(|_| file.stood_before(argument)) {
            let shaped = token.is("(") || token.is("[") || token.is("{") || token.kind == Kind::Name;
            let place = Place::new(file, hunk, Side::After, token.start);
            claims.add(FAMILY, "mock-value-shape", weigh(if shaped { 0.78 } else { 0.55 }), place);
        }
    }
}

/// True if the object at the head of a member chain is a test double.
fn is_mock_value(file: &PyFile, left: Node) -> bool {
    let text = file.after.text_of(left);
    let lower = text.to_ascii_lowercase();
    if memchr::memmem::find(&lower, b"mock").is_some()
        || memchr::memmem::find(text, b"return_value").is_some()
    {
        return true;
    }
    let head = text.split(|b| *b == b'.' || *b == b'[').next().unwrap_or(text);
    words(file.after.bytes, head).any(|at| {
        let rest = &file.after.bytes[at + head.len()..];
        let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        let value = line.trim_ascii_start().strip_prefix(b"=").map(|value| value.trim_ascii_start());
        value.is_some_and(|value| {
            ["Mock(", "MagicMock(", "AsyncMock(", "create_autospec("]
                .iter()
                .any(|word| memchr::memmem::find(value, word.as_bytes()).is_some_and(|found| found <= 10))
        })
    })
}
