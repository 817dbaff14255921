//! Old debt that a project has decided to live with: `.friction/baseline.json`.
//!
//! An entry is a path and a fingerprint, of rule, enclosing symbol and normalised text, so it survives moved
//! lines; once its file is gone it holds for any other, so it survives renamed files, and a copy of an old
//! mistake is told. A check never adds to it: it can only be pruned, or be written anew on request.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::Finding;

/// Where it stands in a project.
pub const FILE: &str = ".friction/baseline.json";

/// The version tag of the file.
const SCHEMA: &str = "friction.baseline/1";

/// Findings that are known and not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: String,
    /// Sorted by path, rule, fingerprint, so that a change of it reads well.
    findings: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Where it was.
    path: String,
    rule: String,
    fingerprint: String,
}

/// Why a baseline cannot be used.
#[derive(Debug, Error)]
pub enum BaselineError {
    #[error("cannot read the baseline {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}:{line}:{column}: {message}; write it anew with friction check --all --update-baseline", path.display())]
    Wrong { path: PathBuf, line: usize, column: usize, message: String },
    #[error("{}: its format is {found:?}, not {SCHEMA:?}, which this version of friction reads", path.display())]
    Version { path: PathBuf, found: String },
}

impl Baseline {
    /// Reads a project's baseline; none where there is no file.
    pub fn read(root: &Path) -> Result<Option<Baseline>, BaselineError> {
        let path = root.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(BaselineError::Unreadable { path, source }),
        };
        let wrong = |error: serde_json::Error| BaselineError::Wrong {
            path: path.clone(),
            line: error.line(),
            column: error.column(),
            message: error.to_string(),
        };
        let baseline: Baseline = serde_json::from_str(&text).map_err(wrong)?;
        match baseline.schema == SCHEMA {
            true => Ok(Some(baseline)),
            false => Err(BaselineError::Version { path, found: baseline.schema }),
        }
    }

    /// All of these findings.
    pub fn of(findings: &[Finding]) -> Baseline {
        let entry = |finding: &Finding| Entry {
            path: finding.path.clone(),
            rule: finding.rule.clone(),
            fingerprint: finding.fingerprint.clone(),
        };
        let mut findings: Vec<Entry> = findings.iter().map(entry).collect();
        findings.sort();
        Baseline { schema: SCHEMA.to_owned(), findings }
    }

    /// Takes out the findings that are known; how many there were. `is_file` tells which paths there are still.
    pub fn hide(&self, findings: &mut Vec<Finding>, is_file: &dyn Fn(&str) -> bool) -> usize {
        let known: HashSet<usize> = self.matched(findings, is_file).into_iter().flatten().collect();
        let mut at = 0..;
        findings.retain(|_| at.next().is_none_or(|at| !known.contains(&at)));
        known.len()
    }

    /// Drops the entries that none of these findings needs, and gives the others their findings' paths; how
    /// many were dropped.
    pub fn prune(&mut self, findings: &[Finding], is_file: &dyn Fn(&str) -> bool) -> usize {
        let known = self.matched(findings, is_file);
        let before = self.findings.len();
        let entries = std::mem::take(&mut self.findings).into_iter().zip(known);
        let kept =
            entries.filter_map(|(entry, known)| Some(Entry { path: findings[known?].path.clone(), ..entry }));
        self.findings = kept.collect();
        self.findings.sort();
        before - self.findings.len()
    }

    /// For each entry, the finding that it knows: first those of its own file, then, if that is gone, one of
    /// any other.
    fn matched(&self, findings: &[Finding], is_file: &dyn Fn(&str) -> bool) -> Vec<Option<usize>> {
        let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, finding) in findings.iter().enumerate().rev() {
            open.entry(&finding.fingerprint).or_default().push(at);
        }
        let mut known = vec![None; self.findings.len()];
        for moved in [false, true] {
            for (entry, known) in self.findings.iter().zip(&mut known) {
                let Some(open) = open.get_mut(entry.fingerprint.as_str()) else { continue };
                if known.is_some() || open.is_empty() || moved && is_file(&entry.path) {
                    continue;
                }
                let at = open.iter().rposition(|&at| moved || findings[at].path == entry.path);
                *known = at.map(|at| open.remove(at));
            }
        }
        known
    }

    /// The file's text.
    pub fn render(&self) -> String {
        serde_json::to_string_pretty(self).map_or_else(|_| String::new(), |text| text + "\n")
    }

    pub fn len(&self) -> usize {
        self.findings.len()
    }

    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Severity;

    fn finding(path: &str, fingerprint: &str) -> Finding {
        let (path, fingerprint) = (path.to_owned(), fingerprint.to_owned());
        let (rule, family, message, help) = ("a-rule".into(), "own".into(), String::new(), String::new());
        let (line, column, end_line, end_column) = (1, 1, 1, 2);
        let (severity, fix, related) = (Severity::Error, None, Vec::new());
        Finding {
            rule,
            family,
            severity,
            path,
            line,
            column,
            end_line,
            end_column,
            message,
            help,
            fix,
            related,
            fingerprint,
        }
    }

    fn hidden(baseline: &Baseline, mut findings: Vec<Finding>, files: &[&str]) -> Vec<String> {
        let before = findings.len();
        let count = baseline.hide(&mut findings, &|path| files.contains(&path));
        assert_eq!(before - findings.len(), count);
        findings.into_iter().map(|left| left.path).collect()
    }

    #[test]
    fn a_known_finding_is_hidden_and_a_copy_of_it_in_another_file_is_told() {
        let baseline = Baseline::of(&[finding("a.py", "f1")]);
        let both = || vec![finding("a.py", "f1"), finding("b.py", "f1")];
        assert_eq!(hidden(&baseline, both(), &["a.py", "b.py"]), ["b.py"]);
        assert_eq!(hidden(&baseline, vec![finding("b.py", "f1")], &["a.py", "b.py"]), ["b.py"]);
    }

    #[test]
    fn an_entry_goes_with_its_renamed_file_and_counts_once() {
        let baseline = Baseline::of(&[finding("a.py", "f1")]);
        let both = vec![finding("b.py", "f1"), finding("c.py", "f1")];
        assert_eq!(hidden(&baseline, both, &["b.py", "c.py"]), ["c.py"]);
    }

    #[test]
    fn pruning_drops_what_is_gone_and_follows_a_renamed_file() {
        let mut baseline =
            Baseline::of(&[finding("a.py", "f1"), finding("gone.py", "f2"), finding("d.py", "f3")]);
        let now = [finding("b.py", "f1"), finding("d.py", "f3"), finding("d.py", "f4")];
        assert_eq!(baseline.prune(&now, &|path| ["b.py", "d.py"].contains(&path)), 1);
        assert_eq!(baseline, Baseline::of(&[finding("b.py", "f1"), finding("d.py", "f3")]));
    }

    proptest::proptest! {
        #[test]
        fn a_baseline_of_all_findings_hides_all_and_loses_none_in_pruning(
            names in proptest::collection::vec(("[ab]", "f[0-3]"), 0..12),
            kept in 0usize..12,
        ) {
            let all: Vec<Finding> = names.iter().map(|(path, name)| finding(path, name)).collect();
            let mut baseline = Baseline::of(&all);
            proptest::prop_assert!(hidden(&baseline, all.clone(), &["a", "b"]).is_empty());
            let kept = &all[..kept.min(all.len())];
            proptest::prop_assert_eq!(baseline.prune(kept, &|_| true), all.len() - kept.len());
            proptest::prop_assert_eq!(&baseline, &Baseline::of(kept));
            let text = baseline.render();
            proptest::prop_assert_eq!(serde_json::from_str::<Baseline>(&text).unwrap(), baseline);
        }
    }
}
