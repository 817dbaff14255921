//! Look-ups over all touches: who produced a blob at a path, who touched a file, a stem, a rare word.

use std::collections::HashMap;

use crate::git::Oid;

use super::paths::stem;
use super::text::{HASH64, Token, hash, hash64};
use super::touch::Touches;

/// A word in more commits than this tells nothing about which commit is meant.
const RARE: usize = 60;

/// Built once per scan; positions are those of the commit graph, ascending (newest first).
pub struct Index {
    producers: HashMap<(u64, Oid), Vec<(u32, u32)>>,
    paths: HashMap<u64, Vec<u32>>,
    stems: HashMap<Token, Vec<u32>>,
    words: HashMap<Token, Vec<u32>>,
    commits: f64,
}

impl Index {
    pub fn of(touches: &[Touches]) -> Index {
        let mut index = Index {
            producers: HashMap::new(),
            paths: HashMap::new(),
            stems: HashMap::new(),
            words: HashMap::new(),
            commits: touches.iter().filter(|touch| !touch.files.is_empty()).count().max(1) as f64,
        };
        for (position, touch) in touches.iter().enumerate() {
            let position = position as u32;
            for (file_index, file) in touch.files.iter().enumerate() {
                let path = path_key(&file.path);
                if let Some(blob) = file.blob {
                    index.producers.entry((path, blob)).or_default().push((position, file_index as u32));
                }
                push(index.paths.entry(path).or_default(), position);
                if file.is_rename() {
                    push(index.paths.entry(path_key(&file.side().path)).or_default(), position);
                }
                if !file.is_test {
                    push(index.stems.entry(hash(stem(&file.path).as_bytes())).or_default(), position);
                }
            }
            for token in touch.added.iter().chain(&touch.removed) {
                push(index.words.entry(*token).or_default(), position);
            }
        }
        index
    }

    /// Commits that left this blob at this path, with the file's place in their touches.
    pub fn producers(&self, path: &str, blob: Oid) -> &[(u32, u32)] {
        self.producers.get(&(path_key(path), blob)).map_or(&[], Vec::as_slice)
    }

    /// Commits that touched a path, under its name of the time.
    pub fn touchers(&self, path: &str) -> &[u32] {
        self.paths.get(&path_key(path)).map_or(&[], Vec::as_slice)
    }

    /// Commits that touched a module with this hashed stem.
    pub fn touchers_of_stem(&self, stem: Token) -> &[u32] {
        self.stems.get(&stem).map_or(&[], Vec::as_slice)
    }

    /// Commits that added or removed a word, where it is rare enough to tell.
    pub fn users_of_rare(&self, word: Token) -> &[u32] {
        self.words.get(&word).filter(|users| users.len() <= RARE).map_or(&[], Vec::as_slice)
    }

    /// Inverse document frequency of a word over commits.
    pub fn rarity(&self, word: Token) -> f64 {
        let users = self.words.get(&word).map_or(1, Vec::len).max(1) as f64;
        (1.0 + self.commits / users).ln()
    }
}

fn path_key(path: &str) -> u64 {
    hash64(HASH64, path.as_bytes())
}

fn push(positions: &mut Vec<u32>, position: u32) {
    if positions.last() != Some(&position) {
        positions.push(position);
    }
}
