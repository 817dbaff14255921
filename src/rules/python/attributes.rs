//! Attributes of `self` that nothing assigns.

use ruff_python_ast::{AnyNodeRef, Expr, ExprAttribute, ExprContext};
use ruff_text_size::Ranged;

use super::nearest::nearest;
use crate::facts::{Attributes, Place, PyNodeId, PythonFile};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "py-self-logger-missing", needs: &["log", "LOG"], check: Check::Python(logger_missing) },
    Native { id: "py-self-attr-typo", needs: &["self"], check: Check::Python(misspelt) },
];

/// A read of `self.name` whose class is known and does not have it.
struct Missing<'a> {
    class: String,
    read: &'a ExprAttribute,
    attributes: std::rc::Rc<Attributes>,
}

fn logger_missing(file: &PythonFile, hits: &mut Hits) {
    for missing in missing(file, is_logger).into_iter().filter(|missing| is_closed(file, missing)) {
        let name = missing.read.attr.as_str();
        let module = ["logger", "log", "_logger", "LOGGER", "LOG"];
        let module = module.iter().find(|it| file.own().names.contains_key(**it));
        let own = missing.attributes.of_instances.iter().chain(&missing.attributes.of_class);
        let mut own: Vec<&String> = own.filter(|it| is_logger(it)).collect();
        own.sort();
        let hit = hits.at(missing.read.range()).word("class", &missing.class).word("name", name);
        if let [own] = own.as_slice() {
            hit.word("hint", format!("; it has `{own}`"));
            hit.fix(Safety::Unsafe, [(missing.read.attr.range().bytes(), (*own).clone())]);
        } else if let Some(module) = module {
            hit.word("hint", format!("; the module has `{module}`"));
            hit.fix(Safety::Unsafe, [(missing.read.range().bytes(), (*module).to_owned())]);
        } else {
            hit.word("hint", "");
        }
    }
}

fn misspelt(file: &PythonFile, hits: &mut Hits) {
    for missing in missing(file, |name| !is_logger(name) && !name.starts_with("__")) {
        let name = missing.read.attr.as_str();
        let attributes = &missing.attributes;
        let known = attributes.of_class.iter().chain(&attributes.of_instances).map(String::as_str);
        let Some(meant) = nearest(name, known).filter(|meant| !is_plural(name, meant)) else { continue };
        if !is_closed(file, &missing) {
            continue;
        }
        hits.at(missing.read.range())
            .word("class", &missing.class)
            .word("name", name)
            .word("suggestion", meant)
            .fix(Safety::Unsafe, [(missing.read.attr.range().bytes(), meant.to_owned())]);
    }
}

/// `item` and `items` are both good names, and `_x` and `x`.
fn is_plural(a: &str, b: &str) -> bool {
    let one = |a: &str, b: &str| a.strip_suffix('s') == Some(b) || a.strip_prefix('_') == Some(b);
    one(a, b) || one(b, a) || a.trim_end_matches(|c: char| c.is_ascii_digit()) != a
}

fn is_logger(name: &str) -> bool {
    matches!(name.trim_matches('_').to_ascii_lowercase().as_str(), "logger" | "log")
}

/// The reads of `self.name`, for wanted names, that a known and closed class does not answer.
fn missing<'a>(file: &PythonFile<'a>, wanted: impl Fn(&str) -> bool) -> Vec<Missing<'a>> {
    let mut known: Option<(String, Option<std::rc::Rc<Attributes>>)> = None;
    let mut found = Vec::new();
    if !file.errors.is_empty() {
        return found;
    }
    for (id, node) in file.nodes() {
        let AnyNodeRef::ExprAttribute(read) = node else { continue };
        let Expr::Name(instance) = &*read.value else { continue };
        if read.ctx != ExprContext::Load || instance.id.as_str() != "self" || !wanted(read.attr.as_str()) {
            continue;
        }
        let Some(class) = method_class(file, id) else { continue };
        if known.as_ref().is_none_or(|(name, _)| *name != class) {
            known = Some((class.clone(), attributes(file, &class).map(std::rc::Rc::new)));
        }
        let Some((_, Some(attributes))) = &known else { continue };
        let name = read.attr.as_str();
        let is_there = attributes.has(name) || file.own().outside_attributes.contains(name);
        if !is_there && !is_of_object(name) && !is_guarded(file, id, name) {
            found.push(Missing { class, read, attributes: attributes.clone() });
        }
    }
    found
}

/// The module-level class in one of whose methods a node stands, where `self` is the method's own first
/// parameter.
fn method_class(file: &PythonFile, id: PyNodeId) -> Option<String> {
    let mut method = None;
    let mut names: Vec<&str> = Vec::new();
    for (_, node) in file.ancestors(id) {
        match node {
            AnyNodeRef::StmtFunctionDef(it) if names.is_empty() => method = Some(it),
            AnyNodeRef::StmtFunctionDef(_) => return None,
            AnyNodeRef::StmtClassDef(it) => names.push(it.name.as_str()),
            _ => {}
        }
    }
    let first = method?.parameters.iter_non_variadic_params().next()?;
    let decorated = method?.decorator_list.iter().any(|it| {
        matches!(&it.expression, Expr::Name(name) if name.id == "staticmethod" || name.id == "classmethod")
    });
    if first.parameter.name.as_str() != "self" || decorated || names.is_empty() {
        return None;
    }
    names.reverse();
    Some(names.join("."))
}

/// The attributes of a class of the file; none where a subclass, a mixin's user or a base may add some.
fn attributes(file: &PythonFile, class: &str) -> Option<Attributes> {
    let last = class.rsplit('.').next().unwrap_or(class);
    let own = file.own();
    let is_base = own.bases.iter().any(|base| base == class || base.rsplit('.').next() == Some(last));
    if is_base || last.to_ascii_lowercase().contains("mixin") || own.classes.get(class)?.has_keywords {
        return None;
    }
    file.python().attributes(own, class)
}

/// True if no other file gives the class or its objects the attribute that is missing. Asked last: it reads
/// every file of the project.
fn is_closed(file: &PythonFile, missing: &Missing) -> bool {
    let class = missing.class.rsplit('.').next().unwrap_or(&missing.class);
    !is_subclassed(file, class) && !assigned_elsewhere(file, missing.read.attr.as_str())
}

/// True if another file of the project names the class among its bases.
fn is_subclassed(file: &PythonFile, class: &str) -> bool {
    let python = file.python();
    python.paths().iter().filter(|path| *path != file.path).any(|path| {
        let named = python
            .files()
            .read(path)
            .is_some_and(|text| memchr::memmem::find(&text, class.as_bytes()).is_some());
        named
            && python
                .module(path)
                .is_none_or(|module| module.bases.iter().any(|base| base.rsplit('.').next() == Some(class)))
    })
}

/// True if some file assigns such an attribute from outside: `worker.logger = …`.
fn assigned_elsewhere(file: &PythonFile, name: &str) -> bool {
    let python = file.python();
    python.paths().iter().filter(|path| *path != file.path).any(|path| {
        let named = python
            .files()
            .read(path)
            .is_some_and(|text| memchr::memmem::find(&text, name.as_bytes()).is_some());
        named && python.module(path).is_none_or(|module| module.outside_attributes.contains(name))
    })
}

fn is_of_object(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

/// `hasattr(self, "name")` somewhere around, or a `try` that catches the AttributeError.
fn is_guarded(file: &PythonFile, id: PyNodeId, name: &str) -> bool {
    file.calls("hasattr").iter().any(|(_, call)| {
        matches!(call.arguments.args.get(1), Some(Expr::StringLiteral(it)) if it.value.to_str() == name)
    }) || file.ancestors(id).any(|(_, node)| {
        matches!(node, AnyNodeRef::StmtTry(it) if it.handlers.iter().any(|handler| {
            let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
            file.slice(handler.type_.as_deref().map_or(handler.range(), |it| it.range())).contains("AttributeError")
        }))
    })
}
