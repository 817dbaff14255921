//! Names that nothing defines.

use std::collections::HashSet;

use ruff_python_ast::{AnyNodeRef, ExceptHandler, Expr, ExprContext, ExprName};

use super::nearest::nearest;
use crate::facts::{Binds, Found, Member, PyNodeId, PyScopeId, PyScopeKind, PythonFile, py_dotted};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "py-undefined-name", needs: &[], check: Check::Python(undefined_name) },
    Native { id: "py-logger-undefined", needs: &["log", "LOG"], check: Check::Python(logger_undefined) },
];

/// `dir(builtins)` of 3.8 to 3.14, what every module has, and what interactive shells add.
const BUILTINS: &str = "\
    ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError \
    BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError \
    ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning \
    EnvironmentError Exception ExceptionGroup False FileExistsError FileNotFoundError FloatingPointError \
    FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError IndexError \
    InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError \
    ModuleNotFoundError NameError None NotADirectoryError NotImplemented NotImplementedError OSError \
    OverflowError PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError \
    RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration \
    StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError True TypeError \
    UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError \
    UnicodeWarning UserWarning ValueError Warning WindowsError ZeroDivisionError __annotations__ \
    __build_class__ __builtins__ __cached__ __debug__ __dict__ __doc__ __file__ __import__ __loader__ \
    __name__ __package__ __path__ __spec__ abs aiter all anext any ascii bin bool breakpoint bytearray \
    bytes callable chr classmethod compile complex copyright credits delattr dict dir display divmod \
    enumerate eval exec exit filter float format frozenset get_ipython getattr globals hasattr hash help \
    hex id input int isinstance issubclass iter len license list locals map max memoryview min next object \
    oct open ord pow print property quit range repr reversed round set setattr slice sorted staticmethod \
    str sum super tuple type vars zip _ __ ___";

/// Builtins of Python 2, which code for both versions reads behind a test.
const PYTHON2: &str = "unicode xrange basestring long raw_input unichr reduce file cmp execfile reload buffer \
    apply intern coerce";

fn undefined_name(file: &PythonFile, hits: &mut Hits) {
    for (id, name) in undefined(file) {
        if is_logger(file, id, name) && !is_class_attribute(file, id, &name.id) {
            continue;
        }
        let seen = visible(file, file.scope_of(id));
        let suggestion = nearest(&name.id, seen.iter().copied().chain(BUILTINS.split_ascii_whitespace()));
        let suggestion = suggestion.map_or_else(String::new, |it| format!("; perhaps `{it}` is meant"));
        hits.at(name.range).word("name", name.id.as_str()).word("suggestion", suggestion);
    }
}

/// Bare names of loggers; class attributes of that name are left to the general rule.
fn logger_undefined(file: &PythonFile, hits: &mut Hits) {
    for (id, name) in undefined(file) {
        if !is_logger(file, id, name) || is_class_attribute(file, id, &name.id) {
            continue;
        }
        let on_self = instance_attribute(file, id, &name.id);
        let other = ["logger", "log", "_logger", "LOG", "LOGGER", "_log"];
        let other = other.iter().find(|it| file.scope(PyScopeId::MODULE).bindings.contains_key(*it));
        let hit = hits.at(name.range).word("name", name.id.as_str()).severity(crate::model::Severity::Error);
        if let Some(instance) = on_self {
            hit.word("hint", format!(", `{instance}` is"));
            hit.fix(Safety::Unsafe, [(crate::facts::Place::bytes(&name.range), instance)]);
        } else if let Some(other) = other {
            hit.word("hint", format!(", `{other}` is"));
            hit.fix(Safety::Unsafe, [(crate::facts::Place::bytes(&name.range), (*other).to_owned())]);
        } else {
            hit.word("hint", "");
        }
    }
}

/// Every read of a name that no scope in reach and no builtin gives.
fn undefined<'a>(file: &PythonFile<'a>) -> Vec<(PyNodeId, &'a ExprName)> {
    if !file.errors.is_empty() {
        return Vec::new();
    }
    let names = file.nodes().filter_map(|(id, node)| match node {
        AnyNodeRef::ExprName(name) if name.ctx == ExprContext::Load => Some((id, name)),
        _ => None,
    });
    let builtins: HashSet<&str> = BUILTINS.split_ascii_whitespace().collect();
    let unbound = names.filter(|(id, name)| file.resolve(file.scope_of(*id), &name.id).is_none());
    let unbound = unbound.filter(|(_, name)| !builtins.contains(name.id.as_str())).collect::<Vec<_>>();
    if unbound.is_empty() || file.own().open || file.text.contains("builtins.__dict__") {
        return Vec::new();
    }
    let lazy = file.own().imports.iter().any(|import| {
        import.module == "__future__" && import.names.iter().flatten().any(|name| name.name == "annotations")
    });
    let stars: Vec<_> = file.own().imports.iter().filter(|import| import.is_star()).collect();
    let from_star = |name: &str| {
        stars.iter().any(|star| match file.python().resolve(file.path, star.level, &star.module) {
            Found::File(path) => file.python().importable(&path, name) != Binds::No,
            _ => true,
        })
    };
    let excused = |&(id, name): &(PyNodeId, &ExprName)| {
        is_python2(file, id, name)
            || in_annotation(file, id, lazy)
            || catches_name_error(file, id)
            || is_implicit(file, id, name)
            || from_star(&name.id)
            || is_excused_by_hand(file, name)
            || is_injected(file, &name.id)
    };
    unbound.into_iter().filter(|it| !excused(it)).collect()
}

fn has(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}

/// The line says that pyflakes or mypy is wrong about this name.
fn is_excused_by_hand(file: &PythonFile, name: &ExprName) -> bool {
    let rest = file.text[name.range.end().to_usize()..].lines().next().unwrap_or("");
    rest.contains("noqa") && (rest.contains("F821") || !rest.contains("noqa:"))
        || rest.contains("name-defined")
}

/// Files that a loader runs with names of its own: two more of the folder read this one without binding it.
fn is_injected(file: &PythonFile, name: &str) -> bool {
    let python = file.python();
    let lacks = |path: &String| {
        path != file.path
            && path.ends_with(".py")
            && python
                .files()
                .read(path)
                .is_some_and(|text| memchr::memmem::find(&text, name.as_bytes()).is_some())
            && python
                .module(path)
                .is_some_and(|it| it.reads.contains(name) && !it.binds_anywhere.contains(name))
    };
    python.siblings(file.path).iter().filter(|path| lacks(path)).take(2).count() == 2
}

/// `__class__` in methods, `__module__` and `__qualname__` in class bodies, what Sphinx puts into `conf.py`.
fn is_implicit(file: &PythonFile, id: PyNodeId, name: &ExprName) -> bool {
    match name.id.as_str() {
        "__class__" => file.ancestors(id).any(|(_, node)| matches!(node, AnyNodeRef::StmtClassDef(_))),
        "__module__" | "__qualname__" => file.scope(file.scope_of(id)).kind == PyScopeKind::Class,
        "tags" => file.path.ends_with("conf.py"),
        "reveal_type" => true,
        _ => false,
    }
}

/// A builtin of Python 2 below a test for the version, or in a file that supports both.
fn is_python2(file: &PythonFile, id: PyNodeId, name: &ExprName) -> bool {
    has(PYTHON2, &name.id)
        && (["version_info", "PY2", "PY3", "import six", "ImportError"]
            .iter()
            .any(|it| file.text.contains(it))
            || file
                .ancestors(id)
                .any(|(_, node)| matches!(node, AnyNodeRef::StmtIf(_) | AnyNodeRef::StmtTry(_))))
}

/// An annotation that is never evaluated: of a local variable, or all with the future import.
fn in_annotation(file: &PythonFile, id: PyNodeId, lazy: bool) -> bool {
    let mut child = file.node(id);
    for (parent, node) in file.ancestors(id) {
        let range = ruff_text_size::Ranged::range(&child);
        match node {
            AnyNodeRef::StmtAnnAssign(it) if ruff_text_size::Ranged::range(&*it.annotation) == range => {
                let kind = file.scope(file.scope_of(parent)).kind;
                return lazy || kind == PyScopeKind::Function;
            }
            AnyNodeRef::Parameter(_) => return lazy && child.is_expression(),
            AnyNodeRef::StmtFunctionDef(it) => {
                let returns = it.returns.as_deref().map(ruff_text_size::Ranged::range);
                return lazy && returns == Some(range);
            }
            AnyNodeRef::StmtTypeAlias(_) => return true,
            node if node.is_statement() => return false,
            _ => {}
        }
        child = node;
    }
    false
}

/// In the body of a `try` with `except NameError`.
fn catches_name_error(file: &PythonFile, id: PyNodeId) -> bool {
    let at = ruff_text_size::Ranged::range(&file.node(id));
    file.ancestors(id).any(|(_, node)| {
        let AnyNodeRef::StmtTry(it) = node else { return false };
        let inside = it.body.iter().any(|stmt| ruff_text_size::Ranged::range(stmt).contains_range(at));
        let catches = |handler: &ExceptHandler| {
            let ExceptHandler::ExceptHandler(handler) = handler;
            let is_it = |expr: &Expr| py_dotted(expr).is_some_and(|name| name == "NameError");
            match handler.type_.as_deref() {
                Some(Expr::Tuple(tuple)) => tuple.elts.iter().any(is_it),
                Some(expr) => is_it(expr),
                None => false,
            }
        };
        inside && it.handlers.iter().any(catches)
    })
}

/// The names that a scope sees.
fn visible<'f>(file: &'f PythonFile, scope: PyScopeId) -> Vec<&'f str> {
    let scopes = std::iter::successors(Some(scope), |&scope| file.scope(scope).parent);
    let seen = scopes.filter(|&it| it == scope || file.scope(it).kind != PyScopeKind::Class);
    seen.flat_map(|scope| file.scope(scope).bindings.keys().copied()).collect()
}

/// A name like `logger` with an attribute behind it.
fn is_logger(file: &PythonFile, id: PyNodeId, name: &ExprName) -> bool {
    let bare = name.id.trim_matches('_').to_ascii_lowercase();
    let is_receiver = || {
        let parent = file.parent(id).map(|parent| file.node(parent));
        matches!(parent, Some(AnyNodeRef::ExprAttribute(_)))
    };
    matches!(bare.as_str(), "logger" | "log") && is_receiver()
}

fn is_class_attribute(file: &PythonFile, id: PyNodeId, name: &str) -> bool {
    let scopes = std::iter::successors(Some(file.scope_of(id)), |&scope| file.scope(scope).parent);
    let mut classes = scopes.map(|scope| file.scope(scope)).filter(|it| it.kind == PyScopeKind::Class);
    classes.any(|class| class.bindings.contains_key(name))
}

/// `self.logger` where the method's class assigns it, by whatever name the method calls its instance.
fn instance_attribute(file: &PythonFile, id: PyNodeId, name: &str) -> Option<String> {
    let (mut first, mut class) = (None, None);
    for (_, node) in file.ancestors(id) {
        match node {
            AnyNodeRef::StmtFunctionDef(it) => {
                first =
                    it.parameters.iter_non_variadic_params().next().map(|it| it.parameter.name.to_string());
            }
            AnyNodeRef::StmtClassDef(it) => {
                class = Some(it.name.to_string());
                break;
            }
            _ => {}
        }
    }
    let class = file.own().classes.get(&class?)?;
    let names = [name.to_owned(), format!("_{name}"), "logger".to_owned(), "log".to_owned()];
    let is_set =
        |it: &&String| class.assigned.contains(*it) || matches!(class.members.get(*it), Some(Member::Value));
    let found = names.iter().find(is_set)?;
    Some(format!("{}.{found}", first?))
}
