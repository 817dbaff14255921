//! Mocks that are awaited though they cannot be, and the reverse.

use ruff_python_ast::{AnyNodeRef, Expr, ExprAwait, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::collection::is_test_file;
use super::doubles::{Kind, double, root};
use super::imports::body;
use crate::facts::{Place, PyNodeId, PyScopeId, PythonFile};
use crate::model::{Safety, Severity};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "py-asyncmock-needed", needs: &["async"], check: Check::Python(needed) }];

fn needed(file: &PythonFile, hits: &mut Hits) {
    if is_test_file(file) {
        tests_without_plugin(file, hits);
    }
    if !file.text.contains("Mock") {
        return;
    }
    let mut told: Vec<usize> = Vec::new();
    for (id, node) in file.nodes() {
        match node {
            AnyNodeRef::ExprAwait(it) => awaited(file, id, it, &mut told, hits),
            AnyNodeRef::ExprCall(call) => not_awaited(file, id, call, hits),
            _ => {}
        }
    }
}

/// `await mock.method()`, or a mock that a function of the file awaits.
fn awaited(file: &PythonFile, id: PyNodeId, it: &ExprAwait, told: &mut Vec<usize>, hits: &mut Hits) {
    let Expr::Call(call) = &*it.value else { return };
    if let Some((name, path)) = chain(&call.func) {
        plain_mock(file, id, name, &path, told, hits);
    }
    // `await use(mock)`: what does `use` await of its parameter?
    let Expr::Name(callee) = &*call.func else { return };
    let Some(function) = local_function(file, &callee.id) else { return };
    for (parameter, argument) in function.parameters.args.iter().zip(&call.arguments.args) {
        let Expr::Name(argument) = argument else { continue };
        let name = parameter.parameter.name.as_str();
        for path in awaited_of(file, function, name) {
            plain_mock(file, id, &argument.id, &path, told, hits);
        }
    }
}

/// Flags where a plain mock was made, if nothing makes the awaited member asynchronous.
fn plain_mock(
    file: &PythonFile,
    id: PyNodeId,
    name: &str,
    path: &str,
    told: &mut Vec<usize>,
    hits: &mut Hits,
) {
    let Some(double) = double(file, id, name).filter(|it| it.kind == Kind::Plain) else { return };
    let Some(made) = double.made else { return };
    let start = made.range().bytes().start;
    let member = format!("{name}{path}");
    // The member, or what it returns, is replaced by something that may be awaitable.
    let assigns = |target: &str| {
        file.text.contains(&format!("{target} =")) || file.text.contains(&format!("{target}="))
    };
    let parents = path.rmatch_indices('.').map(|(at, _)| format!("{name}{}", &path[..at]));
    let replaced = assigns(&format!("{member}.side_effect"))
        || !path.is_empty() && assigns(&member)
        || parents.filter(|it| it != name).any(|it| assigns(&it));
    let awaitable = returns_awaitable(file, &member);
    let keywords = &made.arguments.keywords;
    let configured = keywords.iter().any(|it| {
        it.arg.as_ref().is_none_or(|arg| !matches!(arg.as_str(), "return_value" | "name"))
            || !is_simple(&it.value)
    });
    if replaced || awaitable || configured || told.contains(&start) {
        return;
    }
    told.push(start);
    let hit = hits.at(made.range()).word("name", name).word("kind", "a plain mock").word("use", "await");
    let last = made.func.range().bytes().end;
    let length = file.slice(made.func.range()).rsplit('.').next().map_or(0, str::len);
    if path.is_empty() {
        hit.fix(Safety::Unsafe, [(last - length..last, "AsyncMock".to_owned())]);
    }
}

/// `m.get.return_value = future`: anything but a plain value.
fn returns_awaitable(file: &PythonFile, member: &str) -> bool {
    let target = format!("{member}.return_value");
    file.nodes().any(|(_, node)| match node {
        AnyNodeRef::StmtAssign(it) => {
            it.targets.iter().any(|to| file.slice(to.range()) == target) && !is_simple(&it.value)
        }
        _ => false,
    })
}

fn is_simple(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::Dict(_)
            | Expr::List(_)
            | Expr::Tuple(_)
    )
}

/// `name.a.b` as `name` and `.a.b`.
fn chain(expr: &Expr) -> Option<(&str, String)> {
    match expr {
        Expr::Name(name) => Some((name.id.as_str(), String::new())),
        Expr::Attribute(it) => {
            let (name, path) = chain(&it.value)?;
            Some((name, format!("{path}.{}", it.attr)))
        }
        _ => None,
    }
}

fn local_function<'a>(file: &PythonFile<'a>, name: &str) -> Option<&'a StmtFunctionDef> {
    body(file).iter().find_map(|stmt| match stmt {
        Stmt::FunctionDef(it) if it.name.as_str() == name => Some(it),
        _ => None,
    })
}

/// What a function awaits of one of its parameters: `.get` for `await p.get()`.
fn awaited_of(file: &PythonFile, function: &StmtFunctionDef, name: &str) -> Vec<String> {
    let within = function.range();
    let awaits = file.nodes().filter_map(|(_, node)| match node {
        AnyNodeRef::ExprAwait(it) if within.contains_range(it.range()) => Some(it),
        _ => None,
    });
    let paths = awaits.filter_map(|it| match &*it.value {
        Expr::Call(call) => chain(&call.func).filter(|(root, _)| *root == name).map(|(_, path)| path),
        _ => None,
    });
    paths.collect()
}

/// An `AsyncMock`'s call that is compared instead of awaited.
fn not_awaited(file: &PythonFile, id: PyNodeId, call: &ExprCall, hits: &mut Hits) {
    let compared = matches!(file.parent(id).map(|it| file.node(it)), Some(AnyNodeRef::ExprCompare(_)));
    if !compared {
        return;
    }
    let Some(name) = root(&call.func) else { return };
    let is_assertion = matches!(&*call.func, Expr::Attribute(it) if it.attr.as_str().contains("mock"));
    let direct = double(file, id, name).is_some_and(|it| it.kind == Kind::Async);
    let is_child = || comes_from_async_mock(file, id, name) && matches!(&*call.func, Expr::Attribute(_));
    let depth_fits = chain(&call.func).is_some_and(|(_, path)| path.matches('.').count() <= 1);
    if !is_assertion && depth_fits && (direct && !is_replaced(file, &call.func) || is_child()) {
        let name = file.slice(call.func.range());
        hits.at(call.range())
            .word("name", name)
            .word("kind", "an AsyncMock")
            .word("use", "call without `await`");
    }
}

/// `m.get = Mock()` somewhere.
fn is_replaced(file: &PythonFile, member: &Expr) -> bool {
    matches!(member, Expr::Attribute(_)) && file.text.contains(&format!("{} =", file.slice(member.range())))
}

/// A name that was assigned what an AsyncMock's method returned by itself.
fn comes_from_async_mock(file: &PythonFile, id: PyNodeId, name: &str) -> bool {
    let Some((scope, [binding])) = file.resolve(file.scope_of(id), name) else { return false };
    if scope == PyScopeId::MODULE {
        return false;
    }
    let Some(parent) = file.parent(binding.node) else { return false };
    let AnyNodeRef::StmtAssign(assign) = file.node(parent) else { return false };
    let Expr::Await(value) = &*assign.value else { return false };
    let Expr::Call(call) = &*value.value else { return false };
    let Some((mock, path)) = chain(&call.func) else { return false };
    let member = format!("{mock}{path}.return_value");
    let returned = [" =", "="].iter().any(|it| file.text.contains(&format!("{member}{it}")));
    let is_async = double(file, parent, mock).is_some_and(|it| {
        it.kind == Kind::Async && it.made.is_some_and(|made| made.arguments.keywords.is_empty())
    });
    is_async && !returned && !file.text.contains(&format!("{mock}{path} ="))
}

/// An async test that nothing runs, in a project that names no plugin for it. Only a test that awaits
/// nothing is told: the others are surely run somewhere.
fn tests_without_plugin(file: &PythonFile, hits: &mut Hits) {
    let pytest = file.python().pytest(file.path);
    let has_plugin = pytest.asyncio_mode.is_some()
        || ["asyncio", "anyio", "trio", "aiohttp", "tornado"]
            .iter()
            .any(|it| pytest.mentions(it) || file.text.contains(it));
    if has_plugin || file.text.contains("pytestmark") {
        return;
    }
    for stmt in body(file) {
        let Stmt::FunctionDef(test) = stmt else { continue };
        let text = file.slice(test.range());
        let awaits = ["await ", "async with", "async for"].iter().any(|it| text.contains(it));
        if test.is_async
            && test.name.as_str().starts_with("test")
            && test.decorator_list.is_empty()
            && !awaits
        {
            hits.at(test.name.range())
                .word("name", test.name.as_str())
                .word("kind", "async, and no plugin of pytest runs async functions here")
                .word("use", "test")
                .severity(Severity::Info);
        }
    }
}
