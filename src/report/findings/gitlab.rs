//! GitLab's code quality report.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::model::{Checked, Finding, Severity};

/// Writes one JSON array.
pub fn gitlab(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    let unchecked = checked.summary.unchecked.iter().map(|path| not_checked(path));
    let entries: Vec<Value> = checked.findings.iter().map(entry).chain(unchecked).collect();
    crate::report::json(&entries, out)
}

fn entry(finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Info => "info",
    };
    json!({
        "description": format!("{}; {}", finding.message, finding.help),
        "check_name": finding.rule,
        "fingerprint": format!("{}:{}", finding.path, finding.fingerprint),
        "severity": severity,
        "location": { "path": finding.path, "lines": { "begin": finding.line, "end": finding.end_line } },
    })
}

/// The report has no other place to say so.
fn not_checked(path: &str) -> Value {
    json!({
        "description": "not checked: the time budget was used up",
        "check_name": "not-checked",
        "fingerprint": format!("{path}:not-checked"),
        "severity": "info",
        "location": { "path": path, "lines": { "begin": 1, "end": 1 } },
    })
}
