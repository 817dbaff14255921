//! Results by tree: the same tree is not judged twice in the same way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::config::Config;
use crate::git::{Places, Snapshot};
use crate::hash::fnv1a;
use crate::model::gate::{GATE_SCHEMA, Gated, Verdict};
use crate::patterns::write_atomically;

use super::ground::Ground;
use super::judge::Options;

/// Results that are kept.
const KEPT: usize = 200;

/// The folder of results.
pub struct Memory(PathBuf);

impl Memory {
    /// In friction's own folder of a repository.
    pub fn new(own: &Path) -> Memory {
        Memory(own.join("gate/results"))
    }

    fn path(&self, tree: &str, way: &Way) -> PathBuf {
        self.0.join(format!("{tree}-{:016x}.json", way.0))
    }

    pub(super) fn recall(&self, tree: &str, way: &Way) -> Option<Gated> {
        let result: Gated = serde_json::from_slice(&fs::read(self.path(tree, way)).ok()?).ok()?;
        (result.schema == GATE_SCHEMA && result.tree == tree).then_some(result)
    }

    /// Keeps a result; where that fails it is found out again, which costs time only.
    pub(super) fn keep(&self, result: &Gated, way: &Way) {
        if let Ok(text) = serde_json::to_vec_pretty(result) {
            let _ = write_atomically(&self.path(&result.tree, way), &text);
            forget_oldest(&self.0);
        }
    }

    /// True where nothing was ever judged.
    pub fn is_empty(&self) -> bool {
        fs::read_dir(&self.0).map_or(true, |mut entries| entries.next().is_none())
    }

    /// The fullest green result of a tree, whatever way it was judged.
    pub fn green(&self, tree: &str) -> Option<Gated> {
        let all = self.of_tree(tree);
        all.into_iter()
            .filter(|result| result.verdict == Verdict::Green)
            .max_by_key(|result| result.steps.len())
    }

    /// Every result of a tree.
    pub fn of_tree(&self, tree: &str) -> Vec<Gated> {
        let begin = format!("{tree}-");
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let of_tree = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&begin));
        of_tree.filter_map(|entry| serde_json::from_slice(&fs::read(entry.path()).ok()?).ok()).collect()
    }
}

fn forget_oldest(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<_> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    if all.len() > KEPT {
        all.sort();
        for (_, path) in &all[..all.len() - KEPT] {
            let _ = fs::remove_file(path);
        }
    }
}

/// All that a result depends on beside the tree itself: what it is measured against, what was asked for,
/// the configuration, and the tools and dependencies that are installed.
pub(super) struct Way(u64);

/// Marks of what is installed in a folder.
const INSTALLED: [&str; 10] = [
    "node_modules",
    "node_modules/.package-lock.json",
    "node_modules/.modules.yaml",
    "node_modules/.yarn-state.yml",
    ".pnp.cjs",
    ".venv/bin",
    ".venv/pyvenv.cfg",
    "venv/bin",
    "env/bin",
    ".tox",
];

impl Way {
    pub(super) fn new(places: &Places, snapshot: &Snapshot, config: &Config, options: &Options) -> Way {
        // Whether it was judged before makes no difference to what comes out.
        let asked = Options { fresh: false, ..options.clone() };
        let mut text = format!("{} {asked:?} {config:?}\n", env!("CARGO_PKG_VERSION"));
        for name in ["PATH", "VIRTUAL_ENV"] {
            text += &format!("{:?}\n", env::var_os(name));
        }
        let mut folders: BTreeSet<&str> = BTreeSet::from([""]);
        for file in &snapshot.changed {
            text += &format!("{} {}\n", file.path, file.deleted);
            folders.extend(Ground::ancestors(&file.path));
        }
        for folder in folders {
            for mark in INSTALLED {
                let place = places.root.join(folder).join(mark);
                if let Ok(time) = place.metadata().and_then(|data| data.modified()) {
                    text += &format!("{folder}/{mark} {time:?}\n");
                }
            }
        }
        Way(fnv1a(text.as_bytes()))
    }
}
