//! Measures friction against labelled commits.
//!
//! ```text
//! cargo run --release --example evaluate -- LABELS... --repos DIR [--verbose] [--ignore-mentions]
//! ```
//!
//! LABELS are files of three kinds, told apart by their fields:
//! - pairs, JSON lines: `{repo, sha, self_correction, origins: [sha]}`
//! - classes, JSON lines: `{repo, sha, families: [name], stratum}`
//! - origins, CSV with a header: `id,repo,lang,fix,origins`
//!
//! DIR holds the repositories, `owner/name` as `owner__name`, `owner+name` or `owner/name`, each a
//! repository or a folder with one in `repo`. Prints precision, recall and F1 with 95 % Wilson
//! intervals, and how often claims of each confidence were right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use friction::git::Repo;
use friction::model::{Correction, Family};
use friction::scan::{Progress, ScanOptions, scan};
use serde::Deserialize;

/// One labelled commit of any kind.
#[derive(Deserialize)]
struct Label {
    repo: String,
    sha: String,
    #[serde(default)]
    subject: String,
    self_correction: Option<bool>,
    #[serde(default)]
    origins: Vec<String>,
    families: Option<Vec<String>>,
    #[serde(default)]
    stratum: String,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    hit: usize,
    false_alarm: usize,
    miss: usize,
}

/// How often verdicts of one tenth of confidence were right.
#[derive(Default)]
struct Reliability([(usize, usize, f64); 10]);

struct Silent;

impl Progress for Silent {
    fn stage(&self, _name: &'static str, _own: u64, _later: u64) {}
    fn add(&self, _bytes: u64) {}
}

fn main() -> Result<()> {
    let (mut labels, mut repos, mut verbose, mut mentions) = (Vec::new(), None, false, true);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--repos" => repos = arguments.next().map(PathBuf::from),
            "--verbose" => verbose = true,
            "--ignore-mentions" => mentions = false,
            file => labels.push(PathBuf::from(file)),
        }
    }
    let Some(repos) = repos.filter(|_| !labels.is_empty()) else {
        bail!("usage: evaluate LABELS... --repos DIR [--verbose] [--ignore-mentions]");
    };
    for file in &labels {
        let rows = read(file).with_context(|| format!("cannot read labels from {}", file.display()))?;
        let judged = judge(&rows, &repos, mentions)?;
        println!("\n## {} ({} commits)\n", file.display(), rows.len());
        if rows.iter().any(|row| row.families.is_some()) {
            classes(&rows, &judged, verbose);
        } else if rows.iter().any(|row| row.self_correction.is_some()) {
            pairs(&rows, &judged, verbose);
        } else {
            origins(&rows, &judged, verbose);
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<Label>> {
    let text = std::fs::read_to_string(file)?;
    if file.extension().is_some_and(|extension| extension == "csv") {
        return text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(csv_row).collect();
    }
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn csv_row(line: &str) -> Result<Label> {
    let fields: Vec<&str> = line.trim().split(',').collect();
    let [_, repo, _, fix, origins] = fields[..] else { bail!("not five fields: {line}") };
    Ok(Label {
        repo: repo.to_owned(),
        sha: fix.to_owned(),
        origins: origins.split([';', ' ', '|']).map(str::to_owned).collect(),
        subject: String::new(),
        self_correction: None,
        families: None,
        stratum: String::new(),
    })
}

/// The record of every labelled commit that could be read, by its sha.
fn judge(rows: &[Label], repos: &Path, mentions: bool) -> Result<BTreeMap<String, Correction>> {
    let mut by_repo: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in rows {
        by_repo.entry(&row.repo).or_default().push(row.sha.clone());
    }
    let mut judged = BTreeMap::new();
    for (name, commits) in by_repo {
        let Some(repo) = find(repos, name) else {
            eprintln!("{name}: not in {}; its {} commits count as misses", repos.display(), commits.len());
            continue;
        };
        let options = ScanOptions {
            commits_from: Some(commits),
            min_confidence: 0.0,
            follow_mentions: mentions,
            ..ScanOptions::default()
        };
        let found = scan(&repo, &options, &Silent).with_context(|| format!("cannot scan {name}"))?;
        judged
            .extend(found.corrections.into_iter().map(|correction| (correction.fix.sha.clone(), correction)));
    }
    Ok(judged)
}

fn find(repos: &Path, name: &str) -> Option<Repo> {
    let names = [name.replace('/', "__"), name.replace('/', "+"), name.to_owned()];
    let places = names.iter().flat_map(|name| [repos.join(name), repos.join(name).join("repo")]);
    places.filter(|place| place.exists()).find_map(|place| Repo::open(&place).ok())
}

fn origins(rows: &[Label], judged: &BTreeMap<String, Correction>, verbose: bool) {
    let (mut tally, mut reliability) = (Tally::default(), Reliability::default());
    for row in rows {
        let first = judged.get(&row.sha).and_then(|correction| correction.origins.first());
        let right = first.is_some_and(|origin| row.origins.contains(&origin.sha));
        tally.hit += usize::from(right);
        tally.false_alarm += usize::from(first.is_some() && !right);
        tally.miss += row.origins.len() - usize::from(right);
        if let Some(origin) = first {
            reliability.add(origin.confidence, right);
        }
        if verbose && !right {
            println!("  wrong origin: {} {}", row.repo, row.sha);
        }
    }
    tally.print("origin, first named");
    reliability.print();
}

fn pairs(rows: &[Label], judged: &BTreeMap<String, Correction>, verbose: bool) {
    let (mut tally, mut origin, mut reliability) =
        (Tally::default(), Tally::default(), Reliability::default());
    for row in rows {
        let correction = judged.get(&row.sha);
        let confidence = correction.map_or(0.0, |correction| correction.confidence);
        let (truth, claimed) = (row.self_correction == Some(true), confidence >= 0.5);
        tally.add(truth, claimed);
        reliability.add(confidence, truth);
        if truth && claimed {
            let first = correction.and_then(|correction| correction.origins.first());
            let right = first.is_some_and(|first| row.origins.contains(&first.sha));
            origin.add(true, right);
            origin.false_alarm += usize::from(!right);
        }
        if verbose && truth != claimed {
            println!("  {}: {confidence:.2} {} {} {}", wrong(truth), row.repo, short(&row.sha), row.subject);
        }
    }
    tally.print("self-correction");
    origin.print("origin of those found");
    reliability.print();
}

fn classes(rows: &[Label], judged: &BTreeMap<String, Correction>, verbose: bool) {
    let mut reliability = Reliability::default();
    for family in Family::ALL {
        let (mut all, mut enriched) = (Tally::default(), Tally::default());
        for row in rows {
            let truth = row.families.iter().flatten().any(|name| name == family.name());
            let claims = judged.get(&row.sha).map_or(&[][..], |correction| &correction.families);
            let claim = claims.iter().filter(|claim| claim.family == family && claim.confidence >= 0.5);
            let claim = claim.max_by(|a, b| a.confidence.total_cmp(&b.confidence));
            all.add(truth, claim.is_some());
            if !row.stratum.starts_with("C-") && !row.stratum.starts_with("B-") {
                enriched.add(truth, claim.is_some());
            }
            if let Some(claim) = claim {
                reliability.add(claim.confidence, truth);
            }
            if verbose && truth != claim.is_some() {
                let pattern = claim.map_or("", |claim| claim.pattern.as_str());
                let sha = short(&row.sha);
                println!(
                    "  {} {}: {} {sha} {} {pattern}",
                    family.name(),
                    wrong(truth),
                    row.repo,
                    row.subject
                );
            }
        }
        all.print(family.name());
        if enriched.hit + enriched.miss < all.hit + all.miss {
            enriched.print(&format!("{}, enriched strata", family.name()));
        }
    }
    reliability.print();
    let named: BTreeSet<&str> =
        rows.iter().map(|row| row.sha.as_str()).filter(|sha| judged.contains_key(*sha)).collect();
    println!("read: {} of {}", named.len(), rows.len());
}

fn short(sha: &str) -> &str {
    sha.get(..9).unwrap_or(sha)
}

fn wrong(truth: bool) -> &'static str {
    if truth { "missed" } else { "false alarm" }
}

impl Tally {
    fn add(&mut self, truth: bool, claimed: bool) {
        match (truth, claimed) {
            (true, true) => self.hit += 1,
            (false, true) => self.false_alarm += 1,
            (true, false) => self.miss += 1,
            (false, false) => {}
        }
    }

    fn print(&self, name: &str) {
        let (claimed, real) = (self.hit + self.false_alarm, self.hit + self.miss);
        let f1 = 2.0 * self.hit as f64 / (claimed + real).max(1) as f64;
        println!("{name:<34} P {}  R {}  F1 {f1:.2}", share(self.hit, claimed), share(self.hit, real));
    }
}

impl Reliability {
    fn add(&mut self, confidence: f64, right: bool) {
        let (count, hits, sum) = &mut self.0[((confidence * 10.0) as usize).min(9)];
        *count += 1;
        *hits += usize::from(right);
        *sum += confidence;
    }

    fn print(&self) {
        for (count, hits, sum) in self.0.iter().filter(|(count, ..)| *count > 0) {
            println!("  said {:.2}, were right {}", sum / *count as f64, share(*hits, *count));
        }
    }
}

/// `.83 [.71 .91] 40/48`, with the 95 % Wilson interval.
fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let (p, n, z) = (part as f64 / whole as f64, whole as f64, 1.96);
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    format!("{p:.2} [{:.2} {:.2}] {part}/{whole}", middle - half, middle + half)
}
