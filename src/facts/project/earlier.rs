//! The state before a change. A check that tells only what is new need not ask again about an import that
//! stands as it stood, while the change takes nothing away from those who import.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use memchr::memmem;

use super::python::import_lines;
use super::{ExportedKind, Module, Project, PyImport, PyModule};
use crate::git::Change;
use crate::syntax::Language;

/// The state before a change, and what the change comes to.
pub struct Earlier {
    project: Project,
    changes: Vec<Change>,
    deleted: Vec<String>,
    /// By path: the path before.
    bases: HashMap<String, String>,
    /// Texts in which every import is asked about.
    asked: fn(&str) -> bool,
    /// By path: the older version of a file, unless every import of it is asked about.
    texts: Mutex<HashMap<String, Option<Arc<[u8]>>>>,
    poorer: OnceLock<Vec<String>>,
    takes_nothing: OnceLock<bool>,
    keeps_python_imports: OnceLock<bool>,
    reordered: OnceLock<HashSet<String>>,
}

impl Earlier {
    /// `asked` holds for the texts in which every import is asked about, old or new.
    pub fn new(project: Project, changes: &[Change], deleted: &[String], asked: fn(&str) -> bool) -> Earlier {
        let base = |change: &Change| Some((change.path.clone(), change.base.clone()?));
        Earlier {
            project,
            bases: changes.iter().filter_map(base).collect(),
            changes: changes.to_vec(),
            deleted: deleted.to_vec(),
            asked,
            texts: Mutex::default(),
            poorer: OnceLock::new(),
            takes_nothing: OnceLock::new(),
            keeps_python_imports: OnceLock::new(),
            reordered: OnceLock::new(),
        }
    }

    /// The project as it was.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// TypeScript and JavaScript modules, by their older path, that are gone or export less than they did.
    pub fn poorer_modules(&self, now: &Project) -> &[String] {
        self.poorer.get_or_init(|| {
            let gone = self.gone(now).filter(|path| is_script(path)).map(str::to_owned);
            let shrunk =
                self.kept().filter(|path| is_script(path)).filter(|path| self.exports_less(now, path));
            gone.chain(shrunk.map(str::to_owned)).collect()
        })
    }

    /// Paths that were there and are no longer: deleted, or moved away.
    pub fn gone<'a>(&'a self, now: &'a Project) -> impl Iterator<Item = &'a str> {
        let deleted = self.deleted.iter().map(String::as_str);
        deleted.chain(self.moved().filter(|path| !now.files().is_file(path)))
    }

    /// The older paths of files that have another now.
    fn moved(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().filter_map(|change| change.base.as_deref().filter(|it| *it != change.path))
    }

    /// Files that were changed where they stand.
    pub fn kept(&self) -> impl Iterator<Item = &str> {
        let kept = self.changes.iter().filter(|change| change.base.as_deref() == Some(&change.path));
        kept.map(|change| change.path.as_str())
    }

    fn added(&self) -> impl Iterator<Item = &str> {
        let added = self.changes.iter().filter(|change| change.base.as_deref() != Some(&change.path));
        added.map(|change| change.path.as_str())
    }

    fn exports_less(&self, now: &Project, path: &str) -> bool {
        let texts = self.project.files().text(path).zip(now.files().text(path));
        texts.is_some_and(|(old, new)| lost_lines(&old, &new).any(|line| may_export(&old, line)))
            && self.project.module(path).zip(now.module(path)).is_some_and(|(old, new)| lacks(&new, &old))
    }

    /// True if every import that led somewhere still leads there, and finds what it found.
    fn takes_nothing(&self, now: &Project) -> bool {
        *self.takes_nothing.get_or_init(|| {
            let older = || self.deleted.iter().map(String::as_str).chain(self.moved());
            let newer = self.changes.iter().map(|change| change.path.as_str());
            !newer.chain(older()).any(is_configuration)
                && !older().any(is_code)
                && !self.added().any(|path| is_code(path) && self.may_hide(path))
                && self.poorer_modules(now).is_empty()
                && !self.kept().any(|path| path.ends_with(".py") && self.binds_less(now, path))
        })
    }

    /// True if a file that is added may stand in for one that was there: it makes a folder a package, or has
    /// the name of another but for the ending.
    fn may_hide(&self, path: &str) -> bool {
        fn stem(name: &str) -> &str {
            name.rsplit_once('.').map_or(name, |(stem, _)| stem)
        }
        let files = self.project.files();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let of_package =
            name == "__init__.py" && (files.is_dir(folder) || files.is_file(&format!("{folder}.py")));
        of_package || files.list(folder).iter().any(|entry| stem(&entry.name) == stem(name))
    }

    fn binds_less(&self, now: &Project, path: &str) -> bool {
        let texts = self.project.files().text(path).zip(now.files().text(path));
        texts.is_some_and(|(old, new)| lost_lines(&old, &new).next().is_some())
            && match (self.project.python().module(path), now.python().module(path)) {
                (Some(old), Some(new)) => lacks_names(&new, &old),
                (old, new) => old.is_none() && new.is_some(),
            }
    }

    /// True if no Python module imports more or less than it did.
    fn keeps_python_imports(&self, now: &Project) -> bool {
        *self.keeps_python_imports.get_or_init(|| {
            self.changes.iter().filter(|change| change.path.ends_with(".py")).all(|change| {
                let old = change.base.as_ref().and_then(|base| self.project.files().text(base));
                let new = now.files().text(&change.path).unwrap_or_default();
                import_lines(&old.unwrap_or_default()) == import_lines(&new)
            })
        })
    }

    /// The last names of changed Python modules whose own lines are others than before; the empty name for a
    /// package, as `from . import a` asks for it.
    fn reordered(&self, now: &Project) -> &HashSet<String> {
        self.reordered.get_or_init(|| {
            let python = self.changes.iter().filter(|change| change.path.ends_with(".py"));
            let reordered = python.filter(|change| {
                let text = |project: &Project, path: &str| project.files().text(path).unwrap_or_default();
                let old = change.base.as_ref().map(|base| text(&self.project, base)).unwrap_or_default();
                let new = text(now, &change.path);
                lost_lines(&old, &new).any(is_at_margin) || lost_lines(&new, &old).any(is_at_margin)
            });
            let names = |change: &Change| match change.path.strip_suffix("/__init__.py") {
                Some(package) => vec![last(package), String::new()],
                None => vec![last(change.path.trim_end_matches(".py"))],
            };
            reordered.flat_map(names).collect()
        })
    }

    /// True if the lines of a range stand, whole and together, in the file's older version.
    fn has_lines(&self, path: &str, text: &str, at: Range<usize>) -> bool {
        let Some(old) = self.older(path, text) else { return false };
        let start = text[..at.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[at.end..].find('\n').map_or(text.len(), |after| at.end + after);
        let lines = &text.as_bytes()[start..end];
        let is_there = |found: usize| {
            let after = old.get(found + lines.len());
            (found == 0 || old[found - 1] == b'\n') && after.is_none_or(|byte| *byte == b'\n')
        };
        // Most changes leave the head of a file alone.
        if old.get(start..end) == Some(lines) && is_there(start) {
            return true;
        }
        memmem::find_iter(&old, lines).any(is_there)
    }

    fn older(&self, path: &str, text: &str) -> Option<Arc<[u8]>> {
        if let Some(known) = self.texts.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return known.clone();
        }
        let base = self.bases.get(path).filter(|_| !(self.asked)(text));
        let older = base.and_then(|base| self.project.files().read(base));
        let mut known = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(path.to_owned()).or_insert(older).clone()
    }
}

impl Project {
    /// This state, as one that came from another by a change.
    pub fn after(mut self, earlier: Arc<Earlier>) -> Project {
        self.earlier = Some(earlier);
        self
    }

    /// True if what an import asks for is surely as it was before the change: its lines stand in the file's
    /// older version, and the change takes nothing from any importer. What is wrong with it is old.
    pub fn stands(&self, path: &str, text: &str, at: Range<usize>) -> bool {
        let Some(earlier) = &self.earlier else { return false };
        earlier.takes_nothing(self) && earlier.has_lines(path, text, at)
    }

    /// Like [`Project::stands`], for what depends on the order in which Python modules load each other.
    pub fn stands_in_order(&self, path: &str, text: &str, import: &PyImport) -> bool {
        let Some(earlier) = &self.earlier else { return false };
        self.stands(path, text, import.at.clone())
            && earlier.keeps_python_imports(self)
            && !earlier.reordered(self).contains(import.module.rsplit('.').next().unwrap_or(""))
    }
}

/// The lines of a text that another does not have, but for those at both ends that are the same.
fn lost_lines<'t>(old: &'t str, new: &'t str) -> impl Iterator<Item = &'t str> {
    let same = |(a, b): &(u8, u8)| a == b;
    let head = old.bytes().zip(new.bytes()).take_while(same).count();
    let head = old.as_bytes()[..head].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old.bytes().rev().zip(new.bytes().rev()).take_while(same).count();
    let tail =
        old.as_bytes()[old.len() - tail..].iter().position(|byte| *byte == b'\n').map_or(0, |at| tail - at);
    let kept: HashSet<&str> = new[..new.len() - tail].lines().collect();
    old[..old.len() - tail].lines().filter(move |line| !kept.contains(line))
}

/// A cheap look before two parses: a name may stand in a list on a line of its own, or be exported elsewhere.
fn may_export(text: &str, lost: &str) -> bool {
    const DECLARE: [&str; 10] = [
        "export",
        "const ",
        "let ",
        "var ",
        "function",
        "class ",
        "interface ",
        "type ",
        "enum ",
        "namespace ",
    ];
    let in_list = || text.contains("export {") && lost.trim_end().ends_with(',');
    DECLARE.iter().any(|word| lost.contains(word)) || in_list()
}

/// True if a module exports less than an older version, or something that is no value any more.
fn lacks(new: &Module, old: &Module) -> bool {
    let is_lost = |(name, export): (&String, &super::ModuleExport)| {
        new.exports.get(name).is_none_or(|now| {
            now.kind == ExportedKind::Type && export.kind != ExportedKind::Type
                || now.type_only && !export.type_only
        })
    };
    !new.open
        && (old.open
            || old.exports.iter().any(is_lost)
            || old.stars.iter().any(|star| !new.stars.contains(star)))
}

fn lacks_names(new: &PyModule, old: &PyModule) -> bool {
    let stars = |module: &PyModule| module.imports.iter().filter(|import| import.is_star()).count();
    !new.open
        && (old.open || old.names.keys().any(|name| !new.names.contains_key(name)) || stars(new) < stars(old))
}

/// True for a line of code that a module runs itself, as far as the line tells.
fn is_at_margin(line: &str) -> bool {
    !line.is_empty() && !line.starts_with([' ', '\t', '#'])
}

fn last(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

fn is_code(path: &str) -> bool {
    Language::of_path(path).is_some()
}

fn is_script(path: &str) -> bool {
    Language::of_path(path).is_some_and(Language::is_ecma)
}

/// Files that may say where imports lead, or what of them is right.
fn is_configuration(path: &str) -> bool {
    const ENDINGS: [&str; 10] =
        [".json", ".jsonc", ".json5", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".txt", ".gitignore"];
    let name = path.rsplit('/').next().unwrap_or(path);
    ENDINGS.iter().any(|ending| name.ends_with(ending))
        || name.contains(".config.")
        || name.contains(".workspace.")
        || name.contains(".d.")
        || matches!(name, "conftest.py" | "setup.py" | "sitecustomize.py")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(old: &str, new: &str) -> Vec<String> {
        lost_lines(old, new).map(str::to_owned).collect()
    }

    #[test]
    fn lost_lines_are_those_that_stand_nowhere_between_the_common_ends() {
        assert!(lost("a\nb\n", "a\nb\nc\n").is_empty());
        assert!(lost("a\nb\n", "x\na\nb\n").is_empty());
        assert_eq!(lost("a\nb\nc\n", "a\nc\n"), ["b"]);
        assert_eq!(lost("a\nbb\nc", "a\nb\nc"), ["bb"]);
        assert_eq!(lost("export a;\n", "export ab;\n"), ["export a;"]);
        assert!(lost("a\nb\nc\n", "c\nb\na\n").is_empty());
        assert!(lost("", "").is_empty() && lost("", "a").is_empty());
        assert_eq!(lost("é\nü\n", "è\nü\n"), ["é"]);
    }
}
