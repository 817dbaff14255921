//! Files whose names or places make Python import something else.

use crate::facts::{
    Found, PyImport, PythonFile, Runs, folders, is_builtin_module, is_loaded_by_pytest, is_stdlib, join,
};
use crate::model::Severity;
use crate::rules::{Check, Hits, Native};

use super::collection::is_test_path;

pub(super) static RULES: &[Native] = &[
    Native { id: "py-shadow-stdlib", needs: &[], check: Check::Python(shadow_stdlib) },
    Native { id: "py-shadow-stdlib-pytest", needs: &[], check: Check::Python(shadow_under_pytest) },
    Native { id: "py-test-basename-collision", needs: &[], check: Check::Python(collision) },
    Native { id: "py-missing-init", needs: &["import"], check: Check::Python(missing_init) },
];

/// What the standard library itself imports wherever it is used.
const USED_BY_STDLIB: &[&str] = &[
    "types",
    "enum",
    "re",
    "functools",
    "collections",
    "operator",
    "keyword",
    "warnings",
    "weakref",
    "typing",
    "copyreg",
    "reprlib",
    "token",
    "tokenize",
    "linecache",
    "string",
    "struct",
    "contextlib",
];

/// The folder in which a file is a module, and the module's name: for `__init__.py` one folder up.
fn place(path: &str) -> (&str, &str) {
    let mut above = folders(path);
    let folder = above.next().unwrap_or("");
    let stem = path.rsplit('/').next().unwrap_or("").trim_end_matches(".py");
    match stem {
        "__init__" => (above.next().unwrap_or(""), folder.rsplit('/').next().unwrap_or("")),
        stem => (folder, stem),
    }
}

/// The Python files directly in a folder.
fn files_in(file: &PythonFile, folder: &str) -> Vec<String> {
    let entries = file.python().files().list(folder).into_iter();
    let python = entries.filter(|entry| !entry.is_dir && entry.name.ends_with(".py"));
    python.map(|entry| join(folder, &entry.name)).collect()
}

/// True if a file imports a top-level module by this name, when it is loaded.
fn imports(file: &PythonFile, path: &str, wanted: impl Fn(&str) -> bool) -> bool {
    file.python().module(path).is_some_and(|module| {
        let absolute = module.imports.iter().filter(|it| it.level == 0 && it.runs != Runs::Never);
        absolute.into_iter().any(|import| wanted(import.module.split('.').next().unwrap_or("")))
    })
}

/// True for a file that is meant to be started itself; `__main__.py` is started by `python -m`.
fn is_script(file: &PythonFile, path: &str) -> bool {
    !path.ends_with("__main__.py")
        && file.python().files().text(path).is_some_and(|text| text.contains("if __name__ == "))
}

fn shadow_stdlib(file: &PythonFile, hits: &mut Hits) {
    let (folder, name) = place(file.path);
    if !is_stdlib(name) || is_builtin_module(name) {
        return;
    }
    let python = file.python();
    let around = files_in(file, folder);
    let is_root = folder.is_empty() && !python.files().is_file("__init__.py") || folder == "src";
    let in_package = python.is_package(folder);
    let has_tests = around.iter().any(|path| is_test_path(path));
    let is_reached = if in_package || !is_root {
        // The folder is on the path only where one of its files is started directly.
        !has_tests
            && around.iter().any(|path| {
                *path != file.path
                    && is_script(file, path)
                    && python.module(path).is_some_and(|module| module.imports.iter().all(|it| it.level == 0))
            })
    } else {
        true
    };
    if !is_reached {
        return;
    }
    let by_name = around.iter().any(|path| imports(file, path, |it| it == name));
    let by_stdlib = USED_BY_STDLIB.contains(&name)
        && around.iter().any(|path| *path != file.path && imports(file, path, is_stdlib));
    if by_name || by_stdlib {
        let severity = match (in_package, by_name && is_root) {
            (true, _) => Severity::Info,
            (false, true) => Severity::Error,
            (false, false) => Severity::Warning,
        };
        hits.at(0..0).word("name", name).severity(severity);
    }
}

/// Packages that are so common that a file of their name beside tests is no helper of that name.
const INSTALLED: &[&str] = &[
    "requests",
    "numpy",
    "pandas",
    "flask",
    "django",
    "yaml",
    "redis",
    "attr",
    "attrs",
    "six",
    "click",
    "jinja2",
    "aiohttp",
    "httpx",
    "boto3",
    "botocore",
    "sqlalchemy",
    "pydantic",
    "mock",
    "openai",
    "anthropic",
    "celery",
    "tornado",
    "twisted",
    "torch",
    "scipy",
    "matplotlib",
    "cryptography",
    "jwt",
    "dotenv",
    "dateutil",
    "pytz",
    "simplejson",
    "lxml",
    "bs4",
    "selenium",
    "pytest",
    "responses",
    "psycopg2",
    "pymongo",
    "fastapi",
    "starlette",
];

fn shadow_under_pytest(file: &PythonFile, hits: &mut Hits) {
    let (folder, name) = place(file.path);
    let python = file.python();
    let stdlib = is_stdlib(name);
    if stdlib && is_loaded_by_pytest(name) || !stdlib && !INSTALLED.contains(&name) {
        return;
    }
    if python.is_package(folder) || python.pytest(file.path).importlib {
        return;
    }
    let mut tests = files_in(file, folder);
    if file.path.ends_with("__init__.py") {
        tests.extend(files_in(file, &join(folder, name)));
    }
    tests.retain(|path| is_test_path(path));
    if tests.iter().any(|path| imports(file, path, |it| it == name)) {
        hits.at(0..0).word("name", name);
    }
}

fn collision(file: &PythonFile, hits: &mut Hits) {
    let python = file.python();
    if !is_test_path(file.path) || python.pytest(file.path).importlib {
        return;
    }
    let own = python.dotted(file.path);
    let base = python.base(file.path);
    let top = own.split('.').next().unwrap_or("");
    let name = file.path.rsplit('/').next().unwrap_or("");
    let is_package = own.contains('.');
    let rival = |path: &&String| -> bool {
        if *path == file.path || !is_test_path(path) || python.base(path) == base {
            return false;
        }
        let dotted = python.dotted(path);
        let same =
            dotted == own || is_package && dotted.contains('.') && dotted.split('.').next() == Some(top);
        same && collected_together(file, path)
    };
    let candidates = python
        .paths()
        .iter()
        .filter(|path| if is_package { path.contains(&format!("{top}/")) } else { path.ends_with(name) });
    if let Some(other) = candidates.into_iter().find(rival) {
        hits.at(0..0).word("module", if is_package { top } else { &own }).word("other", other.as_str());
    }
}

/// True if one run of pytest would collect both: the same configuration, and no project between them.
fn collected_together(file: &PythonFile, other: &str) -> bool {
    let python = file.python();
    let project = |path: &str| {
        let is_project = |folder: &&str| {
            ["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "pytest.ini", "tox.ini"]
                .iter()
                .any(|name| python.files().is_file(&join(folder, name)))
        };
        folders(path).find(is_project).unwrap_or("").to_owned()
    };
    project(file.path) == project(other) && python.pytest(file.path).folder == python.pytest(other).folder
}

fn missing_init(file: &PythonFile, hits: &mut Hits) {
    let python = file.python();
    let always = file.own().imports.iter().filter(|it| it.level == 0 && it.runs == Runs::Always);
    for import in always.filter(|it| it.module.contains('.')) {
        let Some((folder, name)) = loses(file, import) else { continue };
        if !matches!(python.resolve(file.path, 0, &import.module), Found::Missing { .. }) {
            hits.at(import.module_at.clone()).word("folder", folder).word("name", name);
        }
    }
}

/// A namespace folder that holds the imported module while a regular package on the path does not.
fn loses(file: &PythonFile, import: &PyImport) -> Option<(String, String)> {
    let python = file.python();
    let top = import.module.split('.').next()?;
    let roots = python.roots(file.path);
    let found = roots.iter().find(|root| matches!(python.find(root, &import.module), Found::File(_)))?;
    let folder = join(found, top);
    let rival = roots.iter().find(|root| *root != found && python.is_package(&join(root, top)))?;
    let is_namespace = !python.is_package(&folder) && python.files().is_dir(&folder);
    let lacks = !matches!(python.find(rival, &import.module), Found::File(_));
    (is_namespace && lacks && !is_stdlib(top)).then(|| (folder, top.to_owned()))
}
