//! Questions across modules: is a name bound there, what is it, and what attributes does a class have.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use super::module::{Meaning, Member, PyClass, PyModule, Runs};
use super::{Found, Python, scan};
use crate::facts::{folders, join};

/// How far imports of imports are followed.
const DEPTH: usize = 8;

/// Is a name bound in a module?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binds {
    Yes,
    No,
    /// The module is open, or does not parse.
    Unknown,
}

/// The attributes of a class, its bases' included.
#[derive(Debug, Default)]
pub struct Attributes {
    /// Of the class: methods and what class bodies bind.
    pub of_class: HashSet<String>,
    /// Of instances only.
    pub of_instances: HashSet<String>,
    /// Declared by an annotation, never assigned in the body.
    pub declared: HashSet<String>,
}

impl Attributes {
    pub fn has(&self, name: &str) -> bool {
        self.of_class.contains(name) || self.of_instances.contains(name) || self.declared.contains(name)
    }
}

impl Python {
    /// Can `from module import name` succeed? A submodule counts.
    pub fn importable(&self, path: &str, name: &str) -> Binds {
        match self.binds(path, name) {
            Binds::No if self.has_submodule(path, name) => Binds::Yes,
            answer => answer,
        }
    }

    /// Is it an attribute that the module's own code binds?
    pub fn binds(&self, path: &str, name: &str) -> Binds {
        if is_module_attribute(name) {
            return Binds::Yes;
        }
        self.binds_at(path, name, DEPTH)
    }

    fn binds_at(&self, path: &str, name: &str, depth: usize) -> Binds {
        let Some(module) = self.module(path).filter(|_| depth > 0) else { return Binds::Unknown };
        if module.names.contains_key(name) {
            return Binds::Yes;
        }
        let stars = module.imports.iter().filter(|import| import.is_star() && import.runs != Runs::Never);
        let mut open = module.open;
        for star in stars {
            match self.resolve(path, star.level, &star.module) {
                Found::File(file) if file == path => {}
                Found::File(file) => match self.binds_at(&file, name, depth - 1) {
                    Binds::Yes => return Binds::Yes,
                    Binds::Unknown => open = true,
                    // A star import of a package binds the submodules that it has imported.
                    Binds::No => open |= self.has_submodule(&file, name),
                },
                _ => open = true,
            }
        }
        // `import a.b` or `from .b import c` in a package binds `b` on it.
        if open {
            Binds::Unknown
        } else if self.loads_submodule(&module, name) {
            Binds::Yes
        } else {
            Binds::No
        }
    }

    /// True if a package's `__init__.py` itself imports its submodule.
    pub fn loads_submodule(&self, module: &PyModule, name: &str) -> bool {
        if !module.path.ends_with("__init__.py") || !self.has_submodule(&module.path, name) {
            return false;
        }
        let dotted = self.dotted(&module.path);
        module.imports.iter().any(|import| {
            let full =
                if import.level == 1 { format!("{dotted}.{}", import.module) } else { import.module.clone() };
            let rest = full.strip_prefix(&dotted).and_then(|rest| rest.strip_prefix('.'));
            let from = rest.is_some_and(|rest| rest.split('.').next() == Some(name));
            let is_self = full.trim_end_matches('.') == dotted;
            let named = import.names.iter().flatten().any(|imported| imported.name == name);
            from || is_self && named
        })
    }

    /// True if the package has a submodule of this name, whatever kind of file it is.
    pub fn has_submodule(&self, path: &str, name: &str) -> bool {
        let Some(folder) = path.strip_suffix("__init__.py").map(|it| it.trim_end_matches('/')) else {
            return false;
        };
        self.has_module(folder, name)
            || self.files.list(folder).iter().any(|entry| {
                entry.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.') && rest != ".md")
            })
    }

    /// The class that a name of a module stands for, if it is a first-party one.
    pub fn class(&self, path: &str, name: &str) -> Option<(Arc<PyModule>, String)> {
        self.class_at(self.module(path)?, name, DEPTH)
    }

    /// As [`Python::class`], in a module at hand.
    pub fn class_in(&self, module: &Arc<PyModule>, name: &str) -> Option<(Arc<PyModule>, String)> {
        self.class_at(module.clone(), name, DEPTH)
    }

    fn class_at(&self, module: Arc<PyModule>, name: &str, depth: usize) -> Option<(Arc<PyModule>, String)> {
        if depth == 0 {
            return None;
        }
        let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        match &module.names.get(first)?.meaning {
            Meaning::Class => module.classes.contains_key(name).then(|| (module.clone(), name.to_owned())),
            Meaning::Import(at, imported) => {
                let import = &module.imports[*at];
                let inner = match (imported, rest) {
                    (Some(imported), None) => imported.clone(),
                    (Some(imported), Some(rest)) => {
                        // `from package import module`, then `module.Class`.
                        let dotted = join_dotted(&import.module, imported);
                        if let Found::File(file) = self.resolve(&module.path, import.level, &dotted) {
                            return self.class_at(self.module(&file)?, rest, depth - 1);
                        }
                        format!("{imported}.{rest}")
                    }
                    (None, Some(rest)) => {
                        // `import a.b`: the class is what stands behind the module's name.
                        let tail = import.module.split_once('.').map_or("", |(_, tail)| tail);
                        let inner = match import.alias {
                            Some(_) => rest,
                            None => rest.strip_prefix(tail)?.trim_start_matches('.'),
                        };
                        inner.to_owned()
                    }
                    (None, None) => return None,
                };
                let Found::File(file) = self.resolve(&module.path, import.level, &import.module) else {
                    return None;
                };
                self.class_at(self.module(&file)?, &inner, depth - 1)
            }
            _ => None,
        }
    }

    /// All attributes of a class; none unless the class and its bases are known and closed.
    pub fn attributes(&self, module: &Arc<PyModule>, class: &str) -> Option<Attributes> {
        let mut found = Attributes::default();
        self.add_attributes(module, class, &mut found, DEPTH).then_some(found)
    }

    fn add_attributes(&self, module: &Arc<PyModule>, name: &str, to: &mut Attributes, depth: usize) -> bool {
        let Some(class) = module.classes.get(name).filter(|_| depth > 0) else { return false };
        if class.dynamic || class.has_keywords || !class.decorators.iter().all(|it| is_plain_decorator(it)) {
            return false;
        }
        to.of_class.extend(class.members.keys().cloned());
        to.of_instances.extend(class.assigned.iter().cloned());
        to.declared.extend(class.declared.iter().cloned());
        if let Some(Member::Value) = class.members.get("__slots__") {
            return false;
        }
        class.bases.iter().all(|base| match base.as_deref() {
            Some("object" | "ABC" | "abc.ABC" | "Generic" | "typing.Generic") => true,
            Some(base) => match self.class_at(module.clone(), base, DEPTH) {
                Some((home, name)) => self.add_attributes(&home, &name, to, depth - 1),
                None => false,
            },
            None => false,
        })
    }

    /// A method as a class or one of its first-party bases defines it.
    pub fn method(&self, module: &Arc<PyModule>, class: &str, name: &str) -> Option<super::PyFunction> {
        self.method_at(module, class, name, DEPTH)
    }

    fn method_at(
        &self,
        module: &Arc<PyModule>,
        class: &str,
        name: &str,
        depth: usize,
    ) -> Option<super::PyFunction> {
        let class: &PyClass = module.classes.get(class).filter(|_| depth > 0)?;
        match class.members.get(name) {
            Some(Member::Method(method)) => Some(method.clone()),
            Some(Member::Value) => None,
            None => class.bases.iter().flatten().find_map(|base| {
                let (home, base) = self.class_at(module.clone(), base, DEPTH)?;
                self.method_at(&home, &base, name, depth - 1)
            }),
        }
    }

    /// The files that import something from a module: those that break when it, or a name of it, goes.
    pub fn importers(&self, path: &str) -> Vec<String> {
        let dotted = self.dotted(path);
        let last = dotted.rsplit('.').next().unwrap_or("").to_owned();
        let names_it = |file: &&String| {
            let text = self.files.read(file);
            text.is_some_and(|text| memchr::memmem::find(&text, last.as_bytes()).is_some())
        };
        let imports_it = |file: &&String| {
            self.module(file)
                .is_some_and(|module| module.imports.iter().any(|import| self.leads_to(file, import, path)))
        };
        let others = self.paths().iter().filter(|file| *file != path);
        others.filter(names_it).filter(imports_it).cloned().collect()
    }

    /// True if an import loads a module by its name, or as a name of its package.
    pub fn leads_to(&self, from: &str, import: &super::PyImport, path: &str) -> bool {
        let is_it = |dotted: &str| match self.resolve(from, import.level, dotted) {
            Found::File(file) => file == path,
            Found::Missing { package, name } => {
                let file = format!("{}.{name}", package).replace('.', "/");
                path.ends_with(&format!("{file}.py")) || path.ends_with(&format!("{file}/__init__.py"))
            }
            _ => false,
        };
        is_it(&import.module)
            || import.names.iter().flatten().any(|name| is_it(&join_dotted(&import.module, &name.name)))
    }

    /// The first-party files that an import statement loads.
    pub fn loaded_by(&self, from: &str, import: &super::PyImport) -> Vec<String> {
        let inner = import.names.iter().flatten().map(|name| join_dotted(&import.module, &name.name));
        let dotted = std::iter::once(import.module.clone()).chain(inner);
        let found = dotted.filter_map(|dotted| match self.resolve(from, import.level, &dotted) {
            Found::File(path) => Some(path),
            _ => None,
        });
        found.collect()
    }

    /// The first-party files that the import statements at a file's margin load.
    fn loads(&self, path: &str) -> Arc<Vec<String>> {
        if let Some(known) = self.loads.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return known.clone();
        }
        let text = self.files.text(path).unwrap_or_default();
        let mut found = Vec::new();
        for import in scan::imports(&text) {
            let folder = match self.resolve(path, import.level, import.module) {
                Found::File(file) => {
                    let folder = file.strip_suffix("/__init__.py").map(str::to_owned);
                    found.push(file);
                    folder
                }
                Found::Folder(folder) => Some(folder),
                _ => None,
            };
            // A name of a package may be a module in it.
            for name in
                folder.iter().flat_map(|folder| import.names.iter().map(move |name| join(folder, name)))
            {
                let places = [format!("{name}/__init__.py"), format!("{name}.py")];
                found.extend(places.into_iter().find(|file| self.files.is_file(file)));
            }
        }
        found.retain(|file| file != path);
        found.sort();
        found.dedup();
        let mut known = self.loads.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(path.to_owned()).or_insert_with(|| Arc::new(found)).clone()
    }

    /// True if a file for which `wanted` holds loads this one while it is imported itself.
    pub fn is_loaded_by_any(&self, path: &str, wanted: impl Fn(&str) -> bool) -> bool {
        let dotted = self.dotted(path);
        let last = dotted.rsplit('.').next().unwrap_or("").as_bytes().to_vec();
        let names_it = |file: &str| {
            self.files.read(file).is_some_and(|text| memchr::memmem::find(&text, &last).is_some())
        };
        let loads_it =
            |file: &str| names_it(file) && self.loads(file).binary_search(&path.to_owned()).is_ok();
        self.paths().iter().any(|file| file != path && loads_it(file) && wanted(file))
    }

    /// True if importing one file loads the other, over at most two more.
    pub fn reaches(&self, from: &str, to: &str) -> bool {
        let mut seen: HashSet<String> = HashSet::from([from.to_owned()]);
        let mut front = vec![from.to_owned()];
        for _ in 0..3 {
            let mut next = Vec::new();
            for path in front {
                for loaded in self.loads(&path).iter() {
                    if loaded == to {
                        return true;
                    }
                    // The packages around a module are loaded before it, so they are not run again.
                    let around = loaded.strip_suffix("__init__.py");
                    if around.is_some_and(|folder| from.starts_with(folder) || to.starts_with(folder)) {
                        continue;
                    }
                    if seen.len() < 200 && seen.insert(loaded.clone()) {
                        next.push(loaded.clone());
                    }
                }
            }
            front = next;
        }
        false
    }

    /// The files in a file's folder, with their paths.
    pub fn siblings(&self, path: &str) -> Vec<String> {
        let folder = folders(path).next().unwrap_or("");
        let entries = self.files.list(folder).into_iter().filter(|entry| !entry.is_dir);
        entries.map(|entry| join(folder, &entry.name)).collect()
    }
}

fn join_dotted(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") }
}

/// Decorators that add no attributes that the class body does not show.
fn is_plain_decorator(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or("");
    matches!(last, "dataclass" | "final" | "total_ordering" | "runtime_checkable")
}

/// What every module has.
fn is_module_attribute(name: &str) -> bool {
    matches!(
        name,
        "__name__"
            | "__doc__"
            | "__file__"
            | "__path__"
            | "__package__"
            | "__spec__"
            | "__loader__"
            | "__dict__"
            | "__builtins__"
            | "__annotations__"
            | "__cached__"
            | "__class__"
    )
}
