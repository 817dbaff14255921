//! Chains of corrections of one origin: what one mistake cost.

use std::collections::HashMap;

use super::timeline::Timeline;
use super::verdict::Verdict;

/// One origin and the corrections that it took, as positions in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    pub origin: u32,
    /// Oldest first.
    pub fixes: Vec<u32>,
    /// Author time from the origin to the last fix.
    pub minutes: i64,
    /// Code lines removed and added by the fixes.
    pub lines: usize,
}

/// Groups corrections that are at least so likely by their likeliest origin; a correction of a correction
/// joins its episode. Ordered by origin, newest first.
pub fn episodes(timeline: &Timeline, corrections: &[Verdict], least: f64) -> Vec<Episode> {
    let mut oldest_first: Vec<&Verdict> =
        corrections.iter().filter(|verdict| verdict.confidence >= least).collect();
    oldest_first.sort_by_key(|verdict| std::cmp::Reverse(verdict.fix));
    let mut episode_of: HashMap<u32, usize> = HashMap::new();
    let mut episodes: Vec<Episode> = Vec::new();
    for verdict in oldest_first {
        let Some((origin, _)) = verdict.origins.first().copied() else { continue };
        let at = *episode_of.entry(origin).or_insert_with(|| {
            episodes.push(Episode { origin, fixes: Vec::new(), minutes: 0, lines: 0 });
            episodes.len() - 1
        });
        episode_of.entry(verdict.fix).or_insert(at);
        let episode = &mut episodes[at];
        episode.fixes.push(verdict.fix);
        episode.minutes = episode.minutes.max(minutes_between(timeline, episode.origin, verdict.fix));
        let touches = verdict.amended.as_ref().unwrap_or(&timeline.touches[verdict.fix as usize]);
        episode.lines += touches.lines();
    }
    episodes.sort_by_key(|episode| (episode.origin, episode.fixes.clone()));
    episodes
}

/// Author time from one commit to a later one; never negative.
pub fn minutes_between(timeline: &Timeline, origin: u32, fix: u32) -> i64 {
    let time = |position: u32| timeline.graph.commits[position as usize].author_time;
    ((time(fix) - time(origin)) / 60).max(0)
}
