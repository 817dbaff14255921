//! A state of a project in which one file's text is another: what an editor holds unsaved.

use std::sync::Arc;

use super::{Entry, Files, MemoryFiles};

/// Some files, and one more that is put over them.
pub struct Overlay {
    under: Arc<dyn Files>,
    over: MemoryFiles,
}

impl Overlay {
    /// `path` need not be among the files.
    pub fn new(under: Arc<dyn Files>, path: &str, bytes: &[u8]) -> Overlay {
        let mut over = MemoryFiles::default();
        over.insert(path, bytes);
        Overlay { under, over }
    }
}

impl Files for Overlay {
    fn read(&self, path: &str) -> Option<Arc<[u8]>> {
        self.over.read(path).or_else(|| self.under.read(path))
    }

    fn is_file(&self, path: &str) -> bool {
        self.over.is_file(path) || self.under.is_file(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.over.is_dir(path) || self.under.is_dir(path)
    }

    fn list(&self, dir: &str) -> Vec<Entry> {
        let mut entries = [self.over.list(dir), self.under.list(dir)].concat();
        entries.sort();
        entries.dedup();
        entries
    }

    fn paths(&self) -> Vec<String> {
        let mut paths = [self.over.paths(), self.under.paths()].concat();
        paths.sort();
        paths.dedup();
        paths
    }

    fn id(&self, path: &str) -> Option<String> {
        self.over.id(path).or_else(|| self.under.id(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_put_over_a_file_replaces_it_and_a_new_one_is_among_its_neighbours() {
        let mut under = MemoryFiles::default();
        under.insert("src/a.ts", "old");
        under.insert("src/b.ts", "b");
        let under: Arc<dyn Files> = Arc::new(under);
        let replaced = Overlay::new(Arc::clone(&under), "src/a.ts", b"new");
        assert_eq!(replaced.text("src/a.ts").as_deref(), Some("new"));
        assert_eq!(replaced.paths(), ["src/a.ts", "src/b.ts"]);
        assert_ne!(replaced.id("src/a.ts"), under.id("src/a.ts"));
        let added = Overlay::new(under, "src/new/c.ts", b"c");
        assert_eq!(
            added.list("src").iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(),
            ["a.ts", "b.ts", "new"]
        );
        assert!(added.is_file("src/new/c.ts") && added.is_dir("src/new"));
    }
}
