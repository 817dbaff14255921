//! The only room that talks to git: repositories, refs and reflogs, commits, trees, blobs, and what is
//! staged.
//!
//! Reads only. Nothing here leaves the room as a `git2` object but [`git2::Oid`].

mod against_head;
mod blobs;
mod by_git;
mod by_hand;
mod changes;
mod command;
mod commit;
mod config;
mod files;
mod folder;
mod index;
mod listing;
mod loose;
mod message;
mod name;
mod objects;
mod overlay;
mod people;
mod place;
mod refs;
mod renames;
mod repository;
mod revision;
mod run;
mod snapshot;
mod staged;
mod staging;
mod tree;
mod walk;
mod work_tree;

pub use by_git::{between_by_git, staged_by_git};
pub use by_hand::staged_by_hand;
pub use changes::Change;
pub use commit::Commit;
pub use files::{Entry, Files, MemoryFiles};
pub use git2::Oid;
pub use message::{Message, Reverts};
pub use objects::{Blob, Objects, Unreadable};
pub use overlay::Overlay;
pub use people::{People, PersonId};
pub use refs::{Amend, RefFilter, Tip, amends, tips};
pub use repository::{OpenError, Repo};
pub use run::{Git, GitError, LOCAL_VARIABLES};
pub use snapshot::{ChangedFile, CopiedIndex, Places, Snapshot};
pub use staged::{between, range, staged};
pub use staging::{Identity, Staging, StagingError};
pub use tree::{TreeChange, diff_trees};
pub use walk::{DOUBT, Graph, walk};
pub use work_tree::{unsaved, work_tree};
