//! Reading what many commits did, in parallel.

use std::path::Path;

use anyhow::{Context, Result};
use rayon::prelude::*;

use crate::git::{Graph, Objects, Oid};

use super::touch::{Touches, touch};

/// Commits that one thread reads in a row: neighbours share trees and delta bases, so a longer run
/// reads less.
const RUN: usize = 256;

/// What each wanted commit of a graph did; empty for the others. A handle is opened per run;
/// `progress` is told of every commit read.
pub fn read_touches(
    common_dir: &Path,
    graph: &Graph,
    wanted: &[bool],
    progress: &(dyn Fn() + Sync),
) -> Result<Vec<Touches>> {
    let positions: Vec<usize> = (0..graph.commits.len()).collect();
    let runs: Vec<Vec<Touches>> = positions
        .par_chunks(RUN)
        .map(|run| {
            let objects = Objects::open(common_dir)
                .with_context(|| format!("cannot open the object store of {}", common_dir.display()))?;
            Ok(run
                .iter()
                .map(|&position| match wanted[position] {
                    true => {
                        let touches = read_one(&objects, graph, position);
                        progress();
                        touches
                    }
                    false => Touches::default(),
                })
                .collect())
        })
        .collect::<Result<_>>()?;
    Ok(runs.into_iter().flatten().collect())
}

fn read_one(objects: &Objects, graph: &Graph, position: usize) -> Touches {
    let commit = &graph.commits[position];
    let parents: Vec<Oid> =
        graph.parents[position].iter().map(|parent| graph.commits[*parent as usize].tree).collect();
    // Where history was cut, the parent's tree is not here: nothing can be said of what changed.
    if parents.len() < commit.parents.len() {
        return Touches::default();
    }
    touch(objects, commit, &parents)
}
