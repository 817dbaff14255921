//! Corrections → patterns, costliest first.
//!
//! A pattern's weight is the minutes of the episodes in which it occurs and
//! [`ROUND_MINUTES`](crate::model::ROUND_MINUTES) for each of their rounds. Equal weights are ordered by the
//! number of corrections, then by id, so the order never depends on that of the input.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::classify::pattern_info;
use crate::model::{Claim, Correction, Cost, Counts, Episode, Example, Family, HunkRecord, Pattern};

use super::cost::{Ledger, weight};
use super::globs::globs;
use super::recurring::{LooseHunk, recurring};
use super::share::{share, trend, wilson};

/// A correction as it can be shown: lines before and after at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    pub path: String,
    /// Longer texts are cut to twelve lines.
    pub before: String,
    pub after: String,
}

/// What patterns are learned from.
pub struct Corpus<'a> {
    pub corrections: &'a [Correction],
    pub episodes: &'a [Episode],
    /// Hunks of corrections that no claim names; edits that recur among them become local patterns.
    pub unclaimed: &'a [LooseHunk],
    /// Less likely corrections are not learned from. Nor are claims that are less likely than this, or,
    /// where it is above a half, than not.
    pub least: f64,
    /// Author times of the oldest and newest judged commit; where unknown, those of the corrections.
    pub span: (Option<i64>, Option<i64>),
    /// Shows the lines of a claim; asked only for the few corrections that become examples.
    pub lesson: &'a dyn Fn(&Correction, &Claim) -> Option<Lesson>,
    /// True for a folder, the root (an empty path) among them, in which somebody may still work.
    pub stands: &'a dyn Fn(&str) -> bool,
}

impl<'a> Corpus<'a> {
    /// The corrections that are learned from, with their places.
    fn likely(&self) -> impl Iterator<Item = (usize, &'a Correction)> + use<'a> {
        let least = self.least;
        self.corrections.iter().enumerate().filter(move |(_, correction)| correction.confidence >= least)
    }
}

/// Examples that a pattern carries.
const EXAMPLES: usize = 3;

/// Corrections asked for their lines before a pattern does without.
const ASKED: usize = 12;

/// Lines of an example, and characters of such a line.
const EXAMPLE_LINES: usize = 12;
const EXAMPLE_WIDTH: usize = 240;

/// Every pattern of the corpus, costliest first.
pub fn rank(corpus: &Corpus) -> Vec<Pattern> {
    let view = View { corpus, ledger: Ledger::new(corpus.episodes), span: span(corpus) };
    let mut patterns: Vec<Pattern> = known(corpus)
        .iter()
        .map(|((family, name), sightings)| view.known_pattern(*family, name, sightings))
        .collect();
    let likely = |hunk: &&LooseHunk| corpus.corrections[hunk.correction].confidence >= corpus.least;
    let unclaimed: Vec<LooseHunk> = corpus.unclaimed.iter().filter(likely).cloned().collect();
    for local in recurring(&unclaimed, corpus.corrections) {
        let sightings = local_sightings(&unclaimed, &local.hunks);
        patterns.push(Pattern {
            sentence: local.sentence,
            always: local.always,
            never: local.never,
            local: true,
            ..view.pattern(local.family, &local.name, &sightings)
        });
    }
    patterns.sort_by(|a, b| {
        let key =
            |p: &Pattern| (Reverse(weight(p.cost.minutes, p.cost.rounds)), Reverse(p.counts.corrections));
        key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
    });
    patterns
}

/// One correction in which a pattern shows.
struct Sighting<'a> {
    paths: BTreeSet<&'a str>,
    lines: usize,
    shown: Shown<'a>,
}

/// Where a sighting's example comes from.
enum Shown<'a> {
    Claim(&'a Claim),
    Hunk(&'a LooseHunk),
}

/// Sightings by index of the correction.
type Sightings<'a> = BTreeMap<usize, Sighting<'a>>;

/// The claims of all corrections by family and pattern.
fn known<'a>(corpus: &Corpus<'a>) -> BTreeMap<(Family, &'a str), Sightings<'a>> {
    let mut groups: BTreeMap<(Family, &str), Sightings> = BTreeMap::new();
    for (index, correction) in corpus.likely() {
        for claim in correction.families.iter().filter(|claim| claim.confidence >= corpus.least.min(0.5)) {
            let sighting = groups
                .entry((claim.family, &claim.pattern))
                .or_default()
                .entry(index)
                .or_insert_with(|| claim_sighting(correction, claim));
            sighting.paths.extend(claim.evidence.iter().map(|evidence| evidence.path.as_str()));
        }
    }
    groups
}

/// The hunks on which a claim rests; all of the correction's where none is named.
fn claim_sighting<'a>(correction: &'a Correction, claim: &'a Claim) -> Sighting<'a> {
    let rests_on = |hunk: &&HunkRecord| {
        hunk.families.iter().any(|of| of.family == claim.family && of.pattern == claim.pattern)
    };
    let mut hunks: Vec<&HunkRecord> = correction.hunks.iter().filter(rests_on).collect();
    if hunks.is_empty() {
        hunks = correction.hunks.iter().collect();
    }
    let lines = hunks.iter().map(|hunk| (hunk.old_lines + hunk.new_lines) as usize).sum();
    // Where evidence names a file, the other files of the commit say nothing of where it happens.
    let paths = match claim.evidence.is_empty() {
        true => hunks.iter().map(|hunk| hunk.path.as_str()).collect(),
        false => BTreeSet::new(),
    };
    Sighting { paths, lines, shown: Shown::Claim(claim) }
}

fn local_sightings<'a>(hunks: &'a [LooseHunk], chosen: &[usize]) -> Sightings<'a> {
    let mut sightings = Sightings::new();
    for hunk in chosen.iter().map(|index| &hunks[*index]) {
        let sighting = sightings.entry(hunk.correction).or_insert_with(|| Sighting {
            paths: BTreeSet::new(),
            lines: 0,
            shown: Shown::Hunk(hunk),
        });
        sighting.paths.insert(&hunk.path);
        sighting.lines += hunk.before.lines().count() + hunk.after.lines().count();
    }
    sightings
}

/// The scanned time, or that of the corrections.
fn span(corpus: &Corpus) -> (i64, i64) {
    let times = || corpus.corrections.iter().map(|correction| correction.fix.time);
    let since = corpus.span.0.or_else(|| times().min()).unwrap_or(0);
    let until = corpus.span.1.or_else(|| times().max()).unwrap_or(0);
    (since, until.max(since))
}

/// What every pattern is measured against.
struct View<'a> {
    corpus: &'a Corpus<'a>,
    ledger: Ledger<'a>,
    span: (i64, i64),
}

impl View<'_> {
    /// A pattern of the catalogue, with its sentences.
    fn known_pattern(&self, family: Family, name: &str, sightings: &Sightings) -> Pattern {
        let measured = self.pattern(family, name, sightings);
        match pattern_info(name) {
            Some(info) => Pattern {
                sentence: info.sentence.clone(),
                always: info.always.clone(),
                never: info.never.clone(),
                rules: info.guards(),
                ..measured
            },
            None => measured,
        }
    }

    /// A pattern without its sentences.
    fn pattern(&self, family: Family, name: &str, sightings: &Sightings) -> Pattern {
        let corrections: Vec<&Correction> =
            sightings.keys().map(|index| &self.corpus.corrections[*index]).collect();
        let origins: BTreeSet<&str> =
            corrections.iter().filter_map(|c| c.origins.first()).map(|origin| origin.sha.as_str()).collect();
        let toll = self.ledger.toll(corrections.iter().copied());
        let total = self.corpus.likely().count();
        Pattern {
            id: format!("{}/{name}", family.name()),
            family,
            pattern: name.to_string(),
            sentence: format!("{} ({}).", name.replace('-', " "), family.name().replace('_', " ")),
            counts: Counts {
                corrections: corrections.len(),
                origins: origins.len(),
                episodes: toll.episodes,
                rounds: toll.rounds,
            },
            cost: Cost {
                minutes: toll.minutes,
                lines: sightings.values().map(|sighting| sighting.lines).sum(),
                rounds: toll.rounds,
            },
            share: share(corrections.len(), total),
            interval: wilson(corrections.len(), total),
            trend: trend(corrections.iter().map(|correction| correction.fix.time), self.span),
            always: String::new(),
            never: String::new(),
            files: globs(
                sightings.values().flat_map(|sighting| sighting.paths.iter().copied()),
                self.corpus.stands,
            ),
            examples: self.examples(sightings),
            rules: Vec::new(),
            local: false,
        }
    }

    /// The costliest corrections as lessons, first one of each origin and then the rest.
    fn examples(&self, sightings: &Sightings) -> Vec<Example> {
        let mut ranked: Vec<(&Correction, &Sighting)> =
            sightings.iter().map(|(index, sighting)| (&self.corpus.corrections[*index], sighting)).collect();
        ranked.sort_by_cached_key(|(correction, _)| {
            let weight = self.ledger.toll([*correction]).weight();
            (Reverse(weight), Reverse(correction.fix.time), correction.fix.sha.clone())
        });
        let mut met = BTreeSet::new();
        let (first, again): (Vec<_>, Vec<_>) = ranked.into_iter().partition(|(correction, _)| {
            correction.origins.first().is_none_or(|origin| met.insert(origin.sha.as_str()))
        });
        let mut examples: Vec<Example> = first
            .iter()
            .chain(&again)
            .take(ASKED)
            .filter_map(|(correction, sighting)| self.example(correction, sighting))
            .take(EXAMPLES)
            .collect();
        // A commit to look at is worth naming even where its lines cannot be shown.
        if examples.is_empty() {
            examples.extend(first.first().map(|(correction, sighting)| {
                let path = sighting.paths.first().copied().unwrap_or_default().to_string();
                example(correction, Lesson { path, before: String::new(), after: String::new() })
            }));
        }
        examples
    }

    fn example(&self, correction: &Correction, sighting: &Sighting) -> Option<Example> {
        let lesson = match sighting.shown {
            Shown::Claim(claim) => (self.corpus.lesson)(correction, claim)?,
            Shown::Hunk(hunk) => {
                Lesson { path: hunk.path.clone(), before: hunk.before.clone(), after: hunk.after.clone() }
            }
        };
        Some(example(correction, lesson))
    }
}

fn example(correction: &Correction, lesson: Lesson) -> Example {
    Example {
        origin: correction.origins.first().map(|origin| origin.sha.clone()),
        fix: correction.fix.sha.clone(),
        path: lesson.path,
        before: cut(&lesson.before),
        after: cut(&lesson.after),
    }
}

/// The first lines of a text, each cut to a readable width, without a newline at the end.
fn cut(text: &str) -> String {
    let mut lines =
        text.lines().take(EXAMPLE_LINES).map(|line| match line.char_indices().nth(EXAMPLE_WIDTH) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_string(),
        });
    let first = lines.next().unwrap_or_default();
    lines.fold(first, |text, line| text + "\n" + &line)
}

#[cfg(test)]
mod tests;
