//! Where steps are looked for and run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::git::{ChangedFile, Entry, Files};

use super::discover::files_below;

/// A tree of files that is judged, and the place whose tools it borrows.
pub struct Ground {
    /// What is judged: the work tree, or the tree that was taken out.
    pub root: PathBuf,
    /// The user's work tree, where dependencies are installed.
    pub home: PathBuf,
    /// In path order.
    pub changed: Vec<ChangedFile>,
    /// A folder for what tools insist on writing, gone with the run.
    pub scratch: PathBuf,
    /// A folder for what makes them faster the next time.
    pub kept: PathBuf,
}

impl Ground {
    /// Text of a file, from the root.
    pub fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root.join(path)).ok()
    }

    /// True where a tree was taken out, and tools are borrowed.
    pub fn is_taken_out(&self) -> bool {
        self.root != self.home
    }

    pub fn is_file(&self, path: &str) -> bool {
        self.root.join(path).is_file()
    }

    pub fn is_dir(&self, path: &str) -> bool {
        self.root.join(path).is_dir()
    }

    /// Changed files that are still there.
    pub fn present(&self) -> impl Iterator<Item = &str> {
        self.changed.iter().filter(|file| !file.deleted).map(|file| file.path.as_str())
    }

    /// The folder of a path and all above it, nearest first; the root is the empty path.
    pub fn ancestors(path: &str) -> impl Iterator<Item = &str> {
        Path::new(path).ancestors().skip(1).filter_map(Path::to_str)
    }

    /// A folder and all above it, nearest first.
    pub fn up(dir: &str) -> impl Iterator<Item = &str> {
        Path::new(dir).ancestors().filter_map(Path::to_str)
    }

    /// Its files, as other rooms read them.
    pub fn files(&self) -> impl Files + use<> {
        OnDisk(self.root.clone())
    }
}

/// A folder's files, none of which is looked for before it is asked for.
struct OnDisk(PathBuf);

impl Files for OnDisk {
    fn read(&self, path: &str) -> Option<Arc<[u8]>> {
        fs::read(self.0.join(path)).ok().map(Arc::from)
    }

    fn is_file(&self, path: &str) -> bool {
        self.0.join(path).is_file()
    }

    fn is_dir(&self, path: &str) -> bool {
        self.0.join(path).is_dir()
    }

    fn list(&self, dir: &str) -> Vec<Entry> {
        let entry = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().ok()?;
            Some(Entry { name, is_dir: entry.file_type().is_ok_and(|kind| kind.is_dir()) })
        };
        let entries = fs::read_dir(self.0.join(dir)).into_iter().flatten().flatten();
        let mut entries: Vec<Entry> = entries.filter_map(entry).collect();
        entries.sort();
        entries
    }

    /// Without those of folders that hold other people's code.
    fn paths(&self) -> Vec<String> {
        files_below(&self.0, "", MOST_DEEP, &|_| true)
    }

    /// Nothing here is kept by what it holds.
    fn id(&self, _: &str) -> Option<String> {
        None
    }
}

/// Folders within folders that are looked into.
const MOST_DEEP: usize = 6;

/// `path` as it is seen from the folder `dir` above it.
pub fn below<'a>(path: &'a str, dir: &str) -> &'a str {
    path.strip_prefix(dir).map_or(path, |rest| rest.trim_start_matches('/'))
}

/// True where a path lies in a folder.
pub fn inside(path: &str, dir: &str) -> bool {
    dir.is_empty() || path == dir || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}
