//! Where the output of steps is kept.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::git::Places;
use crate::scratch::Scratch;

/// Runs whose outputs are kept.
const KEPT: usize = 10;

/// The folder for the outputs of one run.
pub(super) enum Outputs {
    Kept(PathBuf),
    Passing(Scratch),
}

impl Outputs {
    /// In friction's own folder of the repository, where those of a few former runs stay, or gone with the
    /// run.
    pub(super) fn new(places: &Places, passing: bool) -> Result<Outputs> {
        if passing {
            return Ok(Outputs::Passing(Scratch::new().context("cannot make a temporary folder")?));
        }
        let runs = places.own().join("gate/runs");
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3f");
        let folder = runs.join(format!("{now}-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut old: Vec<PathBuf> =
            fs::read_dir(&runs).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        old.sort();
        for folder in old.iter().rev().skip(KEPT) {
            let _ = fs::remove_dir_all(folder);
        }
        Ok(Outputs::Kept(folder))
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Outputs::Kept(path) => path,
            Outputs::Passing(folder) => folder.path(),
        }
    }

    pub(super) fn are_kept(&self) -> bool {
        matches!(self, Outputs::Kept(_))
    }
}
