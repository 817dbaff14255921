//! Finding and opening a repository, of whatever shape.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Once;

use git2::{ErrorCode, Repository};
use thiserror::Error;

use super::{Objects, Oid};

/// An opened repository. Cheap to ask, not shared between threads; object reading is done by
/// [`super::Objects`], one handle per thread.
pub struct Repo {
    pub(super) inner: Repository,
    root: PathBuf,
    objects: OnceCell<Objects>,
}

/// Why a repository cannot be opened, in one sentence.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(
        "no git repository at or above {}; run friction inside one, or name one with -C DIR",
        path.display()
    )]
    NotFound { path: PathBuf },
    #[error(
        "{} uses {feature}, which friction cannot read yet; a clone in git's default format works",
        path.display()
    )]
    Unsupported { path: PathBuf, feature: String },
    #[error("cannot open the git repository at {}: {message}", path.display())]
    Other { path: PathBuf, message: String },
}

impl Repo {
    /// Opens the repository that holds `path`: a work tree or any folder in it, a linked worktree, a
    /// bare repository, or a git directory, with or without a config file.
    pub fn open(path: &Path) -> Result<Repo, OpenError> {
        configure_libgit2();
        let inner = Repository::open(path).or_else(|_| Repository::discover(path)).map_err(|error| {
            let (path, message) = (path.to_owned(), error.message().to_owned());
            if error.code() == ErrorCode::NotFound {
                return OpenError::NotFound { path };
            }
            match unsupported_feature(&message) {
                Some(feature) => OpenError::Unsupported { path, feature },
                None => OpenError::Other { path, message },
            }
        })?;
        let root = inner.workdir().unwrap_or_else(|| inner.path()).to_owned();
        Ok(Repo { inner, root, objects: OnceCell::new() })
    }

    /// The work tree, or the git directory of a bare repository.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The work tree, where there is one.
    pub fn work_tree(&self) -> Option<&Path> {
        self.inner.workdir()
    }

    /// The git directory that linked worktrees share.
    pub fn common_dir(&self) -> &Path {
        self.inner.commondir()
    }

    /// A handle of its own, for what is read along the way.
    pub(super) fn objects(&self) -> Option<&Objects> {
        if let Some(objects) = self.objects.get() {
            return Some(objects);
        }
        let opened = Objects::open(self.common_dir()).ok()?;
        Some(self.objects.get_or_init(|| opened))
    }

    /// The commit HEAD points at; none in an empty repository or on an unborn branch.
    pub fn head(&self) -> Option<Oid> {
        self.inner.head().ok()?.target()
    }

    /// True if an object of whatever type is in the object store.
    pub fn has(&self, id: Oid) -> bool {
        self.inner.odb().is_ok_and(|odb| odb.exists(id))
    }

    /// The commits at which a shallow clone was cut: their parents are not here.
    pub fn shallow_boundary(&self) -> Vec<Oid> {
        let text = std::fs::read_to_string(self.common_dir().join("shallow")).unwrap_or_default();
        text.lines().filter_map(|line| Oid::from_str(line.trim()).ok()).collect()
    }
}

fn unsupported_feature(message: &str) -> Option<String> {
    if message.contains("object format") || message.contains("objectformat") {
        return Some("sha256 object names".to_owned());
    }
    if message.contains("refstorage") || message.contains("reftable") {
        return Some("the reftable ref storage".to_owned());
    }
    let extension = message.split("unsupported extension name ").nth(1)?;
    Some(format!("the repository extension {extension}"))
}

/// Extensions that change nothing for a reader of objects and refs.
const HARMLESS_EXTENSIONS: [&str; 3] = ["partialclone", "preciousobjects", "relativeworktrees"];

/// Process-wide settings of libgit2, set once: hash verification costs more than half of all reading
/// time, and files owned by somebody else are only read, never run.
pub(super) fn configure_libgit2() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        git2::opts::strict_hash_verification(false);
        // SAFETY: called once, before this process opens any repository.
        let _ = unsafe { git2::opts::set_verify_owner_validation(false) };
        // SAFETY: likewise.
        let _ = unsafe { git2::opts::set_extensions(&HARMLESS_EXTENSIONS) };
    });
}
