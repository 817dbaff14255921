//! Which ancestors may have brought in what a commit changes, ranked.
//!
//! Candidates are the owners of removed lines, the owners of lines around an addition, and recent
//! ancestors that share a file, a module under test or a rare word. The score is
//!
//! ```text
//!   (√removed + .3·context + .2·same_file + .1·latest_toucher + .6·words) · (1 + .5·same_author)
//!   ────────────────────────────────────────────────────────────────────────────────────────────
//!      (1 + .15·ln(1+distance) + .1·ln(1+hours)) · (1 + .4·ln(1+files))
//! ```
//!
//! halved for a root commit, a revert or a merge; `context` weighs .6 where nothing was removed. `removed` is the part of the
//! removed lines that the candidate owns (a trivial line weighs .05, a line of a test .6), `words` the part
//! of the fix's identifiers, weighed by rarity, that the candidate added or removed. The weights were set
//! on 107 fixes whose developers named the origin.

use std::collections::{BTreeMap, BTreeSet};

use super::ancestors::Ancestors;
use super::text::Token;
use super::timeline::Timeline;
use super::touch::{FileTouch, Touches};

/// Ancestors, nearest first, that may be candidates for sharing a file or a word.
const NEAR: usize = 150;

/// Lines around a hunk that count as its context.
const CONTEXT: u32 = 3;

/// Removed lines whose owners are looked up per file; more say nothing that these do not.
const MAX_LINES: usize = 3000;

/// Words of a commit that are compared with its candidates'; the rarest say nearly all.
const MAX_WORDS: usize = 250;

/// One commit that may be the origin, with what speaks for it.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub position: u32,
    pub score: f64,
    /// Part of the removed lines' weight that it owns, 0 to 1.
    pub removed: f64,
    /// Part of the context lines that it owns, 0 to 1.
    pub context: f64,
    /// Part of the fix's identifiers by rarity, 0 to 1.
    pub words: f64,
    pub same_file: bool,
    pub same_author: bool,
    /// Ancestors between it and the fix.
    pub distance: u32,
}

/// Line weight by owner; `None` collects what is older than the window.
#[derive(Default)]
struct Shares {
    removed: BTreeMap<u32, f64>,
    removed_total: f64,
    context: BTreeMap<u32, f64>,
    context_total: f64,
}

/// The candidates of a commit, best first; at most `most`.
pub fn candidates(timeline: &Timeline, ancestors: &Ancestors, fix: u32, most: usize) -> Vec<Candidate> {
    let touches = &timeline.touches[fix as usize];
    let shares = shares(timeline, ancestors, touches);
    let words = telling_words(timeline, touches);
    let total_rarity: f64 = words.iter().map(|(_, rarity)| rarity).sum();
    let latest = latest_touchers(timeline, ancestors, touches);

    let mut positions: BTreeSet<u32> = shares.removed.keys().chain(shares.context.keys()).copied().collect();
    positions.extend(near_relatives(timeline, ancestors, touches));
    let mut found: Vec<Candidate> = positions
        .into_iter()
        .map(|position| {
            let overlap = overlap(timeline, &words, position) / total_rarity.max(f64::MIN_POSITIVE);
            let mut candidate = Candidate {
                position,
                score: 0.0,
                removed: part(&shares.removed, position, shares.removed_total),
                context: part(&shares.context, position, shares.context_total),
                words: overlap,
                same_file: shares_file(touches, &timeline.touches[position as usize]),
                same_author: timeline.authors[position as usize] == timeline.authors[fix as usize],
                distance: ancestors.distance(position).unwrap_or(u32::MAX),
            };
            candidate.score =
                score(timeline, fix, &candidate, shares.removed_total > 0.0, latest.contains(&position));
            candidate
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.position.cmp(&b.position)));
    found.truncate(most);
    found
}

fn score(timeline: &Timeline, fix: u32, candidate: &Candidate, removes: bool, latest: bool) -> f64 {
    let commits = &timeline.graph.commits;
    let (fix, origin) = (&commits[fix as usize], &commits[candidate.position as usize]);
    let files = timeline.touches[candidate.position as usize].files.len() as f64;
    let hours = (fix.commit_time - origin.commit_time).max(0) as f64 / 3600.0;
    let flag = |holds: bool, weight: f64| if holds { weight } else { 0.0 };
    let evidence = candidate.removed.sqrt()
        + if removes { 0.3 } else { 0.6 } * candidate.context
        + flag(candidate.same_file, 0.2)
        + flag(latest, 0.1)
        + 0.6 * candidate.words;
    let remoteness = 1.0 + 0.15 * f64::from(candidate.distance).ln_1p() + 0.1 * hours.ln_1p();
    evidence / remoteness * (1.0 + flag(candidate.same_author, 0.5)) / (1.0 + 0.4 * files.ln_1p())
        * if origin.parents.len() != 1 || origin.message.reverts.is_some() { 0.5 } else { 1.0 }
}

/// Owners of removed lines and of the lines around each hunk.
fn shares(timeline: &Timeline, ancestors: &Ancestors, touches: &Touches) -> Shares {
    let mut shares = Shares::default();
    for file in touches.files.iter().filter(|file| file.blob.is_some()) {
        let side = file.side();
        let Some(blob) = side.blob else { continue };
        let scale = if file.is_test { 0.6 } else { 1.0 };
        let (removed, context) = lines_asked(file);
        let asked = removed.iter().map(|(line, _)| *line).chain(context.iter().copied()).collect();
        let owners = timeline.owners(ancestors, &side.path, blob, asked);
        for (line, solid) in removed {
            let weight = scale * if solid { 1.0 } else { 0.05 };
            shares.removed_total += weight;
            if let Some(owner) = owners.get(&line) {
                *shares.removed.entry(*owner).or_default() += weight;
            }
        }
        for line in context {
            shares.context_total += scale;
            if let Some(owner) = owners.get(&line) {
                *shares.context.entry(*owner).or_default() += scale;
            }
        }
    }
    shares
}

/// Removed lines with whether they carry meaning, and the lines around hunks; old line numbers.
fn lines_asked(file: &FileTouch) -> (Vec<(u32, bool)>, Vec<u32>) {
    let side = file.side();
    let (mut removed, mut context) = (Vec::new(), BTreeSet::new());
    let mut solid = side.solid_old.iter();
    for (hunk, layout_only) in side.hunks.iter().zip(&side.layout_only) {
        for line in hunk.old_range() {
            let solid = *solid.next().unwrap_or(&false);
            if removed.len() < MAX_LINES {
                removed.push((line, solid && !layout_only));
            }
        }
        let end = hunk.old_start + hunk.old_lines;
        context.extend(hunk.old_start.saturating_sub(CONTEXT)..hunk.old_start);
        context.extend(end..end + CONTEXT);
    }
    let gone: BTreeSet<u32> = removed.iter().map(|(line, _)| *line).collect();
    (removed, context.difference(&gone).copied().take(MAX_LINES).collect())
}

/// Ancestors among the nearest that share a file, the module under test, or a rare word.
fn near_relatives(timeline: &Timeline, ancestors: &Ancestors, touches: &Touches) -> BTreeSet<u32> {
    let index = &timeline.index;
    let by_path = touches.files.iter().map(|file| index.touchers(&file.side().path));
    let by_stem =
        touches.files.iter().flat_map(|file| &file.imports).map(|stem| index.touchers_of_stem(*stem));
    let by_word = touches.words.iter().map(|word| index.users_of_rare(*word));
    let near: Vec<u32> =
        by_path.chain(by_stem).chain(by_word).flat_map(|positions| ancestors.near(positions, NEAR)).collect();
    near.into_iter().collect()
}

/// For each file of the fix, the nearest ancestor that touched it.
fn latest_touchers(timeline: &Timeline, ancestors: &Ancestors, touches: &Touches) -> BTreeSet<u32> {
    let latest =
        |file: &FileTouch| ancestors.near(timeline.index.touchers(&file.side().path), usize::MAX).next();
    touches.files.iter().filter_map(latest).collect()
}

/// The rarest words of a commit with their rarity, ascending by word.
fn telling_words(timeline: &Timeline, touches: &Touches) -> Vec<(Token, f64)> {
    let mut words: Vec<(Token, f64)> =
        touches.words.iter().map(|word| (*word, timeline.index.rarity(*word))).collect();
    if words.len() > MAX_WORDS {
        words.sort_by(|(a, rarity), (b, other)| other.total_cmp(rarity).then(a.cmp(b)));
        words.truncate(MAX_WORDS);
        words.sort_unstable_by_key(|(word, _)| *word);
    }
    words
}

/// Rarity of the words that the candidate added or removed; both lists are sorted.
fn overlap(timeline: &Timeline, words: &[(Token, f64)], candidate: u32) -> f64 {
    let mut theirs = timeline.touches[candidate as usize].words.as_slice();
    let mut sum = 0.0;
    for (word, rarity) in words {
        theirs = &theirs[theirs.partition_point(|other| other < word)..];
        if theirs.first() == Some(word) {
            sum += rarity;
        }
    }
    sum
}

fn shares_file(fix: &Touches, origin: &Touches) -> bool {
    fix.files.iter().any(|file| origin.files.iter().any(|other| other.path == file.side().path))
}

fn part(shares: &BTreeMap<u32, f64>, position: u32, total: f64) -> f64 {
    if total > 0.0 { shares.get(&position).copied().unwrap_or(0.0) / total } else { 0.0 }
}
