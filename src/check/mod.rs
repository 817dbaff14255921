//! What is about to be committed → findings.
//!
//! Only new findings are told: those of the changed files, less those that the same files had before, both
//! read in memory. So an old line that a new import makes wrong is found, and old debt is not.

mod baseline;
mod cache;
mod dependents;
mod engine;
mod examples;
mod fingerprint;
mod fix;
mod left_out;
mod lines;
mod stack;
mod suppress;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use globset::GlobSet;
use rayon::prelude::*;

use crate::facts::{Earlier, Project};
use crate::git::{Change, Staging};
use crate::model::{CheckSummary, Checked, Finding, Severity};

pub use baseline::{Baseline, BaselineError, FILE as BASELINE};
pub use cache::cached_check;
use engine::Ran;
pub use engine::{RuleSet, Setting};
pub use examples::flagged;
pub use fix::{Fixed, apply as apply_fixes};
pub use left_out::LeftOut;

/// Which findings of a changed file are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those that the file did not have before.
    #[default]
    New,
    /// Those on lines that changed.
    Lines,
    /// All.
    File,
}

/// How to check.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub scope: Scope,
    /// Stop after this long; what is left is named in the summary.
    pub budget: Option<Duration>,
    /// Paths that are not checked.
    pub exclude: Option<GlobSet>,
    /// Findings that are known and not told.
    pub baseline: Option<Baseline>,
}

/// A check over fewer files than this is done before a second thread would have started.
const PARALLEL: usize = 24;

/// Checks every changed file.
pub fn check(staging: &Staging, rules: &RuleSet, options: &Options) -> Checked {
    let excluded = |path: &str| options.exclude.as_ref().is_some_and(|exclude| exclude.is_match(path));
    let changes: Vec<&Change> = staging.changes.iter().filter(|change| !excluded(&change.path)).collect();
    let before = Project::new(staging.base.clone());
    // What a comment silences has to be found, or else the comment would seem to silence nothing.
    let before = Earlier::new(before, &staging.changes, &staging.deleted, suppress::may_suppress);
    let before = Arc::new(before);
    let now = Project::new(staging.files.clone());
    let now = if options.scope == Scope::New { now.after(before.clone()) } else { now };
    let run = Run { staging, rules, options, now, before, started: Instant::now() };
    let files: Vec<Told> = if changes.is_empty() {
        Vec::new()
    } else if changes.len() < PARALLEL {
        stack::roomy(|| changes.iter().map(|change| run.file(change)).collect())
    } else {
        stack::roomy_pool();
        changes.into_par_iter().map(|change| run.file(change)).collect()
    };
    let mut summary = CheckSummary::default();
    let (mut findings, mut left_out) = (Vec::new(), Vec::new());
    for file in files {
        summary.files += usize::from(file.checked);
        summary.suppressed += file.suppressed;
        summary.suppressions_added += file.suppressions_added;
        summary.old += file.old;
        summary.unchecked.extend(file.unchecked);
        left_out.extend(file.left_out);
        findings.extend(file.findings);
    }
    findings.extend(run.broken_elsewhere().into_iter().filter(|finding| !excluded(&finding.path)));
    if let Some(baseline) = &options.baseline {
        summary.suppressed += baseline.hide(&mut findings, &|path| staging.files.is_file(path));
    }
    findings.sort_by(|a, b| (&a.path, a.line, a.column, &a.rule).cmp(&(&b.path, b.line, b.column, &b.rule)));
    let schema = "friction.findings/1".to_owned();
    let mut warnings = staging.warnings.clone();
    warnings.extend(left_out::sentences(&left_out));
    let mut checked = Checked { schema, findings, summary, warnings };
    checked.recount();
    checked
}

/// One check under way.
struct Run<'c> {
    staging: &'c Staging,
    rules: &'c RuleSet,
    options: &'c Options,
    now: Project,
    before: Arc<Earlier>,
    started: Instant,
}

/// What is told of one file.
#[derive(Default)]
struct Told {
    checked: bool,
    findings: Vec<Finding>,
    old: usize,
    suppressed: usize,
    suppressions_added: usize,
    unchecked: Option<String>,
    left_out: Option<(LeftOut, String)>,
}

impl Run<'_> {
    fn file(&self, change: &Change) -> Told {
        if self.options.budget.is_some_and(|budget| self.started.elapsed() >= budget) {
            return Told { unchecked: Some(change.path.clone()), ..Told::default() };
        }
        let Some(ran) = self.rules.run(&self.now, &change.path) else { return Told::default() };
        let before = || self.rules.run(self.before.project(), change.base.as_deref()?);
        // The base is read only where something is to be compared.
        let compared = ran.suppressions > 0 || (self.options.scope == Scope::New && !ran.findings.is_empty());
        let base = if compared { before() } else { None };
        let had = base.as_ref().map_or(0, |base| base.suppressions);
        let all = ran.findings.len();
        let findings = match self.options.scope {
            Scope::New => new_ones(ran.findings, base.map_or_else(Vec::new, |base| base.findings)),
            Scope::Lines => self.on_changed_lines(ran.findings, change),
            Scope::File => ran.findings,
        };
        Told {
            checked: ran.left_out.is_none(),
            old: all - findings.len(),
            findings,
            suppressed: ran.suppressed,
            suppressions_added: ran.suppressions.saturating_sub(had),
            unchecked: None,
            left_out: ran.left_out.map(|why| (why, change.path.clone())),
        }
    }

    /// What the change breaks in files that it leaves alone.
    fn broken_elsewhere(&self) -> Vec<Finding> {
        let spent = self.options.budget.is_some_and(|budget| self.started.elapsed() >= budget);
        if spent {
            return Vec::new();
        }
        let told = |path: String| {
            let imports = |ran: Ran| {
                let of_import = |finding: &Finding| dependents::RULES.contains(&finding.rule.as_str());
                ran.findings.into_iter().filter(of_import).collect::<Vec<_>>()
            };
            let found = self.rules.run(&self.now, &path).map_or_else(Vec::new, imports);
            if found.is_empty() {
                return found;
            }
            let mut new =
                new_ones(found, self.rules.run(self.before.project(), &path).map_or_else(Vec::new, imports));
            // It was there a moment ago, so no build makes it.
            for finding in new.iter_mut().filter(|finding| finding.severity == Severity::Warning) {
                if !self.rules.is_set(&finding.rule) {
                    finding.severity = Severity::Error;
                }
            }
            new
        };
        dependents::dependents(self.staging, &self.now, &self.before).into_iter().flat_map(told).collect()
    }

    fn on_changed_lines(&self, mut found: Vec<Finding>, change: &Change) -> Vec<Finding> {
        let Some(base) = change.base.as_deref().filter(|_| !found.is_empty()) else { return found };
        let old = self.staging.base.read(base).unwrap_or_default();
        let new = self.staging.files.read(&change.path).unwrap_or_default();
        let hunks = crate::diff::hunks(&old, &new);
        let changed = |line: usize| hunks.iter().any(|hunk| hunk.new_range().contains(&(line as u32 - 1)));
        found.retain(|finding| (finding.line..=finding.end_line).any(changed));
        found
    }
}

/// Findings whose fingerprints the base version does not have.
fn new_ones(mut found: Vec<Finding>, old: Vec<Finding>) -> Vec<Finding> {
    let mut known: HashMap<String, usize> = HashMap::new();
    for finding in old {
        *known.entry(finding.fingerprint).or_default() += 1;
    }
    found.retain(|finding| match known.get_mut(&finding.fingerprint) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    });
    found
}
