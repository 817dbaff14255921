//! pytest's fixtures where pytest cannot pass them.

use ruff_python_ast::{AnyNodeRef, Decorator, Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::imports::body;
use crate::facts::{BindingKind, PyScopeId, PythonFile, py_dotted};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "py-fixture-called-directly", needs: &["fixture"], check: Check::Python(called) },
    Native { id: "py-monkeypatch-misuse", needs: &["monkeypatch", "TestCase"], check: Check::Python(misuse) },
];

/// The `@pytest.fixture` of a function, and its arguments.
fn fixture(function: &StmtFunctionDef) -> Option<(&Decorator, Option<&ExprCall>)> {
    function.decorator_list.iter().find_map(|decorator| {
        let call = if let Expr::Call(call) = &decorator.expression { Some(call) } else { None };
        let callee = call.map_or(&decorator.expression, |call| &*call.func);
        let name = py_dotted(callee)?;
        matches!(
            name.as_str(),
            "pytest.fixture" | "fixture" | "pytest_asyncio.fixture" | "pytest.yield_fixture"
        )
        .then_some((decorator, call))
    })
}

/// The name under which a function is a fixture.
pub(super) fn fixture_name(function: &StmtFunctionDef) -> Option<String> {
    let (_, call) = fixture(function)?;
    match call.and_then(|call| call.arguments.find_keyword("name")).map(|it| &it.value) {
        Some(Expr::StringLiteral(name)) => Some(name.value.to_str().to_owned()),
        _ => Some(function.name.to_string()),
    }
}

/// The `patch` decorators of a function, from the top down.
pub(super) fn patches(function: &StmtFunctionDef) -> Vec<&Decorator> {
    let is_patch = |it: &&Decorator| {
        let Expr::Call(call) = &it.expression else { return false };
        let name = py_dotted(&call.func).unwrap_or_default();
        let last = name.strip_suffix(".object").or(name.strip_suffix(".multiple")).unwrap_or(&name);
        last == "patch" || last.ends_with(".patch")
    };
    function.decorator_list.iter().filter(is_patch).collect()
}

fn called(file: &PythonFile, hits: &mut Hits) {
    let fixtures = body(file).iter().filter_map(|stmt| match stmt {
        Stmt::FunctionDef(it) if fixture(it).is_some() => Some(it),
        _ => None,
    });
    for fixture in fixtures {
        let name = fixture.name.as_str();
        for &(id, call) in file.calls(name) {
            let Expr::Name(callee) = &*call.func else { continue };
            let is_the_fixture = file.resolve(file.scope_of(id), name).is_some_and(|(scope, bindings)| {
                scope == PyScopeId::MODULE && bindings.len() == 1 && bindings[0].kind == BindingKind::Function
            });
            if is_the_fixture {
                hits.at(callee.range).word("name", name);
            }
        }
    }
}

/// Fixtures whose names nobody else uses for a parameter of a TestCase's method.
const BUILTIN: &[&str] = &["monkeypatch", "tmp_path", "tmpdir", "capsys", "caplog", "capfd", "mocker"];

fn misuse(file: &PythonFile, hits: &mut Hits) {
    for stmt in body(file) {
        match stmt {
            Stmt::FunctionDef(it) => wide_scope(it, hits),
            Stmt::ClassDef(it) if is_test_case(file, it) => in_test_case(it, hits),
            _ => {}
        }
    }
    for &(id, call) in file.calls("setattr") {
        let Expr::Attribute(method) = &*call.func else { continue };
        let is_fixture = matches!(&*method.value, Expr::Name(name) if name.id.as_str() == "monkeypatch")
            && file
                .resolve(file.scope_of(id), "monkeypatch")
                .is_some_and(|(_, bindings)| bindings.iter().all(|it| it.kind == BindingKind::Parameter));
        let arguments = &call.arguments;
        let names_only = arguments.args.len() == 2
            && arguments.keywords.is_empty()
            && matches!(arguments.args[1], Expr::StringLiteral(_))
            && !matches!(arguments.args[0], Expr::StringLiteral(_) | Expr::Starred(_) | Expr::FString(_))
            && !may_be_text(file, id, &arguments.args[0]);
        if is_fixture && names_only {
            hits.at(call.range()).word("name", "monkeypatch.setattr").word("reason", "it gets no value");
        }
    }
}

/// A variable or expression that may hold a dotted path, the target of the two-argument form.
fn may_be_text(file: &PythonFile, id: crate::facts::PyNodeId, expr: &Expr) -> bool {
    let Some(name) = py_dotted(expr) else { return true };
    let first = name.split('.').next().unwrap_or("");
    let bindings = file.resolve(file.scope_of(id), first).map_or(&[][..], |(_, bindings)| bindings);
    let is_object =
        |kind: BindingKind| matches!(kind, BindingKind::Import | BindingKind::Class | BindingKind::Function);
    name.contains('.')
        && name
            .split('.')
            .next_back()
            .is_some_and(|it| it.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        || !bindings.iter().all(|it| is_object(it.kind))
        || bindings.is_empty()
}

fn wide_scope(function: &StmtFunctionDef, hits: &mut Hits) {
    let Some((_, Some(call))) = fixture(function) else { return };
    let Some(Expr::StringLiteral(scope)) = call.arguments.find_keyword("scope").map(|it| &it.value) else {
        return;
    };
    let scope = scope.value.to_str();
    if matches!(scope, "module" | "session" | "class" | "package")
        && let Some(it) = function
            .parameters
            .iter_non_variadic_params()
            .find(|it| it.parameter.name.as_str() == "monkeypatch")
    {
        hits.at(it.parameter.name.range())
            .word("name", "monkeypatch")
            .word("reason", format!("it is undone after each test, and this fixture has {scope} scope"));
    }
}

/// `unittest.TestCase` and its like as a direct base.
fn is_test_case(file: &PythonFile, class: &StmtClassDef) -> bool {
    let bases = class.arguments.as_ref().map_or(&[][..], |it| &it.args);
    bases.iter().any(|base| {
        let name = py_dotted(base).unwrap_or_default();
        let from_unittest =
            || file.text.contains("from unittest import") || file.text.contains("from django.test import");
        matches!(name.as_str(), "unittest.TestCase" | "unittest.IsolatedAsyncioTestCase")
            || matches!(name.as_str(), "TestCase" | "IsolatedAsyncioTestCase") && from_unittest()
    })
}

fn in_test_case(class: &StmtClassDef, hits: &mut Hits) {
    for stmt in &class.body {
        let Stmt::FunctionDef(test) = stmt else { continue };
        if !test.name.as_str().starts_with("test") || !test.decorator_list.is_empty() {
            continue;
        }
        for parameter in test.parameters.iter_non_variadic_params().skip(1).filter(|it| it.default.is_none())
        {
            let name = parameter.parameter.name.as_str();
            if BUILTIN.contains(&name) {
                hits.at(parameter.parameter.name.range())
                    .word("name", name)
                    .word("reason", "methods of a TestCase get no fixtures");
            }
        }
    }
}

/// The function in which a node stands.
pub(super) fn function_around<'a>(
    file: &PythonFile<'a>,
    id: crate::facts::PyNodeId,
) -> Option<&'a StmtFunctionDef> {
    file.ancestors(id).find_map(|(_, node)| match node {
        AnyNodeRef::StmtFunctionDef(it) => Some(it),
        _ => None,
    })
}
