//! Which commits are not judged, and why.

use std::collections::{HashMap, HashSet};

use crate::git::{Commit, Oid, PersonId};

use super::timeline::Timeline;

/// Code files in a change beyond which it is a sweep: nobody corrects a mistake in so many at once.
const SWEEP_FILES: usize = 150;

/// Programs that commit on a schedule. A coding agent is not one of them: its mistakes count.
const BOTS: [&str; 14] = [
    "dependabot[bot]",
    "dependabot-preview[bot]",
    "renovate[bot]",
    "renovate-bot",
    "github-actions[bot]",
    "github-actions",
    "pre-commit-ci[bot]",
    "greenkeeper[bot]",
    "snyk-bot",
    "allcontributors[bot]",
    "semantic-release-bot",
    "imgbot[bot]",
    "mergify[bot]",
    "weblate",
];

/// Why a commit is left out, by position; the others are judged.
#[derive(Default)]
pub struct Skipped {
    reasons: HashMap<u32, &'static str>,
}

impl Skipped {
    /// Decides for the `wanted` commits. `heads` marks those reachable from HEAD, `refs` those reachable
    /// from any ref: of two commits with the same edits the one nearer to HEAD is judged.
    /// `amended` are originals of amends; `paths` limits what is judged, where there are any.
    pub fn of(
        timeline: &Timeline,
        wanted: &[u32],
        heads: &[bool],
        refs: &[bool],
        amended: &HashSet<Oid>,
        paths: &[String],
    ) -> Skipped {
        let mut reasons = HashMap::new();
        for &position in wanted {
            let reason = by_itself(timeline, position, refs, amended, paths);
            reasons.extend(reason.map(|reason| (position, reason)));
        }
        let mut nearest_first = wanted.to_vec();
        nearest_first.sort_by_key(|&at| (!heads[at as usize], !refs[at as usize], std::cmp::Reverse(at)));
        let mut patches: HashMap<(u64, PersonId), u32> = HashMap::new();
        let mut written = HashSet::new();
        for position in nearest_first {
            if reasons.contains_key(&position) {
                continue;
            }
            let commit = &timeline.graph.commits[position as usize];
            let author = timeline.authors[position as usize];
            let patch = (timeline.touches[position as usize].patch_id, author);
            let first = *patches.entry(patch).or_insert(position);
            if first != position && !made_again(timeline, heads, first, position) {
                reasons.insert(position, "duplicate");
            } else if !written.insert(identity(commit, author)) && !refs[position as usize] {
                reasons.insert(position, "rewritten");
            }
        }
        Skipped { reasons }
    }

    pub fn reason(&self, position: u32) -> Option<&'static str> {
        self.reasons.get(&position).copied()
    }
}

/// True if an edit was made twice on the line of history that leads to HEAD, as when a fix was undone
/// in between: a round of its own, not a copy.
fn made_again(timeline: &Timeline, heads: &[bool], one: u32, other: u32) -> bool {
    let (newer, older) = (one.min(other), one.max(other));
    heads[one as usize] && heads[other as usize] && timeline.graph.is_ancestor(older, newer)
}

/// What a rebase or an amend keeps.
fn identity(commit: &Commit, author: PersonId) -> (PersonId, i64, &str) {
    (author, commit.author_time, &commit.message.subject)
}

fn by_itself(
    timeline: &Timeline,
    position: u32,
    on_a_ref: &[bool],
    amended: &HashSet<Oid>,
    paths: &[String],
) -> Option<&'static str> {
    let commit = &timeline.graph.commits[position as usize];
    let touches = &timeline.touches[position as usize];
    if commit.parents.len() > 1 {
        return Some("merge");
    }
    if timeline.graph.parents[position as usize].len() < commit.parents.len() {
        return Some("history-cut-off");
    }
    if timeline.ignored.contains(&commit.id) {
        return Some("ignored-revs");
    }
    if is_bot(&commit.author_name) {
        return Some("bot");
    }
    if amended.contains(&commit.id) && !on_a_ref[position as usize] {
        return Some("rewritten");
    }
    if touches.files.is_empty() {
        return Some("no-code");
    }
    if !paths.is_empty() && !touches.files.iter().any(|file| is_under(&file.path, paths)) {
        return Some("other-paths");
    }
    (touches.files.len() > SWEEP_FILES).then_some("sweep")
}

/// True if a path is one of some files or lies in one of some folders.
pub fn is_under(path: &str, places: &[String]) -> bool {
    places.iter().any(|place| {
        let place = place.trim_start_matches("./").trim_end_matches('/');
        path.strip_prefix(place)
            .is_some_and(|rest| place.is_empty() || rest.is_empty() || rest.starts_with('/'))
    })
}

/// By the whole name: people are named Claude, and Renovate is a surname.
fn is_bot(name: &str) -> bool {
    BOTS.iter().any(|bot| name.eq_ignore_ascii_case(bot))
}
