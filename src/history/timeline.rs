//! A part of history as later steps see it: commits in order, what each did, who wrote it.

use std::collections::{HashMap, HashSet};

use anyhow::Result;

use crate::git::{Graph, Objects, Oid, People, PersonId, Repo};

use super::index::Index;
use super::read::read_touches;
use super::touch::Touches;
use super::volume::Volume;

/// Everything that was read. Commits are known by their position in the graph.
pub struct Timeline {
    pub graph: Graph,
    /// One for each commit of the graph.
    pub touches: Vec<Touches>,
    pub authors: Vec<PersonId>,
    pub names: HashMap<PersonId, String>,
    pub index: Index,
    /// Positions, ascending, of the commits with a subject that some revert names.
    pub reverted: HashMap<String, Vec<u32>>,
    /// Commits listed in `.git-blame-ignore-revs`: lines pass through them.
    pub ignored: HashSet<Oid>,
}

impl Timeline {
    /// Reads the touches of the wanted commits and indexes them.
    pub fn read(
        repo: &Repo,
        graph: Graph,
        wanted: &[bool],
        progress: &(dyn Fn(Volume) + Sync),
    ) -> Result<Timeline> {
        let touches = read_touches(repo.common_dir(), &graph, wanted, progress)?;
        let mut people = People::of(repo);
        let authors = graph.commits.iter().map(|commit| people.author(commit)).collect();
        let index = Index::of(&touches);
        let ignored = ignored_revisions(repo)?;
        let reverted = reverted_subjects(&graph);
        Ok(Timeline { graph, touches, authors, names: people.into_names(), index, reverted, ignored })
    }
}

fn reverted_subjects(graph: &Graph) -> HashMap<String, Vec<u32>> {
    let named = graph.commits.iter().filter_map(|commit| commit.message.reverts.as_ref()?.subject.clone());
    let mut positions: HashMap<String, Vec<u32>> = named.map(|subject| (subject, Vec::new())).collect();
    for (position, commit) in graph.commits.iter().enumerate() {
        if let Some(positions) = positions.get_mut(&commit.message.subject) {
            positions.push(position as u32);
        }
    }
    positions
}

fn ignored_revisions(repo: &Repo) -> Result<HashSet<Oid>> {
    let objects = Objects::open(repo.common_dir())?;
    let listed = repo.head().and_then(|head| {
        let commit = crate::git::Commit::read(&objects, head).ok()?;
        objects.blob(objects.blob_at(commit.tree, ".git-blame-ignore-revs")?).ok()
    });
    let text = listed.unwrap_or_default();
    let ids =
        String::from_utf8_lossy(&text).lines().filter_map(|line| Oid::from_str(line.trim()).ok()).collect();
    Ok(ids)
}
