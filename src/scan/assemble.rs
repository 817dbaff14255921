//! What was mined and classified, as the report that leaves the room.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Result;

use crate::git::{Commit, Oid, Repo};
use crate::history::{self, Timeline, Verdict};
use crate::model::{
    CommitRef, Correction, Episode, Origin, Repository, SCAN_SCHEMA, Scan, Warning, short_sha,
};
use crate::patterns::{Corpus, rank};

use super::Mined;
use super::excerpt::lesson;
use super::select::open_objects;
use super::texts::{Classified, touches_of};

/// The report of a scan. Every correction is in it; episodes and patterns are made of those that are at
/// least so likely.
pub fn assemble(repo: &Repo, mined: Mined, classified: Vec<Classified>, least: f64) -> Result<Scan> {
    let Mined { timeline, verdicts, .. } = &mined;
    let repository = repository(repo, &mined);
    let warnings = warnings(repo, &mined);
    let mut unclaimed = Vec::new();
    let corrections: Vec<Correction> = verdicts
        .iter()
        .zip(classified)
        .map(|(verdict, mut classified)| {
            unclaimed.append(&mut classified.loose);
            correction(timeline, verdict, classified)
        })
        .collect();
    let mut of_fix: HashMap<u32, Vec<&Correction>> = HashMap::new();
    for (verdict, correction) in verdicts.iter().zip(&corrections) {
        of_fix.entry(verdict.fix).or_default().push(correction);
    }
    let episodes: Vec<Episode> = history::episodes(timeline, verdicts, least)
        .iter()
        .map(|found| episode(timeline, &of_fix, found, least))
        .collect();
    let objects = open_objects(repo)?;
    let places: HashMap<&str, usize> =
        corrections.iter().enumerate().map(|(at, correction)| (correction.fix.sha.as_str(), at)).collect();
    let head = repo.head().and_then(|head| Commit::read(&objects, head).ok()).map(|commit| commit.tree);
    let patterns = rank(&Corpus {
        corrections: &corrections,
        episodes: &episodes,
        unclaimed: &unclaimed,
        least,
        span: (repository.since, repository.until),
        lesson: &|correction, claim| {
            let verdict = &verdicts[*places.get(correction.fix.sha.as_str())?];
            lesson(&objects, &touches_of(timeline, verdict).files, claim)
        },
        stands: &|folder| head.is_none_or(|tree| objects.has_folder(tree, folder)),
    });
    let mut episodes = episodes;
    episodes.sort_by(|a, b| {
        let cost =
            |episode: &Episode| (std::cmp::Reverse(episode.rounds), std::cmp::Reverse(episode.minutes));
        cost(a).cmp(&cost(b)).then_with(|| a.origin.sha.cmp(&b.origin.sha))
    });
    Ok(Scan {
        schema: SCAN_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        repository,
        corrections,
        episodes,
        patterns,
        warnings,
    })
}

fn repository(repo: &Repo, mined: &Mined) -> Repository {
    let mut skipped = BTreeMap::new();
    let mut times = Vec::new();
    for &position in &mined.wanted {
        match mined.skipped.reason(position) {
            Some(reason) => *skipped.entry(reason.to_owned()).or_default() += 1,
            None => times.push(mined.timeline.graph.commits[position as usize].author_time),
        }
    }
    Repository {
        root: repo.root().to_string_lossy().trim_end_matches('/').to_owned(),
        head: repo.head().map(|head| head.to_string()),
        refs: mined.tips,
        commits: times.len(),
        skipped,
        since: times.iter().min().copied(),
        until: times.iter().max().copied(),
    }
}

/// What could not be read: counted by kind, with the first example by commit order.
fn warnings(repo: &Repo, mined: &Mined) -> Vec<Warning> {
    let Timeline { graph, touches, .. } = &mined.timeline;
    let mut found: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for (commit, touches) in graph.commits.iter().zip(touches) {
        for (reason, path) in &touches.unreadable {
            let example = || format!("{path} in commit {}", short_sha(&commit.id.to_string()));
            found.entry(reason.name()).or_insert_with(|| (0, example())).0 += 1;
        }
    }
    let boundary: HashSet<Oid> = repo.shallow_boundary().into_iter().collect();
    let outermost = graph.commits.iter().filter(|commit| boundary.contains(&commit.id));
    let beyond: HashSet<&Oid> = outermost.flat_map(|commit| &commit.parents).collect();
    let (cut, lost): (Vec<_>, Vec<_>) = graph.missing.iter().partition(|id| beyond.contains(id));
    let lossy = graph.commits.iter().filter(|commit| commit.lossy).map(|commit| &commit.id);
    let mut commits = |name, named: Vec<&Oid>| {
        if let Some(first) = named.first() {
            found.insert(name, (named.len(), format!("commit {}", short_sha(&first.to_string()))));
        }
    };
    commits("shallow", cut);
    commits("missing-commit", lost);
    commits("damaged-commit", graph.damaged.iter().collect());
    commits("non-utf8-message", lossy.collect());
    let sentence = |kind: &str, example: &str| match kind {
        "missing-object" => {
            format!("files or folders that are not in the object store were left out, e.g. {example}")
        }
        "damaged-object" => {
            format!(
                "files or folders whose objects are damaged were left out, e.g. {example}; `git fsck` names them"
            )
        }
        "damaged-commit" => {
            format!("history is cut off where commits are damaged, e.g. {example}; `git fsck` names them")
        }
        "large-file" => format!("files over 1 MiB were left out, e.g. {example}"),
        "binary-file" => format!("binary files with a code file's name were left out, e.g. {example}"),
        "lfs-pointer" => format!("Git LFS pointers were left out, e.g. {example}"),
        "minified-file" => format!("minified files were left out, e.g. {example}"),
        "submodule" => format!("submodules are other repositories and were not read, e.g. {example}"),
        "large-commit" => {
            format!(
                "of a commit that changes more than 20,000 files the rest was left out, e.g. from {example} on"
            )
        }
        "non-utf8-path" => {
            format!("paths that are not UTF-8 are shown with replacement characters, e.g. {example}")
        }
        "non-utf8-message" => {
            format!("messages that are not UTF-8 were read with replacement characters, e.g. of {example}")
        }
        "shallow" => format!(
            "the clone is shallow and history ends before {example}; `git fetch --unshallow` brings the rest"
        ),
        _ => format!("history is cut off where commits are missing, e.g. {example}"),
    };
    found
        .into_iter()
        .map(|(kind, (count, example))| Warning {
            kind: kind.to_owned(),
            count,
            message: sentence(kind, &example),
        })
        .collect()
}

/// A commit as reports name it.
pub fn commit_ref(timeline: &Timeline, position: u32) -> CommitRef {
    let commit = &timeline.graph.commits[position as usize];
    CommitRef {
        sha: commit.id.to_string(),
        subject: commit.message.subject.clone(),
        author: timeline.names[&timeline.authors[position as usize]].clone(),
        time: commit.author_time,
    }
}

/// A verdict with what was found in it.
pub fn correction(timeline: &Timeline, verdict: &Verdict, classified: Classified) -> Correction {
    let first = verdict.origins.first().map(|(origin, _)| *origin);
    let time = |position: u32| timeline.graph.commits[position as usize].author_time;
    let sha = |position: u32| timeline.graph.commits[position as usize].id.to_string();
    Correction {
        fix: commit_ref(timeline, verdict.fix),
        confidence: verdict.confidence,
        kind: verdict.kind,
        origins: verdict
            .origins
            .iter()
            .map(|(origin, confidence)| Origin { sha: sha(*origin), confidence: *confidence })
            .collect(),
        gap_seconds: first.map(|origin| (time(verdict.fix) - time(origin)).max(0)),
        hunks: classified.hunks,
        families: classified.families,
        signals: verdict.signals.clone(),
    }
}

fn episode(
    timeline: &Timeline,
    of_fix: &HashMap<u32, Vec<&Correction>>,
    found: &history::Episode,
    least: f64,
) -> Episode {
    let mut patterns = Vec::new();
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    for correction in found.fixes.iter().filter_map(|fix| of_fix.get(fix)).flatten() {
        let likely = correction.families.iter().filter(|claim| claim.confidence >= least.min(0.5));
        patterns.extend(likely.map(|claim| format!("{}/{}", claim.family.name(), claim.pattern)));
        for hunk in &correction.hunks {
            *lines.entry(&hunk.path).or_default() += (hunk.old_lines + hunk.new_lines) as usize;
        }
    }
    patterns.sort();
    patterns.dedup();
    let mut paths: Vec<(&str, usize)> = lines.into_iter().collect();
    paths.sort_by_key(|(path, lines)| (std::cmp::Reverse(*lines), *path));
    Episode {
        origin: commit_ref(timeline, found.origin),
        fixes: found.fixes.iter().map(|fix| commit_ref(timeline, *fix)).collect(),
        rounds: found.fixes.len(),
        minutes: found.minutes,
        lines: found.lines,
        patterns,
        paths: paths.into_iter().take(3).map(|(path, _)| path.to_owned()).collect(),
    }
}
