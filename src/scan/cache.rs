//! A scan that was made before is not made again.
//!
//! Kept in the git directory that linked worktrees share, under `friction/`. Commits never change, so
//! the same starting points, options and version give the same report; deleting the folder costs time,
//! nothing else.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Result;

use crate::git::{RefFilter, Repo, amends, tips};
use crate::model::Scan;

use super::{Progress, ScanOptions, scan};

/// Reports kept; the ones not asked for longest go first.
const KEPT: usize = 12;

/// Like [`scan`], but reads the report of an earlier, equal scan where there is one. A cache that cannot
/// be read or written is as good as none.
pub fn cached_scan(repo: &Repo, options: &ScanOptions, progress: &dyn Progress) -> Result<Scan> {
    let Some(path) = place(repo, options) else { return scan(repo, options, progress) };
    if let Some(found) = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        let _ =
            File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        return Ok(found);
    }
    let found = scan(repo, options, progress)?;
    // Failing to keep it, as in a read-only git directory, loses nothing.
    let _ = keep(&path, &found);
    Ok(found)
}

/// Where the report of this scan is kept; none where the repository cannot tell its tips.
fn place(repo: &Repo, options: &ScanOptions) -> Option<PathBuf> {
    let mut key =
        format!("{} {options:?} {:?} {}", env!("CARGO_PKG_VERSION"), repo.head(), repo.root().display());
    let filter = match (&options.range, &options.commits_from) {
        (None, None) => options.refs.clone(),
        _ => RefFilter::Everything,
    };
    for tip in tips(repo, &filter).ok()? {
        key += &format!(" {}{}", tip.id, tip.reflog_only);
    }
    for amend in amends(repo) {
        key += &format!(" {}{}", amend.old, amend.new);
    }
    // A tag, a reflog entry or a short name may come to mean another commit.
    let names = options.range.iter().flat_map(|range| range.split(".."));
    for name in names.chain(options.commits_from.iter().flatten().map(String::as_str)) {
        key += &format!(" {:?}", repo.resolve(name));
    }
    // What was missing may have arrived while all names stayed the same.
    key += &format!(" {:?}", packs(repo));
    let read = |path: PathBuf| fs::read(path).unwrap_or_default();
    let files = [repo.root().join(".mailmap"), repo.common_dir().join("shallow")].map(read);
    let hash = files.iter().fold(fnv(0xcbf2_9ce4_8422_2325, key.as_bytes()), |hash, bytes| fnv(hash, bytes));
    Some(repo.common_dir().join("friction").join(format!("scan-{hash:016x}.json")))
}

/// The names of the pack files, sorted; what arrives in a partial clone arrives in a pack.
fn packs(repo: &Repo) -> Vec<OsString> {
    let folder = fs::read_dir(repo.common_dir().join("objects/pack"));
    let mut names: Vec<OsString> =
        folder.into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    names
}

fn fnv(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn keep(path: &Path, found: &Scan) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    crate::patterns::write_atomically(path, &serde_json::to_vec(found)?)?;
    let mut kept: Vec<_> = fs::read_dir(folder)?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("scan-"))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    kept.sort();
    let surplus = kept.len().saturating_sub(KEPT);
    for (_, old) in kept.into_iter().take(surplus) {
        fs::remove_file(old)?;
    }
    Ok(())
}
