//! The files around a file: packages and their versions, modules, and what an import means.

mod ambient;
mod earlier;
mod ignored;
mod installed;
mod linked;
mod modules;
mod outline;
mod packages;
mod paths;
mod python;
mod resolve;
mod straight;
mod test_config;
mod tsconfig;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use linked::Resolver;

use crate::git::Files;

pub use earlier::Earlier;
pub use modules::{ExportSource, Exported, ExportedKind, Module, ModuleExport, ModuleImport};
pub use outline::{Export, ExportKind, Outline};
pub use packages::Package;
pub(super) use python::collect;
pub use python::{
    Attributes, Binds, Found, Meaning, Member, PyFunction, PyImport, PyImported, PyModule, Pytest, Python,
    Runs, is_builtin_module, is_loaded_by_pytest, is_stdlib, signature,
};
pub use resolve::Resolution;
pub use test_config::{TestConfig, Transform};
pub use tsconfig::TsConfig;

/// One state of a project, as rules ask about it. Everything is read when it is first asked for, and kept.
/// Shared by threads.
pub struct Project {
    files: Arc<dyn Files>,
    /// The state that this one came from, where only what is new is asked for.
    earlier: Option<Arc<Earlier>>,
    /// By folder.
    packages: Mutex<HashMap<String, Option<Arc<Package>>>>,
    python: Python,
    /// By path.
    outlines: Mutex<HashMap<String, Option<Arc<Outline>>>>,
    /// By tool and folder.
    test_configs: Mutex<HashMap<String, Arc<TestConfig>>>,
    tsconfigs: Mutex<HashMap<String, Option<Arc<TsConfig>>>>,
    modules: Mutex<HashMap<String, Option<Arc<Module>>>>,
    /// The lines of each folder's `.gitignore`.
    ignores: Mutex<HashMap<String, Arc<[ignored::Line]>>>,
    /// What a specifier means, by the folder it is used in.
    resolutions: Mutex<HashMap<(String, String), Resolution>>,
    /// Folders of the packages of this repository, by name.
    workspace: OnceLock<HashMap<String, String>>,
    resolver: OnceLock<Resolver>,
    ambient: OnceLock<HashSet<String>>,
}

impl Project {
    pub fn new(files: Arc<dyn Files>) -> Project {
        Project {
            earlier: None,
            packages: Mutex::default(),
            python: Python::new(files.clone()),
            outlines: Mutex::default(),
            test_configs: Mutex::default(),
            tsconfigs: Mutex::default(),
            modules: Mutex::default(),
            ignores: Mutex::default(),
            resolutions: Mutex::default(),
            workspace: OnceLock::new(),
            resolver: OnceLock::new(),
            ambient: OnceLock::new(),
            files,
        }
    }

    /// The files themselves.
    pub fn files(&self) -> &dyn Files {
        &*self.files
    }

    /// The Python modules.
    pub fn python(&self) -> &Python {
        &self.python
    }

    /// What a specifier in a file means: the path of a file of the project, or else the specifier itself, without
    /// `node:`. Equal for two specifiers of one module.
    pub fn target(&self, from: &str, specifier: &str) -> String {
        match self.resolve(from, specifier) {
            Resolution::File(path) => path,
            _ if specifier.starts_with('.') => {
                let folder = folders(from).next().unwrap_or("");
                paths::normalize(folder, specifier).unwrap_or_else(|| specifier.to_owned())
            }
            _ => specifier.strip_prefix("node:").unwrap_or(specifier).to_owned(),
        }
    }

    /// The packages around a file: the nearest `package.json` first, the root's last.
    pub fn packages(&self, path: &str) -> Vec<Arc<Package>> {
        folders(path).filter_map(|folder| self.package_in(folder)).collect()
    }

    /// The first number of the version that the nearest package which names it asks of a dependency; the
    /// inner `None` where it does not say (`*`).
    pub fn major(&self, path: &str, dependency: &str) -> Option<Option<u32>> {
        let packages = self.packages(path);
        let package = packages.iter().find(|package| package.dependencies.contains_key(dependency))?;
        Some(package.major(dependency))
    }

    fn package_in(&self, folder: &str) -> Option<Arc<Package>> {
        let mut known = self.packages.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let path = join(folder, "package.json");
            Some(Arc::new(Package::parse(folder, &self.files.text(&path)?)))
        };
        known.entry(folder.to_owned()).or_insert_with(read).clone()
    }
}

/// The folders around a file, the innermost first, the root (the empty path) last.
pub fn folders(path: &str) -> impl Iterator<Item = &str> {
    let parent = |path: &str| path.rfind('/').map_or(0, |at| at);
    let innermost = &path[..parent(path)];
    std::iter::successors(Some(innermost), move |folder| {
        (!folder.is_empty()).then(|| &folder[..folder.rfind('/').unwrap_or(0)])
    })
}

/// A name in a folder; the root is the empty path.
pub fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A path below a folder, without `.` and `..`.
pub fn normal(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
