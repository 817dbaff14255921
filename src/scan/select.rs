//! Which commits a scan reads, and which of them it judges.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};

use crate::git::{Amend, Graph, Objects, Oid, RefFilter, Repo, Tip, amends, tips, walk};

use super::ScanOptions;

/// Seconds read beyond `since`, so that the origins of the first fixes are known: the window, and two
/// days for clocks that disagree.
const LOOK_BACK: i64 = 16 * 86_400;

/// Commits read beyond `max_commits`, likewise.
const LOOK_BACK_COMMITS: usize = 2000;

/// Which commits are read, and which of them judged.
pub struct Selection {
    pub graph: Graph,
    /// Positions, ascending.
    pub judged: Vec<u32>,
    /// As the reflogs recorded them.
    pub amends: Vec<Amend>,
    /// Commits that refs name.
    pub refs: Vec<Oid>,
    /// The heads of pull requests, by number.
    pub pulls: HashMap<u64, Oid>,
    /// Distinct starting points.
    pub tips: usize,
}

/// Selects by the options; an unknown name is an error that says so.
pub fn select(repo: &Repo, options: &ScanOptions) -> Result<Selection> {
    let objects = open_objects(repo)?;
    let resolve = |revision: &str| {
        repo.resolve(revision).with_context(|| {
            format!(
                "no commit named `{revision}` in {}; check the name with `git log`",
                repo.root().display()
            )
        })
    };
    if let Some(listed) = &options.commits_from {
        // A full sha may name a commit that is not here: it is counted as missing, like any other.
        let whole = |name: &str| Oid::from_str(name).ok().filter(|id| name.len() == 40 && !repo.has(*id));
        let id = |name: &String| resolve(name).or_else(|error| whole(name).ok_or(error));
        let ids: Vec<Oid> = listed.iter().map(id).collect::<Result<_>>()?;
        let mut amends = amends(repo);
        amends.retain(|amend| ids.contains(&amend.new));
        let originals = amends.iter().map(|amend| amend.old);
        let tips: Vec<Oid> = ids.iter().copied().chain(originals).collect();
        let graph = walk(&objects, &tips, None, None);
        let mut judged: Vec<u32> = ids.iter().filter_map(|id| graph.position(*id)).collect();
        judged.sort_unstable();
        judged.dedup();
        return Ok(Selection {
            graph,
            judged,
            amends,
            refs: ids.clone(),
            pulls: HashMap::new(),
            tips: ids.len(),
        });
    }
    let mut excluded = None;
    let found: Vec<Tip> = match &options.range {
        None => tips(repo, &options.refs).context("cannot list the repository's refs")?,
        Some(range) => {
            if range.contains("...") {
                bail!("`{range}` has three dots; write A..B for what B reaches and A does not");
            }
            let (from, to) =
                range.split_once("..").map_or((None, range.as_str()), |(from, to)| (Some(from), to));
            excluded = from.filter(|from| !from.is_empty()).map(&resolve).transpose()?;
            let to = if to.is_empty() { "HEAD" } else { to };
            vec![Tip { id: resolve(to)?, reflog_only: false, pull: None }]
        }
    };
    if let (RefFilter::Glob(glob), None, []) = (&options.refs, &options.range, &found[..]) {
        bail!("no ref fits `{glob}`; names are whole, as refs/heads/main, and may hold a *");
    }
    let ids: Vec<Oid> = found.iter().map(|tip| tip.id).chain(excluded).collect();
    let oldest = options.since.map(|since| since - LOOK_BACK);
    // Other wishes decide which commits are the newest ones, so all must be seen.
    let most = options.max_commits.filter(|_| !options.is_choosy());
    let graph = walk(&objects, &ids, oldest, most.map(|most| most.saturating_add(LOOK_BACK_COMMITS)));
    let hidden = graph.reachable(excluded.and_then(|id| graph.position(id)));
    let mut judged: Vec<u32> = (0..graph.commits.len() as u32)
        .filter(|&at| !hidden[at as usize] && is_asked_for(&graph, at, options))
        .collect();
    // Which commits touch a path is not known yet.
    if options.paths.is_empty() {
        judged.truncate(options.max_commits.unwrap_or(usize::MAX));
    }
    let reflogs = options.range.is_none() && options.refs == RefFilter::Everything;
    Ok(Selection {
        graph,
        judged,
        amends: if reflogs { amends(repo) } else { Vec::new() },
        refs: found.iter().filter(|tip| !tip.reflog_only).map(|tip| tip.id).collect(),
        pulls: found.iter().filter_map(|tip| Some((tip.pull?, tip.id))).collect(),
        tips: found.len(),
    })
}

fn is_asked_for(graph: &Graph, position: u32, options: &ScanOptions) -> bool {
    let commit = &graph.commits[position as usize];
    let by_author = options.author.as_ref().is_none_or(|author| {
        let author = author.to_lowercase();
        commit.author_name.to_lowercase().contains(&author)
            || commit.author_email.to_lowercase().contains(&author)
    });
    by_author
        && options.since.is_none_or(|since| commit.commit_time >= since)
        && options.until.is_none_or(|until| commit.commit_time <= until)
}

/// A handle on the repository's objects.
pub fn open_objects(repo: &Repo) -> Result<Objects> {
    Objects::open(repo.common_dir())
        .with_context(|| format!("cannot open the object store of {}", repo.common_dir().display()))
}
