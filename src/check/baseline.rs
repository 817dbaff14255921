//! Old debt that a project has decided to live with: `.friction/baseline.json`.
//!
//! An entry is a fingerprint, of rule, enclosing symbol and normalised text, so it survives moved lines and
//! renamed files. A check never adds to it: it can only be pruned, or be written anew on request.

use std::collections::{BTreeMap, HashMap};
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
    /// Where it was; for readers, the fingerprint alone decides.
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

    /// Takes out the findings that are known; how many there were.
    pub fn hide(&self, findings: &mut Vec<Finding>) -> usize {
        let mut left = self.counts();
        let before = findings.len();
        findings.retain(|finding| match left.get_mut(finding.fingerprint.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        });
        before - findings.len()
    }

    /// Drops the entries that none of these findings needs; how many there were.
    pub fn prune(&mut self, findings: &[Finding]) -> usize {
        let mut needed: HashMap<&str, usize> = HashMap::new();
        for finding in findings {
            *needed.entry(&finding.fingerprint).or_default() += 1;
        }
        let before = self.findings.len();
        self.findings.retain(|entry| match needed.get_mut(entry.fingerprint.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        });
        before - self.findings.len()
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

    fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.findings {
            *counts.entry(entry.fingerprint.as_str()).or_default() += 1;
        }
        counts
    }
}
