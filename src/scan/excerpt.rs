//! The lines that show a correction: for the examples of a pattern and for `friction show`.

use std::ops::Range;

use anyhow::{Context, Result};

use crate::git::{Blob, Objects, Oid, Repo};
use crate::history::{FileTouch, Window};
use crate::model::{Claim, CommitRef, Correction, Excerpt, Shown, Side};
use crate::patterns::Lesson;

use super::assemble::{commit_ref, correction};
use super::select::open_objects;
use super::texts::{classify_all, touches_of};
use super::{Progress, ScanOptions, doubt_formatting, mine};

/// Unchanged lines shown around a hunk.
const CONTEXT: u32 = 1;

/// Hunks that `friction show` prints.
const MAX_EXCERPTS: usize = 12;

/// 0-based lines of a text, lossy UTF-8.
pub fn lines_of(text: &[u8], range: Range<u32>) -> String {
    let lines = text.split_inclusive(|byte| *byte == b'\n').skip(range.start as usize).take(range.len());
    String::from_utf8_lossy(&lines.collect::<Vec<_>>().concat()).into_owned()
}

/// The hunk in which a claim shows, with a line around it; where it shows elsewhere, as a use does whose
/// import was missing, the nearest one.
pub fn lesson(objects: &Objects, files: &[FileTouch], claim: &Claim) -> Option<Lesson> {
    let evidence = claim.evidence.first()?;
    let file = files.iter().find(|file| *file.path == *evidence.path)?;
    let line = evidence.line.checked_sub(1)?;
    let away = |range: Range<u32>| range.start.saturating_sub(line).max((line + 1).saturating_sub(range.end));
    let hunks = file.side().hunks.iter().enumerate();
    let (hunk, _) = hunks.min_by_key(|(_, hunk)| match evidence.side {
        Side::Before => away(hunk.old_range()),
        Side::After => away(hunk.new_range()),
    })?;
    let excerpt = excerpt(objects, file, hunk)?;
    Some(Lesson { path: excerpt.path, before: excerpt.before, after: excerpt.after })
}

fn excerpt(objects: &Objects, file: &FileTouch, hunk: usize) -> Option<Excerpt> {
    let side = file.side();
    let hunk = side.hunks.get(hunk)?;
    let wider = |range: Range<u32>| range.start.saturating_sub(CONTEXT)..range.end + CONTEXT;
    let (old, new) = (wider(hunk.old_range()), wider(hunk.new_range()));
    let read = |id: Option<Oid>| id.map_or(Some(Blob::default()), |id| objects.blob(id).ok());
    Some(Excerpt {
        path: file.path.to_string(),
        start_line_before: old.start + 1,
        before: lines_of(&read(side.blob)?, old),
        start_line_after: new.start + 1,
        after: lines_of(&read(file.blob)?, new),
    })
}

/// Everything about one commit: what `friction show` prints.
pub fn explain(repo: &Repo, revision: &str, progress: &dyn Progress) -> Result<Shown> {
    let options = ScanOptions {
        commits_from: Some(vec![revision.to_owned()]),
        min_confidence: 0.0,
        ..ScanOptions::default()
    };
    // Two weeks tell all of a correction; where there is none, the whole past is asked for the origin.
    let mut mined = mine(repo, &options, Window::RECENT, progress)?;
    if mined.verdicts.iter().all(|verdict| !verdict.is_likely()) {
        mined = mine(repo, &options, Window::ALL, progress)?;
    }
    let mut classified = classify_all(repo, &mined, &options, false, progress)?;
    doubt_formatting(&mut mined.verdicts, &mut classified, 0.0);
    let (verdict, classified) = mined
        .verdicts
        .first()
        .zip(classified.pop())
        .with_context(|| format!("commit {revision} cannot be read in {}", repo.root().display()))?;
    let objects = open_objects(repo)?;
    let files = &touches_of(&mined.timeline, verdict).files;
    let hunks = files.iter().flat_map(|file| (0..file.side().hunks.len()).map(move |hunk| (file, hunk)));
    let excerpts =
        hunks.take(MAX_EXCERPTS).filter_map(|(file, hunk)| excerpt(&objects, file, hunk)).collect();
    let origins: Vec<CommitRef> =
        verdict.origins.iter().map(|(origin, _)| commit_ref(&mined.timeline, *origin)).collect();
    let correction: Correction = correction(&mined.timeline, verdict, classified);
    Ok(Shown { correction, origins, excerpts })
}
