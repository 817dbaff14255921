//! The only room that talks to git: repositories, refs and reflogs, commits, trees, blobs.
//!
//! Reads only. Nothing here leaves the room as a `git2` object but [`git2::Oid`].

mod commit;
mod files;
mod loose;
mod message;
mod objects;
mod people;
mod refs;
mod repository;
mod revision;
mod tree;
mod walk;

pub use commit::Commit;
pub use files::{Entry, Files, MemoryFiles};
pub use git2::Oid;
pub use message::{Message, Reverts};
pub use objects::{Blob, Objects, Unreadable};
pub use people::{People, PersonId};
pub use refs::{Amend, RefFilter, Tip, amends, tips};
pub use repository::{OpenError, Repo};
pub use tree::{TreeChange, diff_trees};
pub use walk::{DOUBT, Graph, walk};
