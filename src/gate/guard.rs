//! Sees whether a step wrote where it must not: into the user's index.
//!
//! The index is never put back by itself, since somebody else may have staged something meanwhile: the
//! former one is kept, and the report says where.

use std::fs;
use std::path::{Path, PathBuf};

use crate::git::{Git, Places};

/// The index as it was.
pub(super) struct Guard<'a> {
    places: &'a Places,
    bytes: Option<Vec<u8>>,
}

impl<'a> Guard<'a> {
    pub(super) fn new(places: &'a Places) -> Guard<'a> {
        Guard { places, bytes: fs::read(&places.index).ok() }
    }

    /// What is to be said if other files are staged now than before; the former index is kept in `folder`.
    pub(super) fn trespass(&mut self, folder: &Path) -> Option<String> {
        let now = fs::read(&self.places.index).ok();
        if now == self.bytes {
            return None;
        }
        let before = std::mem::replace(&mut self.bytes, now)?;
        let kept = folder.join("index-before");
        fs::write(&kept, before).ok()?;
        // Git rewrites its index when it looks at files; only what it holds matters.
        let (old, new) = (self.entries(&kept)?, self.entries(&self.places.index)?);
        if old == new {
            let _ = fs::remove_file(&kept);
            return None;
        }
        Some(format!(
            "it changed what is staged; the index from before is kept: cp '{}' '{}' puts it back",
            kept.display(),
            self.places.index.display()
        ))
    }

    fn entries(&self, index: &PathBuf) -> Option<Vec<u8>> {
        let git = Git::at(&self.places.root).with("GIT_INDEX_FILE", index);
        git.output("list the index", &["ls-files", "--stage", "-z"]).ok()
    }
}
