//! What a mock factory returns: no object, no default, not the export that is used.

use oxc_ast::AstKind;
use oxc_ast::ast::{Expression, Statement};
use oxc_semantic::SymbolId;
use oxc_span::{GetSpan, Span};

use super::expect::is_expected_to_throw;
use super::subject::{Missing, missed_by_subjects};
use crate::facts::{FunctionNode, Imported, Library, MockCall, ModuleObject, TypeScriptFile};
use crate::model::{Safety, Severity};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "vi-mock-factory-no-default", needs: &["mock"], check: Check::TypeScript(no_default) },
    Native {
        id: "vi-mock-factory-missing-export",
        needs: &["mock"],
        check: Check::TypeScript(missing_export),
    },
    Native { id: "vi-mock-factory-not-object", needs: &["mock"], check: Check::TypeScript(not_object) },
    Native {
        id: "vi-import-actual-not-awaited",
        needs: &["importActual", "mock"],
        check: Check::TypeScript(actual_not_awaited),
    },
];

/// The hoisted mocks whose factory's exports are all known, and that nothing else in the file changes.
fn closed<'f, 'a>(
    file: &'f TypeScriptFile<'a>,
) -> impl Iterator<Item = (&'f MockCall<'a>, ModuleObject<'a>)> {
    let calls = &file.mocks().calls;
    let only = |mock: &&MockCall| calls.iter().filter(|other| other.target == mock.target).count() == 1;
    let hoisted = file.mocks().of(Library::Vitest).filter(|mock| mock.method == "mock" && mock.is_hoisted());
    hoisted.filter(|mock| mock.target.is_some()).filter(only).filter_map(|mock| {
        let object = mock.factory?.object.filter(|object| object.is_closed())?;
        Some((mock, object))
    })
}

/// Uses of one export of a mocked module in the test itself: the name, and its first use.
fn used_here(file: &TypeScriptFile, mock: &MockCall) -> Vec<Missing> {
    let mut found: Vec<Missing> = Vec::new();
    let mut add = |name: &str, place: Span| {
        if !found.iter().any(|known| known.name == name) {
            found.push(Missing { name: name.to_owned(), path: None, place: Some(place), function: None });
        }
    };
    let target = mock.target.as_deref();
    for import in file.top().imports.iter().filter(|import| !import.is_type) {
        if Some(&*file.target(import.specifier)) != target {
            continue;
        }
        match import.name {
            Imported::Name(name) => {
                if let Some((_, place)) = file.value_uses(import.symbol).find(|use_| is_read(file, use_.0)) {
                    add(name, place);
                }
            }
            Imported::Namespace => {
                for (member, place) in members_read(file, import.symbol) {
                    add(member, place);
                }
            }
        }
    }
    found
}

/// False for `export { name }`, which reads nothing, and for what is asserted to throw.
fn is_read(file: &TypeScriptFile, node: oxc_semantic::NodeId) -> bool {
    !matches!(file.semantic.nodes().parent_kind(node), AstKind::ExportSpecifier(_))
        && !is_expected_to_throw(file, node)
}

/// The members that are read of a namespace.
fn members_read<'a>(file: &TypeScriptFile<'a>, symbol: SymbolId) -> Vec<(&'a str, Span)> {
    let of = |(node, _)| match file.beyond_casts(node).1 {
        AstKind::StaticMemberExpression(member) if is_read(file, node) => {
            Some((member.property.name.as_str(), member.span))
        }
        _ => None,
    };
    file.value_uses(symbol).filter_map(of).collect()
}

fn no_default(file: &TypeScriptFile, hits: &mut Hits) {
    for (mock, _) in closed(file).filter(|(_, object)| !object.has("default")) {
        let here = used_here(file, mock).into_iter().find(|one| one.name == "default");
        let (missing, severity) = match here {
            Some(missing) => (Some(missing), Severity::Error),
            None => {
                let missed = missed_by_subjects(file, mock).into_iter().find(|one| one.name == "default");
                (missed, Severity::Info)
            }
        };
        let Some(missing) = missing else { continue };
        let hit = hits.at(mock.path_span());
        hit.word("path", mock.path.unwrap_or_default()).severity(severity);
        missing.point(hit);
    }
}

fn missing_export(file: &TypeScriptFile, hits: &mut Hits) {
    for (mock, object) in closed(file) {
        let is_missing =
            |one: &Missing| one.name != "default" && one.name != "then" && !object.has(&one.name);
        let here: Vec<Missing> = used_here(file, mock).into_iter().filter(is_missing).collect();
        let told = |one: &Missing| here.iter().any(|known| known.name == one.name);
        let subjects = missed_by_subjects(file, mock);
        let there = subjects.into_iter().filter(|one| is_missing(one) && !told(one));
        let there: Vec<Missing> = there.collect();
        let all = here.iter().map(|one| (one, Severity::Error));
        for (missing, severity) in all.chain(there.iter().map(|one| (one, Severity::Warning))) {
            let hit = hits.at(mock.path_span());
            hit.word("path", mock.path.unwrap_or_default())
                .word("name", missing.name.clone())
                .severity(severity);
            missing.point(hit);
        }
    }
}

fn not_object(file: &TypeScriptFile, hits: &mut Hits) {
    for mock in file.mocks().of(Library::Vitest).filter(|mock| matches!(mock.method, "mock" | "doMock")) {
        let Some(factory) =
            mock.factory.filter(|factory| Some(factory.function.span()) != Some(mock.path_span()))
        else {
            continue;
        };
        let returns = factory.function.returns();
        let nothing = returns.iter().all(|one| one.is_none()) && !throws(factory.function);
        if nothing && factory.function.block().is_some() {
            hits.at(factory.function.span());
            continue;
        }
        if let Some(wrong) = returns.into_iter().flatten().find(|expr| is_no_object(file, expr)) {
            hits.at(wrong.span());
        }
    }
}

fn throws(function: FunctionNode) -> bool {
    function.block().is_some_and(|body| {
        body.statements.iter().any(|statement| matches!(statement, Statement::ThrowStatement(_)))
    })
}

fn is_no_object<'a>(file: &TypeScriptFile<'a>, expr: &'a Expression<'a>) -> bool {
    match expr.get_inner_expression() {
        Expression::ArrowFunctionExpression(_)
        | Expression::FunctionExpression(_)
        | Expression::ClassExpression(_)
        | Expression::StringLiteral(_)
        | Expression::TemplateLiteral(_)
        | Expression::NumericLiteral(_)
        | Expression::BooleanLiteral(_)
        | Expression::NullLiteral(_) => true,
        _ => file
            .mock_chain(expr)
            .is_some_and(|chain| chain.library == Library::Vitest && chain.made_by == "fn"),
    }
}

/// `vi.importActual(…)` and calls of a factory's parameter, whose promise is read as if it were the module.
fn actual_not_awaited(file: &TypeScriptFile, hits: &mut Hits) {
    let mut promises: Vec<_> =
        file.library_calls(Library::Vitest, "importActual").map(|call| call.node).collect();
    for mock in file.mocks().of(Library::Vitest) {
        let Some(parameter) = mock.factory.and_then(|factory| factory.function.first_parameter()) else {
            continue;
        };
        for (node, _) in file.value_uses(parameter.symbol_id()) {
            if let (_, AstKind::CallExpression(call)) = file.beyond_casts(node)
                && call.callee.span().start == file.semantic.nodes().kind(node).span().start
            {
                promises.push(call.node_id.get());
            }
        }
    }
    for node in promises {
        if !is_misread(file, node) {
            continue;
        }
        let AstKind::CallExpression(call) = file.semantic.nodes().kind(node) else { continue };
        let arguments =
            call.arguments_span().map_or("()".to_owned(), |span| format!("({})", file.slice(span)));
        let callee = file.slice(call.callee.span());
        let hit = hits.at(call.span);
        hit.word("call", format!("{callee}{arguments}"));
        if let Some(edits) = file.await_edits(node) {
            hit.fix(Safety::Unsafe, edits);
        }
    }
}

/// True if a promise is spread, destructured or has a member read, here or through a variable that is never
/// awaited.
pub(super) fn is_misread(file: &TypeScriptFile, node: oxc_semantic::NodeId) -> bool {
    let (_, around) = file.beyond_casts(node);
    match around {
        AstKind::SpreadElement(_) => true,
        AstKind::StaticMemberExpression(member) => !is_promise_method(member.property.name.as_str()),
        AstKind::VariableDeclarator(variable) => match variable.id.get_binding_identifier() {
            None => true,
            Some(name) => {
                let mut uses = file.value_uses(name.symbol_id()).peekable();
                let misread = |(node, _)| match file.beyond_casts(node).1 {
                    AstKind::SpreadElement(_) => true,
                    AstKind::StaticMemberExpression(member) => {
                        !is_promise_method(member.property.name.as_str())
                    }
                    _ => false,
                };
                uses.peek().is_some() && uses.all(misread)
            }
        },
        _ => false,
    }
}

fn is_promise_method(name: &str) -> bool {
    matches!(name, "then" | "catch" | "finally")
}
