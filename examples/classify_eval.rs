//! Measures the classifier on labelled commits:
//! `classify_eval LABELS.jsonl… --repos DIR [--verbose] [--language ts|py]`.
//!
//! Each label line has `id`, `repo` (`owner/name`), `sha`, `stratum` and `families`; the repositories lie
//! in DIR as bare `owner__name`. A commit is compared with its first parent, and every hunk of it counts as
//! part of a correction.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use friction::classify::{Change, FileChange, classify};
use friction::diff::{Hunk, hunks};
use friction::model::{Family, Side};
use friction::syntax::Language;
use git2::{Delta, DiffFindOptions, Oid, Repository, Tree};
use serde::Deserialize;

/// A family counts as claimed from this confidence on.
const CLAIMED: f64 = 0.5;

#[derive(Deserialize)]
struct Label {
    id: String,
    repo: String,
    sha: String,
    #[serde(default)]
    stratum: String,
    families: Vec<String>,
}

#[derive(Default)]
struct Tally {
    hits: usize,
    false_alarms: usize,
    misses: usize,
    enriched_hits: usize,
    enriched: usize,
}

struct ReadFile {
    path: String,
    old_path: String,
    before: Vec<u8>,
    after: Vec<u8>,
    hunks: Vec<Hunk>,
    corrects: Vec<bool>,
}

fn main() -> Result<()> {
    let mut labels = Vec::new();
    let mut repos = PathBuf::from(".");
    let mut verbose = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--repos" => repos = arguments.next().context("--repos needs a folder")?.into(),
            "--verbose" => verbose = true,
            path => {
                let text = std::fs::read_to_string(path).with_context(|| format!("reading {path}"))?;
                for line in text.lines().filter(|line| !line.trim().is_empty()) {
                    labels.push(serde_json::from_str::<Label>(line).with_context(|| path.to_owned())?);
                }
            }
        }
    }
    let mut tallies: BTreeMap<Family, Tally> = BTreeMap::new();
    let mut unread = 0;
    for label in &labels {
        match claims(label, &repos) {
            Ok((subject, claims)) => count(label, &subject, &claims, &mut tallies, verbose),
            Err(error) => {
                unread += 1;
                eprintln!("{} {}: {error:#}", label.id, label.sha);
            }
        }
    }
    println!("{} commits, {unread} unread", labels.len());
    println!("{:18} {:>4} {:>4} {:>4}  precision recall | enriched recall", "family", "TP", "FP", "FN");
    for family in Family::ALL {
        let Some(tally) = tallies.get(&family) else { continue };
        println!(
            "{:18} {:>4} {:>4} {:>4}  {:>9} {:>6} | {:>6} ({}/{})",
            family.name(),
            tally.hits,
            tally.false_alarms,
            tally.misses,
            ratio(tally.hits, tally.hits + tally.false_alarms),
            ratio(tally.hits, tally.hits + tally.misses),
            ratio(tally.enriched_hits, tally.enriched),
            tally.enriched_hits,
            tally.enriched,
        );
    }
    Ok(())
}

fn ratio(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.2}", part as f64 / whole as f64) }
}

/// What was claimed, as (family, text to print).
type Claims = Vec<(Family, String)>;

fn count(
    label: &Label,
    subject: &str,
    claims: &Claims,
    tallies: &mut BTreeMap<Family, Tally>,
    verbose: bool,
) {
    let enriched = label.stratum.starts_with("E-");
    for family in Family::ALL {
        let is = label.families.iter().any(|name| name == family.name());
        let said: Vec<&str> = claims.iter().filter(|c| c.0 == family).map(|c| c.1.as_str()).collect();
        let tally = tallies.entry(family).or_default();
        tally.enriched += usize::from(is && enriched);
        let verdict = match (is, said.is_empty()) {
            (true, false) => {
                tally.hits += 1;
                tally.enriched_hits += usize::from(enriched);
                "hit"
            }
            (true, true) => {
                tally.misses += 1;
                "MISS"
            }
            (false, false) => {
                tally.false_alarms += 1;
                "FALSE"
            }
            (false, true) => continue,
        };
        if verbose {
            println!(
                "{verdict:5} {:16} {} {} {} {subject:?} is {} said {}",
                family.name(),
                label.id,
                &label.sha[..label.sha.len().min(10)],
                label.stratum,
                label.families.join("+"),
                said.join(" ")
            );
        }
    }
}

fn claims(label: &Label, repos: &Path) -> Result<(String, Claims)> {
    let repository = Repository::open_bare(repos.join(label.repo.replace('/', "__")))?;
    let commit = repository.find_commit(Oid::from_str(&label.sha)?)?;
    let new_tree = commit.tree()?;
    let old_tree = commit.parent(0).and_then(|parent| parent.tree()).ok();
    let (read, other_paths) = changed_files(&repository, old_tree.as_ref(), &new_tree)?;
    let files: Vec<FileChange> = read
        .iter()
        .map(|file| FileChange {
            path: &file.path,
            old_path: &file.old_path,
            before: &file.before,
            after: &file.after,
            hunks: &file.hunks,
            corrects: &file.corrects,
        })
        .collect();
    let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
    let subject = message.lines().next().unwrap_or_default().to_owned();
    let verdicts = classify(&Change {
        subject: &subject,
        message: &message,
        files: &files,
        other_paths: &other_paths,
        read: &|side, path| {
            let tree = match side {
                Side::Before => old_tree.as_ref()?,
                Side::After => &new_tree,
            };
            Some(repository.find_blob(tree.get_path(Path::new(path)).ok()?.id()).ok()?.content().to_vec())
        },
    });
    let claims = verdicts
        .into_iter()
        .filter(|verdict| verdict.claim.confidence >= CLAIMED)
        .map(|verdict| {
            let at = verdict.claim.evidence.first();
            let at = at.map(|e| format!("{}:{}{:?}", e.path, e.line, e.side)).unwrap_or_default();
            let claim = verdict.claim;
            (claim.family, format!("{}({:.2})@{at}", claim.pattern, claim.confidence))
        })
        .collect();
    Ok((subject, claims))
}

/// The changed code files, and the paths of the others.
fn changed_files(
    repository: &Repository,
    old: Option<&Tree>,
    new: &Tree,
) -> Result<(Vec<ReadFile>, Vec<String>)> {
    let mut diff = repository.diff_tree_to_tree(old, Some(new), None)?;
    diff.find_similar(Some(DiffFindOptions::new().renames(true).rename_limit(200)))?;
    let (mut files, mut others) = (Vec::new(), Vec::new());
    for delta in diff.deltas() {
        let path_of = |file: git2::DiffFile| {
            file.path_bytes().map(|path| String::from_utf8_lossy(path).into_owned()).unwrap_or_default()
        };
        let old_path = path_of(delta.old_file());
        let path =
            if delta.status() == Delta::Deleted { old_path.clone() } else { path_of(delta.new_file()) };
        if Language::of_path(&path).is_none() {
            others.push(path);
            continue;
        }
        let text_of = |id: Oid| {
            if id.is_zero() {
                return Some(Vec::new());
            }
            repository.find_blob(id).ok().map(|blob| blob.content().to_vec())
        };
        // A blob that the clone lacks is left out, as a scan leaves it out.
        let (Some(before), Some(after)) = (text_of(delta.old_file().id()), text_of(delta.new_file().id()))
        else {
            continue;
        };
        let hunks = hunks(&before, &after);
        let corrects = vec![true; hunks.len()];
        files.push(ReadFile { path, old_path, before, after, hunks, corrects });
    }
    Ok((files, others))
}
