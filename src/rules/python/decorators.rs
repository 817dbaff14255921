//! Parameters that do not match the `patch` decorators above them.

use ruff_python_ast::{AnyNodeRef, Decorator, Expr, ExprCall, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::collection::is_test_file;
use super::fixtures::patches;
use crate::facts::{Place, PyNodeId, PythonFile, py_dotted};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "py-patch-decorator-order", needs: &["patch"], check: Check::Python(order) }];

/// What a decorator passes to the function.
enum Passes {
    /// One mock, for the last part of the target.
    Mock(String),
    /// Nothing: it has a replacement.
    Nothing(String),
    /// Mocks by keyword: `patch.multiple` with `DEFAULT`.
    Keywords(Vec<String>),
}

fn order(file: &PythonFile, hits: &mut Hits) {
    for (id, node) in file.nodes() {
        let AnyNodeRef::StmtFunctionDef(function) = node else { continue };
        let decorators = patches(function);
        if !decorators.is_empty() && function.name.as_str().starts_with("test") {
            judge(file, id, function, &decorators, hits);
        }
    }
}

fn judge(
    file: &PythonFile,
    id: PyNodeId,
    function: &StmtFunctionDef,
    decorators: &[&Decorator],
    hits: &mut Hits,
) {
    let class = file.ancestors(id).find_map(|(_, node)| match node {
        AnyNodeRef::StmtClassDef(it) => Some(it),
        AnyNodeRef::StmtFunctionDef(_) => None,
        _ => None,
    });
    // The bottom decorator passes the first mock; those of the class come last.
    let mut passed: Vec<Passes> = decorators.iter().rev().filter_map(|it| passes(&it.expression)).collect();
    if passed.len() != decorators.len() {
        return;
    }
    passed.extend(
        class.iter().flat_map(|it| it.decorator_list.iter().rev()).filter_map(|it| passes(&it.expression)),
    );
    let parameters = &function.parameters;
    let skip = usize::from(class.is_some());
    let positional = parameters.posonlyargs.iter().chain(&parameters.args).skip(skip);
    let names: Vec<&str> = positional.clone().map(|it| it.parameter.name.as_str()).collect();
    let mocks: Vec<&str> = passed
        .iter()
        .filter_map(|it| if let Passes::Mock(name) = it { Some(name.as_str()) } else { None })
        .collect();
    let mut say = |reason: String| -> usize {
        hits.at(function.name.range()).word("reason", reason);
        0
    };
    let is_test_case = class.is_some_and(is_test_case);
    for pass in &passed {
        if let Passes::Keywords(keys) = pass
            && !is_test_case
            && is_test_file(file)
            && keys.iter().any(|key| names.contains(&key.as_str()))
        {
            say("`patch.multiple` passes its mocks by keyword, and pytest looks for fixtures".to_owned());
            return;
        }
    }
    if passed.iter().any(|it| matches!(it, Passes::Keywords(_))) {
        return;
    }
    let knows_others = function.decorator_list.len() > decorators.len();
    if names.len() < mocks.len() {
        if parameters.vararg.is_none() && !other_decorators(function) {
            say(format!("{} mocks for {} parameters", mocks.len(), names.len()));
        }
        return;
    }
    let first = &names[..mocks.len()];
    if let Some(fixture) = first.iter().find(|name| FIXTURES.contains(name)) {
        say(format!("`{fixture}` stands where a mock is passed"));
        return;
    }
    if swapped(first, &mocks) {
        let reordered = reorder(first, &mocks);
        let hit =
            hits.at(function.name.range()).word("reason", format!("the order is {}", reordered.join(", ")));
        let places = positional.take(mocks.len()).map(|it| it.parameter.name.range().bytes());
        let edits: Vec<_> = places.zip(reordered.iter().map(|it| (*it).to_owned())).collect();
        let annotated = function.parameters.iter().any(|it| it.annotation().is_some());
        if !annotated {
            hit.fix(Safety::Unsafe, edits);
        }
        return;
    }
    if knows_others && other_decorators(function) || !is_test_file(file) && !is_test_case {
        return;
    }
    let replaced: Vec<&str> = passed
        .iter()
        .filter_map(|it| if let Passes::Nothing(name) = it { Some(name.as_str()) } else { None })
        .collect();
    let surplus = &names[mocks.len()..];
    let wrong = surplus.iter().find(|name| {
        let bare = plain(name);
        let is_mock_name = name.starts_with("mock_") || name.ends_with("_mock");
        let stands_for = replaced.iter().any(|it| plain(it) == bare);
        let is_nameless =
            !replaced.is_empty() && mocks.is_empty() && surplus.len() == replaced.len() && name.len() <= 2;
        (is_mock_name && (stands_for || replaced.is_empty()) || is_nameless) && !is_fixture(file, name)
    });
    if let Some(name) = wrong.filter(|_| !has_parametrize(function)) {
        say(format!("no decorator passes `{name}`"));
    }
}

fn passes(expr: &Expr) -> Option<Passes> {
    let Expr::Call(call) = expr else { return None };
    let name = py_dotted(&call.func)?;
    let place = match name.rsplit('.').next()? {
        "patch" => 0,
        "object" if name.ends_with("patch.object") => 1,
        "multiple" if name.ends_with("patch.multiple") => return multiple(call),
        _ => return None,
    };
    let target = match call.arguments.args.get(place) {
        Some(Expr::StringLiteral(text)) => text.value.to_str().rsplit('.').next().unwrap_or("").to_owned(),
        Some(_) => String::new(),
        None => return None,
    };
    let has_new = call.arguments.args.len() > place + 1 || call.arguments.find_keyword("new").is_some();
    // `**options` may hold `new`.
    if call.arguments.keywords.iter().any(|it| it.arg.is_none()) {
        return None;
    }
    Some(if has_new { Passes::Nothing(target) } else { Passes::Mock(target) })
}

fn multiple(call: &ExprCall) -> Option<Passes> {
    let is_default =
        |expr: &Expr| py_dotted(expr).is_some_and(|name| name.rsplit('.').next() == Some("DEFAULT"));
    let keys = call.arguments.keywords.iter().filter(|it| is_default(&it.value));
    Some(Passes::Keywords(keys.filter_map(|it| it.arg.as_ref()).map(|it| it.to_string()).collect()))
}

const FIXTURES: &[&str] = &[
    "tmp_path",
    "tmpdir",
    "monkeypatch",
    "capsys",
    "capfd",
    "caplog",
    "request",
    "mocker",
    "recwarn",
    "tmp_path_factory",
];

/// A name without what says that it is a mock, in one case.
fn plain(name: &str) -> String {
    let lower: String = name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
    let inner = lower.strip_prefix("mock").or(lower.strip_prefix("patched")).or(lower.strip_prefix("fake"));
    let inner = inner.unwrap_or(&lower);
    inner.strip_suffix("mock").unwrap_or(inner).to_owned()
}

/// True if two parameters carry each other's names.
fn swapped(names: &[&str], mocks: &[&str]) -> bool {
    let (names, mocks): (Vec<String>, Vec<String>) =
        (names.iter().map(|it| plain(it)).collect(), mocks.iter().map(|it| plain(it)).collect());
    let crossed = |i: usize, j: usize| {
        !names[i].is_empty() && names[i] != names[j] && names[i] == mocks[j] && names[j] == mocks[i]
    };
    let all: Vec<usize> = (0..names.len()).collect();
    let permuted = || {
        let (mut a, mut b) = (names.clone(), mocks.clone());
        a.sort();
        b.sort();
        let distinct = a.windows(2).all(|pair| pair[0] != pair[1]);
        names.len() > 1 && a == b && names != mocks && distinct
    };
    all.iter().any(|&i| all.iter().any(|&j| i < j && crossed(i, j))) || permuted()
}

/// The parameters in the order of the mocks; what has no mock of its name keeps its place.
fn reorder<'n>(names: &[&'n str], mocks: &[&str]) -> Vec<&'n str> {
    let of = |mock: &str| names.iter().find(|name| plain(name) == plain(mock)).copied();
    let mut left: Vec<&str> =
        names.iter().filter(|name| !mocks.iter().any(|it| plain(it) == plain(name))).copied().collect();
    left.reverse();
    mocks.iter().enumerate().map(|(at, mock)| of(mock).or_else(|| left.pop()).unwrap_or(names[at])).collect()
}

/// Decorators that may pass or take arguments themselves.
fn other_decorators(function: &StmtFunctionDef) -> bool {
    function.decorator_list.iter().any(|it| {
        let callee = if let Expr::Call(call) = &it.expression { &call.func } else { &it.expression };
        let name = py_dotted(callee).unwrap_or_default();
        let known = name.starts_with("pytest.mark.") || name.contains("patch") || name.contains("skip");
        !known
    })
}

fn has_parametrize(function: &StmtFunctionDef) -> bool {
    function.decorator_list.iter().any(|it| {
        let callee = if let Expr::Call(call) = &it.expression { &call.func } else { &it.expression };
        py_dotted(callee).is_some_and(|name| name.ends_with("parametrize"))
    })
}

fn is_test_case(class: &StmtClassDef) -> bool {
    let bases = class.arguments.as_ref().map_or(&[][..], |it| &it.args);
    bases.iter().any(|base| py_dotted(base).is_some_and(|name| name.ends_with("TestCase")))
}

/// True if some fixture may have this name: in the file, in a conftest above, or anywhere by import.
fn is_fixture(file: &PythonFile, name: &str) -> bool {
    let defines = format!("def {name}(");
    let python = file.python();
    let conftests = crate::facts::folders(file.path).map(|it| crate::facts::join(it, "conftest.py"));
    FIXTURES.contains(&name)
        || file.text.contains(&defines)
        || file.text.contains(&format!("\"{name}\""))
        || file.own().imports.iter().any(|it| it.is_star())
        || file.own().names.contains_key(name)
        || conftests
            .filter_map(|it| python.files().text(&it))
            .any(|text| text.contains(name) || text.contains("pytest_plugins"))
}
