//! How much work a scan is, in bytes of text, so that its progress is told honestly.
//!
//! The unit is a byte of code that is read and compared. How many there are is known beforehand from
//! some hundreds of commits, whose tree entries and object headers tell the sizes. All else is counted as
//! the bytes that would take as long: factors that were measured on six repositories of both languages,
//! of 7,000 to 88,000 commits. How many corrections there will be is a guess until all commits are judged.

use crate::history::Volume;

/// What a commit takes beside the text that it changed: its trees.
const COMMIT: u64 = 150_000;

/// The part of all text that corrections change; .08 to .19 were seen.
const CORRECTED: f64 = 0.12;

/// To read a number of commits that changed so much text.
pub fn reading(volume: Volume, commits: usize) -> u64 {
    volume.bytes() + COMMIT * commits as u64
}

/// To relate them to their recent past.
pub fn relating(volume: Volume) -> u64 {
    volume.bytes() * 2 / 3
}

/// To read the text of corrections once more, and classify it.
pub fn classifying(volume: Volume) -> u64 {
    volume.python * 42 + volume.others * 9
}

/// Likewise, while only all text is known.
pub fn classifying_some(all: Volume) -> u64 {
    classifying(all.times(CORRECTED))
}
