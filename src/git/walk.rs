//! The commits that can be reached, in an order in which children come before parents.

use std::collections::{BTreeSet, BinaryHeap, HashMap};

use git2::Oid;

use super::{Commit, Objects, Unreadable};

/// A part of history. Commits are known by their position: a parent's is always larger than its child's.
pub struct Graph {
    /// Children before parents; among those free to be next, the latest commit time first.
    pub commits: Vec<Commit>,
    /// Positions of each commit's parents, in their order, as far as they are in this graph.
    pub parents: Vec<Vec<u32>>,
    /// Ascending by id, for look-ups by a short name.
    positions: Vec<(Oid, u32)>,
    /// Named by a child or a tip, but not in the object store.
    pub missing: Vec<Oid>,
    /// Likewise, and in the object store, but cut short or overwritten.
    pub damaged: Vec<Oid>,
}

impl Graph {
    /// The position of a commit.
    pub fn position(&self, id: Oid) -> Option<u32> {
        self.positions.binary_search_by_key(&id, |(id, _)| *id).ok().map(|at| self.positions[at].1)
    }

    /// The position of the one commit whose name begins so; none if there are several.
    pub fn find(&self, prefix: &str) -> Option<u32> {
        let zeros = "0".repeat(40usize.checked_sub(prefix.len())?);
        let lowest = Oid::from_str(&format!("{prefix}{zeros}")).ok()?;
        let at = self.positions.partition_point(|(id, _)| *id < lowest);
        let mut matching =
            self.positions[at..].iter().take(2).filter(|(id, _)| id.to_string().starts_with(prefix));
        let found = matching.next()?.1;
        matching.next().is_none().then_some(found)
    }

    /// True if `ancestor` can be reached from `descendant` by one or more steps.
    pub fn is_ancestor(&self, ancestor: u32, descendant: u32) -> bool {
        let mut seen = std::collections::HashSet::new();
        let mut open = vec![descendant];
        while let Some(at) = open.pop() {
            for &parent in &self.parents[at as usize] {
                if parent == ancestor {
                    return true;
                }
                // Positions grow towards the past, so what lies beyond cannot lead back.
                if parent < ancestor && seen.insert(parent) {
                    open.push(parent);
                }
            }
        }
        false
    }

    /// The positions that can be reached from some tips, the tips included, as a flag each.
    pub fn reachable(&self, tips: impl IntoIterator<Item = u32>) -> Vec<bool> {
        let mut reached = vec![false; self.commits.len()];
        for tip in tips {
            reached[tip as usize] = true;
        }
        for at in 0..reached.len() {
            if reached[at] {
                for &parent in &self.parents[at] {
                    reached[parent as usize] = true;
                }
            }
        }
        reached
    }
}

/// Commits in a row that must be too old to end a line of history: a single one may have a clock that
/// lies, and what lies behind it be recent.
pub const DOUBT: u32 = 4;

/// Reads the commits reachable from `tips`, latest commit time first, and stops following a line of
/// history at a few commits in a row older than `oldest` (commit time, seconds), or at a tip that is, and
/// every line once `most` commits were followed, however many the tips are. The cuts only bound what is
/// read; order comes from ancestry, never from dates.
pub fn walk(objects: &Objects, tips: &[Oid], oldest: Option<i64>, most: Option<usize>) -> Graph {
    let mut commits: HashMap<Oid, Commit> = HashMap::new();
    let (mut missing, mut damaged) = (BTreeSet::new(), BTreeSet::new());
    let mut queue = BinaryHeap::new();
    let mut meet = |id, row, commits: &mut HashMap<Oid, Commit>, queue: &mut BinaryHeap<(i64, Oid, u32)>| {
        if commits.contains_key(&id) {
            return;
        }
        match Commit::read(objects, id) {
            Ok(commit) => {
                queue.push((commit.commit_time, id, row));
                commits.insert(id, commit);
            }
            Err(Unreadable::Damaged) => {
                damaged.insert(id);
            }
            Err(_) => {
                missing.insert(id);
            }
        }
    };
    for tip in tips {
        meet(*tip, DOUBT, &mut commits, &mut queue);
    }
    let mut followed = 0;
    while let Some((time, id, row)) = queue.pop() {
        let row = if oldest.is_some_and(|oldest| time < oldest) { row + 1 } else { 0 };
        if most.is_some_and(|most| followed >= most) {
            break;
        }
        if row > DOUBT {
            continue;
        }
        followed += 1;
        for parent in commits[&id].parents.clone() {
            meet(parent, row, &mut commits, &mut queue);
        }
    }
    let graph = sort(commits);
    Graph { missing: missing.into_iter().collect(), damaged: damaged.into_iter().collect(), ..graph }
}

/// Kahn's algorithm from the childless commits down.
fn sort(mut read: HashMap<Oid, Commit>) -> Graph {
    let mut children: HashMap<Oid, u32> = HashMap::with_capacity(read.len());
    for commit in read.values() {
        for parent in &commit.parents {
            *children.entry(*parent).or_default() += 1;
        }
    }
    let mut free: BinaryHeap<(i64, Oid)> = read
        .values()
        .filter(|commit| !children.contains_key(&commit.id))
        .map(|commit| (commit.commit_time, commit.id))
        .collect();
    let mut commits = Vec::with_capacity(read.len());
    let mut positions = HashMap::with_capacity(read.len());
    while let Some((_, id)) = free.pop() {
        let Some(commit) = read.remove(&id) else { continue };
        positions.insert(id, commits.len() as u32);
        for parent in &commit.parents {
            let waiting = children.get_mut(parent).expect("counted above");
            *waiting -= 1;
            if *waiting == 0
                && let Some(parent) = read.get(parent)
            {
                free.push((parent.commit_time, parent.id));
            }
        }
        commits.push(commit);
    }
    let parents = commits
        .iter()
        .map(|commit| commit.parents.iter().filter_map(|parent| positions.get(parent).copied()).collect())
        .collect();
    let mut positions: Vec<(Oid, u32)> = positions.into_iter().collect();
    positions.sort_unstable();
    Graph { commits, parents, positions, missing: Vec::new(), damaged: Vec::new() }
}
