//! Variables that hold mocks: which kind, and where they came from.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};

use super::fixtures::patches;
use super::targets::is_patch;
use crate::facts::{BindingKind, PyNodeId, PythonFile, py_dotted};

/// A mock that a name stands for.
pub(super) struct Double<'a> {
    pub kind: Kind,
    /// The call that made it, where there is one.
    pub made: Option<&'a ExprCall>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `Mock` or `MagicMock`.
    Plain,
    Async,
    /// From `patch`: it depends on what is patched.
    Patched,
}

/// The mock that a name holds where it is read: bound once, without a spec.
pub(super) fn double<'a>(file: &PythonFile<'a>, id: PyNodeId, name: &str) -> Option<Double<'a>> {
    let (_, bindings) = file.resolve(file.scope_of(id), name)?;
    let [binding] = bindings else { return None };
    let parent = file.parent(binding.node)?;
    if binding.kind == BindingKind::Parameter {
        return is_passed(file, binding.node, name).then_some(Double { kind: Kind::Patched, made: None });
    }
    let value = match file.node(parent) {
        AnyNodeRef::StmtAssign(assign) => match assign.targets.as_slice() {
            [Expr::Name(_)] => &*assign.value,
            _ => return None,
        },
        AnyNodeRef::StmtAnnAssign(assign) => assign.value.as_deref()?,
        AnyNodeRef::WithItem(item) if matches!(item.optional_vars.as_deref(), Some(Expr::Name(_))) => {
            let Expr::Call(call) = &item.context_expr else { return None };
            let is_it = is_patch(file, &call.func, None) || is_patch(file, &call.func, Some("object"));
            return (is_it && is_free(call, 1)).then_some(Double { kind: Kind::Patched, made: Some(call) });
        }
        _ => return None,
    };
    let Expr::Call(call) = value else { return None };
    let callee = py_dotted(&call.func)?;
    let kind = match callee.rsplit('.').next()? {
        "MagicMock" | "Mock" | "NonCallableMagicMock" => Kind::Plain,
        "AsyncMock" => Kind::Async,
        "patch" if is_patch(file, &call.func, None) && callee.contains("mocker") => Kind::Patched,
        "object" if is_patch(file, &call.func, Some("object")) && callee.contains("mocker") => Kind::Patched,
        _ => return None,
    };
    let from_mock = file.text.contains("mock");
    let allowed = if kind == Kind::Patched { 2 } else { 0 };
    (from_mock && is_free(call, allowed)).then_some(Double { kind, made: Some(call) })
}

/// True if no spec and no replacement restricts the mock.
fn is_free(call: &ExprCall, positional: usize) -> bool {
    let named = ["spec", "spec_set", "autospec", "new", "new_callable", "wraps"];
    call.arguments.args.len() <= positional.max(1)
        && (positional != 0 || call.arguments.args.is_empty())
        && call
            .arguments
            .keywords
            .iter()
            .all(|it| it.arg.as_ref().is_some_and(|it| !named.contains(&it.as_str())))
}

/// True for a parameter that a `patch` decorator fills: one of the first, as many as there are decorators.
fn is_passed(file: &PythonFile, parameter: PyNodeId, name: &str) -> bool {
    let function = file.ancestors(parameter).find_map(|(_, node)| match node {
        AnyNodeRef::StmtFunctionDef(it) => Some(it),
        _ => None,
    });
    let Some(function) = function else { return false };
    let free =
        patches(function).iter().all(|it| matches!(&it.expression, Expr::Call(call) if is_free(call, 2)));
    let parameters = function.parameters.posonlyargs.iter().chain(&function.parameters.args);
    let names: Vec<&str> = parameters.map(|it| it.parameter.name.as_str()).collect();
    let skip = usize::from(names.first().is_some_and(|it| *it == "self" || *it == "cls"));
    free && names.iter().skip(skip).take(patches(function).len()).any(|it| *it == name)
}

/// The name at the bottom of a chain of attributes, calls and subscripts.
pub(super) fn root(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(it) => root(&it.value),
        _ => None,
    }
}
