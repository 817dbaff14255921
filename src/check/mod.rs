//! What is about to be committed → findings.
//!
//! Only new findings are told: those of the changed files, less those that the same files had before, both
//! read in memory. So an old line that a new import makes wrong is found, and old debt is not.

mod engine;
mod fingerprint;
mod lines;
mod suppress;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::facts::Project;
use crate::git::{Change, Staging};
use crate::model::{CheckSummary, Checked, Finding, Severity};

pub use engine::{RuleSet, Setting};

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
}

/// Checks every changed file.
pub fn check(staging: &Staging, rules: &RuleSet, options: &Options) -> Checked {
    let started = Instant::now();
    let now = Project::new(staging.files.clone());
    let before = Project::new(staging.base.clone());
    let mut summary = CheckSummary::default();
    let mut findings = Vec::new();
    for change in &staging.changes {
        if options.budget.is_some_and(|budget| started.elapsed() >= budget) {
            summary.unchecked.push(change.path.clone());
            continue;
        }
        let Some(ran) = rules.run(&now, &change.path) else { continue };
        summary.files += 1;
        summary.suppressed += ran.suppressed;
        let base = change.base.as_deref();
        if ran.suppressions > 0 {
            let had = base.and_then(|base| rules.run(&before, base)).map_or(0, |ran| ran.suppressions);
            summary.suppressions_added += ran.suppressions.saturating_sub(had);
        }
        let told = match (options.scope, base) {
            (Scope::New, Some(base)) => new_ones(ran.findings, base, &before, rules, &mut summary),
            (Scope::Lines, Some(base)) => on_changed_lines(ran.findings, base, change, staging, &mut summary),
            _ => ran.findings,
        };
        findings.extend(told);
    }
    findings.sort_by(|a, b| (&a.path, a.line, a.column, &a.rule).cmp(&(&b.path, b.line, b.column, &b.rule)));
    for finding in &findings {
        match finding.severity {
            Severity::Error => summary.errors += 1,
            Severity::Warning => summary.warnings += 1,
            Severity::Info => summary.infos += 1,
        }
    }
    Checked {
        schema: "friction.findings/1".to_owned(),
        findings,
        summary,
        warnings: staging.warnings.clone(),
    }
}

/// Findings whose fingerprints the base version does not have; the base is read only where there are any.
fn new_ones(
    found: Vec<Finding>,
    base: &str,
    before: &Project,
    rules: &RuleSet,
    summary: &mut CheckSummary,
) -> Vec<Finding> {
    if found.is_empty() {
        return found;
    }
    let mut known: HashMap<String, usize> = HashMap::new();
    for finding in rules.run(before, base).map_or_else(Vec::new, |ran| ran.findings) {
        *known.entry(finding.fingerprint).or_default() += 1;
    }
    let (old, new): (Vec<_>, Vec<_>) = found.into_iter().partition(|finding| {
        known.get_mut(&finding.fingerprint).is_some_and(|left| {
            let is_old = *left > 0;
            *left = left.saturating_sub(1);
            is_old
        })
    });
    summary.old += old.len();
    new
}

fn on_changed_lines(
    found: Vec<Finding>,
    base: &str,
    change: &Change,
    staging: &Staging,
    summary: &mut CheckSummary,
) -> Vec<Finding> {
    if found.is_empty() {
        return found;
    }
    let old = staging.base.read(base).unwrap_or_default();
    let new = staging.files.read(&change.path).unwrap_or_default();
    let hunks = crate::diff::hunks(&old, &new);
    let changed = |line: usize| hunks.iter().any(|hunk| hunk.new_range().contains(&(line as u32 - 1)));
    let (told, old): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|finding| (finding.line..=finding.end_line).any(changed));
    summary.old += old.len();
    told
}
