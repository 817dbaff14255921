//! The files of a folder as they are on disk.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::listing::Listing;
use super::{Entry, Files};

/// Regular files of a folder, read when they are asked for.
pub(super) struct Folder {
    root: PathBuf,
    listing: Listing<()>,
}

impl Folder {
    /// The given paths, as far as they are regular files that no symbolic link leads to.
    pub(super) fn new(root: &Path, paths: BTreeSet<String>) -> Folder {
        let mut real = RealFolders { root, known: HashMap::new() };
        let mut text = String::new();
        let mut ranges = Vec::new();
        for path in paths.iter().filter(|path| real.is_file(path)) {
            ranges.push(text.len()..text.len() + path.len());
            text.push_str(path);
        }
        let mut listing = Listing::new(Arc::new(text.into_bytes()));
        for range in ranges {
            listing.push(range, ());
        }
        Folder { root: root.to_owned(), listing }
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> Option<Arc<[u8]>> {
        self.listing.get(path)?;
        fs::read(self.root.join(path)).ok().map(Arc::from)
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

    /// The name that its blob would have.
    fn id(&self, path: &str) -> Option<String> {
        let bytes = self.read(path)?;
        git2::Oid::hash_object(git2::ObjectType::Blob, &bytes).ok().map(|id| id.to_string())
    }
}

/// Which folders are reached without a symbolic link.
struct RealFolders<'a> {
    root: &'a Path,
    known: HashMap<String, bool>,
}

impl RealFolders<'_> {
    fn is_file(&mut self, path: &str) -> bool {
        self.holds(path) && fs::symlink_metadata(self.root.join(path)).is_ok_and(|kind| kind.is_file())
    }

    /// True if the folder that a path stands in is a real one.
    fn holds(&mut self, path: &str) -> bool {
        let Some((folder, _)) = path.rsplit_once('/') else { return true };
        if let Some(known) = self.known.get(folder) {
            return *known;
        }
        let real = self.holds(folder)
            && fs::symlink_metadata(self.root.join(folder)).is_ok_and(|kind| kind.is_dir());
        self.known.insert(folder.to_owned(), real);
        real
    }
}

/// Folders that hold no text of the project's own.
const NOT_OWN: [&str; 5] = ["node_modules", ".git", "target", ".venv", "__pycache__"];

/// Every file below a folder that is no git repository, but those of folders that hold what was installed
/// or built. `left_out` is called with what cannot be read, in a sentence.
pub(super) fn walk(root: &Path, left_out: &mut dyn FnMut(String)) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        let place = root.join(&folder);
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) => {
                let place = place.to_string_lossy().escape_debug().to_string();
                left_out(format!("{place} is not checked: {error}"));
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let name = name.as_encoded_bytes().escape_ascii();
                left_out(format!("{name} is not checked: its name is not UTF-8"));
                continue;
            };
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !NOT_OWN.contains(&name) => open.push(path),
                Ok(kind) if kind.is_file() => drop(paths.insert(path)),
                _ => {}
            }
        }
    }
    paths
}
