//! Which commit brought a line in, without blame: lines are carried back through the hunks of the
//! commits that produced each version of the file.
//!
//! Equal to `git blame -w` line for line where the hunks are git's.

use std::collections::HashMap;

use crate::git::Oid;

use super::ancestors::Ancestors;
use super::timeline::Timeline;

/// Versions of a file through which lines are followed; a longer way is given up as old.
const MAX_VERSIONS: usize = 2000;

/// Lines of one version of a file on their way back.
struct Piece<'a> {
    path: &'a str,
    blob: Oid,
    /// The commit that found this version; none for the one that is asked about.
    before: Option<u32>,
    /// (line there, line asked for), ascending.
    lines: Vec<(u32, u32)>,
}

impl Timeline {
    /// For 0-based lines of a file as it was before `commit`: the position of the commit that brought
    /// each in. A line from before `ancestors` has no entry.
    pub fn owners(&self, ancestors: &Ancestors, path: &str, blob: Oid, lines: Vec<u32>) -> HashMap<u32, u32> {
        let mut owners = HashMap::new();
        let mut lines: Vec<(u32, u32)> = lines.into_iter().map(|line| (line, line)).collect();
        lines.sort_unstable();
        let mut open = vec![Piece { path, blob, before: None, lines }];
        let mut versions = 0;
        while let Some(Piece { path, blob, before, lines }) = open.pop() {
            versions += 1;
            if versions > MAX_VERSIONS {
                break;
            }
            let Some((position, file)) = self.producer(ancestors, path, blob, before) else { continue };
            let touch = &self.touches[position as usize].files[file as usize];
            let ignored = self.ignored.contains(&self.graph.commits[position as usize].id);
            let mut left = lines;
            for side in &touch.sides {
                let (carried, wrote) = side.carry_back(left, ignored);
                if let Some(blob) = side.blob.filter(|_| !carried.is_empty()) {
                    open.push(Piece { path: &side.path, blob, before: Some(position), lines: carried });
                }
                left = wrote;
            }
            owners.extend(left.into_iter().map(|(_, asked)| (asked, position)));
        }
        owners
    }

    /// The nearest ancestor that left this blob at this path, of those before a commit: a text that was
    /// brought back by a revert has several.
    fn producer(
        &self,
        ancestors: &Ancestors,
        path: &str,
        blob: Oid,
        before: Option<u32>,
    ) -> Option<(u32, u32)> {
        let mut producers = self.index.producers(path, blob).iter().copied();
        producers.find(|(at, _)| before.is_none_or(|before| *at > before) && ancestors.contains(*at))
    }
}
