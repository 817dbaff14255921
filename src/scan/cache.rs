//! A scan that was made before is not made again.
//!
//! Kept in the git directory that linked worktrees share, under `friction/`. Commits never change, so
//! the same starting points, options and version give the same report; deleting the folder costs time,
//! nothing else.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::git::{RefFilter, Repo, amends, tips};
use crate::hash::fnv1a;
use crate::kept;
use crate::model::Scan;

use super::{Progress, ScanOptions, scan};

/// Reports kept; the ones not asked for longest go first.
const KEPT: usize = 12;

/// Like [`scan`], but reads the report of an earlier, equal scan where there is one. A cache that cannot
/// be read or written is as good as none.
pub fn cached_scan(repo: &Repo, options: &ScanOptions, progress: &dyn Progress) -> Result<Scan> {
    let Some(key) = key(repo, options) else { return scan(repo, options, progress) };
    // What is missing or damaged may arrive while all names stay the same: then the objects that are there
    // count.
    let complete = place(repo, &key);
    let incomplete = place(repo, &(key + &objects(repo)));
    if let Some(found) = kept::kept(&complete).or_else(|| kept::kept(&incomplete)) {
        return Ok(found);
    }
    let found = scan(repo, options, progress)?;
    let lacks = |kind: &str| kind.starts_with("missing-") || kind.starts_with("damaged-");
    let misses = found.warnings.iter().any(|warning| lacks(&warning.kind));
    // Failing to keep it, as in a read-only git directory, loses nothing.
    let _ = kept::keep(if misses { &incomplete } else { &complete }, &found, KEPT);
    Ok(found)
}

/// What a report depends on; none where the repository cannot tell its tips.
fn key(repo: &Repo, options: &ScanOptions) -> Option<String> {
    let mut key =
        format!("{} {options:?} {:?} {}", env!("CARGO_PKG_VERSION"), repo.head(), repo.root().display());
    let filter = match (&options.range, &options.commits_from) {
        (None, None) => options.refs.clone(),
        _ => RefFilter::Everything,
    };
    for tip in tips(repo, &filter).ok()? {
        key += &format!(" {}{}{:?}", tip.id, tip.reflog_only, tip.pull);
    }
    for amend in amends(repo) {
        key += &format!(" {}{}", amend.old, amend.new);
    }
    // A tag, a reflog entry or a short name may come to mean another commit.
    let names = options.range.iter().flat_map(|range| range.split(".."));
    for name in names.chain(options.commits_from.iter().flatten().map(String::as_str)) {
        key += &format!(" {:?}", repo.resolve(name));
    }
    for file in [repo.root().join(".mailmap"), repo.common_dir().join("shallow")] {
        key += &format!(" {:x}", fnv1a(&fs::read(file).unwrap_or_default()));
    }
    Some(key)
}

/// The folders of the object store with the time of their last change, sorted.
fn objects(repo: &Repo) -> String {
    let folders = fs::read_dir(repo.common_dir().join("objects")).into_iter().flatten().flatten();
    let changed = |folder: &fs::DirEntry| folder.metadata().and_then(|about| about.modified()).ok();
    let mut folders: Vec<_> = folders.map(|folder| (folder.file_name(), changed(&folder))).collect();
    folders.sort();
    format!("{folders:?}")
}

fn place(repo: &Repo, key: &str) -> PathBuf {
    kept::place(&repo.common_dir().join("friction"), "scan", key)
}
