//! Python modules of a project: where imports lead, and what a module offers.
//!
//! A module is looked for in the folders that Python or pytest would have on `sys.path`: the first folder
//! without `__init__.py` above the file, the folders with a `pyproject.toml` or its like and what these
//! declare, `pythonpath` of pytest, the root, `src`.

mod collect;
mod config;
mod lookup;
mod module;
mod scan;
mod stdlib;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

pub(in crate::facts) use collect::collect;
pub use collect::signature;
pub use config::Pytest;
pub use lookup::{Attributes, Binds};
pub use module::{Meaning, Member, PyFunction, PyImport, PyImported, PyModule, Runs};
pub(super) use scan::imports as import_lines;
pub use stdlib::{is_builtin_module, is_loaded_by_pytest, is_stdlib};

use super::{folders, join};
use crate::git::Files;

/// The Python side of a project. Everything is read when it is first asked for, and kept.
pub struct Python {
    files: Arc<dyn Files>,
    modules: Mutex<HashMap<String, Option<Arc<PyModule>>>>,
    /// The modules that a module loads when it is imported, by path.
    loads: Mutex<HashMap<String, Arc<Vec<String>>>>,
    /// By file, dots and dotted name.
    found: Mutex<HashMap<(String, u32, String), Found>>,
    /// What each folder's own configuration makes importable.
    package_roots: Mutex<HashMap<String, Arc<Vec<String>>>>,
    /// By folder.
    roots: Mutex<HashMap<String, Arc<Vec<String>>>>,
    pytest: Mutex<HashMap<String, Arc<Pytest>>>,
    paths: OnceLock<Vec<String>>,
    packages: OnceLock<Vec<String>>,
}

/// Where an import leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A module's file, or a package's `__init__.py`.
    File(String),
    /// A folder without `__init__.py`.
    Folder(String),
    Stdlib,
    /// Installed, or made in a way that cannot be seen.
    Unknown,
    /// The first-party package has no such module: the package as far as it exists, the name it lacks.
    Missing {
        package: String,
        name: String,
    },
    /// More dots than packages.
    BeyondTop,
}

impl Python {
    pub(super) fn new(files: Arc<dyn Files>) -> Python {
        Python {
            files,
            modules: Mutex::default(),
            loads: Mutex::default(),
            found: Mutex::default(),
            package_roots: Mutex::default(),
            roots: Mutex::default(),
            pytest: Mutex::default(),
            paths: OnceLock::new(),
            packages: OnceLock::new(),
        }
    }

    pub fn files(&self) -> &dyn Files {
        &*self.files
    }

    /// Every Python file, sorted.
    pub fn paths(&self) -> &[String] {
        self.paths.get_or_init(|| self.files.paths().into_iter().filter(|it| it.ends_with(".py")).collect())
    }

    /// What a module offers; none for what is no file, no text or does not parse.
    pub fn module(&self, path: &str) -> Option<Arc<PyModule>> {
        if let Some(known) = self.modules.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return known.clone();
        }
        let read = || {
            let text = self.files.text(path).filter(|text| text.len() < 1 << 20)?;
            let parsed = ruff_python_parser::parse_module(&text).ok()?;
            Some(Arc::new(collect(path, parsed.syntax())))
        };
        let module = read();
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        modules.entry(path.to_owned()).or_insert(module).clone()
    }

    pub fn is_package(&self, folder: &str) -> bool {
        !folder.is_empty() && self.files.is_file(&join(folder, "__init__.py"))
    }

    /// The first folder upward from a file that is no package: what Python or pytest would have on
    /// `sys.path` for it.
    pub fn base(&self, path: &str) -> String {
        folders(path).find(|folder| !self.is_package(folder)).unwrap_or("").to_owned()
    }

    /// The dotted name of a file from [`Python::base`].
    pub fn dotted(&self, path: &str) -> String {
        let base = self.base(path);
        let inner = path.strip_prefix(&base).unwrap_or(path).trim_start_matches('/');
        let name = inner.strip_suffix(".py").unwrap_or(inner);
        name.strip_suffix("/__init__").unwrap_or(name).replace('/', ".")
    }

    /// How pytest is configured for a file.
    pub fn pytest(&self, path: &str) -> Arc<Pytest> {
        let folder = folders(path).next().unwrap_or("");
        if let Some(known) = self.pytest.lock().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return known.clone();
        }
        let mut found = folders(path).find_map(|it| config::pytest(self.files(), it)).unwrap_or_default();
        found.mentions = folders(path).map(|it| config::mentions(self.files(), it)).collect();
        let found = Arc::new(found);
        let mut known = self.pytest.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(folder.to_owned()).or_insert(found).clone()
    }

    /// The folders in which a file's absolute imports are looked for, the first first.
    pub fn roots(&self, path: &str) -> Arc<Vec<String>> {
        let folder = folders(path).next().unwrap_or("");
        if let Some(known) = self.roots.lock().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return known.clone();
        }
        let mut roots = vec![self.base(path)];
        let mut add = |root: String| {
            if !roots.contains(&root) && (root.is_empty() || self.files.is_dir(&root)) {
                roots.push(root);
            }
        };
        self.pytest(path).pythonpath.iter().cloned().for_each(&mut add);
        for folder in folders(path) {
            if folder.is_empty() || self.is_project(folder) {
                add(folder.to_owned());
                add(join(folder, "src"));
                self.package_roots(folder).iter().cloned().for_each(&mut add);
            }
            if self.files.is_file(&join(folder, "conftest.py")) {
                add(self.base(&join(folder, "conftest.py")));
            }
        }
        let mut known = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(folder.to_owned()).or_insert_with(|| Arc::new(roots)).clone()
    }

    fn package_roots(&self, folder: &str) -> Arc<Vec<String>> {
        let mut known = self.package_roots.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || Arc::new(config::package_roots(self.files(), folder));
        known.entry(folder.to_owned()).or_insert_with(read).clone()
    }

    fn is_project(&self, folder: &str) -> bool {
        let names = ["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt"];
        names.iter().any(|name| self.files.is_file(&join(folder, name)))
    }

    /// The folders of other projects in the repository, which may be installed beside this one.
    fn other_projects(&self) -> &[String] {
        self.packages.get_or_init(|| {
            let is_project = |path: &String| {
                let name = path.rsplit('/').next().unwrap_or("");
                matches!(name, "pyproject.toml" | "setup.py")
            };
            let mut found = Vec::new();
            for path in self.files.paths().iter().filter(|path| is_project(path)) {
                let folder = folders(path).next().unwrap_or("");
                found.extend([folder.to_owned(), join(folder, "src")]);
                found.extend(self.package_roots(folder).iter().cloned());
            }
            found.sort();
            found.dedup();
            found
        })
    }

    /// Where `import dotted`, or `from …dotted import` with that many dots, leads from a file.
    pub fn resolve(&self, from: &str, level: u32, dotted: &str) -> Found {
        let key = (from.to_owned(), level, dotted.to_owned());
        if let Some(known) = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let found = self.resolve_now(from, level, dotted);
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
        found
    }

    fn resolve_now(&self, from: &str, level: u32, dotted: &str) -> Found {
        if level > 0 {
            return self.resolve_relative(from, level, dotted);
        }
        let top = dotted.split('.').next().unwrap_or("");
        // A file that hides a standard module is the matter of a rule of its own.
        if is_stdlib(top) {
            return Found::Stdlib;
        }
        let roots = self.roots(from);
        let is_itself = |root: &str| join(root, &format!("{top}.py")) == from;
        let mut missing = None;
        let mut rivals = 0;
        for root in roots.iter().filter(|root| self.has_module(root, top) && !is_itself(root)) {
            match self.find(root, dotted) {
                Found::Missing { .. } if *root == roots[0] && !self.is_on_path(from, root) => {}
                found @ Found::Missing { .. } => {
                    rivals += 1;
                    missing = missing.or(Some(found));
                }
                Found::Unknown => return Found::Unknown,
                found => return found,
            }
        }
        if missing.is_none() || rivals > 1 {
            return self.elsewhere(top, dotted).unwrap_or(Found::Unknown);
        }
        self.elsewhere(top, dotted).or(missing).unwrap_or(Found::Unknown)
    }

    /// True if the first folder without `__init__.py` above a file is sure to be on `sys.path` for it: it is
    /// a project's, or the file is a test or a script. Others may lie in a namespace package.
    fn is_on_path(&self, from: &str, base: &str) -> bool {
        let name = from.rsplit('/').next().unwrap_or("");
        base.is_empty()
            || base == "src"
            || base.ends_with("/src")
            || self.is_project(base)
            || name == "conftest.py"
            || name.starts_with("test_")
            || name.ends_with("_test.py")
            || self.files.text(from).is_some_and(|text| text.contains("if __name__ == "))
    }

    /// A module in a folder that some other project makes importable.
    fn elsewhere(&self, top: &str, dotted: &str) -> Option<Found> {
        let others = self.other_projects().iter().filter(|root| self.has_module(root, top));
        others.map(|root| self.find(root, dotted)).find(|found| !matches!(found, Found::Missing { .. }))
    }

    fn resolve_relative(&self, from: &str, level: u32, dotted: &str) -> Found {
        let mut folder = folders(from);
        let Some(package) = folder.nth(level as usize - 1) else { return Found::BeyondTop };
        if dotted.is_empty() {
            return self.package(package);
        }
        self.find(package, dotted)
    }

    /// A folder as a module.
    fn package(&self, folder: &str) -> Found {
        match self.is_package(folder) {
            true => Found::File(join(folder, "__init__.py")),
            false => Found::Folder(folder.to_owned()),
        }
    }

    /// True if a folder holds a module or package of this name.
    pub fn has_module(&self, folder: &str, name: &str) -> bool {
        let path = join(folder, name);
        self.files.is_file(&format!("{path}.py")) || self.files.is_dir(&path)
    }

    /// A dotted module below a folder.
    pub fn find(&self, root: &str, dotted: &str) -> Found {
        let mut folder = root.to_owned();
        let mut seen = String::new();
        let mut names = dotted.split('.').peekable();
        while let Some(name) = names.next() {
            let path = join(&folder, name);
            let file = format!("{path}.py");
            let is_package = self.is_package(&path);
            if is_package && names.peek().is_none() {
                return Found::File(join(&path, "__init__.py"));
            }
            if !is_package && self.files.is_file(&file) {
                return match names.next() {
                    None => Found::File(file),
                    Some(_) if self.module(&file).is_none_or(|module| module.open) => Found::Unknown,
                    Some(inner) => Found::Missing { package: seen + name, name: inner.to_owned() },
                };
            }
            if !self.files.is_dir(&path) {
                return self.missing(&folder, seen.trim_end_matches('.'), name);
            }
            if names.peek().is_none() {
                return Found::Folder(path);
            }
            seen = format!("{seen}{name}.");
            folder = path;
        }
        Found::Unknown
    }

    /// A module that is not there, unless it may be made: compiled, generated, or from elsewhere.
    fn missing(&self, folder: &str, package: &str, name: &str) -> Found {
        let compiled = self.files.list(folder).into_iter().any(|entry| {
            !entry.is_dir && entry.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
        });
        let generated = name.contains("version") || name.ends_with("_pb2") || name.ends_with("_pb2_grpc");
        if compiled || generated || !self.is_package(folder) || self.is_ignored(name) {
            return Found::Unknown;
        }
        let init = self.module(&join(folder, "__init__.py"));
        if init.is_none_or(|init| init.open) {
            return Found::Unknown;
        }
        Found::Missing { package: package.to_owned(), name: name.to_owned() }
    }

    /// True if `.gitignore` names the module: it is made by a build.
    fn is_ignored(&self, name: &str) -> bool {
        let ignore = self.files.text(".gitignore").unwrap_or_default();
        ignore.lines().any(|line| {
            let last = line.trim().trim_end_matches('/').rsplit('/').next().unwrap_or("");
            last.strip_suffix(".py").unwrap_or(last) == name && !name.is_empty()
        })
    }
}
