//! For the tests of both languages: a small commit, told as a story, and what is claimed of it.

use std::collections::HashMap;

use super::{Change, FileChange, classify, pattern_info};
use crate::diff::{Hunk, hunks};
use crate::model::Side;

/// One commit under construction: a subject, changed files, and the rest of the tree.
pub struct Story<'s> {
    subject: &'s str,
    files: Vec<(&'s str, &'s str, &'s str)>,
    tree: HashMap<&'s str, &'s str>,
}

/// A commit that changes one file.
pub fn commit<'s>(subject: &'s str, path: &'s str, before: &'s str, after: &'s str) -> Story<'s> {
    Story { subject, files: vec![(path, before, after)], tree: HashMap::new() }
}

impl<'s> Story<'s> {
    /// Changes another file.
    pub fn and(mut self, path: &'s str, before: &'s str, after: &'s str) -> Self {
        self.files.push((path, before, after));
        self
    }

    /// A file that is the same on both sides.
    pub fn with(mut self, path: &'s str, text: &'s str) -> Self {
        self.tree.insert(path, text);
        self
    }

    /// The patterns claimed with a confidence of at least one half, in alphabetical order.
    pub fn claims(&self) -> Vec<String> {
        let hunks: Vec<Vec<Hunk>> =
            self.files.iter().map(|(_, before, after)| hunks(before.as_bytes(), after.as_bytes())).collect();
        let corrects: Vec<Vec<bool>> = hunks.iter().map(|hunks| vec![true; hunks.len()]).collect();
        let files: Vec<FileChange> = self
            .files
            .iter()
            .enumerate()
            .map(|(index, (path, before, after))| FileChange {
                path,
                old_path: path,
                before: before.as_bytes(),
                after: after.as_bytes(),
                hunks: &hunks[index],
                corrects: &corrects[index],
            })
            .collect();
        let read = |side: Side, path: &str| {
            let changed = self.files.iter().find(|file| file.0 == path);
            let text = match (changed, side) {
                (Some(file), Side::Before) => Some(file.1),
                (Some(file), Side::After) => Some(file.2),
                (None, _) => self.tree.get(path).copied(),
            };
            text.map(|text| text.as_bytes().to_vec())
        };
        let change = Change {
            subject: self.subject,
            message: self.subject,
            files: &files,
            other_paths: &[],
            read: &read,
        };
        let mut claims: Vec<String> = classify(&change)
            .into_iter()
            .filter(|verdict| verdict.claim.confidence >= 0.5)
            .map(|verdict| {
                let info = pattern_info(&verdict.claim.pattern).expect("every pattern is in the catalogue");
                assert_eq!(info.family, verdict.claim.family);
                assert!(!verdict.claim.evidence.is_empty() && !verdict.hunks.is_empty());
                verdict.claim.pattern
            })
            .collect();
        claims.sort();
        claims
    }
}
