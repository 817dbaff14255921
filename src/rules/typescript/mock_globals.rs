//! One test runner's names under the other one.

use std::ops::Range;

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, Expression, ImportDeclarationSpecifier};
use oxc_span::{GetSpan, Span};

use crate::facts::{FunctionNode, TypeScriptFile};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "jest-global-in-vitest", needs: &["jest"], check: Check::TypeScript(jest_in_vitest) },
    Native { id: "vitest-global-not-imported", needs: &["vitest"], check: Check::TypeScript(not_imported) },
    Native { id: "vi-global-in-jest", needs: &["vi"], check: Check::TypeScript(vi_in_jest) },
    Native {
        id: "vi-options-third-arg",
        needs: &["test", "it", "describe", "suite"],
        check: Check::TypeScript(options_third),
    },
];

/// Functions of jest's that vitest has under the same name.
const SHARED: [&str; 20] = [
    "fn",
    "mock",
    "unmock",
    "doMock",
    "spyOn",
    "mocked",
    "isMockFunction",
    "clearAllMocks",
    "resetAllMocks",
    "restoreAllMocks",
    "resetModules",
    "useFakeTimers",
    "useRealTimers",
    "setSystemTime",
    "advanceTimersByTime",
    "advanceTimersByTimeAsync",
    "runAllTimers",
    "runAllTimersAsync",
    "runOnlyPendingTimers",
    "clearAllTimers",
];

fn bytes(span: Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// True if the file loads vitest for more than its types.
fn loads_vitest(file: &TypeScriptFile) -> bool {
    file.top().loads.iter().any(|load| load.specifier == "vitest")
}

fn jest_in_vitest(file: &TypeScriptFile, hits: &mut Hits) {
    if !loads_vitest(file) || file.text.contains(".jest =") {
        return;
    }
    let mut import = add_to_import(file, "vi");
    for (node, span) in file.global_uses("jest") {
        let AstKind::StaticMemberExpression(member) = file.beyond_casts(node).1 else { continue };
        let hit = hits.at(span);
        if SHARED.contains(&member.property.name.as_str()) {
            let edits: Vec<_> = import.take().into_iter().chain([(bytes(span), "vi".to_owned())]).collect();
            hit.fix(Safety::Unsafe, edits);
        }
    }
}

/// The edit that adds a name to the file's import from vitest; none if it is there, or cannot be added.
fn add_to_import(file: &TypeScriptFile, name: &str) -> Option<(Range<usize>, String)> {
    let of_vitest = || file.top().imports_from("vitest");
    if of_vitest().any(|import| import.local == name) {
        return None;
    }
    let declaration = of_vitest().find(|import| !import.is_type)?.declaration;
    let named =
        |one: &&ImportDeclarationSpecifier| matches!(one, ImportDeclarationSpecifier::ImportSpecifier(_));
    let last = declaration.specifiers.iter().flatten().rfind(named)?;
    let at = last.span().end as usize;
    Some((at..at, format!(", {name}")))
}

const GLOBALS: [&str; 14] = [
    "describe",
    "it",
    "test",
    "suite",
    "expect",
    "vi",
    "vitest",
    "beforeEach",
    "afterEach",
    "beforeAll",
    "afterAll",
    "onTestFinished",
    "onTestFailed",
    "expectTypeOf",
];

fn not_imported(file: &TypeScriptFile, hits: &mut Hits) {
    if !loads_vitest(file) {
        return;
    }
    let used = GLOBALS.iter().filter_map(|name| Some((*name, *file.global_uses(name).first()?)));
    let used: Vec<_> = used.filter(|(_, (node, _))| !is_typeof(file, *node)).collect();
    if used.is_empty() || file.project.vitest_config(file.path).globals {
        return;
    }
    for (name, (_, span)) in used {
        let hit = hits.at(span);
        hit.word("name", name);
        if let Some(edit) = add_to_import(file, name) {
            hit.fix(Safety::Safe, [edit]);
        }
    }
}

/// `typeof vi` asks only whether it is there.
fn is_typeof(file: &TypeScriptFile, node: oxc_semantic::NodeId) -> bool {
    matches!(file.beyond_casts(node).1, AstKind::UnaryExpression(one) if one.operator.is_typeof())
}

fn vi_in_jest(file: &TypeScriptFile, hits: &mut Hits) {
    let runs = |name: &str| {
        file.project.major(file.path, name).is_some() || file.project.has_config(file.path, name)
    };
    let is_jest = runs("jest") || file.top().imports_from("@jest/globals").next().is_some();
    if !is_jest || runs("vitest") {
        return;
    }
    if let Some(import) = file.top().imports_from("vitest").find(|import| !import.is_type)
        && loads_vitest(file)
    {
        hits.at(import.declaration.source.span).word("name", "'vitest'");
        return;
    }
    for (node, span) in file.global_uses("vi") {
        let AstKind::StaticMemberExpression(member) = file.beyond_casts(node).1 else { continue };
        let hit = hits.at(span);
        hit.word("name", "vi");
        if SHARED.contains(&member.property.name.as_str()) {
            hit.fix(Safety::Unsafe, [(bytes(span), "jest".to_owned())]);
        }
    }
}

fn options_third(file: &TypeScriptFile, hits: &mut Hits) {
    // Unknown is the newest.
    if file.project.major(file.path, "vitest").flatten().is_some_and(|major| major < 4) {
        return;
    }
    for block in &file.mocks().blocks {
        let [name, function, options] = block.call.arguments.as_slice() else { continue };
        let is_function = function.as_expression().and_then(FunctionNode::of).is_some();
        let is_object = matches!(
            options.as_expression().map(Expression::get_inner_expression),
            Some(Expression::ObjectExpression(_))
        );
        if !is_function || !is_object || matches!(name, Argument::SpreadElement(_)) {
            continue;
        }
        let (function, options) = (bytes(function.span()), bytes(options.span()));
        let moved = format!("{}, ", &file.text[options.clone()]);
        hits.at(options.clone()).fix(
            Safety::Unsafe,
            [(function.start..function.start, moved), (function.end..options.end, String::new())],
        );
    }
}
