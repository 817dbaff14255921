//! Calls that the standard logger does not understand.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprContext};
use ruff_text_size::Ranged;

use super::nearest::nearest;
use crate::facts::{Meaning, Place, PyNodeId, PyScopeId, PythonFile, py_dotted};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native {
        id: "py-logger-bad-method",
        needs: &["getLogger", "logging", "loguru"],
        check: Check::Python(bad_method),
    },
    Native { id: "py-logging-module-methods", needs: &["logging"], check: Check::Python(module_methods) },
    Native { id: "py-logger-extra-args", needs: &["logging"], check: Check::Python(extra_arguments) },
];

/// The methods of `logging.Logger` that write a record when the level is the usual one.
const LEVELS: &[&str] =
    &["debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log"];
const METHODS: &[&str] = &[
    "addFilter",
    "addHandler",
    "callHandlers",
    "disabled",
    "filter",
    "filters",
    "findCaller",
    "getChild",
    "getChildren",
    "getEffectiveLevel",
    "handle",
    "handlers",
    "hasHandlers",
    "isEnabledFor",
    "level",
    "makeRecord",
    "manager",
    "name",
    "parent",
    "propagate",
    "removeFilter",
    "removeHandler",
    "root",
    "setLevel",
];
const KEYWORDS: &[&str] = &["exc_info", "stack_info", "stacklevel", "extra"];
/// Methods of other libraries' loggers, and the standard one that is meant.
const FOREIGN: &[(&str, &str)] = &[
    ("success", "info"),
    ("notice", "info"),
    ("verbose", "debug"),
    ("trace", "debug"),
    ("warning_once", "warning"),
    ("warn_once", "warning"),
    ("err", "error"),
    ("fail", "error"),
    ("failure", "error"),
    ("spam", "debug"),
    ("alert", "critical"),
    ("emergency", "critical"),
];

/// The names that the file binds to `import logging` of the standard library.
fn logging_names(file: &PythonFile) -> Vec<String> {
    let own = file.own();
    let is_plain = |import: &&crate::facts::PyImport| {
        import.names.is_none() && import.level == 0 && import.module.split('.').next() == Some("logging")
    };
    let names = own
        .imports
        .iter()
        .filter(is_plain)
        .map(|import| import.alias.clone().unwrap_or_else(|| "logging".to_owned()));
    let is_only_that =
        |name: &String| own.names.get(name).is_none_or(|bound| matches!(bound.meaning, Meaning::Import(..)));
    names.filter(is_only_that).collect()
}

/// True for `logging.getLogger(…)`.
fn makes_logger(expr: &Expr, logging: &[String]) -> bool {
    let Expr::Call(call) = expr else { return false };
    let callee = py_dotted(&call.func);
    callee.is_some_and(|name| {
        name.strip_suffix(".getLogger").is_some_and(|module| logging.iter().any(|it| it == module))
    })
}

/// The expression that a name read here was assigned, if it was assigned once.
fn assigned<'a>(file: &PythonFile<'a>, id: PyNodeId, name: &str) -> Option<&'a Expr> {
    let (_, bindings) = file.resolve(file.scope_of(id), name)?;
    let [binding] = bindings else { return None };
    let parent = file.parent(binding.node)?;
    match file.node(parent) {
        AnyNodeRef::StmtAssign(assign) => Some(&assign.value),
        AnyNodeRef::StmtAnnAssign(assign) => assign.value.as_deref(),
        _ => None,
    }
}

/// What a call's method is called on.
enum Receiver {
    Logger,
    /// The module itself.
    Logging,
    Loguru,
}

fn receiver(file: &PythonFile, id: PyNodeId, call: &ExprCall, logging: &[String]) -> Option<Receiver> {
    let Expr::Attribute(method) = &*call.func else { return None };
    match &*method.value {
        Expr::Name(name) if logging.iter().any(|it| it == name.id.as_str()) => {
            let (scope, _) = file.resolve(file.scope_of(id), &name.id)?;
            (scope == PyScopeId::MODULE || !file.own().names.contains_key(name.id.as_str()))
                .then_some(Receiver::Logging)
        }
        Expr::Name(name) if is_loguru(file, &name.id) => Some(Receiver::Loguru),
        Expr::Name(name) => {
            let value = assigned(file, id, &name.id)?;
            makes_logger(value, logging).then_some(Receiver::Logger)
        }
        other => makes_logger(other, logging).then_some(Receiver::Logger),
    }
}

fn is_loguru(file: &PythonFile, name: &str) -> bool {
    let Some(bound) = file.own().names.get(name) else { return false };
    matches!(&bound.meaning, Meaning::Import(at, Some(what))
        if what == "logger" && file.own().imports[*at].module == "loguru")
}

/// True if the file changes what loggers can do.
fn extends_loggers(file: &PythonFile) -> bool {
    ["setLoggerClass", "addLevelName", "logging.Logger.", "setattr(logging"]
        .iter()
        .any(|it| file.text.contains(it))
}

fn bad_method(file: &PythonFile, hits: &mut Hits) {
    let logging = logging_names(file);
    if logging.is_empty() && !file.text.contains("loguru") || extends_loggers(file) {
        return;
    }
    for (id, call) in file.all_calls() {
        let Expr::Attribute(method) = &*call.func else { continue };
        let name = method.attr.as_str();
        match receiver(file, id, call, &logging) {
            Some(Receiver::Loguru) if name == "warn" => {
                hits.at(method.attr.range())
                    .word("name", name)
                    .word("suggestion", "`warning`")
                    .fix(Safety::Unsafe, [(method.attr.range().bytes(), "warning".to_owned())]);
            }
            Some(Receiver::Logger) if !LEVELS.contains(&name) => {
                if METHODS.contains(&name) || own_method(file, name) {
                    continue;
                }
                let meant = FOREIGN.iter().find(|(foreign, _)| *foreign == name).map(|(_, meant)| *meant);
                let meant = meant.or_else(|| nearest(name, LEVELS.iter().chain(METHODS).copied()));
                let suggestion =
                    meant.map_or("warning, error or exception".to_owned(), |it| format!("`{it}`"));
                let hit = hits.at(method.attr.range()).word("name", name).word("suggestion", suggestion);
                if let Some(meant) = meant {
                    hit.fix(Safety::Unsafe, [(method.attr.range().bytes(), meant.to_owned())]);
                }
            }
            Some(Receiver::Logger | Receiver::Logging) if writes(name) => {
                let keywords = call.arguments.keywords.iter();
                let strange = keywords
                    .filter_map(|it| it.arg.as_ref())
                    .find(|it| !KEYWORDS.contains(&it.as_str()) && !matches!(it.as_str(), "msg" | "level"));
                if let Some(keyword) = strange {
                    hits.at(method.attr.range())
                        .word("name", format!("{keyword}=` argument in `{name}"))
                        .word("suggestion", format!("`extra={{\"{keyword}\": …}}`"));
                }
            }
            _ => {}
        }
    }
}

/// A level at which a logger that nobody has configured writes.
fn writes(name: &str) -> bool {
    matches!(name, "warning" | "warn" | "error" | "exception" | "critical" | "fatal")
}

/// True if the file itself sets such an attribute on something.
fn own_method(file: &PythonFile, name: &str) -> bool {
    file.own().outside_attributes.contains(name)
}

/// What `logging` has beside its classes.
const MODULE: &[&str] = &[
    "getLogger",
    "debug",
    "info",
    "warning",
    "warn",
    "error",
    "exception",
    "critical",
    "fatal",
    "log",
    "basicConfig",
    "disable",
    "addLevelName",
    "getLevelName",
    "getLevelNamesMapping",
    "shutdown",
    "captureWarnings",
    "getLoggerClass",
    "setLoggerClass",
    "getLogRecordFactory",
    "setLogRecordFactory",
    "getHandlerByName",
    "getHandlerNames",
    "makeLogRecord",
];

/// Names that people take for functions of `logging`.
const NOT_THERE: &[(&str, &str)] = &[
    ("get_logger", "getLogger"),
    ("getlogger", "getLogger"),
    ("GetLogger", "getLogger"),
    ("get_Logger", "getLogger"),
    ("success", "info"),
    ("trace", "debug"),
    ("verbose", "debug"),
    ("notice", "info"),
    ("basic_config", "basicConfig"),
    ("basicconfig", "basicConfig"),
    ("set_level", "disable"),
    ("add_level_name", "addLevelName"),
    ("get_level_name", "getLevelName"),
];

fn module_methods(file: &PythonFile, hits: &mut Hits) {
    let logging = logging_names(file);
    if logging.is_empty() || file.text.contains("setattr(logging") {
        return;
    }
    for (id, node) in file.nodes() {
        let AnyNodeRef::ExprAttribute(it) = node else { continue };
        let Expr::Name(base) = &*it.value else { continue };
        if it.ctx != ExprContext::Load || !logging.iter().any(|name| name == base.id.as_str()) {
            continue;
        }
        let name = it.attr.as_str();
        let is_module = file.resolve(file.scope_of(id), &base.id).is_some_and(|(scope, bindings)| {
            scope == PyScopeId::MODULE && bindings.len() == 1
                || !file.own().names.contains_key(base.id.as_str())
        });
        if !is_module || own_method(file, name) || MODULE.contains(&name) {
            continue;
        }
        let called = matches!(file.parent(id).map(|it| file.node(it)), Some(AnyNodeRef::ExprCall(_)));
        let known = NOT_THERE.iter().find(|(wrong, _)| *wrong == name).map(|(_, right)| *right);
        let near = || {
            nearest(name, MODULE.iter().copied()).filter(|_| called && name.starts_with(char::is_lowercase))
        };
        if let Some(right) = known.or_else(near) {
            hits.at(it.attr.range())
                .word("name", name)
                .word("suggestion", right)
                .fix(Safety::Safe, [(it.attr.range().bytes(), right.to_owned())]);
        }
    }
}

fn extra_arguments(file: &PythonFile, hits: &mut Hits) {
    let logging = logging_names(file);
    if logging.is_empty() {
        return;
    }
    for name in ["warning", "warn", "error", "exception", "critical", "fatal"] {
        for &(id, call) in file.calls(name) {
            let [Expr::StringLiteral(message), arguments @ ..] = &*call.arguments.args else { continue };
            let simple = !arguments.is_empty() && arguments.iter().all(|it| !it.is_starred_expr());
            let keywords_fit = call
                .arguments
                .keywords
                .iter()
                .all(|it| it.arg.as_ref().is_some_and(|it| KEYWORDS.contains(&it.as_str())));
            let receiver = || receiver(file, id, call, &logging);
            if !simple || !keywords_fit || !matches!(receiver(), Some(Receiver::Logger | Receiver::Logging)) {
                continue;
            }
            let Some(placeholders) = placeholders(message.value.to_str()) else { continue };
            let one_mapping = arguments.len() == 1 && !is_scalar(&arguments[0]);
            if placeholders == arguments.len()
                || one_mapping && placeholders == 0 && is_mapping(&arguments[0])
            {
                continue;
            }
            let hit = hits.at(message.range());
            hit.word("placeholders", placeholders.to_string()).word("arguments", arguments.len().to_string());
            let braces = message.value.to_str().matches("{}").count();
            let text = file.slice(message.range());
            if placeholders == 0 && braces == arguments.len() {
                hit.fix(Safety::Unsafe, [(message.range().bytes(), text.replace("{}", "%s"))]);
            } else if placeholders == 0
                && braces == 0
                && text.ends_with(['"', '\''])
                && !text.ends_with("\"\"\"")
            {
                let added: String = arguments.iter().map(|_| " %s").collect();
                let end = message.range().bytes().end - 1;
                hit.fix(Safety::Unsafe, [(end..end, added)]);
            }
        }
    }
}

/// A value that cannot be the one mapping which fills named placeholders.
fn is_scalar(expr: &Expr) -> bool {
    matches!(expr, Expr::StringLiteral(_) | Expr::NumberLiteral(_) | Expr::FString(_))
}

fn is_mapping(expr: &Expr) -> bool {
    matches!(expr, Expr::Dict(_))
}

/// How many arguments a format takes; none where that cannot be told (named placeholders, a bad format).
fn placeholders(format: &str) -> Option<usize> {
    let mut count = 0;
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            continue;
        }
        if chars.peek() == Some(&'%') {
            chars.next();
            continue;
        }
        if chars.peek() == Some(&'(') {
            return None;
        }
        while let Some(&c) = chars.peek() {
            match c {
                '*' => count += 1,
                '#' | '0'..='9' | '-' | ' ' | '+' | '.' | 'h' | 'l' | 'L' => {}
                _ => break,
            }
            chars.next();
        }
        match chars.next() {
            Some(c) if "diouxXeEfFgGcrsa".contains(c) => count += 1,
            _ => return None,
        }
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn a_star_and_its_value_are_two_arguments() {
        assert_eq!(placeholders("took %*d of %s, 100%%"), Some(3));
        assert_eq!(placeholders("%(name)s"), None);
        // A blank is a flag: `% s` takes an argument.
        assert_eq!(placeholders("100% sure"), Some(1));
    }
}
