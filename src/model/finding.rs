//! What `friction check` says: `friction.findings/1`.

use serde::{Deserialize, Serialize};

/// How much a finding matters. Ordered: an error is greater than a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Warning,
    /// The real tool refuses it, or it is certainly not what was meant.
    Error,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A mistake in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id, kebab-case.
    pub rule: String,
    /// `mock`, `narrowing`, `import`, `attribute`, `undefined`, `async` or `hygiene`; a user rule's own.
    pub family: String,
    pub severity: Severity,
    /// From the root of the repository, with `/`.
    pub path: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    pub end_line: usize,
    /// One past the last character.
    pub end_column: usize,
    pub message: String,
    /// How to mend it.
    pub help: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// Equal for the same mistake wherever its lines move to: of the rule, the enclosing symbol and the
    /// normalised text; the n-th equal one of a file has `-n` behind it.
    pub fingerprint: String,
}

/// Another place that explains a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Related {
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub message: String,
}

/// A mend that a program can make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    pub safety: Safety,
    /// In order, not overlapping.
    pub edits: Vec<Edit>,
}

/// May a fix be made without looking?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    Safe,
    /// It may change what the code means.
    Unsafe,
}

/// Bytes `start..end` of the finding's file become `text`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    pub start: usize,
    pub end: usize,
    pub text: String,
}

/// The result of a check.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checked {
    /// `friction.findings/1`
    pub schema: String,
    /// By path, line, column, rule.
    pub findings: Vec<Finding>,
    pub summary: CheckSummary,
    /// What could not be checked, and why.
    pub warnings: Vec<String>,
}

impl Checked {
    /// Counts the findings by severity.
    pub fn recount(&mut self) {
        let count = |severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        self.summary.errors = count(Severity::Error);
        self.summary.warnings = count(Severity::Warning);
        self.summary.infos = count(Severity::Info);
    }
}

/// Counts of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSummary {
    /// Files that rules looked at.
    pub files: usize,
    pub errors: usize,
    pub warnings: usize,
    pub infos: usize,
    /// Findings silenced by a comment or by the baseline.
    pub suppressed: usize,
    /// Suppressing comments that this change adds.
    pub suppressions_added: usize,
    /// Findings that were there before this change, and are not told.
    pub old: usize,
    /// Files that the time budget left unchecked, by path.
    pub unchecked: Vec<String>,
}
