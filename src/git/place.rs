//! Where a repository keeps what a check reads, found by hand: opening it with libgit2 costs more than all
//! that is read afterwards.
//!
//! Only the plain arrangements are known here. Whatever is odd is left to git itself: every answer is an
//! option, and none means "ask git", never "there is no repository".

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::command::printed_path;
use super::config::Format;
use super::name::ObjectName;

/// The folders and files of one work tree's repository, all absolute.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The top of the work tree.
    pub(super) root: PathBuf,
    /// The git directory, a linked worktree's own one.
    pub(super) git_dir: PathBuf,
    /// The git directory that linked worktrees share.
    pub(super) common_dir: PathBuf,
    pub(super) index: PathBuf,
    /// Object directories, the one that git would write to first.
    pub(super) objects: Vec<PathBuf>,
}

/// Variables that change what git finds, in ways that are not known here.
const ODD: [&str; 6] = [
    "GIT_COMMON_DIR",
    "GIT_CEILING_DIRECTORIES",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_NAMESPACE",
    "GIT_REF_STORAGE",
    "GIT_REFERENCE_BACKEND",
];

impl Place {
    /// Where friction may keep what it found.
    pub(super) fn cache(&self) -> PathBuf {
        self.common_dir.join("friction")
    }

    /// The repository that git would use if it were run in `dir`.
    pub(super) fn find(dir: &Path) -> Option<Place> {
        if ODD.iter().any(|name| env::var_os(name).is_some()) {
            return None;
        }
        let dir = fs::canonicalize(dir).ok()?;
        let work_tree = env::var_os("GIT_WORK_TREE");
        let (mut root, git_dir) = match env::var_os("GIT_DIR") {
            Some(given) => (dir.clone(), dir.join(given)),
            None => discover(&dir)?,
        };
        if let Some(given) = &work_tree {
            root = fs::canonicalize(dir.join(given)).ok()?;
        }
        let common_dir = match fs::read(git_dir.join("commondir")) {
            Ok(text) => git_dir.join(printed_path(text.trim_ascii_end())),
            Err(_) => git_dir.clone(),
        };
        let format = Format::read(&git_dir, &common_dir)?;
        if !is_git_dir(&common_dir) || common_dir.join("refs/replace").exists() {
            return None;
        }
        // A work tree that the configuration names yields to one that the environment names.
        if format.is_bare || (format.names_work_tree && work_tree.is_none()) {
            return None;
        }
        let index = match env::var_os("GIT_INDEX_FILE") {
            Some(given) if work_tree.is_some() && Path::new(&given).is_relative() => return None,
            Some(given) => root.join(given),
            None => git_dir.join("index"),
        };
        let objects = object_folders(&common_dir)?;
        Some(Place { root, git_dir, common_dir, index, objects })
    }

    /// The commit that HEAD names.
    pub(super) fn head(&self) -> Option<ObjectName> {
        let head = fs::read(self.git_dir.join("HEAD")).ok()?;
        let Some(name) = head.strip_prefix(b"ref:") else {
            return ObjectName::from_hex(head.trim_ascii_end());
        };
        let name = std::str::from_utf8(name.trim_ascii()).ok()?;
        // Other references may be a worktree's own, or lead out of the folder.
        if !name.starts_with("refs/heads/") || name.split('/').any(|part| part.starts_with('.')) {
            return None;
        }
        match fs::read(self.common_dir.join(name)) {
            Ok(text) => ObjectName::from_hex(text.trim_ascii_end()),
            Err(_) => {
                let packed = fs::read(self.common_dir.join("packed-refs")).ok()?;
                let line_end = memchr::memmem::find(&packed, format!(" {name}\n").as_bytes())?;
                let line = memchr::memrchr(b'\n', &packed[..line_end]).map_or(0, |at| at + 1);
                ObjectName::from_hex(&packed[line..line_end])
            }
        }
    }
}

/// Goes up from a folder to the first that holds `.git`: that folder, and its git directory.
fn discover(dir: &Path) -> Option<(PathBuf, PathBuf)> {
    for folder in dir.ancestors() {
        // A folder with a HEAD may be a bare repository, or the inside of a git directory.
        if folder.join("HEAD").exists() {
            return None;
        }
        let git = folder.join(".git");
        let Ok(kind) = fs::metadata(&git) else { continue };
        if !same_file_system(dir, folder) {
            return None;
        }
        if kind.is_dir() {
            return Some((folder.to_owned(), git));
        }
        let text = fs::read(&git).ok()?;
        let target = text.strip_prefix(b"gitdir: ")?.trim_ascii_end();
        return Some((folder.to_owned(), folder.join(printed_path(target))));
    }
    None
}

/// Git does not look beyond the file system that it starts in.
#[cfg(unix)]
fn same_file_system(left: &Path, right: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| fs::metadata(path).ok().map(|known| known.dev());
    device(left) == device(right)
}

#[cfg(not(unix))]
fn same_file_system(_: &Path, _: &Path) -> bool {
    true
}

fn is_git_dir(path: &Path) -> bool {
    path.join("objects").is_dir() && path.join("refs").is_dir()
}

/// Where objects are, beside the alternates that an object directory names itself.
fn object_folders(common_dir: &Path) -> Option<Vec<PathBuf>> {
    let mut folders = match env::var_os("GIT_OBJECT_DIRECTORY") {
        Some(given) => vec![PathBuf::from(given)],
        None => vec![common_dir.join("objects")],
    };
    if let Some(given) = env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES") {
        folders.extend(env::split_paths(&given).filter(|folder| folder.as_os_str() != OsStr::new("")));
    }
    // A relative one depends on where git runs; a quoted one has an escaped separator in it.
    let plain = |folder: &PathBuf| folder.is_absolute() && !folder.to_string_lossy().contains('"');
    folders.iter().all(plain).then_some(folders)
}
