//! Small files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Whether a file must survive a power cut or only the death of the process that writes it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Durable {
    Yes,
    No,
}

/// Writes beside the file and renames: no reader ever sees a half.
pub fn write(path: &Path, content: &[u8], durable: Durable) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(content)?;
        match durable {
            Durable::Yes => file.sync_data(),
            Durable::No => Ok(()),
        }
    });
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}

/// [`write`] of a value as JSON.
pub fn write_json(path: &Path, value: &impl Serialize, durable: Durable) -> io::Result<()> {
    write(path, &serde_json::to_vec(value)?, durable)
}

/// Reads a JSON file; none if it is missing or not what is expected.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
