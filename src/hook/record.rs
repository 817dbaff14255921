//! The record of what hooks did, and what went wrong in them: one JSON object a line.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::json;

/// Bytes after which the record starts anew; the one before is kept.
const MOST: u64 = 1 << 20;

/// Adds a line to the record in friction's own folder of the repository that holds `dir`. Where that
/// cannot be written nothing is said: a record must not break what it records.
pub fn record(dir: &Path, what: &str, detail: &str) {
    let Some(own) = own_folder(dir) else { return };
    let path = own.join("hook.jsonl");
    if fs::metadata(&path).is_ok_and(|data| data.len() > MOST) {
        let _ = fs::rename(&path, own.join("hook.old.jsonl"));
    }
    let line = json!({"time": jiff::Timestamp::now().to_string(), "what": what, "detail": detail});
    let _ = fs::create_dir_all(&own);
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(&path) {
        let _ = file.write_all(format!("{line}\n").as_bytes());
    }
}

/// Friction's own folder, found without starting git.
pub(super) fn own_folder(dir: &Path) -> Option<PathBuf> {
    let (_, git) = work_tree(dir)?;
    let common = fs::read_to_string(git.join("commondir")).ok().map(|text| git.join(text.trim()));
    Some(common.unwrap_or(git).join("friction"))
}

/// The top of the work tree that holds a folder, and its git directory.
pub(super) fn work_tree(dir: &Path) -> Option<(PathBuf, PathBuf)> {
    for dir in dir.ancestors() {
        let git = dir.join(".git");
        if git.is_dir() {
            return Some((dir.to_owned(), git));
        }
        if let Ok(text) = fs::read_to_string(&git) {
            let path = text.strip_prefix("gitdir:")?.trim();
            return Some((dir.to_owned(), dir.join(path)));
        }
    }
    None
}
