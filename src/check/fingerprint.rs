//! A finding's name that stays when its lines move.

use std::collections::HashMap;

use crate::git::Oid;

/// Names findings of one file: of the rule, the enclosing symbol, and the lines' text with every run of
/// blanks made one. Equal ones are numbered in the order of the text.
#[derive(Default)]
pub(super) struct Fingerprints(HashMap<String, usize>);

impl Fingerprints {
    pub(super) fn next(&mut self, rule: &str, symbol: &str, lines: &str) -> String {
        let words: Vec<&str> = lines.split_whitespace().collect();
        let named = format!("{rule}\0{symbol}\0{}", words.join(" "));
        let hash = Oid::hash_object(git2::ObjectType::Blob, named.as_bytes())
            .map_or_else(|_| named.clone(), |id| id.to_string()[..16].to_owned());
        let before = self.0.entry(hash.clone()).or_default();
        *before += 1;
        match *before {
            1 => hash,
            n => format!("{hash}-{n}"),
        }
    }
}
