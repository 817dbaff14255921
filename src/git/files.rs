//! The files of one state of a project: what is staged, a commit, a work tree, or texts in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of one state of a project. Paths are relative to its root, with `/`, without `./` or `..`;
/// the root itself is the empty path.
///
/// Only regular files are seen: symbolic links, submodules and paths that are not UTF-8 are not there.
pub trait Files: Send + Sync {
    /// A file's bytes; `None` where there is no such file, or it cannot be read.
    fn read(&self, path: &str) -> Option<Arc<[u8]>>;
    fn is_file(&self, path: &str) -> bool;
    fn is_dir(&self, path: &str) -> bool;
    /// What stands directly in a folder, sorted by name; nothing for what is no folder.
    fn list(&self, dir: &str) -> Vec<Entry>;
    /// Every file, sorted.
    fn paths(&self) -> Vec<String>;
    /// A name of the content of a file: equal names, equal bytes. A blob's id where git knows one.
    fn id(&self, path: &str) -> Option<String>;

    /// A file's text; `None` as for [`Files::read`], and for what is not UTF-8.
    fn text(&self, path: &str) -> Option<String> {
        String::from_utf8(self.read(path)?.to_vec()).ok()
    }
}

/// A name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub name: String,
    pub is_dir: bool,
}

/// Texts in memory, as examples of rules are.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(BTreeMap<String, Arc<[u8]>>);

impl MemoryFiles {
    pub fn insert(&mut self, path: impl Into<String>, text: impl AsRef<[u8]>) {
        self.0.insert(path.into(), Arc::from(text.as_ref()));
    }

    fn below<'a>(&'a self, dir: &'a str) -> impl Iterator<Item = &'a str> {
        let from = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let skip = from.len();
        let inside = self.0.range(from.clone()..).take_while(move |(path, _)| path.starts_with(&from));
        inside.map(move |(path, _)| &path[skip..])
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> Option<Arc<[u8]>> {
        self.0.get(path).cloned()
    }

    fn is_file(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        path.is_empty() || self.below(path).next().is_some()
    }

    fn list(&self, dir: &str) -> Vec<Entry> {
        let entry = |rest: &str| match rest.split_once('/') {
            Some((folder, _)) => Entry { name: folder.to_owned(), is_dir: true },
            None => Entry { name: rest.to_owned(), is_dir: false },
        };
        let mut entries: Vec<Entry> = self.below(dir).map(entry).collect();
        entries.sort();
        entries.dedup();
        entries
    }

    fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn id(&self, path: &str) -> Option<String> {
        let bytes = self.0.get(path)?;
        git2::Oid::hash_object(git2::ObjectType::Blob, bytes).ok().map(|id| id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lists_each_name_once() {
        let mut files = MemoryFiles::default();
        for path in ["src/a.ts", "src/b/c.ts", "src/b/d.ts", "src-old/e.ts"] {
            files.insert(path, "");
        }
        let names: Vec<(String, bool)> =
            files.list("src").into_iter().map(|entry| (entry.name, entry.is_dir)).collect();
        assert_eq!(names, [("a.ts".to_owned(), false), ("b".to_owned(), true)]);
        assert!(files.is_dir("src/b") && files.is_dir("") && !files.is_dir("sr"));
    }
}
