//! Assertions that a mock does not have, and so answers with another mock.

use ruff_python_ast::{AnyNodeRef, ExprContext};
use ruff_text_size::Ranged;

use super::doubles::{double, root};
use super::nearest::nearest;
use crate::facts::{Place, PyNodeId, PythonFile};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "py-mock-assert-typo", needs: &["mock", "Mock"], check: Check::Python(misspelt) }];

const ASSERTIONS: &[&str] = &[
    "assert_called",
    "assert_called_once",
    "assert_called_with",
    "assert_called_once_with",
    "assert_any_call",
    "assert_has_calls",
    "assert_not_called",
    "assert_awaited",
    "assert_awaited_once",
    "assert_awaited_with",
    "assert_awaited_once_with",
    "assert_any_await",
    "assert_has_awaits",
    "assert_not_awaited",
];

/// Names that read like assertions, and what is meant.
const NO_ASSERTIONS: &[(&str, &str)] = &[
    ("called_once", "assert_called_once"),
    ("called_with", "assert_called_with"),
    ("called_once_with", "assert_called_once_with"),
    ("has_calls", "assert_has_calls"),
    ("not_called", "assert_not_called"),
    ("any_call", "assert_any_call"),
    ("was_called", "assert_called"),
    ("was_called_once", "assert_called_once"),
    ("was_called_with", "assert_called_with"),
    ("was_called_once_with", "assert_called_once_with"),
    ("was_not_called", "assert_not_called"),
    ("awaited_once", "assert_awaited_once"),
    ("awaited_with", "assert_awaited_with"),
    ("awaited_once_with", "assert_awaited_once_with"),
    ("not_awaited", "assert_not_awaited"),
];

fn misspelt(file: &PythonFile, hits: &mut Hits) {
    for (id, node) in file.nodes() {
        let AnyNodeRef::ExprAttribute(it) = node else { continue };
        let name = it.attr.as_str();
        if it.ctx != ExprContext::Load || !is_suspect(name) {
            continue;
        }
        let Some((meant, consequence)) = wrong(file, id, name) else { continue };
        if root(&it.value).is_none_or(|root| root == "self" || double(file, id, root).is_none()) {
            continue;
        }
        let hit = hits.at(it.attr.range()).word("name", name).word("consequence", consequence);
        hit.word("suggestion", meant.as_str());
        if meant.contains('(') {
            let end = it.range().bytes().end;
            hit.fix(Safety::Safe, [(end..end, "()".to_owned())]);
        } else if matches!(name, "call_count" | "called") {
            if let Some(call) = file.parent(id).map(|parent| file.node(parent)) {
                hit.fix(Safety::Safe, [(it.range().bytes().end..call.bytes().end, String::new())]);
            }
        } else if is_called(file, id) {
            hit.fix(Safety::Safe, [(it.attr.range().bytes(), meant)]);
        }
    }
}

/// What can be an assertion at all: cheap, before anything is looked up.
fn is_suspect(name: &str) -> bool {
    name.starts_with("as") || name.contains("call") || name.contains("await")
}

/// What is meant, and what follows from the mistake.
fn wrong(file: &PythonFile, id: PyNodeId, name: &str) -> Option<(String, &'static str)> {
    let parent = file.parent(id).map(|parent| file.node(parent));
    if ASSERTIONS.contains(&name) {
        // A bare `mock.assert_called_once`.
        let alone = matches!(parent, Some(AnyNodeRef::StmtExpr(_)));
        return alone.then(|| (format!("{name}()"), " until it is called; this checks nothing"));
    }
    if matches!(name, "call_count" | "called") {
        return is_called(file, id).then(|| (name.to_owned(), " but a value, and cannot be called"));
    }
    if let Some((_, right)) = NO_ASSERTIONS.iter().find(|(wrong, _)| *wrong == name) {
        return Some(((*right).to_owned(), ", so nothing is checked, or it raises from Python 3.12 on"));
    }
    let looks_so = ["assert", "asert", "assrt", "assret", "aseert", "asserts", "asssert"];
    if !looks_so.iter().any(|start| name.starts_with(start)) {
        return None;
    }
    let snake: String = name
        .chars()
        .flat_map(|c| if c.is_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] })
        .collect();
    let meant = match ASSERTIONS.iter().find(|it| **it == snake) {
        Some(exact) => *exact,
        None => nearest(&snake, ASSERTIONS.iter().copied())?,
    };
    Some((meant.to_owned(), ", and raises an AttributeError"))
}

fn is_called(file: &PythonFile, id: PyNodeId) -> bool {
    let at = file.node(id).bytes();
    matches!(file.parent(id).map(|parent| file.node(parent)),
        Some(AnyNodeRef::ExprCall(call)) if call.func.range().bytes() == at)
}
