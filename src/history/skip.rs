//! Which commits are not judged, and why.

use std::collections::{HashMap, HashSet};

use crate::git::{Commit, Oid, PersonId};

use super::candidates::share_file;
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
        let mut seen = Seen::new(timeline, heads, refs);
        for position in nearest_first {
            if !reasons.contains_key(&position) {
                reasons.extend(seen.again(position).map(|reason| (position, reason)));
            }
        }
        Skipped { reasons }
    }

    pub fn reason(&self, position: u32) -> Option<&'static str> {
        self.reasons.get(&position).copied()
    }

    /// Leaves out a squash merge that repeats what commits of its pull request tell.
    pub fn leave_out_squash(&mut self, position: u32) {
        self.reasons.insert(position, "squash");
    }
}

/// The commits met so far, nearest to HEAD first, by what their copies elsewhere have in common with them.
struct Seen<'a> {
    timeline: &'a Timeline,
    heads: &'a [bool],
    refs: &'a [bool],
    patches: HashMap<(u64, PersonId), u32>,
    written: HashMap<(PersonId, i64, &'a str), u32>,
    kept: HashSet<u32>,
    /// Those that a kept commit says it was picked from.
    picked: HashSet<u32>,
}

impl<'a> Seen<'a> {
    fn new(timeline: &'a Timeline, heads: &'a [bool], refs: &'a [bool]) -> Seen<'a> {
        let (patches, written) = (HashMap::new(), HashMap::new());
        Seen { timeline, heads, refs, patches, written, kept: HashSet::new(), picked: HashSet::new() }
    }

    /// Why a commit only repeats one that was met before, if it does.
    fn again(&mut self, position: u32) -> Option<&'static str> {
        let commit = &self.timeline.graph.commits[position as usize];
        let author = self.timeline.authors[position as usize];
        let patch = (self.timeline.touches[position as usize].patch_id, author);
        let first = *self.patches.entry(patch).or_insert(position);
        if first != position && !self.made_again(first, position) {
            return Some("duplicate");
        }
        let first = *self.written.entry(identity(commit, author)).or_insert(position);
        if first != position && !self.refs[position as usize] {
            return Some("rewritten");
        }
        let original = commit.message.picked_from.as_ref().and_then(|sha| self.timeline.graph.find(sha));
        let of_kept = original.filter(|original| self.kept.contains(original));
        let copies = [(first != position).then_some(first), of_kept];
        if self.picked.contains(&position)
            || copies.into_iter().flatten().any(|at| self.is_copy(at, position))
        {
            return Some("duplicate");
        }
        self.kept.insert(position);
        self.picked.extend(original.filter(|original| self.is_copy(*original, position)));
        None
    }

    /// True if an edit was made twice on the line of history that leads to HEAD, as when a fix was undone
    /// in between: a round of its own, not a copy.
    fn made_again(&self, one: u32, other: u32) -> bool {
        let (newer, older) = (one.min(other), one.max(other));
        self.heads[one as usize]
            && self.heads[other as usize]
            && self.timeline.graph.is_ancestor(older, newer)
    }

    /// True if two commits that were written as one, and then changed on the way to another branch as a
    /// conflict asked for, are still the same: they stand side by side and share a file.
    fn is_copy(&self, one: u32, other: u32) -> bool {
        let touches = &self.timeline.touches;
        let (newer, older) = (one.min(other), one.max(other));
        share_file(&touches[one as usize], &touches[other as usize])
            && !self.timeline.graph.is_ancestor(older, newer)
    }
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
