//! `sys.path` that is changed too late, or to the wrong folder.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, Operator};
use ruff_text_size::Ranged;

use super::nearest::nearest;

use crate::facts::{
    Place, PyImport, PyNodeId, PyScopeId, PythonFile, Runs, folders, is_stdlib, join, normal, py_dotted,
};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "py-syspath-after-import", needs: &["path"], check: Check::Python(after_import) }];

/// A change of `sys.path` at module level.
struct Change {
    /// The whole statement.
    at: std::ops::Range<usize>,
    appends: bool,
    folder: String,
}

fn after_import(file: &PythonFile, hits: &mut Hits) {
    let changes = changes(file);
    if changes.is_empty() {
        return;
    }
    let python = file.python();
    let roots = python.roots(file.path);
    let always = file.own().imports.iter().filter(|it| it.level == 0 && it.runs == Runs::Always);
    for import in always {
        let top = import.module.split('.').next().unwrap_or("");
        if is_stdlib(top) {
            shadowed(file, import, top, &changes, hits);
            continue;
        }
        if roots.iter().any(|root| python.has_module(root, top)) {
            continue;
        }
        let serves = |change: &&Change| python.has_module(&change.folder, top);
        let before = changes.iter().filter(|change| change.at.start < import.at.start);
        if before.clone().any(|change| serves(&change)) {
            continue;
        }
        let late = changes.iter().find(|change| change.at.start > import.at.start && serves(change));
        if let Some(change) = late {
            hits.at(import.at.clone()).word("module", top).fix(Safety::Unsafe, moved(file, import, change));
        } else if before.into_iter().any(|change| is_misspelt(file, &change.folder, top)) {
            hits.at(import.at.clone()).word("module", top);
        }
    }
}

/// A module of the standard library, imported for a name that only the appended folder's module has.
fn shadowed(file: &PythonFile, import: &PyImport, top: &str, changes: &[Change], hits: &mut Hits) {
    let python = file.python();
    let names = import.names.iter().flatten();
    for change in changes.iter().filter(|it| it.appends && it.at.start < import.at.start) {
        let path = join(&change.folder, &format!("{top}.py"));
        let Some(module) = python.module(&path) else { continue };
        if names.clone().any(|it| module.names.contains_key(&it.name)) {
            hits.at(import.at.clone()).word("module", top);
            return;
        }
    }
}

/// A folder that is not there, beside one of almost the same name that has the module.
fn is_misspelt(file: &PythonFile, folder: &str, top: &str) -> bool {
    let files = file.python().files();
    let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
    if folder.is_empty() || files.is_dir(folder) {
        return false;
    }
    let entries = files.list(parent);
    let folders = entries.iter().filter(|entry| entry.is_dir).map(|entry| entry.name.as_str());
    let near = nearest(name, folders).or_else(|| {
        let is_near = |it: &&str| it.strip_suffix('s') == Some(name) || name.strip_suffix('s') == Some(*it);
        entries.iter().filter(|entry| entry.is_dir).map(|entry| entry.name.as_str()).find(is_near)
    });
    near.is_some_and(|near| file.python().has_module(&join(parent, near), top))
}

/// The import's lines, put below the change.
fn moved(file: &PythonFile, import: &PyImport, change: &Change) -> Vec<(std::ops::Range<usize>, String)> {
    let line = |bytes: &std::ops::Range<usize>| {
        let start = file.text[..bytes.start].rfind('\n').map_or(0, |at| at + 1);
        let end = file.text[bytes.end..].find('\n').map_or(file.text.len(), |at| bytes.end + at + 1);
        start..end
    };
    let (from, after) = (line(&import.at), line(&change.at).end);
    let text = file.text[from.clone()].to_owned();
    vec![(from, String::new()), (after..after, text)]
}

fn changes(file: &PythonFile) -> Vec<Change> {
    let calls = file.calls("insert").iter().chain(file.calls("append"));
    let is_search_path = |call: &ExprCall| matches!(&*call.func, Expr::Attribute(it) if py_dotted(&it.value).as_deref() == Some("sys.path"));
    let mut found: Vec<Change> = calls
        .filter(|(id, call)| is_search_path(call) && runs_at_once(file, *id))
        .filter_map(|(_, call)| {
            let appends = call.arguments.args.len() == 1;
            let folder = folder_of(file, call.arguments.args.last()?, 6)?;
            Some(Change { at: call.range().bytes(), appends, folder })
        })
        .collect();
    found.sort_by_key(|change| change.at.start);
    found
}

fn runs_at_once(file: &PythonFile, id: PyNodeId) -> bool {
    file.scope_of(id) == PyScopeId::MODULE
        && file.ancestors(id).all(|(_, node)| !matches!(node, AnyNodeRef::StmtFunctionDef(_)))
}

/// The folder that an expression names: the usual ways to start from `__file__`. Paths that depend on the
/// working folder count from the root.
fn folder_of(file: &PythonFile, expr: &Expr, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    match expr {
        Expr::StringLiteral(text) => {
            let text = text.value.to_str();
            (!text.starts_with('/')).then(|| normal("", text))
        }
        Expr::Name(name) if name.id.as_str() == "__file__" => Some(file.path.to_owned()),
        Expr::Name(name) => {
            let bindings = file.scope(PyScopeId::MODULE).bindings.get(name.id.as_str())?;
            let [binding] = bindings.as_slice() else { return None };
            match file.node(file.parent(binding.node)?) {
                AnyNodeRef::StmtAssign(assign) => folder_of(file, &assign.value, depth),
                _ => None,
            }
        }
        Expr::Attribute(it) if it.attr.as_str() == "parent" => parent(&folder_of(file, &it.value, depth)?),
        Expr::BinOp(it) if it.op == Operator::Div => {
            let Expr::StringLiteral(inner) = &*it.right else { return None };
            Some(normal(&folder_of(file, &it.left, depth)?, inner.value.to_str()))
        }
        Expr::Call(call) => {
            let name = match &*call.func {
                Expr::Attribute(it) => it.attr.as_str(),
                Expr::Name(it) => it.id.as_str(),
                _ => return None,
            };
            let first = call.arguments.args.first();
            match (name, first) {
                ("dirname", Some(inner)) => parent(&folder_of(file, inner, depth)?),
                ("abspath" | "realpath" | "normpath" | "Path" | "str" | "fspath", Some(inner)) => {
                    folder_of(file, inner, depth)
                }
                ("resolve" | "absolute", None) => match &*call.func {
                    Expr::Attribute(it) => folder_of(file, &it.value, depth),
                    _ => None,
                },
                ("join", Some(first)) => {
                    let mut path = folder_of(file, first, depth)?;
                    for part in &call.arguments.args[1..] {
                        match part {
                            Expr::StringLiteral(part) => path = normal(&path, part.value.to_str()),
                            Expr::Attribute(it) if it.attr.as_str() == "pardir" => path = normal(&path, ".."),
                            _ => return None,
                        }
                    }
                    Some(path)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn parent(path: &str) -> Option<String> {
    (!path.is_empty()).then(|| folders(path).next().unwrap_or("").to_owned())
}
