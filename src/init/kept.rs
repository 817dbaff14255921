//! What files were before friction was wired in, so that each can be put back byte for byte.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::git::Places;
use crate::hash::fnv1a;
use crate::patterns::write_atomically;

use super::{Change, inside};

/// One file that was changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    /// From the root.
    path: String,
    /// The file that keeps its former bytes; none where it was not there.
    former: Option<String>,
    /// Of the bytes that friction wrote.
    wrote: String,
    /// Folders that were made for it, deepest first.
    folders: Vec<String>,
}

/// What taking back did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    pub restored: Vec<String>,
    /// Files that somebody changed since, and where their former bytes are.
    pub left: Vec<(String, String)>,
}

fn folder(places: &Places) -> PathBuf {
    // Each linked worktree is wired by itself.
    places.git_dir.join("friction-init")
}

fn hash(bytes: &[u8]) -> String {
    format!("{:016x}", fnv1a(bytes))
}

pub(super) fn apply(places: &Places, changes: &[Change]) -> Result<()> {
    let folder = folder(places);
    let mut kept = read(&folder)?;
    for change in changes {
        let place = inside(&places.root, &change.path)?;
        if fs::read(&place).ok() != change.before {
            bail!("{} was changed meanwhile; run `friction init` again", change.path);
        }
        // A second init keeps what was there before the first.
        if !kept.iter().any(|known| known.path == change.path) {
            let former = format!("{:03}", kept.len());
            if let Some(bytes) = &change.before {
                let keep = folder.join(&former);
                write_atomically(&keep, bytes)
                    .with_context(|| format!("cannot keep {} in {}", change.path, keep.display()))?;
            }
            kept.push(Kept {
                path: change.path.clone(),
                former: change.before.as_ref().map(|_| former),
                wrote: String::new(),
                folders: missing_folders(&places.root, &change.path),
            });
        }
        if let Some(known) = kept.iter_mut().find(|known| known.path == change.path) {
            known.wrote = hash(&change.after);
        }
        // The record is written first: a run that is killed can still be taken back.
        let text = serde_json::to_vec_pretty(&kept).context("cannot record what was changed")?;
        let record = folder.join("record.json");
        write_atomically(&record, &text).with_context(|| format!("cannot write {}", record.display()))?;
        write_atomically(&place, &change.after).with_context(|| format!("cannot write {}", change.path))?;
    }
    Ok(())
}

fn missing_folders(root: &Path, path: &str) -> Vec<String> {
    let folders = Path::new(path).ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    folders
        .filter(|folder| !root.join(folder).exists())
        .map(|folder| folder.to_string_lossy().into_owned())
        .collect()
}

fn read(folder: &Path) -> Result<Vec<Kept>> {
    let record = folder.join("record.json");
    match fs::read(&record) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).with_context(|| format!("cannot read {}", record.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", record.display())),
    }
}

/// Puts every file back as it was, git's hooks included. A file that somebody changed since is left, unless
/// `force`.
pub fn undo(places: &Places, force: bool) -> Result<Undone> {
    let folder = folder(places);
    let mut undone = Undone::default();
    let mut left: Vec<Kept> = Vec::new();
    // The last first: folders are empty once what was put into them later is gone.
    for kept in read(&folder)?.into_iter().rev() {
        let place = inside(&places.root, &kept.path)?;
        let now = fs::read(&place).ok();
        let former = kept.former.as_ref().map(|name| folder.join(name));
        let untouched = now.as_ref().is_some_and(|bytes| hash(bytes) == kept.wrote);
        let before = match &former {
            Some(keep) => Some(fs::read(keep).with_context(|| format!("cannot read {}", keep.display()))?),
            None => None,
        };
        if now == before {
            // It is as it was already.
        } else if !untouched && !force && now.is_some() {
            let keep = former.map_or("it was not there".to_owned(), |keep| keep.display().to_string());
            undone.left.push((kept.path.clone(), keep));
            left.push(kept);
            continue;
        } else if let Some(bytes) = &before {
            write_atomically(&place, bytes).with_context(|| format!("cannot put back {}", kept.path))?;
        } else if now.is_some() {
            fs::remove_file(&place).with_context(|| format!("cannot remove {}", kept.path))?;
        }
        for made in &kept.folders {
            // A folder that holds something else by now stays.
            let _ = fs::remove_dir(places.root.join(made));
        }
        undone.restored.push(kept.path);
    }
    left.reverse();
    crate::hook::git::uninstall(places)?;
    if left.is_empty() {
        let _ = fs::remove_dir_all(&folder);
    } else {
        let text = serde_json::to_vec_pretty(&left).context("cannot record what is left")?;
        write_atomically(&folder.join("record.json"), &text)?;
    }
    Ok(undone)
}
