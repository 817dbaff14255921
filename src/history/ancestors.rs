//! The recent past of one commit.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::git::{DOUBT, Graph};

/// How far back an origin is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Seconds of commit time before the fix; none for all of history.
    pub seconds: Option<i64>,
    /// Ancestors, nearest first.
    pub commits: usize,
}

impl Window {
    /// Two weeks: what is older was not rework but an old bug.
    pub const RECENT: Window = Window { seconds: Some(14 * 86_400), commits: 2000 };
    /// Everything, for commits named one by one.
    pub const ALL: Window = Window { seconds: None, commits: usize::MAX };
}

/// Ancestors of a commit within a window: positions, nearest first, which is ascending, as the graph has
/// children before parents.
pub struct Ancestors(Vec<u32>);

impl Ancestors {
    pub fn of(graph: &Graph, commit: u32, window: Window) -> Ancestors {
        let oldest = window.seconds.map(|seconds| graph.commits[commit as usize].commit_time - seconds);
        let mut nearest: Vec<u32> = Vec::new();
        // Each open commit with how many in a row before it were too old. Positions come in ascending
        // order, the fewest in a row first, so one that was met twice comes twice running.
        let mut open: BinaryHeap<_> =
            graph.parents[commit as usize].iter().map(|parent| Reverse((*parent, 0))).collect();
        let mut last = commit;
        while let Some(Reverse((at, row))) = open.pop() {
            if at == last || nearest.len() >= window.commits {
                continue;
            }
            last = at;
            let too_old = oldest.is_some_and(|oldest| graph.commits[at as usize].commit_time < oldest);
            let row = if too_old { row + 1 } else { 0 };
            if row > DOUBT {
                continue;
            }
            if !too_old {
                nearest.push(at);
            }
            open.extend(graph.parents[at as usize].iter().map(|parent| Reverse((*parent, row))));
        }
        Ancestors(nearest)
    }

    pub fn contains(&self, position: u32) -> bool {
        self.0.binary_search(&position).is_ok()
    }

    /// How many ancestors lie between one and the commit.
    pub fn distance(&self, position: u32) -> Option<u32> {
        self.0.binary_search(&position).ok().map(|distance| distance as u32)
    }

    /// Nearest first.
    pub fn nearest(&self) -> &[u32] {
        &self.0
    }

    /// Of some ascending positions, those that are among the `most` nearest.
    pub fn near<'a>(&'a self, positions: &'a [u32], most: usize) -> impl Iterator<Item = u32> + 'a {
        self.near_distances(positions, most).map(|distance| self.0[distance])
    }

    /// The distances of those of some ascending positions that are among the `most` nearest.
    pub fn near_distances<'a>(
        &'a self,
        positions: &'a [u32],
        most: usize,
    ) -> impl Iterator<Item = usize> + 'a {
        let near = &self.0[..self.0.len().min(most)];
        let first = near.first().copied().unwrap_or(u32::MAX);
        let last = near.last().copied().unwrap_or(0);
        let start = positions.partition_point(|position| *position < first);
        positions[start..]
            .iter()
            .take_while(move |position| **position <= last)
            .filter_map(|position| near.binary_search(position).ok())
    }
}
