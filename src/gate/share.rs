//! A throw-away work tree of what is staged, which borrows node_modules, virtual environments and what
//! friction.toml names from the real one, without a way back into it: links of a monorepo's own packages
//! lead to the packages that are judged.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::git::{Places, Snapshot};
use crate::hash::fnv1a;
use crate::scratch::Scratch;

/// The work tree, removed when it is dropped.
pub(super) struct TakenOut {
    folder: Scratch,
}

impl TakenOut {
    /// Takes a snapshot out, and borrows what it needs from `home`.
    pub(super) fn new(places: &Places, snapshot: &Snapshot, share: &[String]) -> Result<TakenOut> {
        // The same place for the same repository, so that tools find what they cached.
        let name = format!("staged-{:016x}", fnv1a(places.root.as_os_str().as_encoded_bytes()));
        let folder = Scratch::named(&name).context("cannot make a temporary folder for what is staged")?;
        let taken = TakenOut { folder };
        let root = taken.root();
        fs::create_dir(&root).with_context(|| format!("cannot make {}", root.display()))?;
        snapshot.take_out(&root)?;
        borrow(&places.root, &root, share)
            .with_context(|| format!("cannot share dependencies with {}", root.display()))?;
        Ok(taken)
    }

    pub(super) fn root(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    pub(super) fn give_up(self) {
        self.folder.give_up();
    }
}

/// Folders that are never looked into for something to borrow.
const CLOSED: [&str; 3] = [".git", "node_modules", "target"];

fn borrow(home: &Path, root: &Path, share: &[String]) -> io::Result<()> {
    let mut open = vec![(PathBuf::new(), 0)];
    while let Some((dir, depth)) = open.pop() {
        let (from, to) = (home.join(&dir), root.join(&dir));
        if from.join("node_modules").is_dir() && to.join("package.json").is_file() {
            modules(&from.join("node_modules"), &to.join("node_modules"), home, root)?;
        }
        for name in [".venv", "venv", "env", ".tox"] {
            let place = to.join(name);
            if from.join(name).join("bin").is_dir() && place.symlink_metadata().is_err() {
                link(&from.join(name), &place)?;
            }
        }
        for entry in fs::read_dir(&to)?.flatten() {
            let name = entry.file_name();
            let closed = CLOSED.iter().any(|closed| *closed == name);
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !closed && depth < 6 {
                open.push((dir.join(name), depth + 1));
            }
        }
    }
    for path in share {
        let clean = Path::new(path).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        let (from, to) = (home.join(path), root.join(path));
        if clean && from.exists() && to.symlink_metadata().is_err() {
            fs::create_dir_all(to.parent().unwrap_or(root))?;
            link(&from, &to)?;
        }
    }
    Ok(())
}

/// Links each package by itself, since some of them may be links into the work tree, and since tools
/// write caches beside them.
fn modules(from: &Path, to: &Path, home: &Path, root: &Path) -> io::Result<()> {
    if to.symlink_metadata().is_ok() {
        return Ok(());
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)?.flatten() {
        let name = entry.file_name();
        let text = name.to_string_lossy();
        // Caches are made anew.
        if [".vite", ".vitest", ".cache"].contains(&text.as_ref()) {
            continue;
        }
        let (source, place) = (entry.path(), to.join(&name));
        if text.starts_with('@') && source.is_dir() && !source.is_symlink() {
            modules(&source, &place, home, root)?;
        } else {
            link(&judged(&source, home, root).unwrap_or(source), &place)?;
        }
    }
    Ok(())
}

/// Where a link that leads to a package of the work tree itself leads in the tree that is judged.
fn judged(source: &Path, home: &Path, root: &Path) -> Option<PathBuf> {
    if !source.is_symlink() {
        return None;
    }
    let target = source.canonicalize().ok()?;
    let inside = target.strip_prefix(home.canonicalize().ok()?).ok()?;
    let own = !inside.components().any(|part| part.as_os_str() == "node_modules");
    own.then(|| root.join(inside))
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::symlink(from, to);
    #[cfg(not(unix))]
    return Err(io::Error::other(format!("cannot link {} to {}", to.display(), from.display())));
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn packages_are_borrowed_and_links_into_the_work_tree_lead_to_what_is_judged() {
        let (home, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (home, root) = (home.path().canonicalize().unwrap(), root.path().canonicalize().unwrap());
        for dir in [
            "node_modules/left-pad",
            "node_modules/@x",
            "node_modules/.vite",
            "packages/a",
            ".venv/bin",
            "data",
        ] {
            fs::create_dir_all(home.join(dir)).unwrap();
        }
        link(Path::new("../../packages/a"), &home.join("node_modules/@x/a")).unwrap();
        fs::create_dir_all(root.join("packages/a")).unwrap();
        fs::write(root.join("package.json"), "{}").unwrap();
        borrow(&home, &root, &["data".to_owned(), "../x".to_owned(), "absent".to_owned()]).unwrap();
        let leads = |path: &str| fs::read_link(root.join(path)).unwrap();
        assert_eq!(leads("node_modules/left-pad"), home.join("node_modules/left-pad"));
        assert_eq!(leads("node_modules/@x/a"), root.join("packages/a"));
        assert_eq!((leads(".venv"), leads("data")), (home.join(".venv"), home.join("data")));
        assert!(!root.join("node_modules/.vite").exists());
    }
}
