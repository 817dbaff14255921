//! Look-ups over all touches: who produced a blob at a path, who touched a file, a stem, a rare word.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::git::Oid;

use super::paths::stem;
use super::text::{HASH64, Token, hash, hash64};
use super::touch::Touches;

/// Built once per scan; positions are those of the commit graph, ascending (newest first).
pub struct Index {
    producers: HashMap<u64, Vec<(u32, u32)>, Hashed>,
    paths: HashMap<u64, Vec<u32>, Hashed>,
    stems: HashMap<Token, Vec<u32>, Hashed>,
    words: HashMap<Token, Vec<u32>, Hashed>,
}

impl Index {
    pub fn of(touches: &[Touches]) -> Index {
        let mut index = Index {
            producers: HashMap::default(),
            paths: HashMap::default(),
            stems: HashMap::default(),
            words: HashMap::default(),
        };
        for (position, touch) in touches.iter().enumerate() {
            let position = position as u32;
            for (file_index, file) in touch.files.iter().enumerate() {
                let path = path_key(&file.path);
                if let Some(blob) = file.blob {
                    index
                        .producers
                        .entry(version_key(path, blob))
                        .or_default()
                        .push((position, file_index as u32));
                }
                push(index.paths.entry(path).or_default(), position);
                if file.is_rename() {
                    push(index.paths.entry(path_key(&file.side().path)).or_default(), position);
                }
                if !file.is_test {
                    push(index.stems.entry(hash(stem(&file.path).as_bytes())).or_default(), position);
                }
            }
            for token in &touch.words {
                push(index.words.entry(*token).or_default(), position);
            }
        }
        index
    }

    /// Commits that left this blob at this path, with the file's place in their touches.
    pub fn producers(&self, path: &str, blob: Oid) -> &[(u32, u32)] {
        self.producers.get(&version_key(path_key(path), blob)).map_or(&[], Vec::as_slice)
    }

    /// Commits that touched a path, under its name of the time.
    pub fn touchers(&self, path: &str) -> &[u32] {
        self.paths.get(&path_key(path)).map_or(&[], Vec::as_slice)
    }

    /// Commits that touched a module with this hashed stem.
    pub fn touchers_of_stem(&self, stem: Token) -> &[u32] {
        self.stems.get(&stem).map_or(&[], Vec::as_slice)
    }

    /// Commits that added or removed a word.
    pub fn users(&self, word: Token) -> &[u32] {
        self.words.get(&word).map_or(&[], Vec::as_slice)
    }
}

fn path_key(path: &str) -> u64 {
    hash64(HASH64, path.as_bytes())
}

/// A blob's id is a hash already.
fn version_key(path: u64, blob: Oid) -> u64 {
    let bytes = blob.as_bytes();
    path ^ u64::from_le_bytes([
        bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
    ])
}

/// Keys here are hashes: they only have to be spread over the high bits too.
#[derive(Default)]
struct KeyHasher(u64);

type Hashed = BuildHasherDefault<KeyHasher>;

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash64(self.0, bytes);
    }

    fn write_u32(&mut self, key: u32) {
        self.0 = u64::from(key);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

fn push(positions: &mut Vec<u32>, position: u32) {
    if positions.last() != Some(&position) {
        positions.push(position);
    }
}
