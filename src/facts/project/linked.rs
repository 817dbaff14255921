//! `oxc_resolver` over the files of a project, for what packages say of themselves.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oxc_resolver::{FileMetadata, FileSystem, ResolveError, ResolveOptions, ResolverGeneric};

use super::join;
use super::paths::split_package;
use crate::git::Files;

/// `oxc_resolver` over the project's files, with the repository's own packages where an installer would
/// link them.
pub(super) struct Resolver {
    inner: ResolverGeneric<Linked>,
    workspace: HashMap<String, String>,
}

impl Resolver {
    pub(super) fn new(files: Arc<dyn Files>, workspace: HashMap<String, String>) -> Resolver {
        let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let options = ResolveOptions {
            extensions: words(&[".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mts", ".mjs", ".json"]),
            extension_alias: vec![
                (".js".to_owned(), words(&[".ts", ".tsx", ".d.ts", ".js"])),
                (".mjs".to_owned(), words(&[".mts", ".mjs"])),
                (".cjs".to_owned(), words(&[".cts", ".cjs"])),
            ],
            condition_names: words(&["types", "source", "development", "import", "node", "default"]),
            main_fields: words(&["types", "module", "main"]),
            symlinks: false,
            ..ResolveOptions::default()
        };
        let linked = Linked { files, workspace: workspace.clone() };
        Resolver { inner: ResolverGeneric::new_with_file_system(linked, options), workspace }
    }

    /// The file that a specifier means, seen from a folder.
    pub(super) fn resolve(&self, folder: &str, specifier: &str) -> Option<String> {
        let found = self.inner.resolve(Path::new("/").join(folder), specifier).ok()?;
        inside(&self.workspace, found.path())
    }
}

/// The project's files as a file system whose root is the project's.
struct Linked {
    files: Arc<dyn Files>,
    workspace: HashMap<String, String>,
}

/// The path in the project, with `/node_modules/<own package>` led to that package's folder.
fn inside(workspace: &HashMap<String, String>, path: &Path) -> Option<String> {
    let path = path.to_str()?.replace('\\', "/");
    let path = path.split_once('/').map_or("", |(_, rest)| rest);
    if path == "node_modules" {
        return None;
    }
    let Some(linked) = path.strip_prefix("node_modules/") else { return Some(path.to_owned()) };
    let (name, rest) = split_package(linked);
    let folder = workspace.get(name)?;
    Some(if rest.is_empty() { folder.clone() } else { join(folder, rest) })
}

impl Linked {
    fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = inside(&self.workspace, path).and_then(|path| self.files.read(&path));
        found.map(|bytes| bytes.to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl FileSystem for Linked {
    fn new() -> Linked {
        let files: Arc<dyn Files> = Arc::new(crate::git::MemoryFiles::default());
        Linked { files, workspace: HashMap::new() }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.bytes(path)
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.bytes(path)?).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        let Some(path) = inside(&self.workspace, path) else {
            // The folder of links, and a scope in it.
            return Ok(FileMetadata::new(false, path.starts_with("/node_modules"), false));
        };
        let (file, dir) = (self.files.is_file(&path), self.files.is_dir(&path));
        if file || dir {
            Ok(FileMetadata::new(file, dir, false))
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.metadata(path)
    }

    fn read_link(&self, _: &Path) -> Result<PathBuf, ResolveError> {
        Err(io::Error::from(io::ErrorKind::InvalidInput).into())
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_owned())
    }
}
