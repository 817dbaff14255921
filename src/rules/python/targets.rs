//! What tests replace: the calls of `patch`, `mocker.patch` and `monkeypatch`, and what their targets are.

use std::ops::Range;
use std::sync::Arc;

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::facts::{Binds, Found, Meaning, Place, PyModule, PyNodeId, PyScopeId, PythonFile, py_dotted};

/// A replacement of something named by a string.
pub(super) struct StringTarget<'a> {
    pub id: PyNodeId,
    pub text: &'a str,
    /// The whole literal.
    pub at: Range<usize>,
    pub form: Form,
}

/// A replacement of an attribute of an object: `patch.object(Class, "name")`.
pub(super) struct ObjectTarget<'a> {
    pub id: PyNodeId,
    pub call: &'a ExprCall,
    pub object: &'a Expr,
    pub attribute: &'a str,
    /// The attribute's literal.
    pub at: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `patch("a.b")`
    Patch,
    /// `monkeypatch.setattr("a.b", value)`
    Monkeypatch,
}

/// True if a callee is `patch`, or an attribute of it (`object`, `dict`), of unittest.mock or pytest-mock.
pub(super) fn is_patch(file: &PythonFile, callee: &Expr, attribute: Option<&str>) -> bool {
    let Some(mut name) = py_dotted(callee) else { return false };
    if let Some(attribute) = attribute {
        match name.strip_suffix(attribute).and_then(|it| it.strip_suffix('.')) {
            Some(inner) => name = inner.to_owned(),
            None => return false,
        }
    }
    match name.rsplit_once('.') {
        None => name == "patch" && (imports_from_mock(file, "patch") || file.own().names.is_empty()),
        Some((base, "patch")) => {
            matches!(base, "mock" | "unittest.mock") || base == "mocker" || base.ends_with("_mocker")
        }
        Some(_) => false,
    }
}

/// True if the file imports a name from `unittest.mock` or `mock`.
fn imports_from_mock(file: &PythonFile, name: &str) -> bool {
    file.own().imports.iter().any(|import| {
        matches!(import.module.as_str(), "unittest.mock" | "mock")
            && import.names.iter().flatten().any(|it| it.name == name)
    })
}

/// True for a call of a method of the `monkeypatch` fixture.
pub(super) fn is_monkeypatch(call: &ExprCall, method: &str) -> bool {
    let Expr::Attribute(it) = &*call.func else { return false };
    let base = match &*it.value {
        Expr::Name(name) => name.id.as_str(),
        _ => return false,
    };
    it.attr.as_str() == method && (base == "monkeypatch" || base == "mp" || base.ends_with("monkeypatch"))
}

fn literal(expr: Option<&Expr>) -> Option<(&str, Range<usize>)> {
    match expr? {
        Expr::StringLiteral(it) => Some((it.value.to_str(), it.range().bytes())),
        _ => None,
    }
}

/// Every replacement by a string in the file; those that may make the attribute are left out.
pub(super) fn string_targets<'a>(file: &PythonFile<'a>) -> Vec<StringTarget<'a>> {
    let mut found = Vec::new();
    for &(id, call) in file.calls("patch") {
        if is_patch(file, &call.func, None)
            && !says(call, "create", true)
            && let Some((text, at)) = literal(call.arguments.args.first())
        {
            found.push(StringTarget { id, text, at, form: Form::Patch });
        }
    }
    for &(id, call) in file.calls("setattr") {
        if is_monkeypatch(call, "setattr")
            && call.arguments.args.len() == 2
            && !says(call, "raising", false)
            && let Some((text, at)) = literal(call.arguments.args.first())
        {
            found.push(StringTarget { id, text, at, form: Form::Monkeypatch });
        }
    }
    found
}

/// Every replacement of an attribute of an object.
pub(super) fn object_targets<'a>(file: &PythonFile<'a>) -> Vec<ObjectTarget<'a>> {
    let mut found = Vec::new();
    let mut add = |id, call: &'a ExprCall| {
        if let (Some(object), Some((attribute, at))) =
            (call.arguments.args.first(), literal(call.arguments.args.get(1)))
        {
            found.push(ObjectTarget { id, call, object, attribute, at });
        }
    };
    for &(id, call) in file.calls("object") {
        if is_patch(file, &call.func, Some("object")) && !says(call, "create", true) {
            add(id, call);
        }
    }
    for &(id, call) in file.calls("setattr") {
        if is_monkeypatch(call, "setattr") && call.arguments.args.len() == 3 && !says(call, "raising", false)
        {
            add(id, call);
        }
    }
    found
}

/// True if a keyword argument has this truth value.
pub(super) fn says(call: &ExprCall, keyword: &str, value: bool) -> bool {
    let found = call.arguments.find_keyword(keyword);
    // A value that is no literal may be anything.
    found.is_some_and(|it| !matches!(&it.value, Expr::BooleanLiteral(literal) if literal.value != value))
}

/// What a module-level name, or a dotted one, of the file stands for.
pub(super) enum Thing {
    Module(String),
    Class(Arc<PyModule>, String),
}

/// The first-party module or class that an expression names.
pub(super) fn thing(file: &PythonFile, id: PyNodeId, expr: &Expr) -> Option<Thing> {
    let dotted = py_dotted(expr)?;
    let (first, rest) = dotted.split_once('.').map_or((dotted.as_str(), None), |(a, b)| (a, Some(b)));
    let (scope, _) = file.resolve(file.scope_of(id), first)?;
    if scope != PyScopeId::MODULE {
        return None;
    }
    let own = file.own();
    let python = file.python();
    if let Some((module, class)) = python.class_in(own, &dotted) {
        return Some(Thing::Class(module, class));
    }
    let Meaning::Import(at, imported) = &own.names.get(first)?.meaning else { return None };
    let import = &own.imports[*at];
    let module = match (imported, rest) {
        (Some(name), None) if import.module.is_empty() => name.clone(),
        (Some(name), None) => format!("{}.{name}", import.module),
        (None, None) if import.alias.is_some() || !import.module.contains('.') => import.module.clone(),
        (None, Some(_)) if import.alias.is_none() => dotted.clone(),
        _ => return None,
    };
    match python.resolve(file.path, import.level, &module) {
        Found::File(path) => Some(Thing::Module(path)),
        _ => None,
    }
}

/// Where a dotted string leads: as far as it is known.
pub(super) enum Lead {
    /// Everything is there, or cannot be judged.
    Fine,
    /// The name that is missing, its place among the parts, what lacks it, and what that has instead.
    Missing { part: usize, reason: String, known: Vec<String> },
}

/// Follows a patch target from a file.
pub(super) fn follow(file: &PythonFile, target: &str) -> Lead {
    let python = file.python();
    let parts: Vec<&str> = target.split('.').collect();
    let mut last = None;
    // The longest prefix that is a module; the last part is always an attribute.
    for end in 1..parts.len() {
        match python.resolve(file.path, 0, &parts[..end].join(".")) {
            Found::File(path) => last = Some((end, path)),
            Found::Folder(_) => last = None,
            Found::Missing { name, .. } if last.is_none() => {
                return Lead::Missing {
                    part: end - 1,
                    reason: format!("there is no module `{name}`"),
                    known: Vec::new(),
                };
            }
            Found::Missing { .. } => break,
            _ => return Lead::Fine,
        }
    }
    let Some((end, path)) = last else { return Lead::Fine };
    follow_in(file, path, &parts, end, 4)
}

/// Follows the parts from `at` on as attributes of a module.
fn follow_in(file: &PythonFile, path: String, parts: &[&str], at: usize, depth: usize) -> Lead {
    let python = file.python();
    let (name, is_last) = (parts[at], at + 1 == parts.len());
    let Some(module) = python.module(&path).filter(|_| depth > 0) else { return Lead::Fine };
    match python.binds(&path, name) {
        Binds::Unknown => return Lead::Fine,
        Binds::No => {
            if is_last && (is_builtin(name) || is_loaded(file, &path, name)) {
                return Lead::Fine;
            }
            let known = module.names.keys().cloned().collect();
            let reason = match python.has_submodule(&path, name) {
                true if !is_last => return Lead::Fine,
                true => format!("nothing imports the submodule `{name}`"),
                false => format!("`{}` has no `{name}`", python.dotted(&path)),
            };
            return Lead::Missing { part: at, reason, known };
        }
        Binds::Yes => {}
    }
    let Some(bound) = module.names.get(name) else { return Lead::Fine };
    if bound.typing_only {
        let reason = format!("`{}` imports `{name}` for type checkers only", python.dotted(&path));
        return Lead::Missing { part: at, reason, known: Vec::new() };
    }
    if is_last {
        return Lead::Fine;
    }
    if let Some((home, class)) = python.class(&path, name) {
        return if at + 2 == parts.len() { in_class(file, &home, &class, parts, at + 1) } else { Lead::Fine };
    }
    let Meaning::Import(import, imported) = &bound.meaning else { return Lead::Fine };
    let import = &module.imports[*import];
    let inner = match imported {
        Some(name) if import.module.is_empty() => name.clone(),
        Some(name) => format!("{}.{name}", import.module),
        None if import.alias.is_none() && import.module.contains('.') => return Lead::Fine,
        None => import.module.clone(),
    };
    match python.resolve(&path, import.level, &inner) {
        Found::File(inner) => follow_in(file, inner, parts, at + 1, depth - 1),
        _ => Lead::Fine,
    }
}

/// An attribute of a class.
pub(super) fn in_class(
    file: &PythonFile,
    home: &Arc<PyModule>,
    class: &str,
    parts: &[&str],
    at: usize,
) -> Lead {
    let name = parts[at];
    let Some(attributes) = file.python().attributes(home, class) else { return Lead::Fine };
    // Python puts the class in front of private names.
    let is_mangled = name.starts_with(&format!("_{}__", class.trim_start_matches('_')));
    if is_mangled
        || attributes.of_class.contains(name)
        || attributes.declared.contains(name)
        || name.starts_with("__")
    {
        return Lead::Fine;
    }
    let reason = match attributes.of_instances.contains(name) {
        true => format!("only instances of `{class}` have `{name}`"),
        false => format!("class `{class}` has no `{name}`"),
    };
    Lead::Missing { part: at, reason, known: attributes.of_class.into_iter().collect() }
}

/// A builtin function: `patch` makes it an attribute of the module.
fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "open"
            | "print"
            | "input"
            | "exit"
            | "quit"
            | "len"
            | "isinstance"
            | "hasattr"
            | "getattr"
            | "setattr"
            | "__import__"
            | "exec"
            | "eval"
            | "super"
            | "sorted"
            | "range"
            | "int"
            | "str"
            | "float"
            | "bool"
            | "list"
            | "dict"
            | "set"
            | "tuple"
            | "type"
            | "vars"
            | "dir"
            | "id"
            | "iter"
            | "next"
            | "max"
            | "min"
            | "sum"
            | "map"
            | "filter"
            | "zip"
            | "round"
            | "abs"
            | "any"
            | "all"
            | "callable"
            | "globals"
            | "locals"
            | "issubclass"
            | "hash"
            | "repr"
            | "bytes"
            | "object"
            | "property"
            | "enumerate"
            | "compile"
            | "help"
            | "breakpoint"
            | "delattr"
            | "format"
            | "chr"
            | "ord"
            | "pow"
            | "reversed"
            | "memoryview"
            | "frozenset"
    )
}

/// True if some file imports the submodule, so that it is an attribute of its package.
fn is_loaded(file: &PythonFile, init: &str, name: &str) -> bool {
    let python = file.python();
    let folder = init.trim_end_matches("__init__.py");
    let paths = [format!("{folder}{name}.py"), format!("{folder}{name}/__init__.py")];
    let Some(path) = paths.iter().find(|path| python.files().is_file(path)) else {
        return python.has_submodule(init, name);
    };
    file.own().imports.iter().any(|import| python.leads_to(file.path, import, path))
        || !python.importers(path).is_empty()
}

/// True where a failing replacement is expected: in a `try`, or in a `with pytest.raises(…)`.
pub(super) fn may_fail(file: &PythonFile, id: PyNodeId) -> bool {
    file.ancestors(id).any(|(_, node)| match node {
        AnyNodeRef::StmtTry(_) => true,
        AnyNodeRef::StmtWith(it) => {
            it.items.iter().any(|item| file.slice(item.context_expr.range()).contains("raises"))
        }
        _ => false,
    })
}
