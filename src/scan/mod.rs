//! One scan: from a repository to a [`Scan`] value, through the rooms in their order.

mod assemble;
mod cache;
mod excerpt;
mod select;
mod texts;
mod work;

use std::collections::HashSet;

use anyhow::Result;
use rayon::prelude::*;

use crate::git::{Graph, Oid, RefFilter, Repo};
use crate::history::{
    Ancestors, FileTouch, Skipped, Timeline, Verdict, Window, amended, expected_volume, is_under, judge,
    repeated_squashes,
};
use crate::model::{Kind, Scan};

pub use cache::cached_scan;
pub use excerpt::explain;

use assemble::assemble;
use select::{Selection, open_objects, select};
use texts::{Classified, classify_all, touches_of};

/// What to scan, and what to keep.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    pub refs: RefFilter,
    /// Commit times, seconds since 1970: judge only what lies between.
    pub since: Option<i64>,
    pub until: Option<i64>,
    /// Judge the newest so many commits.
    pub max_commits: Option<usize>,
    /// `A..B` or a single revision: judge what it reaches.
    pub range: Option<String>,
    /// A part of the author's name or e-mail address, in any case.
    pub author: Option<String>,
    /// Files or folders, from the repository's root; empty for all.
    pub paths: Vec<String>,
    /// Judge exactly these commits, wherever they are, and keep a record of each.
    pub commits_from: Option<Vec<String>>,
    /// Corrections below this probability are left out.
    pub min_confidence: f64,
    /// Take a commit that the message names for the origin. Off only to measure the rest.
    pub follow_mentions: bool,
}

impl Default for ScanOptions {
    fn default() -> ScanOptions {
        ScanOptions {
            refs: RefFilter::Everything,
            since: None,
            until: None,
            max_commits: None,
            range: None,
            author: None,
            paths: Vec::new(),
            commits_from: None,
            min_confidence: 0.5,
            follow_mentions: true,
        }
    }
}

impl ScanOptions {
    /// How likely a correction must be to be learned from. Listed commits are all told, whatever they are.
    fn least(&self) -> f64 {
        if self.commits_from.is_some() { self.min_confidence.max(0.5) } else { self.min_confidence }
    }

    /// True if the newest commits are not simply the ones that are met first.
    fn is_choosy(&self) -> bool {
        self.until.is_some() || self.author.is_some() || self.range.is_some() || !self.paths.is_empty()
    }
}

/// Told how far a scan is. Called from many threads.
pub trait Progress: Sync {
    /// A part of the work begins: about so many bytes of work of its own, and of all that follows.
    fn stage(&self, name: &'static str, own: u64, later: u64);
    /// So many bytes of work are done.
    fn add(&self, bytes: u64);
}

/// What was read and judged; [`assemble`] turns it into a report.
struct Mined {
    timeline: Timeline,
    /// Positions of the commits that were asked for.
    wanted: Vec<u32>,
    skipped: Skipped,
    /// Distinct starting points.
    tips: usize,
    /// Corrections, newest first.
    verdicts: Vec<Verdict>,
}

/// Scans a repository. The same repository and options give the same value at any number of threads.
pub fn scan(repo: &Repo, options: &ScanOptions, progress: &dyn Progress) -> Result<Scan> {
    let window = if options.commits_from.is_some() { Window::ALL } else { Window::RECENT };
    let mut mined = mine(repo, options, window, progress)?;
    // Listed commits are asked what they repaired, whatever their origin.
    let every_hunk = options.commits_from.is_some();
    let mut classified = classify_all(repo, &mined, options, every_hunk, progress)?;
    doubt_formatting(&mut mined.verdicts, &mut classified, options.min_confidence);
    assemble(repo, mined, classified, options.least())
}

/// A follow-up in which only a formatter had a hand corrects nothing, whatever its subject says. That is
/// known for certain only now that the changed lines were read token by token.
fn doubt_formatting(verdicts: &mut Vec<Verdict>, classified: &mut Vec<Classified>, least: f64) {
    for (verdict, found) in verdicts.iter_mut().zip(classified.iter()) {
        if found.meaningful == 0 && !found.hunks.is_empty() {
            verdict.doubt("changes layout only");
        }
    }
    let kept: Vec<bool> = verdicts.iter().map(|verdict| verdict.confidence >= least).collect();
    let mut keep = kept.iter();
    verdicts.retain(|_| *keep.next().unwrap_or(&true));
    let mut keep = kept.iter();
    classified.retain(|_| *keep.next().unwrap_or(&true));
    // Loose hunks name their correction by its place.
    for (at, found) in classified.iter_mut().enumerate() {
        found.loose.iter_mut().for_each(|hunk| hunk.correction = at);
    }
}

/// Reads what is to be judged and what its origins may be, and judges it. Beyond two weeks, `window` has origins
/// looked for of what corrects nothing recent.
fn mine(repo: &Repo, options: &ScanOptions, window: Window, progress: &dyn Progress) -> Result<Mined> {
    let Selection { graph, judged: wanted, amends, refs, pulls, tips } = select(repo, options)?;
    let listed = options.commits_from.is_some();
    let mut needed = match window {
        Window::RECENT => with_recent_past(&graph, &wanted),
        _ => vec![true; graph.commits.len()],
    };
    amends.iter().filter_map(|amend| graph.position(amend.old)).for_each(|at| needed[at as usize] = true);
    let objects = open_objects(repo)?;
    let volume = expected_volume(&objects, &graph, &needed);
    let commits = needed.iter().filter(|needed| **needed).count();
    let later = work::relating(volume) + work::classifying_some(volume);
    progress.stage("reading history", work::reading(volume, commits), later);
    let timeline = Timeline::read(repo, graph, &needed, &|read| progress.add(work::reading(read, 1)))?;

    let graph = &timeline.graph;
    let heads = graph.reachable(repo.head().and_then(|head| graph.position(head)));
    let mut skipped = match listed {
        true => Skipped::default(),
        false => {
            let rewritten: HashSet<Oid> = amends.iter().map(|amend| amend.old).collect();
            let refs = graph.reachable(refs.iter().filter_map(|id| graph.position(*id)));
            Skipped::of(&timeline, &wanted, &heads, &refs, &rewritten, &options.paths)
        }
    };
    let wanted = newest(wanted, &skipped, options);
    let judged: Vec<u32> = wanted.iter().copied().filter(|at| skipped.reason(*at).is_none()).collect();
    let read = timeline.touches.iter().map(|touches| touches.volume).sum();
    progress.stage("relating commits", work::relating(read), work::classifying_some(read));
    let share = work::relating(read) / judged.len().max(1) as u64;
    let mut verdicts: Vec<Verdict> = judged
        .par_iter()
        .map(|position| {
            let verdict = judge(&timeline, *position, window, options.follow_mentions);
            progress.add(share);
            verdict
        })
        .filter(|verdict| verdict.confidence >= options.min_confidence)
        .collect();
    let pulls = pulls.iter().filter_map(|(number, id)| Some((*number, graph.position(*id)?))).collect();
    let squashes = repeated_squashes(&timeline, &verdicts, &heads, &pulls);
    squashes.iter().for_each(|squash| skipped.leave_out_squash(*squash));
    verdicts.retain(|verdict| !squashes.contains(&verdict.fix));
    let mut amended: Vec<Verdict> =
        amends.iter().filter_map(|amend| amended(&timeline, &objects, *amend)).collect();
    amended.retain(|verdict| {
        let asked = |file: &FileTouch| options.paths.is_empty() || is_under(&file.path, &options.paths);
        wanted.binary_search(&verdict.fix).is_ok() && touches_of(&timeline, verdict).files.iter().any(asked)
    });
    add_amends(&timeline, &mut verdicts, amended);
    Ok(Mined { timeline, wanted, skipped, tips, verdicts })
}

/// The commits that must be read to judge some: these and what an origin may be. A few commits of a long
/// history need little of it.
fn with_recent_past(graph: &Graph, judged: &[u32]) -> Vec<bool> {
    const FEW: usize = 3000;
    if judged.len() > FEW {
        return vec![true; graph.commits.len()];
    }
    let mut needed = vec![false; graph.commits.len()];
    for &commit in judged {
        needed[commit as usize] = true;
        for &ancestor in Ancestors::of(graph, commit, Window::RECENT).nearest() {
            needed[ancestor as usize] = true;
        }
    }
    needed
}

/// With paths, the newest commits that touch them; without, the selection has seen to it.
fn newest(mut wanted: Vec<u32>, skipped: &Skipped, options: &ScanOptions) -> Vec<u32> {
    if let Some(most) = options.max_commits.filter(|_| !options.paths.is_empty()) {
        wanted.retain(|at| skipped.reason(*at) != Some("other-paths"));
        wanted.truncate(most);
    }
    wanted
}

/// An amend speaks for itself: its verdict replaces what was thought of the amended commit. A commit that
/// a rebase folded into another made the same edits as the amend that this was: it is told once, by its
/// own name where that says what it is for.
fn add_amends(timeline: &Timeline, verdicts: &mut Vec<Verdict>, mut amended: Vec<Verdict>) {
    let patch = |verdict: &Verdict| touches_of(timeline, verdict).patch_id;
    let told: HashSet<u64> =
        verdicts.iter().filter(|verdict| verdict.kind == Kind::Fixup).map(patch).collect();
    amended.retain(|verdict| !told.contains(&patch(verdict)));
    let rewritten: HashSet<u32> = amended.iter().map(|verdict| verdict.fix).collect();
    let folded: HashSet<u64> = amended.iter().map(patch).collect();
    verdicts.retain(|verdict| !rewritten.contains(&verdict.fix) && !folded.contains(&patch(verdict)));
    verdicts.append(&mut amended);
    verdicts.sort_by_key(|verdict| (verdict.fix, verdict.origins.first().map(|(origin, _)| *origin)));
}
