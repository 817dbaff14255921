//! The recent past of one commit.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

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

/// Ancestors of a commit within a window, each with its distance: how many ancestors lie between.
pub struct Ancestors {
    distance: HashMap<u32, u32>,
    nearest: Vec<u32>,
}

impl Ancestors {
    /// Children before parents, as the graph has them.
    pub fn of(graph: &Graph, commit: u32, window: Window) -> Ancestors {
        let oldest = window.seconds.map(|seconds| graph.commits[commit as usize].commit_time - seconds);
        let mut distance = HashMap::new();
        let mut nearest = Vec::new();
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
                distance.insert(at, nearest.len() as u32);
                nearest.push(at);
            }
            open.extend(graph.parents[at as usize].iter().map(|parent| Reverse((*parent, row))));
        }
        Ancestors { distance, nearest }
    }

    pub fn contains(&self, position: u32) -> bool {
        self.distance.contains_key(&position)
    }

    pub fn distance(&self, position: u32) -> Option<u32> {
        self.distance.get(&position).copied()
    }

    /// Positions, nearest first.
    pub fn nearest(&self) -> &[u32] {
        &self.nearest
    }
}
