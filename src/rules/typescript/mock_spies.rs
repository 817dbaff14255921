//! Assertions and spies on what is no mock, or cannot be one.

use std::collections::HashSet;

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, Expression};
use oxc_semantic::NodeId;
use oxc_span::{GetSpan, Span};

use super::expect::subject;
use crate::facts::{Call, ExportKind, FunctionNode, Imported, Library, TypeScriptFile, literal};
use crate::model::Severity;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native {
        id: "vi-expect-non-mock",
        needs: &["Called", "Returned", "mock"],
        check: Check::TypeScript(expect_non_mock),
    },
    Native {
        id: "vi-spyon-esm-namespace",
        needs: &["spyOn", "mock"],
        check: Check::TypeScript(spy_on_namespace),
    },
];

const CALL_ASSERTIONS: [&str; 12] = [
    "toHaveBeenCalled",
    "toHaveBeenCalledOnce",
    "toHaveBeenCalledTimes",
    "toHaveBeenCalledWith",
    "toHaveBeenCalledExactlyOnceWith",
    "toHaveBeenLastCalledWith",
    "toHaveBeenNthCalledWith",
    "toHaveReturned",
    "toHaveReturnedWith",
    "toBeCalled",
    "toBeCalledTimes",
    "toBeCalledWith",
];

const MOCK_METHODS: [&str; 10] = [
    "mockReturnValue",
    "mockReturnValueOnce",
    "mockResolvedValue",
    "mockResolvedValueOnce",
    "mockRejectedValue",
    "mockRejectedValueOnce",
    "mockImplementation",
    "mockImplementationOnce",
    "mockClear",
    "mockReset",
];

fn expect_non_mock(file: &TypeScriptFile, hits: &mut Hits) {
    let spied: HashSet<&str> = file
        .calls("spyOn")
        .iter()
        .filter_map(|call| literal(call.expr.arguments.get(1)?.as_expression()?))
        .collect();
    let asserted = CALL_ASSERTIONS.iter().flat_map(|name| file.calls(name));
    // A function that only checks types is never called.
    let runs = |call: &&Call| {
        let block = file.mocks().block_around(call.expr.span).map(|block| block.function.span());
        file.function_around(call.node).map(FunctionNode::span) == block
    };
    let asserted = asserted.filter(runs).filter_map(|call| subject(&call.expr.callee));
    let told = MOCK_METHODS.iter().flat_map(|name| file.calls(name)).filter(runs);
    let told = told.filter_map(|call| told_mock(&call.expr.callee));
    for expr in asserted.chain(told) {
        let expr = expr.get_inner_expression();
        if is_plain(file, expr, &spied) {
            hits.at(expr.span()).word("name", file.slice(expr.span()));
        }
    }
}

/// What code takes for a mock: `f` in `vi.mocked(f).mockX()` and in `(f as Mock).mockX()`.
fn told_mock<'a>(callee: &'a Expression<'a>) -> Option<&'a Expression<'a>> {
    let Expression::StaticMemberExpression(member) = callee.get_inner_expression() else { return None };
    match member.object.get_inner_expression() {
        Expression::CallExpression(call) => match call.callee.get_inner_expression() {
            Expression::StaticMemberExpression(mocked) if mocked.property.name == "mocked" => {
                call.arguments.first().and_then(Argument::as_expression)
            }
            _ => None,
        },
        inner if inner.span() != member.object.span() => Some(inner),
        _ => None,
    }
}

/// True if an expression is surely a plain function.
fn is_plain<'a>(file: &TypeScriptFile<'a>, expr: &'a Expression<'a>, spied: &HashSet<&str>) -> bool {
    match expr {
        Expression::Identifier(name) => {
            let Some(symbol) = file.symbol_of(name) else { return false };
            if let Some(import) = file.top().import_of(symbol) {
                let Imported::Name(exported) = import.name else { return false };
                return !spied.contains(exported)
                    && exported_kind(file, import.specifier, exported) == Some(ExportKind::Function);
            }
            let scoping = file.semantic.scoping();
            if scoping.symbol_is_mutated(symbol) {
                return false;
            }
            let declared = file.semantic.nodes().kind(scoping.symbol_declaration(symbol));
            matches!(declared, AstKind::Function(function) if !function.declare)
                || file.initialiser(symbol).is_some_and(|init| FunctionNode::of(init).is_some())
        }
        Expression::StaticMemberExpression(member) => {
            let method = member.property.name.as_str();
            let Some(import) = file.import_behind(&member.object) else { return false };
            let Imported::Name(exported) = import.name else { return false };
            let is_assigned = || file.text.contains(&format!("{}.{method} =", import.local));
            !spied.contains(method)
                && matches!(exported_kind(file, import.specifier, exported),
                    Some(ExportKind::Object(members)) if members.contains(method))
                && !is_assigned()
        }
        _ => false,
    }
}

/// What a first-party module that the test does not mock exports under a name.
fn exported_kind(file: &TypeScriptFile, specifier: &str, name: &str) -> Option<ExportKind> {
    let path = file.project.first_party(file.path, specifier)?;
    let stem = |path: &str| {
        let last = path.rsplit('/').next().unwrap_or(path);
        last.split('.').next().unwrap_or(last).to_owned()
    };
    // By another alias it may be the same module.
    let mocked = |other: &str| file.target(other) == path || stem(other) == stem(&path);
    if file.mocks().calls.iter().any(|mock| mock.path.is_none_or(mocked)) {
        return None;
    }
    let outline = file.project.outline(&path).filter(|outline| !outline.makes_mocks)?;
    outline.exports.get(name).map(|export| export.kind.clone())
}

const BUILTIN: [&str; 28] = [
    "fs",
    "fs/promises",
    "path",
    "os",
    "child_process",
    "crypto",
    "http",
    "http2",
    "https",
    "net",
    "url",
    "util",
    "zlib",
    "stream",
    "readline",
    "process",
    "perf_hooks",
    "worker_threads",
    "timers",
    "timers/promises",
    "dns",
    "tls",
    "events",
    "module",
    "v8",
    "vm",
    "buffer",
    "cluster",
];

fn is_builtin(specifier: &str) -> bool {
    specifier.starts_with("node:") || BUILTIN.contains(&specifier)
}

fn spy_on_namespace(file: &TypeScriptFile, hits: &mut Hits) {
    for call in file.library_calls(Library::Vitest, "spyOn") {
        let mut arguments = call.expr.arguments.iter().filter_map(Argument::as_expression);
        let (Some(object), Some(name)) = (arguments.next(), arguments.next().and_then(literal)) else {
            continue;
        };
        let Some(import) = file.import_behind(object).filter(|import| import.name == Imported::Namespace)
        else {
            continue;
        };
        let target = file.target(import.specifier);
        if file.mocks().replaces(&target) {
            continue;
        }
        if is_builtin(import.specifier) {
            hits.at(call.expr.span).word("name", name).word("module", import.local);
        } else if let Some((caller, place)) =
            calls_itself(file, &target, name, test_span(file, call.expr.span))
        {
            let hit = hits.at(call.expr.span);
            hit.word("name", name).word("module", import.local).severity(Severity::Warning);
            hit.related(place, format!("`{caller}` calls the original inside its module"));
        }
    }
    for mock in file.mocks().of(Library::Vitest).filter(|mock| mock.method == "mock") {
        let (Some(target), Some(factory)) = (&mock.target, mock.factory) else { continue };
        let Some(object) = factory.object.filter(|object| !object.is_closed()) else { continue };
        for (name, property) in object.properties() {
            let Some((caller, place)) = calls_itself(file, target, &name, None) else { continue };
            if object.has(&caller) {
                continue;
            }
            let hit = hits.at(property.key.span());
            hit.word("name", name).word("module", mock.path.unwrap_or_default()).severity(Severity::Warning);
            hit.related(place, format!("`{caller}` calls the original inside its module"));
        }
    }
}

fn test_span(file: &TypeScriptFile, span: Span) -> Option<Span> {
    file.mocks().block_around(span).map(|block| block.span)
}

/// An export that the test calls and that calls another one inside their module, where no mock reaches; and
/// where the test calls it.
fn calls_itself(
    file: &TypeScriptFile,
    target: &str,
    name: &str,
    within: Option<Span>,
) -> Option<(String, Span)> {
    let imports = file.top().imports.iter().filter(|import| file.target(import.specifier) == target);
    let imports: Vec<_> = imports.collect();
    if imports.is_empty() {
        return None;
    }
    let outline = file.project.outline(target)?;
    let replaced = outline.exports.get(name).filter(|export| export.kind == ExportKind::Function)?;
    let inside = |span: Span| within.is_none_or(|outer| outer.start <= span.start && span.end <= outer.end);
    let calls = |exported: &str| {
        exported != name
            && outline
                .exports
                .get(exported)
                .is_some_and(|export| outline.calls_inside(&export.local, &replaced.local))
    };
    for import in imports {
        for (node, span) in file.value_uses(import.symbol).filter(|use_| inside(use_.1)) {
            let exported = match (import.name, file.beyond_casts(node).1) {
                (Imported::Name(name), AstKind::CallExpression(call))
                    if is_callee(file, &call.callee, node) =>
                {
                    name
                }
                (Imported::Namespace, AstKind::StaticMemberExpression(member)) => {
                    let called = match file.beyond_casts(member.node_id.get()).1 {
                        AstKind::CallExpression(call) => call.callee.span().start == member.span.start,
                        _ => false,
                    };
                    if !called {
                        continue;
                    }
                    member.property.name.as_str()
                }
                _ => continue,
            };
            if calls(exported) {
                return Some((exported.to_owned(), span));
            }
        }
    }
    None
}

fn is_callee(file: &TypeScriptFile, callee: &Expression, node: NodeId) -> bool {
    callee.get_inner_expression().span() == file.semantic.nodes().kind(node).span()
}
