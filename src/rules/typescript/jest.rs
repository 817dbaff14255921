//! `jest.mock`: what its factory may use, where it works, and what each transform makes of it.

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, Expression};
use oxc_semantic::SymbolId;
use oxc_span::GetSpan;

use super::load::reaches;
use crate::facts::{Imported, Library, MockCall, Transform, TypeScriptFile};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

const JEST: &[&str] = &["jest"];

pub(super) static RULES: &[Native] = &[
    Native { id: "jest-mock-factory-out-of-scope", needs: JEST, check: Check::TypeScript(out_of_scope) },
    Native { id: "jest-mock-default-no-esmodule", needs: JEST, check: Check::TypeScript(no_es_module) },
    Native { id: "jest-mock-in-test", needs: JEST, check: Check::TypeScript(too_late) },
    Native { id: "jest-spyon-esm-export", needs: JEST, check: Check::TypeScript(spy_on_export) },
    Native { id: "jest-import-after-mock-alias", needs: JEST, check: Check::TypeScript(not_hoisted) },
];

/// How the file is compiled; none for native ES modules, which hoist nothing, and for files without mocks.
fn transform(file: &TypeScriptFile) -> Option<Transform> {
    let mocks = file.mocks().of(Library::Jest).next().is_some()
        || file.library_calls(Library::Jest, "spyOn").next().is_some();
    if !mocks || !file.calls("unstable_mockModule").is_empty() {
        return None;
    }
    let transform = file.project.jest_config(file.path).transform;
    (transform != Transform::Native).then_some(transform)
}

/// `jest.mock` calls at the top of the file.
fn hoisted<'f, 'a>(file: &'f TypeScriptFile<'a>) -> impl Iterator<Item = &'f MockCall<'a>> {
    file.mocks().of(Library::Jest).filter(|mock| mock.method == "mock" && mock.at_top)
}

fn out_of_scope(file: &TypeScriptFile, hits: &mut Hits) {
    let Some(transform) = transform(file) else { return };
    // babel-jest refuses names wherever the factory uses them.
    let refuses_names = matches!(transform, Transform::Babel | Transform::Unknown);
    for mock in hoisted(file) {
        let Some(factory) = mock.factory else { continue };
        let (node, span) = (factory.function.node(), factory.function.span());
        let mut loaded = None;
        for one in file.top().uses_in(span) {
            let name = file.slice(one.span);
            let refused = refuses_names && !is_allowed(name) && !is_literal_const(file, one.symbol);
            let mut too_early = || {
                let flags = file.semantic.scoping().symbol_flags(one.symbol);
                (flags.is_block_scoped() || flags.is_class())
                    && !is_literal_const(file, one.symbol)
                    && file.runs_with(one.node, node)
                    && *loaded.get_or_insert_with(|| {
                        mock.target.as_deref().is_some_and(|target| reaches(file, target))
                    })
            };
            if refused || too_early() {
                hits.at(one.span).word("name", name);
            }
        }
    }
}

/// Names that babel-jest lets through.
fn is_allowed(name: &str) -> bool {
    let begins = |start: &str| name.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    begins("mock") || matches!(name, "jest" | "expect" | "require" | "React") || name.starts_with("_")
}

/// A const with a plain literal is hoisted along.
fn is_literal_const(file: &TypeScriptFile, symbol: SymbolId) -> bool {
    file.semantic.scoping().symbol_flags(symbol).is_const_variable()
        && matches!(
            file.initialiser(symbol).map(Expression::get_inner_expression),
            Some(
                Expression::StringLiteral(_)
                    | Expression::NumericLiteral(_)
                    | Expression::BooleanLiteral(_)
                    | Expression::NullLiteral(_)
            )
        )
}

fn no_es_module(file: &TypeScriptFile, hits: &mut Hits) {
    if transform(file).is_none() {
        return;
    }
    for mock in hoisted(file) {
        let Some(object) =
            mock.factory.and_then(|factory| factory.object).filter(|object| object.is_closed())
        else {
            continue;
        };
        if !object.has("default") || object.has("__esModule") {
            continue;
        }
        let used = file.top().imports.iter().any(|import| {
            import.name == Imported::Name("default")
                && !import.is_type
                && Some(file.target(import.specifier)) == mock.target
                && file.value_uses(import.symbol).next().is_some()
        });
        if used {
            let at = object.0.span.start as usize + 1;
            let hit = hits.at(mock.path_span());
            hit.word("path", mock.path.unwrap_or_default());
            hit.fix(Safety::Safe, [(at..at, " __esModule: true,".to_owned())]);
        }
    }
}

fn too_late(file: &TypeScriptFile, hits: &mut Hits) {
    if transform(file).is_none() {
        return;
    }
    let late = |mock: &&MockCall| match mock.method {
        "mock" => !mock.at_top && file.function_around(mock.call.node).is_some(),
        "doMock" => true,
        _ => false,
    };
    let late: Vec<&MockCall> = file.mocks().of(Library::Jest).filter(late).collect();
    let reloads =
        ["require", "requireMock", "requireActual", "isolateModules", "isolateModulesAsync", "resetModules"];
    if late.is_empty()
        || !file.module.dynamic_imports.is_empty()
        || reloads.iter().any(|name| !file.calls(name).is_empty())
    {
        return;
    }
    for mock in late {
        let Some((path, target)) = mock.path.zip(mock.target.as_deref()) else { continue };
        if hoisted(file).any(|other| other.target.as_deref() == Some(target)) {
            continue;
        }
        if file.top().loads.iter().any(|load| file.target(load.specifier) == target) {
            hits.at(mock.call.expr.span).word("call", mock.callee(file)).word("path", path);
        }
    }
}

fn spy_on_export(file: &TypeScriptFile, hits: &mut Hits) {
    if !matches!(transform(file), Some(Transform::Swc | Transform::Unknown)) {
        return;
    }
    for call in file.library_calls(Library::Jest, "spyOn") {
        let object = call.expr.arguments.first().and_then(Argument::as_expression);
        let Some(import) = object.and_then(|object| file.import_behind(object)) else { continue };
        if import.name != Imported::Namespace
            || file.project.first_party(file.path, import.specifier).is_none()
        {
            continue;
        }
        if !file.mocks().replaces(&file.target(import.specifier)) {
            hits.at(call.expr.span).word("path", import.specifier);
        }
    }
}

/// @swc/jest hoists only the global `jest`.
fn not_hoisted(file: &TypeScriptFile, hits: &mut Hits) {
    let swc = transform(file) == Some(Transform::Swc);
    for mock in hoisted(file).filter(|mock| mock.object.imported) {
        // Where nothing says what compiles, an alias is doubtful, the plain name is not.
        let doubtful = mock.object.alias && transform(file) == Some(Transform::Unknown);
        if !swc && !doubtful {
            continue;
        }
        let loaded = mock.target.as_deref().is_some_and(|target| reaches(file, target));
        if loaded && matches!(file.semantic.nodes().kind(mock.call.node), AstKind::CallExpression(_)) {
            let hit = hits.at(mock.call.expr.callee.span());
            hit.word("call", mock.callee(file)).word("path", mock.path.unwrap_or_default());
        }
    }
}
