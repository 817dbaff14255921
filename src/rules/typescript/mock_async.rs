//! Promises of a test that nobody awaits.

use oxc_ast::AstKind;

use super::expect::assertions;
use super::mock_factory::is_misread;
use crate::facts::{Library, TypeScriptFile, literal};
use crate::model::{Safety, Severity};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native {
        id: "vi-timers-async-not-awaited",
        needs: &["Async", "waitFor", "waitUntil"],
        check: Check::TypeScript(timers),
    },
    Native {
        id: "vi-assertion-not-awaited",
        needs: &["rejects", "resolves", "poll"],
        check: Check::TypeScript(assertion),
    },
    Native { id: "vi-dynamic-import-not-awaited", needs: &["import"], check: Check::TypeScript(import) },
];

const ASYNC: [&str; 6] = [
    "advanceTimersByTimeAsync",
    "advanceTimersToNextTimerAsync",
    "runAllTimersAsync",
    "runOnlyPendingTimersAsync",
    "waitFor",
    "waitUntil",
];

fn timers(file: &TypeScriptFile, hits: &mut Hits) {
    for call in ASYNC.into_iter().flat_map(|name| file.library_calls(Library::Vitest, name)) {
        if !file.is_statement(call.node) {
            continue;
        }
        let hit = hits.at(call.expr.span);
        hit.word("call", file.slice(oxc_span::GetSpan::span(&call.expr.callee)));
        if let Some(edits) = file.await_edits(call.node) {
            hit.fix(Safety::Unsafe, edits);
        }
    }
}

fn assertion(file: &TypeScriptFile, hits: &mut Hits) {
    // vitest 2 to 4 wait at the end of the test; unknown is the newest.
    let refused = file.project.major(file.path, "vitest").flatten().is_none_or(|major| major >= 5);
    for one in assertions(file) {
        let modifier = one.links.iter().find(|link| matches!(link.name, "resolves" | "rejects"));
        let modifier = match modifier {
            Some(link) => link.name,
            None if one.polls => "poll",
            None => continue,
        };
        if !one.links.last().is_some_and(|link| link.called) || !file.is_statement(one.whole) {
            continue;
        }
        let test = file.mocks().test_around(one.start);
        if test.is_some_and(|test| file.slice(oxc_span::GetSpan::span(&test.call.callee)).contains(".fails"))
        {
            continue;
        }
        let hit = hits.at(one.start);
        hit.word("modifier", modifier);
        hit.severity(if refused { Severity::Error } else { Severity::Warning });
        if let Some(edits) = file.await_edits(one.whole) {
            hit.fix(Safety::Unsafe, edits);
        }
    }
}

fn import(file: &TypeScriptFile, hits: &mut Hits) {
    if file.module.dynamic_imports.is_empty() {
        return;
    }
    for node in file.semantic.nodes().iter() {
        let AstKind::ImportExpression(import) = node.kind() else { continue };
        if !is_misread(file, node.id()) {
            continue;
        }
        let hit = hits.at(import.span);
        hit.word("path", literal(&import.source).unwrap_or("…"));
        if let Some(edits) = file.await_edits(node.id()) {
            hit.fix(Safety::Unsafe, edits);
        }
    }
}
