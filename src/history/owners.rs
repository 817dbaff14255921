//! Which commit brought a line in, without blame: lines are carried back through the hunks of the
//! commits that produced each version of the file.
//!
//! Equal to `git blame` line for line where the hunks are git's.

use std::collections::HashMap;

use crate::git::Oid;

use super::ancestors::Ancestors;
use super::timeline::Timeline;

/// Versions of a file through which lines are followed; a longer way is given up as old.
const MAX_VERSIONS: usize = 2000;

impl Timeline {
    /// For 0-based lines of a file as it was before `commit`: the position of the commit that brought
    /// each in. A line from before `ancestors` has no entry.
    pub fn owners(&self, ancestors: &Ancestors, path: &str, blob: Oid, lines: Vec<u32>) -> HashMap<u32, u32> {
        let mut owners = HashMap::new();
        // Each open piece: a version of the file, and (line there, line asked for), ascending.
        let mut lines: Vec<(u32, u32)> = lines.into_iter().map(|line| (line, line)).collect();
        lines.sort_unstable();
        let mut open = vec![(path, blob, lines)];
        let mut versions = 0;
        while let Some((path, blob, lines)) = open.pop() {
            versions += 1;
            if versions > MAX_VERSIONS {
                break;
            }
            let Some((position, file)) = self.producer(ancestors, path, blob) else { continue };
            let touch = &self.touches[position as usize].files[file as usize];
            let ignored = self.ignored.contains(&self.graph.commits[position as usize].id);
            let mut left = lines;
            for side in &touch.sides {
                let (carried, wrote) = side.carry_back(left, ignored);
                if let Some(before) = side.blob.filter(|_| !carried.is_empty()) {
                    open.push((&side.path, before, carried));
                }
                left = wrote;
            }
            owners.extend(left.into_iter().map(|(_, asked)| (asked, position)));
        }
        owners
    }

    /// The nearest ancestor that left this blob at this path.
    fn producer(&self, ancestors: &Ancestors, path: &str, blob: Oid) -> Option<(u32, u32)> {
        self.index.producers(path, blob).iter().copied().find(|(position, _)| ancestors.contains(*position))
    }
}
