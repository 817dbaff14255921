//! Results that are kept in a cache folder, so that they need not be found again.
//!
//! Each is a file named after a hash of all that it depends on. A cache that cannot be read or written is as
//! good as none; deleting it costs time, nothing else.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::hash::fnv1a;
use crate::patterns::write_atomically;

/// The place of one kind's result in a folder.
pub fn place(folder: &Path, kind: &str, key: &str) -> PathBuf {
    folder.join(format!("{kind}-{:016x}.json", fnv1a(key.as_bytes())))
}

/// The result kept at a place, which is marked as asked for.
pub fn kept<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let found = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
    Some(found)
}

/// Keeps a result, and of its kind only so many: the ones not asked for longest go first.
pub fn keep(path: &Path, found: &impl Serialize, most: usize) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    write_atomically(path, &serde_json::to_vec(found)?)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let kind = name.split('-').next().unwrap_or("");
    let mut kept: Vec<_> = fs::read_dir(folder)?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(kind))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    kept.sort();
    let surplus = kept.len().saturating_sub(most);
    for (_, old) in kept.into_iter().take(surplus) {
        fs::remove_file(old)?;
    }
    Ok(())
}
