//! One scan: from a repository to a [`Scan`] value. The pipeline's table of contents.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context, Result, bail};
use rayon::prelude::*;

use crate::classified::{Classified, classify_all};
use crate::git::{Amend, Graph, Objects, Oid, RefFilter, Repo, Tip, amends, tips, walk};
use crate::history::{Skipped, Timeline, Verdict, Window, amended, episodes, judge};
use crate::model::{self, CommitRef, Correction, Origin, SCAN_SCHEMA, Scan, Warning};
use crate::patterns;

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
        }
    }
}

/// Told how far a scan is: the stage's name, units done since the last call, units in all.
pub type Progress<'a> = &'a (dyn Fn(&'static str, u64, u64) + Sync);

/// Seconds read beyond `since`, so that the origins of the first fixes are known: the window, and two
/// days for clocks that disagree.
const LOOK_BACK: i64 = 16 * 86_400;

/// Commits read beyond `max_commits`, likewise.
const LOOK_BACK_COMMITS: usize = 2000;

/// Scans a repository.
pub fn scan(repo: &Repo, options: &ScanOptions, progress: Progress) -> Result<Scan> {
    let selection = select(repo, options)?;
    let total = selection.graph.commits.len() as u64;
    let wanted = vec![true; selection.graph.commits.len()];
    let timeline = Timeline::read(repo, selection.graph, &wanted, &|_| progress("reading history", 1, total))?;
    let objects = open_objects(repo)?;

    let amended_ids: HashSet<Oid> = selection.amends.iter().map(|amend| amend.old).collect();
    let heads = timeline.graph.reachable(repo.head().and_then(|head| timeline.graph.position(head)));
    let refs = timeline.graph.reachable(selection.refs.iter().filter_map(|id| timeline.graph.position(*id)));
    let skipped = match options.commits_from {
        Some(_) => None,
        None => Some(Skipped::of(&timeline, &selection.judged, &heads, &refs, &amended_ids)),
    };
    let reason = |position: u32| skipped.as_ref().and_then(|skipped| skipped.reason(position));
    let judged: Vec<u32> = selection.judged.iter().copied().filter(|position| reason(*position).is_none()).collect();
    let window = if options.commits_from.is_some() { Window::ALL } else { Window::RECENT };
    let mut verdicts: Vec<Verdict> = judged
        .par_iter()
        .map(|position| {
            progress("relating commits", 1, judged.len() as u64);
            judge(&timeline, *position, window)
        })
        .filter(|verdict| options.commits_from.is_some() || verdict.confidence >= options.min_confidence)
        .collect();
    add_amends(&mut verdicts, &timeline, &objects, &selection.amends, &selection.judged);
    verdicts.retain(|verdict| verdict.confidence >= options.min_confidence);

    let classified = classify_all(repo, &timeline, &verdicts, options, progress)?;
    Ok(assemble(repo, &timeline, &selection.judged, judged.len(), selection.tips, &reason, verdicts, classified))
}

/// Which commits are read, and which of them judged.
struct Selection {
    graph: Graph,
    /// Positions, ascending.
    judged: Vec<u32>,
    amends: Vec<Amend>,
    refs: Vec<Oid>,
    tips: usize,
}

fn select(repo: &Repo, options: &ScanOptions) -> Result<Selection> {
    let objects = open_objects(repo)?;
    let resolve = |revision: &str| {
        repo.resolve(revision).with_context(|| {
            format!("no commit named `{revision}` in {}; check the name with `git log`", repo.root().display())
        })
    };
    if let Some(listed) = &options.commits_from {
        let ids: Vec<Oid> = listed.iter().map(|name| resolve(name)).collect::<Result<_>>()?;
        let graph = walk(&objects, &ids, None, None);
        let mut judged: Vec<u32> = ids.iter().filter_map(|id| graph.position(*id)).collect();
        judged.sort_unstable();
        judged.dedup();
        return Ok(Selection { graph, judged, amends: Vec::new(), refs: ids.clone(), tips: ids.len() });
    }
    let mut excluded = None;
    let found: Vec<Tip> = match &options.range {
        None => tips(repo, &options.refs).context("cannot list the repository's refs")?,
        Some(range) => {
            let (from, to) = range.split_once("..").map_or((None, range.as_str()), |(from, to)| (Some(from), to));
            excluded = from.filter(|from| !from.is_empty()).map(&resolve).transpose()?;
            let to = if to.trim_start_matches('.').is_empty() { "HEAD" } else { to.trim_start_matches('.') };
            vec![Tip { id: resolve(to)?, reflog_only: false }]
        }
    };
    let ids: Vec<Oid> = found.iter().map(|tip| tip.id).chain(excluded).collect();
    let oldest = options.since.map(|since| since - LOOK_BACK);
    let graph = walk(&objects, &ids, oldest, options.max_commits.map(|most| most + LOOK_BACK_COMMITS));
    let hidden = graph.reachable(excluded.and_then(|id| graph.position(id)));
    let mut judged: Vec<u32> =
        (0..graph.commits.len() as u32).filter(|&at| !hidden[at as usize] && is_asked_for(&graph, at, options)).collect();
    judged.truncate(options.max_commits.unwrap_or(usize::MAX));
    let reflogs = options.range.is_none() && options.refs == RefFilter::Everything;
    Ok(Selection {
        graph,
        judged,
        amends: if reflogs { amends(repo) } else { Vec::new() },
        refs: found.iter().filter(|tip| !tip.reflog_only).map(|tip| tip.id).collect(),
        tips: found.len(),
    })
}

fn is_asked_for(graph: &Graph, position: u32, options: &ScanOptions) -> bool {
    let commit = &graph.commits[position as usize];
    let by_author = options.author.as_ref().is_none_or(|author| {
        let author = author.to_lowercase();
        commit.author_name.to_lowercase().contains(&author) || commit.author_email.to_lowercase().contains(&author)
    });
    by_author
        && options.since.is_none_or(|since| commit.commit_time >= since)
        && options.until.is_none_or(|until| commit.commit_time <= until)
}

fn open_objects(repo: &Repo) -> Result<Objects> {
    Objects::open(repo.common_dir())
        .with_context(|| format!("cannot open the object store of {}", repo.common_dir().display()))
}

/// An amend speaks for itself: its verdict replaces what was thought of the amended commit.
fn add_amends(verdicts: &mut Vec<Verdict>, timeline: &Timeline, objects: &Objects, amends: &[Amend], judged: &[u32]) {
    for amend in amends {
        let Some(verdict) = amended(timeline, objects, *amend) else { continue };
        if judged.binary_search(&verdict.fix).is_ok() {
            verdicts.retain(|other| other.fix != verdict.fix || other.amended.is_some());
            verdicts.push(verdict);
        }
    }
    verdicts.sort_by_key(|verdict| (verdict.fix, verdict.origins.first().map(|(origin, _)| *origin)));
}
