//! Which regular files one state of a project holds.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use super::blobs::Blobs;
use super::name::ObjectName;
use super::{Entry, Files};

/// Regular files in the byte order of their paths, each with something known of it: the name of its blob,
/// where git stores it. Paths are parts of a shared text (an index file, the output of git), so that a
/// listing of thousands of files is cheap to make.
pub(super) struct Listing<T> {
    text: Arc<Vec<u8>>,
    /// Paths that are not in `text`; places in it are counted on from the end of `text`.
    further: Vec<u8>,
    rows: Vec<Row<T>>,
}

struct Row<T> {
    start: usize,
    length: usize,
    known: T,
}

impl<T: Copy> Listing<T> {
    pub(super) fn new(text: Arc<Vec<u8>>) -> Listing<T> {
        Listing { text, further: Vec::new(), rows: Vec::new() }
    }

    /// The text that paths are parts of.
    pub(super) fn text(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.text)
    }

    /// Adds the file whose path is this part of the text. Paths come in ascending order.
    pub(super) fn push(&mut self, path: Range<usize>, known: T) {
        self.rows.push(Row { start: path.start, length: path.len(), known });
    }

    fn path(&self, row: &Row<T>) -> &[u8] {
        let (text, start) = match row.start.checked_sub(self.text.len()) {
            Some(start) => (&self.further[..], start),
            None => (&self.text[..], row.start),
        };
        &text[start..start + row.length]
    }

    pub(super) fn get(&self, path: &str) -> Option<T> {
        let at = self.rows.binary_search_by(|row| self.path(row).cmp(path.as_bytes())).ok()?;
        Some(self.rows[at].known)
    }

    /// The files below a folder, given as its path with a `/` at the end; the root is the empty path.
    fn below(&self, folder: &str) -> &[Row<T>] {
        let folder = folder.as_bytes();
        let from = self.rows.partition_point(|row| self.path(row) < folder);
        let count = self.rows[from..].partition_point(|row| self.path(row).starts_with(folder));
        &self.rows[from..from + count]
    }

    pub(super) fn is_dir(&self, path: &str) -> bool {
        path.is_empty() || !self.below(&prefix(path)).is_empty()
    }

    /// What stands directly in a folder, sorted by name.
    pub(super) fn entries(&self, dir: &str) -> Vec<Entry> {
        let folder = prefix(dir);
        let mut rows = self.below(&folder);
        let mut entries = Vec::new();
        while let [first, rest @ ..] = rows {
            let path = &self.path(first)[folder.len()..];
            let slash = memchr::memchr(b'/', path);
            rows = match slash {
                Some(slash) => {
                    let inner = &self.path(first)[..=folder.len() + slash];
                    &rows[rows.partition_point(|row| self.path(row).starts_with(inner))..]
                }
                None => rest,
            };
            if let Ok(name) = std::str::from_utf8(&path[..slash.unwrap_or(path.len())]) {
                entries.push(Entry { name: name.to_owned(), is_dir: slash.is_some() });
            }
        }
        entries.sort();
        entries
    }

    /// Every path that is UTF-8, sorted.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|row| std::str::from_utf8(self.path(row)).ok())
    }

    /// The same files but for some, which are put in or, where nothing is known of them, left out. The
    /// changes are in the byte order of their paths.
    pub(super) fn patched(&self, changes: &[(Vec<u8>, Option<T>)]) -> Listing<T> {
        let mut patched = Listing::new(Arc::clone(&self.text));
        patched.rows.reserve(self.rows.len() + changes.len());
        patched.further = self.further.clone();
        let mut rows = self.rows.iter().peekable();
        for (path, known) in changes {
            while let Some(row) = rows.next_if(|row| self.path(row) < path.as_slice()) {
                patched.push(row.start..row.start + row.length, row.known);
            }
            rows.next_if(|row| self.path(row) == path.as_slice());
            if let Some(known) = known {
                let start = patched.text.len() + patched.further.len();
                patched.further.extend_from_slice(path);
                patched.push(start..start + path.len(), *known);
            }
        }
        for row in rows {
            patched.push(row.start..row.start + row.length, row.known);
        }
        patched
    }
}

/// A folder's path as the beginning of the paths of what it holds.
fn prefix(dir: &str) -> String {
    if dir.is_empty() { String::new() } else { format!("{dir}/") }
}

/// Regular files and their blobs.
pub(super) type Stored = Listing<ObjectName>;

type Lazy = LazyLock<Stored, Box<dyn FnOnce() -> Stored + Send>>;

/// The files of an index or of a commit, as git stores them.
pub(super) struct StoredFiles {
    listing: Lazy,
    blobs: Arc<Blobs>,
    /// Where most of them lie as they are stored.
    work_tree: Option<PathBuf>,
}

impl StoredFiles {
    /// The files are listed when one is first asked for.
    pub(super) fn new(blobs: Arc<Blobs>, list: impl FnOnce() -> Stored + Send + 'static) -> StoredFiles {
        StoredFiles { listing: LazyLock::new(Box::new(list)), blobs, work_tree: None }
    }

    /// A file of the work tree that is the very blob is read there, which takes a tenth of the time.
    pub(super) fn lying_in(mut self, work_tree: &Path) -> StoredFiles {
        self.work_tree = Some(work_tree.to_owned());
        self
    }
}

impl Files for StoredFiles {
    fn read(&self, path: &str) -> Option<Arc<[u8]>> {
        let id = self.listing.get(path)?;
        self.blobs.read(id, self.work_tree.as_ref().map(|root| root.join(path)).as_deref())
    }

    fn is_file(&self, path: &str) -> bool {
        self.listing.get(path).is_some()
    }

    fn is_dir(&self, path: &str) -> bool {
        self.listing.is_dir(path)
    }

    fn list(&self, dir: &str) -> Vec<Entry> {
        self.listing.entries(dir)
    }

    fn paths(&self) -> Vec<String> {
        self.listing.paths().map(str::to_owned).collect()
    }

    fn id(&self, path: &str) -> Option<String> {
        Some(self.listing.get(path)?.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(digit: u8) -> ObjectName {
        ObjectName::from_bytes(&[digit; 20]).unwrap()
    }

    fn listing(paths: &[&str]) -> Stored {
        let mut listing = Listing::new(Arc::new(paths.concat().into_bytes()));
        let mut end = 0;
        for path in paths {
            listing.push(end..end + path.len(), name(1));
            end += path.len();
        }
        listing
    }

    fn files(listing: Stored) -> StoredFiles {
        let git = crate::git::command::Git::new(std::path::Path::new("/nonexistent"));
        StoredFiles::new(Arc::new(Blobs::of_git(git)), || listing)
    }

    #[test]
    fn a_folder_lists_its_files_and_folders_by_name_though_paths_are_in_byte_order() {
        let files = files(listing(&["a-b", "a/c/d", "a/c/e", "a/f", "a0"]));
        let entry = |name: &str, is_dir| Entry { name: name.to_owned(), is_dir };
        assert_eq!(files.list(""), [entry("a", true), entry("a-b", false), entry("a0", false)]);
        assert_eq!(files.list("a"), [entry("c", true), entry("f", false)]);
        assert_eq!(files.list("a-b"), []);
        assert!(files.is_dir("a/c") && files.is_dir("") && !files.is_dir("a/f") && !files.is_dir("a/c/"));
    }

    #[test]
    fn changes_are_put_in_and_taken_out_in_order() {
        let old = listing(&["b", "d", "f"]);
        let changes = [("a", Some(2)), ("b", None), ("c", None), ("d", Some(2)), ("g", Some(2))];
        let changes = changes.map(|(path, blob)| (path.as_bytes().to_vec(), blob.map(name)));
        let new = old.patched(&changes).patched(&[(b"e".to_vec(), Some(name(3)))]);
        let new = files(new);
        assert_eq!(new.paths(), ["a", "d", "e", "f", "g"]);
        assert_eq!(new.id("d"), Some(name(2).to_string()));
        assert_eq!(new.id("e"), Some(name(3).to_string()));
        assert_eq!(new.id("f"), Some(name(1).to_string()));
    }
}
