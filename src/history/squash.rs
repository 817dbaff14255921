//! A squash merge folds the commits of a pull request into one, which then corrects again what they
//! corrected. Where the pull request's own commits can be read, they tell it better: who, when, in how
//! many rounds.

use std::collections::{HashMap, HashSet};

use super::timeline::Timeline;
use super::verdict::Verdict;

/// Commits of a pull request that are looked at.
const MAX_COMMITS: usize = 500;

/// Positions of the squash merges among some corrections whose pull request has a commit that corrects
/// something outside of it too. `heads` marks what HEAD reaches; `pulls` are the heads of pull requests by
/// number.
pub fn repeated_squashes(
    timeline: &Timeline,
    verdicts: &[Verdict],
    heads: &[bool],
    pulls: &HashMap<u64, u32>,
) -> HashSet<u32> {
    let reaches_out = |verdict: &&Verdict| {
        verdict.is_likely()
            && !heads[verdict.fix as usize]
            && verdict.origins.first().is_some_and(|(origin, _)| heads[*origin as usize])
    };
    let told: HashSet<u32> = verdicts.iter().filter(reaches_out).map(|verdict| verdict.fix).collect();
    let is_repeated = |fix: &u32| {
        let number = timeline.graph.commits[*fix as usize].message.pull;
        let pull = number.filter(|_| heads[*fix as usize]).and_then(|number| pulls.get(&number));
        pull.is_some_and(|head| commits_beside(timeline, *head, heads).any(|commit| told.contains(&commit)))
    };
    verdicts.iter().map(|verdict| verdict.fix).filter(is_repeated).collect()
}

/// A pull request's head and those of its ancestors that HEAD does not reach.
fn commits_beside<'a>(
    timeline: &'a Timeline,
    head: u32,
    heads: &'a [bool],
) -> impl Iterator<Item = u32> + 'a {
    let (mut open, mut seen) = (vec![head], HashSet::new());
    let next = move || {
        while let Some(at) = open.pop() {
            if !heads[at as usize] && seen.insert(at) {
                open.extend(&timeline.graph.parents[at as usize]);
                return Some(at);
            }
        }
        None
    };
    std::iter::from_fn(next).take(MAX_COMMITS)
}
