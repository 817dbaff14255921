//! What each correction repaired: its texts are read once more, with their hunks, and classified.

use anyhow::{Result, anyhow};
use rayon::prelude::*;

use crate::classify::{Change, FileChange, classify};
use crate::git::{Blob, Objects, Oid, Repo, diff_trees};
use crate::history::{FileTouch, Timeline, Touches, Verdict, is_judged, is_under};
use crate::model::{Claim, HunkClaim, HunkRecord, Side};
use crate::patterns::LooseHunk;

use super::excerpt::lines_of;
use super::{Mined, Progress, ScanOptions, work};

/// Origins whose files mark a hunk as part of the correction.
const ORIGINS: usize = 3;

/// Lines of a hunk beyond which its edit is no small replacement.
const LOOSE_LINES: u32 = 8;

/// What classification found in one correction.
#[derive(Default)]
pub struct Classified {
    pub hunks: Vec<HunkRecord>,
    pub families: Vec<Claim>,
    /// Small hunks of the correction that no claim names.
    pub loose: Vec<LooseHunk>,
    /// Hunks that change more than a formatter decides.
    pub meaningful: usize,
}

/// Patterns of which a hunk changes nothing but its layout, told from its tokens.
const FORMATTING: [&str; 2] = ["formatting", "layout-only"];

/// Classifies every verdict of a scan, in their order; by `every_hunk`, or those of the correction only.
pub fn classify_all(
    repo: &Repo,
    mined: &Mined,
    options: &ScanOptions,
    every_hunk: bool,
    progress: &dyn Progress,
) -> Result<Vec<Classified>> {
    let volume = |verdict: &Verdict| touches_of(&mined.timeline, verdict).volume;
    progress.stage("reading corrections", work::classifying(mined.verdicts.iter().map(volume).sum()), 0);
    let common_dir = repo.common_dir();
    mined
        .verdicts
        .par_iter()
        .enumerate()
        .map_init(
            || Objects::open(common_dir),
            |objects, (index, verdict)| {
                let objects =
                    objects.as_ref().map_err(|error| anyhow!("cannot open the object store: {error}"))?;
                let found = one(objects, &mined.timeline, verdict, index, &options.paths, every_hunk);
                progress.add(work::classifying(volume(verdict)));
                Ok(found)
            },
        )
        .collect()
}

/// The touches that a verdict speaks of.
pub fn touches_of<'a>(timeline: &'a Timeline, verdict: &'a Verdict) -> &'a Touches {
    verdict.amended.as_ref().unwrap_or(&timeline.touches[verdict.fix as usize])
}

/// The tree that a verdict's hunks start from.
fn tree_before(timeline: &Timeline, verdict: &Verdict) -> Option<Oid> {
    let commits = &timeline.graph.commits;
    let before = match (&verdict.amended, verdict.origins.first()) {
        (Some(_), Some((origin, _))) => Some(*origin),
        _ => timeline.graph.parents[verdict.fix as usize].first().copied(),
    };
    before.map(|position| commits[position as usize].tree)
}

struct Text<'a> {
    touch: &'a FileTouch,
    before: Blob,
    after: Blob,
    corrects: Vec<bool>,
}

fn one(
    objects: &Objects,
    timeline: &Timeline,
    verdict: &Verdict,
    index: usize,
    paths: &[String],
    every_hunk: bool,
) -> Classified {
    let commit = &timeline.graph.commits[verdict.fix as usize];
    let (old_tree, new_tree) = (tree_before(timeline, verdict), commit.tree);
    let texts = texts(objects, timeline, verdict, paths, every_hunk);
    let files: Vec<FileChange> = texts
        .iter()
        .map(|text| FileChange {
            path: &text.touch.path,
            old_path: &text.touch.side().path,
            before: &text.before,
            after: &text.after,
            hunks: &text.touch.side().hunks,
            corrects: &text.corrects,
        })
        .collect();
    let others: Vec<String> = diff_trees(objects, old_tree, Some(new_tree), &mut |_| {})
        .into_iter()
        .map(|change| String::from_utf8_lossy(&change.path).into_owned())
        .filter(|path| !is_judged(path))
        .collect();
    let message = format!("{}\n\n{}", commit.message.subject, commit.message.body);
    let change = Change {
        subject: &commit.message.subject,
        message: &message,
        files: &files,
        other_paths: &others,
        read: &|side, path| {
            let tree = if side == Side::Before { old_tree? } else { new_tree };
            Some(objects.blob(objects.blob_at(tree, path)?).ok()?.to_vec())
        },
    };
    let mut found = Classified::default();
    let mut claims_of: Vec<Vec<Vec<HunkClaim>>> =
        files.iter().map(|file| vec![Vec::new(); file.hunks.len()]).collect();
    for verdict in classify(&change) {
        let Claim { family, pattern, confidence, .. } = verdict.claim.clone();
        for (file, hunk) in verdict.hunks {
            // A file that was only moved has no hunk to name.
            if let Some(claims) = claims_of[file].get_mut(hunk) {
                claims.push(HunkClaim { family, pattern: pattern.clone(), confidence });
            }
        }
        merge(&mut found.families, verdict.claim);
    }
    for (text, claims) in texts.iter().zip(claims_of) {
        record(text, claims, index, &mut found);
    }
    found
}

/// Claims of one pattern are one claim, as sure as the surest, with the evidence of all.
fn merge(families: &mut Vec<Claim>, claim: Claim) {
    match families.iter_mut().find(|known| known.family == claim.family && known.pattern == claim.pattern) {
        Some(known) => {
            known.confidence = known.confidence.max(claim.confidence);
            known.evidence.extend(claim.evidence);
            known.evidence.sort();
            known.evidence.dedup();
        }
        None => families.push(claim),
    }
}

fn texts<'a>(
    objects: &Objects,
    timeline: &'a Timeline,
    verdict: &'a Verdict,
    paths: &[String],
    every_hunk: bool,
) -> Vec<Text<'a>> {
    let read = |id: Option<Oid>| id.map_or(Some(Blob::default()), |id| objects.blob(id).ok());
    let touches = touches_of(timeline, verdict);
    let asked = touches.files.iter().filter(|file| paths.is_empty() || is_under(&file.path, paths));
    let mut texts: Vec<Text> = asked
        .filter_map(|touch| {
            let (before, after) = (read(touch.side().blob)?, read(touch.blob)?);
            let corrects = corrects(timeline, verdict, touch, every_hunk);
            Some(Text { touch, before, after, corrects })
        })
        .collect();
    if !texts.iter().any(|text| text.corrects.contains(&true)) {
        // The origin lies elsewhere, as when a rename broke a test: then all of it is the correction.
        texts.iter_mut().for_each(|text| text.corrects.fill(true));
    }
    texts
}

/// For each hunk, whether it belongs to the correction: not layout, and in a file that an origin touched
/// or in a test.
fn corrects(timeline: &Timeline, verdict: &Verdict, touch: &FileTouch, every_hunk: bool) -> Vec<bool> {
    let side = touch.side();
    let touched = |(origin, _): &(u32, f64)| {
        let files = &timeline.touches[*origin as usize].files;
        files.iter().any(|file| file.path == side.path)
    };
    let near = every_hunk || touch.is_test || verdict.origins.iter().take(ORIGINS).any(touched);
    side.layout_only.iter().map(|layout| every_hunk || (near && !layout)).collect()
}

fn record(text: &Text, claims: Vec<Vec<HunkClaim>>, index: usize, found: &mut Classified) {
    let path = text.touch.path.to_string();
    let side = text.touch.side();
    for (at, families) in claims.into_iter().enumerate() {
        let (hunk, corrects) = (&side.hunks[at], &text.corrects[at]);
        let formats = families.iter().any(|claim| FORMATTING.contains(&claim.pattern.as_str()));
        found.meaningful += usize::from(!formats && !side.layout_only[at]);
        let small =
            hunk.old_lines.max(hunk.new_lines) <= LOOSE_LINES && hunk.old_lines.min(hunk.new_lines) > 0;
        if *corrects && small && families.is_empty() {
            found.loose.push(LooseHunk {
                correction: index,
                path: path.clone(),
                before: lines_of(&text.before, hunk.old_range()),
                after: lines_of(&text.after, hunk.new_range()),
            });
        }
        // As git counts: from 1, and the line before where there is none.
        let start = |start: u32, lines: u32| if lines == 0 { start } else { start + 1 };
        found.hunks.push(HunkRecord {
            path: path.clone(),
            old_start: start(hunk.old_start, hunk.old_lines),
            old_lines: hunk.old_lines,
            new_start: start(hunk.new_start, hunk.new_lines),
            new_lines: hunk.new_lines,
            families,
        });
    }
}
