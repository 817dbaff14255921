//! Mock calls that stand where they do not work: nested, after the import, under another name.

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, CallExpression, Expression};
use oxc_span::{GetSpan, Span};

use super::load::{loads_early, reaches};
use crate::facts::{FunctionNode, Imported, Library, MockCall, TypeScriptFile, literal};
use crate::model::{Safety, Severity};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "vi-mock-nested", needs: &["mock", "hoisted"], check: Check::TypeScript(nested) },
    Native { id: "vi-domock-static-import", needs: &["doMock"], check: Check::TypeScript(do_mock_too_late) },
    Native {
        id: "vi-mock-require",
        needs: &["require", "createRequire"],
        check: Check::TypeScript(required),
    },
    Native { id: "vi-alias-not-hoisted", needs: &["mock"], check: Check::TypeScript(alias) },
    Native { id: "vi-mock-path-not-found", needs: &["mock"], check: Check::TypeScript(path_not_found) },
];

fn nested(file: &TypeScriptFile, hits: &mut Hits) {
    let mocks = file.mocks();
    let hoisted = mocks.hoisted.iter().filter(|mock| !mock.object.alias && is_inside(file, mock));
    let others = mocks.of(Library::Vitest).filter(|mock| mock.is_hoisted() && !mock.at_top);
    let found: Vec<&MockCall> = others.chain(hoisted).filter(|mock| is_misplaced(file, mock)).collect();
    for mock in &found {
        let twice = mock.method == "mock"
            && found.iter().any(|other| {
                other.call.node != mock.call.node && other.method == "mock" && other.target == mock.target
            });
        // Not listed is the newest; a version that stands elsewhere, as `catalog:` says, is not known.
        let refused = match file.project.major(file.path, "vitest") {
            Some(major) => major.is_some_and(|major| major >= 5),
            None => true,
        };
        let severity =
            if refused || twice || uses_locals(file, mock) { Severity::Error } else { Severity::Warning };
        hits.at(mock.call.expr.span).word("call", mock.callee(file)).severity(severity);
    }
}

/// True unless a call stands at the top, as a statement or an initialiser.
fn is_inside(file: &TypeScriptFile, mock: &MockCall) -> bool {
    let nodes = file.semantic.nodes();
    file.function_around(mock.call.node).is_some()
        || nodes.ancestor_kinds(mock.call.node).any(|kind| matches!(kind, AstKind::BlockStatement(_)))
}

/// `vi.mock(…)` joined to something that is not a statement: only `await` and blocks are known to be refused.
fn is_misplaced(file: &TypeScriptFile, mock: &MockCall) -> bool {
    let (_, around) = file.beyond_casts(mock.call.node);
    is_inside(file, mock)
        || matches!(around, AstKind::AwaitExpression(_) if mock.method != "hoisted")
        || matches!(around, AstKind::ExpressionStatement(_))
}

/// True if the factory reads what the functions around the call declare: it will not be there.
fn uses_locals(file: &TypeScriptFile, mock: &MockCall) -> bool {
    let Some(factory) = mock.factory else { return false };
    let scoping = file.semantic.scoping();
    let inside = |span: Span, outer: Span| outer.start <= span.start && span.end <= outer.end;
    file.functions_around(mock.call.node).any(|function| {
        scoping.symbol_ids().any(|symbol| {
            let declared = scoping.symbol_span(symbol);
            inside(declared, function.span())
                && !inside(declared, factory.function.span())
                && file.value_uses(symbol).any(|(_, used)| inside(used, factory.function.span()))
        })
    })
}

/// A literal `import()` of a test file, and where it stands.
struct Loading<'a> {
    path: Option<&'a str>,
    span: Span,
}

fn loadings<'a>(file: &TypeScriptFile<'a>) -> Vec<Loading<'a>> {
    let found = file.semantic.nodes().iter().filter_map(|node| match node.kind() {
        AstKind::ImportExpression(import) => {
            Some(Loading { path: literal(&import.source), span: import.span })
        }
        _ => None,
    });
    found.collect()
}

fn do_mock_too_late(file: &TypeScriptFile, hits: &mut Hits) {
    let mocks = file.mocks();
    let late: Vec<&MockCall> = mocks.of(Library::Vitest).filter(|mock| mock.method == "doMock").collect();
    if late.is_empty() {
        return;
    }
    let loadings = loadings(file);
    let resets = !file.calls("resetModules").is_empty();
    for (at, mock) in late.iter().enumerate() {
        let Some((path, target)) = mock.path.zip(mock.target.as_deref()) else { continue };
        let too_late = if loadings.is_empty() {
            !resets && reaches(file, target)
        } else {
            !resets
                && (is_loaded_before(file, mock, target, &loadings)
                    || is_cached(file, &late[..at], mock, &loadings))
        };
        if too_late {
            hits.at(mock.call.expr.span).word("path", path);
        }
    }
}

/// True if the test itself has imported the module just before, and does not import again.
fn is_loaded_before(file: &TypeScriptFile, mock: &MockCall, target: &str, loadings: &[Loading]) -> bool {
    let mocks = file.mocks();
    let Some(test) = mocks.test_around(mock.call.expr.span) else { return false };
    let all_in_tests = loadings.iter().all(|one| mocks.test_around(one.span).is_some());
    let here = || loadings.iter().filter(|one| test.contains(one.span));
    let same = |one: &Loading| one.path.is_some_and(|path| file.target(path) == target);
    all_in_tests && here().all(|one| one.span.start < mock.call.expr.span.start) && here().any(same)
}

/// True if an earlier test mocked the same module and loaded what this test loads again: it is in the cache.
fn is_cached(file: &TypeScriptFile, earlier: &[&MockCall], mock: &MockCall, loadings: &[Loading]) -> bool {
    let mocks = file.mocks();
    let Some(test) = mocks.test_around(mock.call.expr.span) else { return false };
    let after = |span: Span, mock: &MockCall| span.start > mock.call.expr.span.end;
    let again = loadings.iter().filter(|one| test.contains(one.span) && after(one.span, mock));
    // The mocked module itself is looked up anew by each import.
    let importers = again.filter_map(|one| one.path).filter(|path| Some(file.target(path)) != mock.target);
    importers.into_iter().any(|path| {
        earlier.iter().filter(|other| other.target == mock.target).any(|other| {
            let Some(other_test) = mocks.test_around(other.call.expr.span) else { return false };
            other_test.span != test.span
                && loadings.iter().any(|one| {
                    one.path == Some(path) && other_test.contains(one.span) && after(one.span, other)
                })
        })
    })
}

fn required(file: &TypeScriptFile, hits: &mut Hits) {
    let makers = file.calls("createRequire");
    let made = makers.iter().filter_map(|call| match file.beyond_casts(call.node).1 {
        AstKind::VariableDeclarator(variable) => variable.id.get_identifier_name(),
        _ => None,
    });
    let names: Vec<&str> = std::iter::once("require").chain(made.map(|name| name.as_str())).collect();
    for call in names.iter().flat_map(|name| file.calls(name)) {
        let Some(path) = required_path(file, call.expr, &names) else { continue };
        let target = file.target(path);
        let mocked = file
            .mocks()
            .of(Library::Vitest)
            .any(|mock| matches!(mock.method, "mock" | "doMock") && mock.target.as_ref() == Some(&target));
        if !mocked {
            continue;
        }
        let hit = hits.at(call.expr.span);
        hit.word("path", path);
        if file.function_around(call.node).is_some_and(|function| function.is_async()) {
            let callee = call.expr.callee.span();
            hit.fix(
                Safety::Unsafe,
                [
                    (callee.start as usize..callee.end as usize, "(await import".to_owned()),
                    (call.expr.span.end as usize..call.expr.span.end as usize, ")".to_owned()),
                ],
            );
        }
    }
}

/// The path of `require('…')`, bare or made by `createRequire`.
fn required_path<'a>(
    file: &TypeScriptFile<'a>,
    call: &'a CallExpression<'a>,
    names: &[&str],
) -> Option<&'a str> {
    let Expression::Identifier(name) = call.callee.get_inner_expression() else { return None };
    let own = file.symbol_of(name).is_none() == (name.name == "require");
    if !own && names.len() == 1 {
        return None;
    }
    literal(call.arguments.first().and_then(Argument::as_expression)?)
}

/// True if a hoisted factory reads, as it runs, the constant that a call initialises.
fn is_read_by_mock(file: &TypeScriptFile, hoisted: &MockCall) -> bool {
    let AstKind::VariableDeclarator(variable) = file.beyond_casts(hoisted.call.node).1 else { return false };
    let scoping = file.semantic.scoping();
    let inside = |span: Span, outer: Span| outer.start <= span.start && span.end <= outer.end;
    let names = scoping.symbol_ids().filter(|id| inside(scoping.symbol_span(*id), variable.id.span()));
    let factories: Vec<_> = (file.mocks().of(Library::Vitest))
        .filter(|mock| mock.is_hoisted() && loads_early(file, mock))
        .filter_map(|mock| mock.factory)
        .collect();
    let mut uses = names.flat_map(|name| file.value_uses(name));
    uses.any(|(node, span)| {
        let reads =
            |function: FunctionNode| inside(span, function.span()) && file.runs_with(node, function.node());
        factories.iter().any(|factory| reads(factory.function))
    })
}

fn alias(file: &TypeScriptFile, hits: &mut Hits) {
    let mocks = file.mocks();
    // What a mock loads is asked last: it may take many modules to tell.
    let late = |mock: &&MockCall| {
        mock.object.alias && matches!(mock.method, "mock" | "unmock") && loads_early(file, mock)
    };
    let missed = mocks.hoisted.iter().filter(|one| one.object.alias && is_read_by_mock(file, one));
    for mock in mocks.of(Library::Vitest).filter(late).chain(missed) {
        let Expression::StaticMemberExpression(member) = mock.call.expr.callee.get_inner_expression() else {
            continue;
        };
        let hit = hits.at(mock.call.expr.span);
        hit.word("alias", file.slice(member.object.span())).word("method", mock.method);
        let Some(import) = file.import_behind(&member.object) else { continue };
        if !matches!(import.name, Imported::Name(_)) || !file.global_uses("vi").is_empty() {
            continue;
        }
        if file.top().imports.iter().any(|other| other.local == "vi") {
            continue;
        }
        let bytes = |span: Span| span.start as usize..span.end as usize;
        let uses = file.value_uses(import.symbol).map(|(_, span)| (bytes(span), "vi".to_owned()));
        let edits: Vec<_> = std::iter::once((bytes(import.span), "vi".to_owned())).chain(uses).collect();
        hit.fix(Safety::Unsafe, edits);
    }
}

/// Folders that a build fills.
const MADE: [&str; 5] = ["generated", "dist", "build", "out", "node_modules"];

fn path_not_found(file: &TypeScriptFile, hits: &mut Hits) {
    for mock in file.mocks().of(Library::Vitest).filter(|mock| mock.method == "mock") {
        let Some(path) = mock.path.filter(|path| path.starts_with('.') && !path.contains('?')) else {
            continue;
        };
        if file.project.first_party(file.path, path).is_some()
            || path.split('/').any(|part| MADE.contains(&part))
        {
            continue;
        }
        let loaded = file.module.requested_modules.keys().any(|specifier| specifier.as_str() == path)
            || loadings(file).iter().any(|one| one.path == Some(path));
        if !loaded {
            hits.at(mock.path_span()).word("path", path);
        }
    }
}
