//! What friction remembers of an agent's session: what it was told, how often it was held back, and what
//! the work tree was like when it began.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::hash::fnv1a;
use crate::patterns::write_atomically;

/// Sessions that are remembered.
const KEPT: usize = 100;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Session {
    /// Ids of what was told, so that it is told once.
    pub told: BTreeSet<String>,
    /// Times in a row that the end of a turn was held back.
    pub blocks: usize,
    /// The tree of the work tree at the session's start.
    pub tree: String,
}

fn path(own: &Path, id: &str) -> PathBuf {
    // An id is the agent's text: its hash is a file name whatever it holds.
    own.join("sessions").join(format!("{:016x}.json", fnv1a(id.as_bytes())))
}

impl Session {
    pub(super) fn read(own: &Path, id: &str) -> Session {
        fs::read(path(own, id)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Where it cannot be kept, an agent hears something twice.
    pub(super) fn keep(&self, own: &Path, id: &str) {
        if let Ok(bytes) = serde_json::to_vec(self) {
            let _ = write_atomically(&path(own, id), &bytes);
        }
    }

    pub(super) fn forget_oldest(own: &Path) {
        let entries = fs::read_dir(own.join("sessions")).into_iter().flatten().flatten();
        let mut all: Vec<_> = entries
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        all.sort();
        for (_, path) in all.iter().rev().skip(KEPT) {
            let _ = fs::remove_file(path);
        }
    }
}
