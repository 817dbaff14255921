//! Patch targets that do not exist, or that are patched in the wrong place.

use ruff_text_size::Ranged;

use super::fixtures::function_around;
use super::nearest::nearest;
use super::targets::{
    Form, Lead, StringTarget, Thing, follow, in_class, may_fail, object_targets, string_targets, thing,
};
use crate::facts::{Binds, Found, Meaning, PyImport, PyModule, PythonFile, Runs, is_stdlib};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "py-patch-target-missing", needs: &["patch"], check: Check::Python(missing) },
    Native { id: "py-patch-where-defined", needs: &["patch"], check: Check::Python(where_defined) },
    Native { id: "py-freezegun", needs: &["datetime"], check: Check::Python(builtin_type) },
];

const HELP: &str = "use a dotted path that exists";

fn missing(file: &PythonFile, hits: &mut Hits) {
    // Modules that the test itself puts in place of real ones may have any attribute.
    let replaces_modules = file.text.contains("sys.modules[");
    for target in string_targets(file) {
        if may_fail(file, target.id) || replaces_modules {
            continue;
        }
        if !target.text.contains('.') {
            let is_name =
                !target.text.is_empty() && target.text.chars().all(|c| c.is_alphanumeric() || c == '_');
            if is_name {
                let hit = hits.at(target.at.clone()).word("target", target.text);
                hit.word("reason", "a target is `module.name`, with a dot").help(HELP);
            }
            continue;
        }
        if builtin_attribute(file, target.text) {
            continue;
        }
        if let Lead::Missing { part, reason, known } = follow(file, target.text) {
            report(file, &target, part, reason, &known, hits);
        }
    }
    for target in object_targets(file) {
        if may_fail(file, target.id) || replaces_modules {
            continue;
        }
        let lead = match thing(file, target.id, target.object) {
            Some(Thing::Class(home, class)) => in_class(file, &home, &class, &[target.attribute], 0),
            Some(Thing::Module(path)) => in_module(file, &path, target.attribute),
            None => Lead::Fine,
        };
        if let Lead::Missing { reason, .. } = lead {
            let object = file.slice(target.object.range());
            let hit = hits.at(target.at.clone()).word("target", format!("{object}.{}", target.attribute));
            hit.word("reason", reason).help(HELP);
        }
    }
}

fn in_module(file: &PythonFile, path: &str, name: &str) -> Lead {
    let dotted = file.python().dotted(path);
    match file.python().importable(path, name) {
        Binds::No => match follow(file, &format!("{dotted}.{name}")) {
            missing @ Lead::Missing { .. } => missing,
            Lead::Fine => Lead::Fine,
        },
        _ => Lead::Fine,
    }
}

fn report(
    file: &PythonFile,
    target: &StringTarget,
    part: usize,
    reason: String,
    known: &[String],
    hits: &mut Hits,
) {
    let parts: Vec<&str> = target.text.split('.').collect();
    let hit = hits.at(target.at.clone()).word("target", target.text).word("reason", reason);
    let Some(meant) = nearest(parts[part], known.iter().map(String::as_str)) else {
        hit.help(HELP);
        return;
    };
    let mut mended = parts.clone();
    mended[part] = meant;
    hit.word("suggestion", mended.join("."));
    if let Some(inner) = file.slice(target.at.clone()).find(target.text) {
        let before: usize = parts[..part].iter().map(|it| it.len() + 1).sum();
        let start = target.at.start + inner + before;
        hit.fix(Safety::Unsafe, [(start..start + parts[part].len(), meant.to_owned())]);
    }
}

/// The first-party modules that a test loads at its top, without its own helpers.
fn loaded<'f>(file: &'f PythonFile) -> Vec<(String, &'f PyImport)> {
    let always = file.own().imports.iter().filter(|it| it.runs == Runs::Always);
    let mut found: Vec<(String, &PyImport)> = Vec::new();
    for import in always {
        for path in file.python().loaded_by(file.path, import) {
            if !path.ends_with("__init__.py") && !found.iter().any(|(known, _)| *known == path) {
                found.push((path, import));
            }
        }
    }
    found
}

/// The place where a module keeps its own reference to a name of another.
fn copies(file: &PythonFile, module: &PyModule, home: &Home, name: &str) -> bool {
    let own = module.imports.iter().filter(|it| it.runs == Runs::Always);
    own.into_iter().any(|import| {
        import.names.iter().flatten().any(|it| it.name == name && it.alias.is_none())
            && home.is_it(file, &module.path, import.level, &import.module)
    })
}

/// True if a module reads attributes of the home module, so that the patch does reach it.
fn reads_through(file: &PythonFile, module: &PyModule, home: &Home) -> bool {
    module.imports.iter().any(|import| match &import.names {
        None => home.is_it(file, &module.path, 0, &import.module),
        Some(names) => {
            names.iter().any(|it| {
                let inner = if import.module.is_empty() {
                    it.name.clone()
                } else {
                    format!("{}.{}", import.module, it.name)
                };
                home.is_it(file, &module.path, import.level, &inner)
            }) || import.runs == Runs::Later && home.is_it(file, &module.path, import.level, &import.module)
        }
    })
}

/// The module in which a patched name is defined.
enum Home {
    File(String),
    Stdlib(String),
}

impl Home {
    fn is_it(&self, file: &PythonFile, from: &str, level: u32, dotted: &str) -> bool {
        match self {
            Home::Stdlib(name) => level == 0 && name == dotted,
            Home::File(path) => {
                matches!(file.python().resolve(from, level, dotted), Found::File(it) if it == *path)
            }
        }
    }
}

fn where_defined(file: &PythonFile, hits: &mut Hits) {
    let python = file.python();
    let targets = string_targets(file);
    if targets.is_empty() {
        return;
    }
    let loaded = loaded(file);
    for target in &targets {
        let Some((module, name)) = target.text.rsplit_once('.') else { continue };
        let home = match python.resolve(file.path, 0, module) {
            Found::File(path) => {
                let Some(defined) = python.module(&path) else { continue };
                let is_definition = defined
                    .names
                    .get(name)
                    .is_some_and(|it| matches!(it.meaning, Meaning::Function | Meaning::Class));
                // Its own use is reached by the patch, and may be what is tested.
                if !is_definition || defined.reads.contains(name) {
                    continue;
                }
                Home::File(path)
            }
            Found::Stdlib if is_stdlib(module) => Home::Stdlib(module.to_owned()),
            _ => continue,
        };
        let users: Vec<_> = loaded.iter().filter_map(|(path, _)| python.module(path)).collect();
        if users.iter().any(|user| reads_through(file, user, &home)) {
            continue;
        }
        let copying: Vec<_> = users.iter().filter(|user| copies(file, user, &home, name)).collect();
        if let [user] = copying.as_slice() {
            let right = format!("{}.{name}", python.dotted(&user.path));
            if targets.iter().any(|other| other.text == right) {
                continue;
            }
            let hit = hits
                .at(target.at.clone())
                .word("target", target.text)
                .word("module", python.dotted(&user.path));
            hit.word("name", name);
            if let Some(inner) = file.slice(target.at.clone()).find(target.text) {
                let start = target.at.start + inner;
                hit.fix(Safety::Unsafe, [(start..start + target.text.len(), right)]);
            }
        } else if copying.is_empty()
            && matches!(&home, Home::File(path) if is_own_import(file, target, path, name, &loaded))
        {
            let hit = hits.at(target.at.clone()).word("target", target.text).word("module", "the test");
            hit.word("name", name).help("call it through its module: `module.name()`");
        }
    }
}

/// The test itself imported the name from its home, nothing else of the project, and calls it.
fn is_own_import(
    file: &PythonFile,
    target: &StringTarget,
    home: &str,
    name: &str,
    loaded: &[(String, &PyImport)],
) -> bool {
    let [(only, import)] = loaded else { return false };
    let imports_it = import.names.iter().flatten().any(|it| it.name == name && it.alias.is_none());
    let imports_only = import.names.iter().flatten().count() == 1;
    let function = function_around(file, target.id);
    let called = file.calls(name).iter().any(|(id, call)| {
        matches!(&*call.func, ruff_python_ast::Expr::Name(_))
            && function
                .is_some_and(|it| function_around(file, *id).is_some_and(|other| std::ptr::eq(it, other)))
    });
    only == home && imports_it && imports_only && called && target.form == Form::Patch
}

/// Types implemented in C, whose attributes cannot be set.
const BUILTIN_TYPES: &[&str] = &[
    "datetime.datetime",
    "datetime.date",
    "datetime.timedelta",
    "datetime.time",
    "builtins.str",
    "builtins.dict",
    "builtins.list",
    "builtins.int",
    "builtins.bytes",
    "builtins.set",
    "decimal.Decimal",
];

fn builtin_attribute(file: &PythonFile, target: &str) -> bool {
    let Some((owner, _)) = target.rsplit_once('.') else { return false };
    if BUILTIN_TYPES.contains(&owner) {
        return owner.starts_with("builtins.")
            || file.python().resolve(file.path, 0, owner.split('.').next().unwrap_or("")) == Found::Stdlib;
    }
    // `app.clock.datetime.now` with `from datetime import datetime` in app/clock.py.
    let Some((module, name)) = owner.rsplit_once('.') else { return false };
    if !matches!(name, "datetime" | "date") {
        return false;
    }
    let Found::File(path) = file.python().resolve(file.path, 0, module) else { return false };
    let Some(module) = file.python().module(&path) else { return false };
    module.names.get(name).is_some_and(|it| {
        matches!(&it.meaning, Meaning::Import(at, Some(what)) if what == name && module.imports[*at].module == "datetime")
    })
}

fn builtin_type(file: &PythonFile, hits: &mut Hits) {
    for target in string_targets(file) {
        if builtin_attribute(file, target.text) && !may_fail(file, target.id) && !may_be_frozen(file) {
            hits.at(target.at.clone()).word("target", target.text);
        }
    }
}

/// With a fake class from freezegun in force the attribute can be set.
fn may_be_frozen(file: &PythonFile) -> bool {
    file.text.contains("freeze_time") || file.text.contains("freezegun")
}
