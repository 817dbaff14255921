//! Imports of what is not there.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext, Stmt};
use ruff_text_size::Ranged;

use super::collection::is_test_file;
use super::nearest::nearest;
use crate::facts::{Binds, Found, PyImport, PyImported, PythonFile, Runs, folders, is_stdlib, join};
use crate::model::{Safety, Severity};
use crate::rules::{Check, Hits, Native};
use crate::syntax::is_test;

pub(super) static RULES: &[Native] = &[
    Native { id: "py-first-party-name-missing", needs: &["import"], check: Check::Python(name_missing) },
    Native { id: "py-relative-beyond-top", needs: &["import"], check: Check::Python(beyond_top) },
    Native { id: "py-conftest-import", needs: &["conftest"], check: Check::Python(conftest) },
    Native { id: "py-submodule-attribute", needs: &["import"], check: Check::Python(submodule) },
];

fn name_missing(file: &PythonFile, hits: &mut Hits) {
    for import in &file.own().imports {
        let in_test = import.runs == Runs::Later && runs_in_test(file, import);
        if (import.runs != Runs::Always && !in_test) || file.stands(import.at.clone()) {
            continue;
        }
        let severity = || match in_test || runs_elsewhere(file, import) {
            true => Severity::Warning,
            false => Severity::Error,
        };
        match file.python().resolve(file.path, import.level, &import.module) {
            Found::Missing { package, name } if !file.text.contains("sys.path") => {
                let known = siblings(file, &package);
                let meant = nearest(&name, known.iter().map(String::as_str));
                let suggestion = meant.map_or_else(String::new, |it| format!("; perhaps `{it}`"));
                hits.at(import.module_at.clone())
                    .word("module", if package.is_empty() { ".".to_owned() } else { package })
                    .word("name", name)
                    .word("suggestion", suggestion)
                    .severity(severity());
            }
            Found::File(path) if path != file.path => {
                for name in import.names.iter().flatten().filter(|name| name.name != "*") {
                    check_name(file, import, name, &path, &severity, hits);
                }
            }
            _ => {}
        }
    }
}

fn check_name(
    file: &PythonFile,
    import: &PyImport,
    name: &PyImported,
    path: &str,
    severity: &dyn Fn() -> Severity,
    hits: &mut Hits,
) {
    let python = file.python();
    let defined = || python.files().read(path).is_some_and(|text| defines(&text, &name.name));
    if defined() || python.importable(path, &name.name) != Binds::No {
        return;
    }
    let module = python.module(path);
    let known = module.iter().flat_map(|module| module.names.keys().map(String::as_str));
    let meant = nearest(&name.name, known);
    let hit = hits.at(name.at.clone()).word("module", import.written()).word("name", &name.name);
    hit.severity(severity());
    match meant {
        Some(meant) => {
            hit.word("suggestion", format!("; perhaps `{meant}`"));
            let text = match name.alias {
                Some(_) => meant.to_owned(),
                None => format!("{meant} as {}", name.name),
            };
            hit.fix(Safety::Unsafe, [(name.at.clone(), text)]);
        }
        None => {
            hit.word("suggestion", "");
        }
    }
}

/// True where the import may mean another module, or may never run: run as a script, a file finds the modules
/// beside it first; and what nobody imports below a folder of tests is data of tests, often wrong on purpose.
fn runs_elsewhere(file: &PythonFile, import: &PyImport) -> bool {
    let folder = folders(file.path).next().unwrap_or("");
    let top = import.module.split('.').next().unwrap_or("");
    let is_beside = import.level == 0 && !top.is_empty() && file.python().has_module(folder, top);
    let is_data = || {
        is_test(file.path)
            && !is_test_file(file)
            && !file.path.ends_with("conftest.py")
            && file.python().importers(file.path).is_empty()
    };
    (is_beside && file.python().is_package(folder)) || is_data()
}

/// True if a text defines a name at its margin: told without parsing, for the usual case that all is well.
fn defines(text: &[u8], name: &str) -> bool {
    memchr::memmem::find_iter(text, name.as_bytes()).any(|at| {
        let line = &text[memchr::memrchr(b'\n', &text[..at]).map_or(0, |at| at + 1)..at];
        let after = &text[at + name.len()..];
        match line {
            b"def " | b"async def " => after.starts_with(b"("),
            b"class " => after.starts_with(b"(") || after.starts_with(b":"),
            b"" => after.starts_with(b" = "),
            _ => false,
        }
    })
}

/// The modules of a package, by its dotted name from some root.
fn siblings(file: &PythonFile, package: &str) -> Vec<String> {
    let python = file.python();
    let roots = python.roots(file.path);
    let folders = roots.iter().map(|root| join(root, &package.replace('.', "/")));
    let entries = folders.flat_map(|folder| python.files().list(&folder));
    entries.map(|entry| entry.name.trim_end_matches(".py").to_owned()).collect()
}

/// An import in a test function, which pytest surely runs, outside of any `try` and `with`.
fn runs_in_test(file: &PythonFile, import: &PyImport) -> bool {
    let at = import.at.start;
    let node = file.nodes().find(|(_, node)| match node {
        AnyNodeRef::StmtImportFrom(it) => it.range().start().to_usize() == at,
        AnyNodeRef::StmtImport(it) => it.range().start().to_usize() == at,
        _ => false,
    });
    let Some((id, _)) = node.filter(|_| is_test_file(file)) else { return false };
    for (_, node) in file.ancestors(id) {
        match node {
            AnyNodeRef::StmtFunctionDef(it) => {
                return it.name.as_str().starts_with("test") && it.decorator_list.is_empty();
            }
            AnyNodeRef::StmtTry(_) | AnyNodeRef::StmtWith(_) | AnyNodeRef::StmtIf(_) => return false,
            _ => {}
        }
    }
    false
}

fn beyond_top(file: &PythonFile, hits: &mut Hits) {
    let python = file.python();
    let folder = folders(file.path).next().unwrap_or("");
    let depth = folders(file.path).take_while(|folder| python.is_package(folder)).count() as u32;
    let is_test = is_test_file(file) || file.path.ends_with("conftest.py");
    let importlib = python.pytest(file.path).importlib;
    // A repository may be a package as a whole, under a name that is not known here.
    let is_package_itself = python.files().is_file("__init__.py");
    for import in file.own().imports.iter().filter(|it| matches!(it.runs, Runs::Always | Runs::Later)) {
        if import.level > 0 {
            let base = python.base(file.path);
            let is_root = base.is_empty() || base == "src" || base.ends_with("/src");
            if depth == 0 && is_test && !importlib && !is_package_itself {
                hits.at(import.at.clone()).word("reason", "the test's folder is no package");
            } else if depth > 0 && import.level > depth && is_root && !is_package_itself {
                let reason = format!("{} dots, but only {depth} packages above the file", import.level);
                hits.at(import.at.clone()).word("reason", reason);
            }
            continue;
        }
        let top = import.module.split('.').next().unwrap_or("");
        let beside = !top.is_empty() && python.has_module(folder, top) && top != "conftest";
        if !is_test || !beside || is_stdlib(top) || import.runs != Runs::Always || depth == 0 && !importlib {
            continue;
        }
        let pytest = python.pytest(file.path);
        let roots = python.roots(file.path);
        let base = python.base(file.path);
        let reached = |root: &&String| {
            !(importlib && **root == base && !base.is_empty()) && python.has_module(root, top)
        };
        let path_is_changed = pytest.mentions("sys.path") || file.text.contains("sys.path");
        let installed = !python.files().is_file(&join(folder, &format!("{top}.py")));
        if roots.iter().any(|root| reached(&root)) || path_is_changed || installed || pytest.mentions(top) {
            continue;
        }
        let why = match depth {
            0 => "importlib mode puts no folder on the path",
            _ => "the folder is a package, so it is not on the path",
        };
        hits.at(import.at.clone()).word("reason", why);
    }
}

fn conftest(file: &PythonFile, hits: &mut Hits) {
    let python = file.python();
    let folder = folders(file.path).next().unwrap_or("");
    let base = python.base(file.path);
    let path_is_changed = file.text.contains("sys.path");
    for import in file.own().imports.iter().filter(|it| it.level == 0 && it.module == "conftest") {
        let names: Vec<&PyImported> = import.names.iter().flatten().collect();
        let name = names.first().map_or("conftest", |name| name.name.as_str());
        let pytest = python.pytest(file.path);
        let own = join(folder, "conftest.py");
        let reached = if python.is_package(folder) { join(&base, "conftest.py") } else { own };
        let is_on_path = pytest.pythonpath.iter().any(|it| python.files().is_file(&join(it, "conftest.py")));
        let is_there = python.files().is_file(&reached);
        let wrong = if path_is_changed || is_on_path {
            false
        } else if pytest.importlib || python.is_package(folder) && !is_there {
            true
        } else {
            is_there && names.iter().any(|it| python.binds(&reached, &it.name) == Binds::No)
        };
        if wrong {
            let missing = names.iter().find(|it| python.binds(&reached, &it.name) == Binds::No);
            let name = missing.map_or(name, |it| it.name.as_str());
            hits.at(import.at.clone()).word("name", name);
        }
    }
}

/// Submodules that their packages of the standard library do not load, nor does Python at its start.
const NOT_LOADED: &[(&str, &[&str])] = &[
    ("xml", &["dom", "etree", "sax", "parsers"]),
    ("concurrent", &["futures"]),
    ("importlib", &["resources", "metadata"]),
    ("logging", &["handlers", "config"]),
    ("urllib", &["request", "robotparser"]),
    ("http", &["client", "server", "cookies", "cookiejar"]),
    ("xmlrpc", &["client", "server"]),
    ("curses", &["ascii", "panel", "textpad"]),
    ("tkinter", &["ttk", "messagebox", "filedialog", "simpledialog"]),
    ("wsgiref", &["simple_server", "validate", "handlers", "headers"]),
    ("multiprocessing", &["pool", "shared_memory", "managers", "dummy"]),
    ("email", &["mime", "utils", "message", "header"]),
    ("unittest", &["mock"]),
];

fn submodule(file: &PythonFile, hits: &mut Hits) {
    let own = file.own();
    let plain = own.imports.iter().filter(|import| {
        import.names.is_none()
            && import.alias.is_none()
            && !import.module.contains('.')
            && import.runs == Runs::Always
    });
    for import in plain {
        let package = import.module.as_str();
        let stdlib = NOT_LOADED.iter().find(|(name, _)| *name == package).map(|(_, inner)| *inner);
        let found = file.python().resolve(file.path, 0, package);
        let init = match &found {
            Found::File(path) if path.ends_with("__init__.py") => Some(path.as_str()),
            Found::Stdlib if stdlib.is_some() => None,
            _ => continue,
        };
        let loads = |name: &str| {
            own.imports.iter().any(|other| {
                let inner = other.module.strip_prefix(package).and_then(|it| it.strip_prefix('.'));
                inner.is_some_and(|it| it.split('.').next() == Some(name))
                    || other.module == package && other.names.iter().flatten().any(|it| it.name == name)
            })
        };
        let is_missing = |name: &str| match init {
            Some(init) => {
                file.python().has_submodule(init, name) && file.python().binds(init, name) == Binds::No
            }
            None => stdlib.is_some_and(|inner| inner.contains(&name)),
        };
        for (_, node) in file.nodes() {
            let AnyNodeRef::ExprAttribute(read) = node else { continue };
            let Expr::Name(base) = &*read.value else { continue };
            let name = read.attr.as_str();
            if base.id == package && read.ctx == ExprContext::Load && is_missing(name) && !loads(name) {
                hits.at(read.range())
                    .word("package", package)
                    .word("submodule", name)
                    .fix(Safety::Safe, [(import.module_at.clone(), format!("{package}.{name}"))]);
                break;
            }
        }
    }
}

/// The statements at module level.
pub(super) fn body<'a>(file: &PythonFile<'a>) -> &'a [Stmt] {
    &file.module.body
}
