//! Tests that pytest does not collect, or cannot call.

use std::collections::HashSet;

use ruff_python_ast::{Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::fixtures::{fixture_name, patches};
use super::imports::body;
use super::nearest::nearest;
use crate::facts::{Place, PythonFile, folders, join, py_dotted};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "py-pytest-collection", needs: &["test"], check: Check::Python(collection) }];

/// True for a file that pytest collects by its default patterns.
pub(super) fn is_test_file(file: &PythonFile) -> bool {
    is_test_path(file.path)
}

pub(super) fn is_test_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"))
}

fn collection(file: &PythonFile, hits: &mut Hits) {
    let pytest = file.python().pytest(file.path);
    if !is_test_file(file) {
        misnamed_file(file, hits);
        return;
    }
    for stmt in body(file) {
        match stmt {
            Stmt::ClassDef(class) if pytest.classes.is_empty() => test_class(file, class, hits),
            Stmt::FunctionDef(test) if test.name.as_str().starts_with("test") => fixtures(file, test, hits),
            _ => {}
        }
    }
}

/// `tests_door.py` and `door_tests.py`: neither `test_*.py` nor `*_test.py`.
fn misnamed_file(file: &PythonFile, hits: &mut Hits) {
    let stem = file.path.rsplit('/').next().unwrap_or("").trim_end_matches(".py");
    let looks_so = stem.starts_with("tests_") || stem.ends_with("_tests");
    if !looks_so || !file.python().pytest(file.path).files.is_empty() || file.text.contains("__main__") {
        return;
    }
    let tests = body(file).iter().filter_map(|stmt| match stmt {
        Stmt::FunctionDef(it) if it.name.as_str().starts_with("test_") && fixture_name(it).is_none() => {
            Some(it)
        }
        _ => None,
    });
    let imported = file.python().importers(file.path);
    if let Some(first) = tests.into_iter().next().filter(|_| imported.is_empty()) {
        hits.at(first.name.range()).word("reason", format!("a file named `{stem}.py` is not collected"));
    }
}

fn methods(class: &StmtClassDef) -> impl Iterator<Item = &StmtFunctionDef> {
    class.body.iter().filter_map(|stmt| match stmt {
        Stmt::FunctionDef(it) => Some(it),
        _ => None,
    })
}

fn test_class(file: &PythonFile, class: &StmtClassDef, hits: &mut Hits) {
    let name = class.name.as_str();
    let has_bases = class.arguments.as_ref().is_some_and(|it| !it.args.is_empty() || !it.keywords.is_empty());
    let is_base = file.own().bases.contains(name);
    let tests = || methods(class).filter(|it| it.name.as_str().starts_with("test_"));
    if tests().next().is_none() || has_bases || is_base || !class.decorator_list.is_empty() {
        return;
    }
    let not_collected = class.body.iter().any(|stmt| file.slice(stmt.range()).contains("__test__"));
    if not_collected {
        return;
    }
    if !name.starts_with("Test") {
        let is_meant = name.ends_with("Tests") || name.ends_with("Test") || name.ends_with("TestCase");
        if is_meant && !file.text.contains("load_tests") {
            hits.at(class.name.range())
                .word("reason", format!("the name of class `{name}` does not begin with Test"));
        }
        return;
    }
    if let Some(init) = methods(class).find(|it| it.name.as_str() == "__init__") {
        hits.at(init.name.range())
            .word("reason", format!("class `{name}` has a constructor, so it is skipped"));
        return;
    }
    for test in tests() {
        let parameters = &test.parameters;
        let takes_none =
            parameters.iter_non_variadic_params().next().is_none() && parameters.vararg.is_none();
        if takes_none && test.decorator_list.is_empty() {
            let at = parameters.range().bytes().start + 1;
            hits.at(test.name.range())
                .word("reason", format!("method `{}` takes no `self`", test.name))
                .fix(Safety::Unsafe, [(at..at, "self".to_owned())]);
        }
    }
}

/// A parameter that is almost the name of a fixture of the file or of a conftest above.
fn fixtures(file: &PythonFile, test: &StmtFunctionDef, hits: &mut Hits) {
    let marks_only = test.decorator_list.iter().all(|it| {
        let callee = if let Expr::Call(call) = &it.expression { &call.func } else { &it.expression };
        py_dotted(callee)
            .is_some_and(|name| name.starts_with("pytest.mark.") && !name.ends_with("parametrize"))
    });
    if !marks_only || !patches(test).is_empty() {
        return;
    }
    let known = known_fixtures(file);
    for parameter in test.parameters.iter_non_variadic_params().filter(|it| it.default.is_none()) {
        let name = parameter.parameter.name.as_str();
        if known.contains(name) || file.own().names.contains_key(name) || BUILTIN.contains(&name) {
            continue;
        }
        let Some(meant) = nearest(name, known.iter().map(String::as_str)) else { continue };
        hits.at(parameter.parameter.name.range())
            .word("reason", format!("there is no fixture `{name}`; there is `{meant}`"));
    }
}

const BUILTIN: &[&str] = &[
    "request",
    "monkeypatch",
    "tmp_path",
    "tmpdir",
    "capsys",
    "capfd",
    "caplog",
    "recwarn",
    "mocker",
    "cache",
    "tmp_path_factory",
    "tmpdir_factory",
    "pytestconfig",
    "record_property",
    "capsysbinary",
    "doctest_namespace",
];

fn known_fixtures(file: &PythonFile) -> HashSet<String> {
    let mut known = HashSet::new();
    let mut add = |body: &[Stmt]| {
        known.extend(body.iter().filter_map(|stmt| match stmt {
            Stmt::FunctionDef(it) => fixture_name(it),
            _ => None,
        }));
    };
    add(body(file));
    for folder in folders(file.path) {
        let Some(text) = file.python().files().text(&join(folder, "conftest.py")) else { continue };
        if let Ok(parsed) = ruff_python_parser::parse_module(&text) {
            add(&parsed.syntax().body);
        }
    }
    known
}
