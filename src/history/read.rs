//! Reading what many commits did, in parallel.

use std::path::Path;

use anyhow::{Context, Result};
use rayon::prelude::*;

use crate::git::{Graph, Objects, Oid};

use super::touch::{Touches, touch, volume};
use super::volume::Volume;

/// Commits that one thread reads in a row: neighbours share trees and delta bases, so a longer run
/// reads less.
const RUN: usize = 256;

/// What each wanted commit of a graph did; empty for the others. A handle is opened per run;
/// `progress` is told what was read of every commit.
pub fn read_touches(
    common_dir: &Path,
    graph: &Graph,
    wanted: &[bool],
    progress: &(dyn Fn(Volume) + Sync),
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
                        progress(touches.volume);
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
    let trees = parent_trees(graph, position);
    trees.map(|trees| touch(objects, &graph.commits[position], &trees)).unwrap_or_default()
}

/// None where history was cut and a parent's tree is not here: nothing can be said of what changed.
fn parent_trees(graph: &Graph, position: usize) -> Option<Vec<Oid>> {
    let parents = &graph.parents[position];
    let whole = parents.len() == graph.commits[position].parents.len();
    whole.then(|| parents.iter().map(|parent| graph.commits[*parent as usize].tree).collect())
}

/// Commits whose volume is looked up to know that of all.
const SAMPLE: usize = 600;

/// About how much text there is to read of the wanted commits of a graph, from evenly spread ones.
pub fn expected_volume(objects: &Objects, graph: &Graph, wanted: &[bool]) -> Volume {
    let positions: Vec<usize> = (0..wanted.len()).filter(|at| wanted[*at]).collect();
    let step = positions.len().div_ceil(SAMPLE).max(1);
    let sample = positions.iter().step_by(step);
    let volumes =
        sample.filter_map(|&at| Some(volume(objects, &graph.commits[at], &parent_trees(graph, at)?)));
    let sum: Volume = volumes.sum();
    sum.times(positions.len() as f64 / positions.len().div_ceil(step).max(1) as f64)
}
