//! Mocks and replacements that do not fit the class they stand for.

use std::sync::Arc;

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use super::fixtures::{function_around, patches};
use super::targets::{Thing, is_monkeypatch, is_patch, object_targets, says, thing};
use crate::facts::{Found, Place, PyFunction, PyModule, PyNodeId, PythonFile, Runs, py_dotted, signature};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native {
        id: "py-mock-method-missing-self",
        needs: &["setattr", "patch"],
        check: Check::Python(missing_self),
    },
    Native {
        id: "py-mock-return-value-class-vs-instance",
        needs: &["return_value"],
        check: Check::Python(class_instead_of_instance),
    },
    Native { id: "py-autospec", needs: &["create_autospec"], check: Check::Python(autospec) },
    Native { id: "py-patch-too-late-default", needs: &["setenv"], check: Check::Python(too_late) },
];

/// A method of a class, replaced by a function that takes fewer arguments than it will get.
fn missing_self(file: &PythonFile, hits: &mut Hits) {
    for target in object_targets(file) {
        let Some(Thing::Class(home, class)) = thing(file, target.id, target.object) else { continue };
        let Some(replacement) = replacement(target.call) else { continue };
        let Some(method) = file.python().method(&home, &class, target.attribute) else { continue };
        if method.is_static()
            || method.is_class_method()
            || method.decorators.iter().any(|it| it.contains("property"))
        {
            continue;
        }
        let takes = match replacement {
            Expr::Lambda(lambda) => lambda.parameters.as_deref().map(signature).unwrap_or_default(),
            Expr::Name(name) => match local_function(file, target.id, &name.id) {
                Some(function) => function,
                None => continue,
            },
            _ => continue,
        };
        if takes.has_args || takes.positional.len() >= method.required.max(1) {
            continue;
        }
        let hit = hits.at(replacement.range()).word("name", target.attribute);
        if let Expr::Lambda(lambda) = replacement {
            let at = lambda.range().bytes().start + "lambda".len();
            let comma = if takes.positional.is_empty() && takes.keyword_only.is_empty() { "" } else { "," };
            hit.fix(Safety::Unsafe, [(at..at, format!(" self{comma}"))]);
        }
    }
}

/// What is put in the method's place, and gets the instance.
fn replacement(call: &ExprCall) -> Option<&Expr> {
    if let Some(new) = call.arguments.find_argument_value("new", 2) {
        return Some(new);
    }
    let is_autospec = says(call, "autospec", true);
    call.arguments.find_keyword("side_effect").filter(|_| is_autospec).map(|it| &it.value)
}

fn local_function(file: &PythonFile, id: PyNodeId, name: &str) -> Option<PyFunction> {
    let (_, [binding]) = file.resolve(file.scope_of(id), name)? else { return None };
    match file.node(binding.node) {
        AnyNodeRef::StmtFunctionDef(it) if it.decorator_list.is_empty() => Some(signature(&it.parameters)),
        _ => None,
    }
}

/// `Mock.method.return_value = …` on a mocked class whose instances are used.
fn class_instead_of_instance(file: &PythonFile, hits: &mut Hits) {
    for (id, node) in file.nodes() {
        let AnyNodeRef::StmtAssign(assign) = node else { continue };
        let [Expr::Attribute(value)] = assign.targets.as_slice() else { continue };
        let Expr::Attribute(method) = &*value.value else { continue };
        let Expr::Name(mock) = &*method.value else { continue };
        if !matches!(value.attr.as_str(), "return_value" | "side_effect")
            || method.attr.as_str() == "return_value"
        {
            continue;
        }
        let Some(target) = patched_class(file, id, &mock.id) else { continue };
        let Some((module, name)) = target.rsplit_once('.') else { continue };
        let Found::File(path) = file.python().resolve(file.path, 0, module) else { continue };
        let Some((home, class)) = file.python().class(&path, name) else { continue };
        let Some(found) = file.python().method(&home, &class, method.attr.as_str()) else { continue };
        if found.is_static() || found.is_class_method() {
            continue;
        }
        let function = function_around(file, id).map_or("", |it| file.slice(it.range()));
        let instance_is_set = function.contains(&format!("{}.return_value", mock.id));
        let users = file.python().files().text(&path).unwrap_or_default();
        let used_on_class =
            users.contains(&format!("{name}.{}", method.attr)) || !users.contains(&format!("{name}("));
        if !instance_is_set && !used_on_class {
            hits.at(assign.range()).word("mock", mock.id.as_str()).word("method", method.attr.as_str());
        }
    }
}

/// The target of the `patch` that gave a name its mock.
fn patched_class(file: &PythonFile, id: PyNodeId, name: &str) -> Option<String> {
    let literal = |expr: Option<&Expr>| match expr {
        Some(Expr::StringLiteral(text)) => Some(text.value.to_str().to_owned()),
        _ => None,
    };
    let (_, [binding]) = file.resolve(file.scope_of(id), name)? else { return None };
    if let AnyNodeRef::WithItem(item) = file.node(file.parent(binding.node)?) {
        let Expr::Call(call) = &item.context_expr else { return None };
        let free = call.arguments.args.len() == 1 && is_patch(file, &call.func, None);
        return literal(call.arguments.args.first().filter(|_| free));
    }
    let function = function_around(file, binding.node)?;
    let mut calls = patches(function).into_iter().rev().filter_map(|it| match &it.expression {
        Expr::Call(call) => Some(call),
        _ => None,
    });
    let parameters = function.parameters.posonlyargs.iter().chain(&function.parameters.args);
    let names: Vec<&str> = parameters.map(|it| it.parameter.name.as_str()).collect();
    let skip = usize::from(names.first().is_some_and(|it| *it == "self"));
    let place = names.iter().skip(skip).position(|it| *it == name)?;
    let all_free = calls.clone().all(|call| call.arguments.find_argument_value("new", 1).is_none());
    let call = calls.nth(place).filter(|call| all_free && is_patch(file, &call.func, None))?;
    literal(call.arguments.args.first())
}

/// `create_autospec(…)`, used as the original cannot be.
fn autospec(file: &PythonFile, hits: &mut Hits) {
    for &(id, made) in file.calls("create_autospec") {
        let Some(original) = made.arguments.args.first() else { continue };
        let Some(parent) = file.parent(id) else { continue };
        match file.node(parent) {
            AnyNodeRef::ExprAttribute(read) => {
                attribute(file, id, original, read.attr.as_str(), read.range().bytes(), hits)
            }
            AnyNodeRef::ExprCall(call) if call.func.range() == made.range() => {
                called(file, original, call, hits);
            }
            AnyNodeRef::StmtAssign(assign) => {
                let [Expr::Name(name)] = assign.targets.as_slice() else { continue };
                let bound_once = |at: PyNodeId| {
                    file.resolve(file.scope_of(at), &name.id).is_some_and(|(scope, bindings)| {
                        bindings.len() == 1 && scope == file.scope_of(parent)
                    })
                };
                for (at, node) in file.nodes() {
                    let AnyNodeRef::ExprAttribute(read) = node else { continue };
                    let is_it = matches!(&*read.value, Expr::Name(base) if base.id == name.id);
                    let set = file.text.contains(&format!("{}.{} =", name.id, read.attr));
                    if is_it && read.ctx.is_load() && !set && bound_once(at) {
                        attribute(file, id, original, read.attr.as_str(), read.range().bytes(), hits);
                    }
                }
            }
            _ => {}
        }
    }
}

/// An attribute that only instances of the original have.
fn attribute(
    file: &PythonFile,
    id: PyNodeId,
    original: &Expr,
    name: &str,
    at: std::ops::Range<usize>,
    hits: &mut Hits,
) {
    let Some(Thing::Class(home, class)) = thing(file, id, original) else { return };
    let Some(attributes) = file.python().attributes(&home, &class) else { return };
    let is_declared = attributes.of_class.contains(name) || attributes.declared.contains(name);
    if attributes.of_instances.contains(name) && !is_declared {
        hits.at(at).word("name", class).word("reason", format!("only instances have `{name}`"));
    }
}

/// A call with more positional arguments than the original takes.
fn called(file: &PythonFile, original: &Expr, call: &ExprCall, hits: &mut Hits) {
    let Some(name) = py_dotted(original) else { return };
    let Some(function) = file.own().functions.get(&name) else { return };
    let given = call.arguments.args.iter();
    if given.clone().any(Expr::is_starred_expr) || function.has_args {
        return;
    }
    let given = given.count();
    if given > function.positional.len() {
        let reason = format!("{given} arguments for {} parameters", function.positional.len());
        hits.at(call.range()).word("name", name).word("reason", reason);
    }
}

/// An environment variable that a module has read by the time the test sets it.
fn too_late(file: &PythonFile, hits: &mut Hits) {
    let modules: Vec<(String, Arc<PyModule>)> = file
        .own()
        .imports
        .iter()
        .filter(|it| it.runs == Runs::Always)
        .flat_map(|import| {
            let bound = import.alias.clone().unwrap_or_else(|| import.module.clone());
            let names =
                import.names.iter().flatten().map(|it| it.alias.clone().unwrap_or_else(|| it.name.clone()));
            let bound: Vec<String> = if import.names.is_some() { names.collect() } else { vec![bound] };
            let loaded = file.python().loaded_by(file.path, import);
            bound
                .into_iter()
                .flat_map(move |name| loaded.clone().into_iter().map(move |path| (name.clone(), path)))
        })
        .filter_map(|(name, path)| Some((name, file.python().module(&path)?)))
        .collect();
    for &(id, call) in file.calls("setenv") {
        let Some(Expr::StringLiteral(variable)) =
            call.arguments.args.first().filter(|_| is_monkeypatch(call, "setenv"))
        else {
            continue;
        };
        let Some(function) = function_around(file, id) else { continue };
        let text = file.slice(function.range());
        if text.contains("reload") || text.contains("setattr") {
            continue;
        }
        let read = modules.iter().find_map(|(bound, module)| {
            let constants = module.environment.iter().filter(|(_, name)| name == variable.value.to_str());
            let used = |constant: &str| {
                text.contains(&format!("{bound}.{constant}")) || bound == constant && text.contains(constant)
            };
            constants.map(|(constant, _)| constant).find(|it| used(it)).map(|_| module.path.clone())
        });
        if let Some(path) = read {
            hits.at(call.range())
                .word("module", file.python().dotted(&path))
                .word("name", variable.value.to_str());
        }
    }
}
