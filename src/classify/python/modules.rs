//! Modules as files: which exist, which moved, which were missing or shadowed another.

use super::commit::{Commit, Text};
use super::names::is_bound;
use super::{Claims, Place};
use crate::model::{Family, Side};

/// Packages added to make imports work, and modules renamed because they hid another.
pub fn judge(commit: &Commit, claims: &mut Claims) {
    let change = commit.change;
    for (index, file) in change.files.iter().enumerate() {
        let Some(stem) = stem(file.path) else { continue };
        if file.before.is_empty() && matches!(stem, "__init__" | "conftest") && file.after.len() < 400 {
            let folder = folder(file.path);
            let alone = change.files.iter().all(|other| {
                !other.before.is_empty() || folder_of_package(other.path, folder) == (other.path == file.path)
            });
            let small = change.files.len() <= 6 && commit.is_small();
            if alone && small && !commit.context.says_feature && !commit.context.says_refactor {
                let said = commit.context.says_fix || commit.context.says_import;
                let confidence = if said { 0.8 } else { 0.5 };
                let place = Place::of_file(index, file.path);
                claims.add(Family::ImportPath, "package-init-missing", confidence, place);
            }
        }
        let old = self::stem(file.old_path);
        if file.old_path != file.path && !file.before.is_empty() && old.is_some_and(hides) && !hides(stem) {
            let context = commit.context;
            let told = (context.says_fix || context.says_import) && !context.says_refactor;
            let said = commit.change.message.to_lowercase();
            let shadows = ["shadow", "conflict", "collision", "clash"].iter().any(|word| said.contains(word));
            let stays_named = old.is_some_and(|old| file.path.split('/').any(|part| part == old));
            let confidence = if (told || shadows) && !stays_named { 0.8 } else { 0.4 };
            let place = Place::of_file(index, file.path);
            claims.add(Family::ImportPath, "module-shadows-another", confidence, place);
        }
    }
}

fn folder_of_package(path: &str, package: &str) -> bool {
    folder(path) == package
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn stem(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.strip_suffix(".py")
}

/// True for the name of a module that other code expects to get from the standard library or PyPI.
fn hides(stem: &str) -> bool {
    const TAKEN: &str = "abc ast asyncio base64 calendar cmd code codecs collections concurrent contextlib copy \
        csv dataclasses datetime dis email enum functools gc glob graphlib gzip hashlib heapq hmac html http \
        inspect io ipaddress json keyword linecache locale logging math mimetypes multiprocessing numbers \
        openai operator os parser pathlib pdb pickle platform profile pydantic queue random re redis requests \
        resource secrets select selectors shelve shutil signal site socket sqlite3 ssl stat statistics string \
        struct subprocess symbol tempfile test textwrap threading time timeit token tokenize trace traceback \
        types typing unittest urllib uuid warnings weakref xml yaml zipfile docker numpy pytest anthropic";
    TAKEN.split_whitespace().any(|name| name == stem)
}

/// Modules of one file that are read to find a definition.
const MOST_MODULES: usize = 12;

/// Finds first-party modules from a file's place in the tree before the change.
pub struct Lookup<'c, 'a> {
    commit: &'c Commit<'a>,
    path: &'c str,
}

impl<'c, 'a> Lookup<'c, 'a> {
    pub fn new(commit: &'c Commit<'a>, path: &'c str) -> Lookup<'c, 'a> {
        Lookup { commit, path }
    }

    /// True if the change itself adds, deletes or renames a file that this module name could mean.
    pub fn moves(&self, module: &str) -> bool {
        let tail = module.trim_start_matches('.').replace('.', "/");
        if tail.is_empty() {
            return false;
        }
        let ends = |path: &str| {
            let bare = path.strip_suffix(".py").unwrap_or(path);
            let bare = bare.strip_suffix("/__init__").unwrap_or(bare);
            bare == tail || bare.ends_with(&tail) && bare[..bare.len() - tail.len()].ends_with('/')
        };
        self.commit.change.files.iter().any(|file| {
            let stays = file.path == file.old_path && !file.before.is_empty() && !file.after.is_empty();
            !stays && (ends(file.path) || ends(file.old_path))
        })
    }

    /// Whether a module existed before and, if asked, bound or contained a name; none where it is not
    /// of this repository as far as can be told.
    pub fn exists(&self, module: &str, name: Option<&str>) -> Option<bool> {
        let dots = module.len() - module.trim_start_matches('.').len();
        let parts: Vec<&str> = module.split('.').filter(|part| !part.is_empty()).collect();
        let here = folder(self.path);
        if dots > 0 {
            let mut base = here;
            for _ in 1..dots {
                base = folder(base);
            }
            return Some(self.within(base, &parts, name));
        }
        let first = parts.first()?;
        for root in self.roots() {
            let start = join(&root, first);
            if self.file(&format!("{start}/__init__.py")).is_some() {
                return Some(self.within(&root, &parts, name));
            }
            if let Some(text) = self.file(&format!("{start}.py")) {
                return Some(parts.len() == 1 && name.is_none_or(|name| binds(&text, name)));
            }
        }
        None
    }

    /// The text of a first-party module before the change.
    pub fn module(&self, module: &str) -> Option<Vec<u8>> {
        let bare = module.trim_start_matches('.');
        let path = bare.replace('.', "/");
        let roots = match module.len() - bare.len() {
            0 => self.roots(),
            dots => vec![(1..dots).fold(folder(self.path), |base, _| folder(base)).to_owned()],
        };
        roots.into_iter().find_map(|root| {
            let start = join(&root, &path);
            self.file(&format!("{start}.py")).or_else(|| self.file(&join(&start, "__init__.py")))
        })
    }

    /// The texts of the first-party modules that a file imports from, at most [`MOST_MODULES`].
    pub fn imported_modules(&self, text: &[u8]) -> Vec<Vec<u8>> {
        let text = String::from_utf8_lossy(text);
        let modules = text.lines().filter_map(|line| {
            let rest = line.trim().strip_prefix("from ")?;
            let (module, names) = rest.split_once(" import")?;
            Some((module.trim().to_owned(), names.trim().trim_matches('(').to_owned()))
        });
        let mut found = Vec::new();
        for (module, names) in modules {
            let inner = names.split(',').map(|name| format!("{module}.{}", name.trim()));
            let candidates = std::iter::once(module.clone()).chain(inner.filter(|name| !name.ends_with('.')));
            found.extend(candidates.take(3).filter_map(|candidate| self.module(&candidate)));
            if found.len() >= MOST_MODULES {
                break;
            }
        }
        found
    }

    /// Folders that imports may start from: those above the file, the root and `src`.
    fn roots(&self) -> Vec<String> {
        let mut roots = vec![String::new(), "src".to_owned()];
        let mut at = folder(self.path);
        while !at.is_empty() {
            // A package's own folder is on no search path.
            if self.file(&format!("{at}/__init__.py")).is_none() {
                roots.push(at.to_owned());
                roots.push(format!("{at}/src"));
            }
            at = folder(at);
        }
        roots
    }

    fn within(&self, base: &str, parts: &[&str], name: Option<&str>) -> bool {
        let start = join(base, &parts.join("/"));
        if let Some(text) = self.file(&format!("{start}.py")) {
            return name.is_none_or(|name| binds(&text, name));
        }
        let init = self.file(&join(&start, "__init__.py"));
        let Some(name) = name else { return init.is_some() };
        init.is_some_and(|text| binds(&text, name))
            || self.file(&join(&start, &format!("{name}.py"))).is_some()
            || self.file(&join(&start, &format!("{name}/__init__.py"))).is_some()
    }

    fn file(&self, path: &str) -> Option<Vec<u8>> {
        (self.commit.change.read)(Side::Before, path)
    }
}

fn join(folder: &str, rest: &str) -> String {
    match (folder.is_empty(), rest.is_empty()) {
        (true, _) => rest.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{rest}"),
    }
}

/// True if a module binds a name, or might out of sight.
pub fn binds(text: &[u8], name: &str) -> bool {
    let open = [&b"import *"[..], b"def __getattr__", b"globals()"];
    open.iter().any(|mark| memchr::memmem::find(text, mark).is_some())
        || is_bound(&Text::new(text), name.as_bytes())
}
