//! Two states of a project to compare, and what of the newer one there is to check.

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use super::Files;
use super::changes::Change;

/// What is to be checked: a state of a project, the state before it, and the files that differ.
pub struct Staging {
    /// The work tree, or the folder that stands for it; a bare repository's own folder. Paths are relative
    /// to it.
    pub root: PathBuf,
    /// The state that is checked.
    pub files: Arc<dyn Files>,
    /// The state before; nothing on an unborn branch.
    pub base: Arc<dyn Files>,
    /// Regular files that were added, modified or renamed, in path order. A mode alone is no change.
    pub changes: Vec<Change>,
    /// Files of the base state that are gone and did not move, in path order.
    pub deleted: Vec<String>,
    /// Sentences on what was left out, with no control characters.
    pub warnings: Vec<String>,
    /// What names both states, where that is cheap to say: equal identities, equal states.
    pub identity: Option<Identity>,
}

/// A name for a pair of states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name of the older state's tree, and of every blob in which the newer one differs.
    pub name: String,
    /// Where results about these states may be kept: below the git directory that linked worktrees share.
    pub cache: PathBuf,
}

/// Why what is to be checked cannot be known, in one sentence.
#[derive(Debug, Error)]
pub enum StagingError {
    #[error(
        "no git repository at or above {}; run friction inside one, or name files to check",
        path.display()
    )]
    NotFound { path: PathBuf },
    #[error(
        "{} has no work tree, so nothing is staged there; compare two commits with --diff REV..REV",
        path.display()
    )]
    NoWorkTree { path: PathBuf },
    #[error("{revision:?} names no commit of {}; `git log` tells which there are", path.display())]
    Revision { revision: String, path: PathBuf },
    #[error(
        "{left:?} and {right:?} have no common ancestor in {}; compare them with {left}..{right}",
        path.display()
    )]
    NoMergeBase { left: String, right: String, path: PathBuf },
    #[error("{} is not in {}, which is checked; name its project with -C DIR", path.display(), root.display())]
    Outside { path: PathBuf, root: PathBuf },
    #[error("there is no file or folder {named} in {}; is the path mistyped?", root.display())]
    NoFile { named: String, root: PathBuf },
    #[error("cannot read {}: {message}", path.display())]
    Unreadable { path: PathBuf, message: String },
    #[error("git cannot {doing} in {}: {message}", path.display())]
    Git { doing: String, path: PathBuf, message: String },
}
