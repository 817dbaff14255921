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
//! halved for a root commit, a revert or a merge; `context` weighs .6 where nothing was removed. `removed`
//! is the part of the removed lines that the candidate owns (a trivial line weighs .05, a line of a test
//! .6), `words` the part of the fix's identifiers, weighed by rarity, that the candidate added or removed.
//! How rare a word is, the nearest ancestors tell, so that a verdict rests on the past alone. The weights
//! were set on 107 fixes whose developers named the origin.

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

/// A word that more of the nearest ancestors used tells nothing about which one is meant.
const RARE: usize = 20;

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

/// The candidates of a commit, best first. With `lines_only` there are none where no line that the commit
/// changes, or its neighbour, is of an ancestor.
pub fn candidates(timeline: &Timeline, ancestors: &Ancestors, fix: u32, lines_only: bool) -> Vec<Candidate> {
    let touches = &timeline.touches[fix as usize];
    let shares = shares(timeline, ancestors, touches);
    if lines_only && shares.removed.is_empty() && shares.context.is_empty() {
        return Vec::new();
    }
    let latest = latest_touchers(timeline, ancestors, touches);
    let words = Words::of(timeline, ancestors, touches);
    let mut positions: BTreeSet<u32> = shares.removed.keys().chain(shares.context.keys()).copied().collect();
    positions.extend(near_relatives(timeline, ancestors, touches));
    positions.extend(&words.relatives);
    let mut found: Vec<Candidate> = positions
        .into_iter()
        .map(|position| {
            let mut candidate = Candidate {
                position,
                score: 0.0,
                removed: part(&shares.removed, position, shares.removed_total),
                context: part(&shares.context, position, shares.context_total),
                words: words.shared_with(timeline, ancestors, position),
                same_file: share_file(touches, &timeline.touches[position as usize]),
                same_author: timeline.authors[position as usize] == timeline.authors[fix as usize],
                distance: ancestors.distance(position).unwrap_or(u32::MAX),
            };
            candidate.score =
                score(timeline, fix, &candidate, shares.removed_total > 0.0, latest.contains(&position));
            candidate
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.position.cmp(&b.position)));
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

/// Ancestors among the nearest that share a file or touched the module under test.
fn near_relatives(timeline: &Timeline, ancestors: &Ancestors, touches: &Touches) -> Vec<u32> {
    let index = &timeline.index;
    let by_path = touches.files.iter().map(|file| index.touchers(&file.side().path));
    let by_stem =
        touches.files.iter().flat_map(|file| &file.imports).map(|stem| index.touchers_of_stem(*stem));
    by_path.chain(by_stem).flat_map(|positions| ancestors.near(positions, NEAR)).collect()
}

/// For each file of the fix, the nearest ancestor that touched it.
fn latest_touchers(timeline: &Timeline, ancestors: &Ancestors, touches: &Touches) -> BTreeSet<u32> {
    let latest =
        |file: &FileTouch| ancestors.near(timeline.index.touchers(&file.side().path), usize::MAX).next();
    touches.files.iter().filter_map(latest).collect()
}

/// The identifiers of a fix, weighed by how few of the nearest ancestors added or removed them.
struct Words {
    /// With its rarity, rarest first.
    rarity: Vec<(Token, f64)>,
    total: f64,
    /// What each of the nearest shares, by distance: most candidates are among them.
    near: Vec<f64>,
    /// Those of the nearest that use a rare word.
    relatives: Vec<u32>,
}

impl Words {
    fn of(timeline: &Timeline, ancestors: &Ancestors, touches: &Touches) -> Words {
        let users = |word: Token| ancestors.near_distances(timeline.index.users(word), NEAR);
        let mut counted: Vec<(usize, Token)> =
            touches.words.iter().map(|word| (users(*word).count(), *word)).collect();
        counted.sort_unstable();
        counted.truncate(MAX_WORDS);
        let near = ancestors.nearest().len().min(NEAR);
        let mut words =
            Words { rarity: Vec::new(), total: 0.0, near: vec![0.0; near], relatives: Vec::new() };
        for (count, word) in counted {
            let rarity = (1.0 + near as f64 / (count as f64).max(1.0)).ln();
            for distance in users(word) {
                words.near[distance] += rarity;
                if count <= RARE {
                    words.relatives.push(ancestors.nearest()[distance]);
                }
            }
            words.total += rarity;
            words.rarity.push((word, rarity));
        }
        words
    }

    /// The part, 0 to 1, that a commit added or removed too.
    fn shared_with(&self, timeline: &Timeline, ancestors: &Ancestors, other: u32) -> f64 {
        let near = ancestors.distance(other).and_then(|distance| self.near.get(distance as usize));
        let shared = near.copied().unwrap_or_else(|| {
            let theirs = &timeline.touches[other as usize].words;
            let common = self.rarity.iter().filter(|(word, _)| theirs.binary_search(word).is_ok());
            common.map(|(_, rarity)| rarity).sum()
        });
        shared / self.total.max(f64::MIN_POSITIVE)
    }
}

/// True if one commit touched a file where another left it.
pub(super) fn share_file(fix: &Touches, origin: &Touches) -> bool {
    let has = |path: &str| origin.files.binary_search_by(|file| (*file.path).cmp(path)).is_ok();
    fix.files.iter().any(|file| has(&file.side().path))
}

fn part(shares: &BTreeMap<u32, f64>, position: u32, total: f64) -> f64 {
    if total > 0.0 { shares.get(&position).copied().unwrap_or(0.0) / total } else { 0.0 }
}
