//! What a pattern cost: minutes, lines and rounds, from the episodes in which it occurs.

use std::collections::{BTreeSet, HashMap};

use crate::model::{Correction, Episode, ROUND_MINUTES};

/// A longer gap means that nobody was at work.
const GAP_CAP_MINUTES: i64 = 8 * 60;

/// Time and rounds that a set of corrections took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Toll {
    pub episodes: usize,
    pub rounds: usize,
    pub minutes: i64,
}

impl Toll {
    /// What ranks: minutes and [`ROUND_MINUTES`] for every round.
    pub fn weight(self) -> i64 {
        weight(self.minutes, self.rounds)
    }
}

/// What ranks patterns and their examples, in minutes.
pub(super) fn weight(minutes: i64, rounds: usize) -> i64 {
    minutes.saturating_add((rounds as i64).saturating_mul(ROUND_MINUTES))
}

/// Finds the episodes of corrections.
pub(super) struct Ledger<'a> {
    episodes: &'a [Episode],
    by_fix: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Ledger<'a> {
    pub fn new(episodes: &'a [Episode]) -> Ledger<'a> {
        let mut by_fix: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, episode) in episodes.iter().enumerate() {
            for fix in &episode.fixes {
                by_fix.entry(&fix.sha).or_default().push(index);
            }
        }
        Ledger { episodes, by_fix }
    }

    /// The toll of some corrections. An episode counts once and whole; a correction outside every
    /// episode counts as one round with its own gap.
    pub fn toll<'c>(&self, corrections: impl IntoIterator<Item = &'c Correction>) -> Toll {
        let mut toll = Toll::default();
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        for correction in corrections {
            match self.by_fix.get(correction.fix.sha.as_str()) {
                Some(indices) => seen.extend(indices),
                None => {
                    toll.rounds += 1;
                    toll.minutes += capped(correction.gap_seconds.unwrap_or(0));
                }
            }
        }
        toll.episodes = seen.len();
        for index in seen {
            toll.rounds += self.episodes[index].rounds;
            toll.minutes += minutes(&self.episodes[index]);
        }
        toll
    }
}

/// Minutes from an episode's origin to its last fix, each gap capped.
fn minutes(episode: &Episode) -> i64 {
    let mut last = episode.origin.time;
    let mut sum = 0;
    for fix in &episode.fixes {
        sum += capped(fix.time.saturating_sub(last));
        last = last.max(fix.time);
    }
    sum
}

fn capped(seconds: i64) -> i64 {
    (seconds / 60).clamp(0, GAP_CAP_MINUTES)
}
