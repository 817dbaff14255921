//! For an agent's context: short lines, capped, the same bytes for the same findings, never silent.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::summary::summary;
use crate::model::{Checked, Finding};
use crate::report::clean;
use crate::report::words::counted;

/// Findings told in full; the rest are counted by rule.
const TOLD: usize = 30;

/// Bytes of a finding's line.
const LINE: usize = 160;

/// Writes `path:line:col: error rule-id: message help: …` for each finding, then what was left out, then a
/// line that counts.
pub fn agent(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    for finding in checked.findings.iter().take(TOLD) {
        writeln!(out, "{}", line(finding))?;
    }
    let mut more: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in checked.findings.iter().skip(TOLD) {
        *more.entry(&finding.rule).or_default() += 1;
    }
    for (rule, count) in more {
        writeln!(out, "{} more of {rule}", counted(count, "finding"))?;
    }
    for path in checked.summary.unchecked.iter().take(TOLD) {
        writeln!(out, "{}: not checked: the time budget was used up", clean(path))?;
    }
    for warning in checked.warnings.iter().take(TOLD) {
        writeln!(out, "warning: {}", cut(&clean(warning), LINE))?;
    }
    writeln!(out, "friction check: {}", summary(checked))
}

/// The help is cut before the message is: what is wrong comes first.
fn line(finding: &Finding) -> String {
    let Finding { line, column, rule, .. } = finding;
    let path = clean(&finding.path);
    let wrong =
        format!("{path}:{line}:{column}: {} {rule}: {}", finding.severity.name(), clean(&finding.message));
    let whole = format!("{wrong} help: {}", clean(&finding.help));
    cut(&whole, LINE)
}

/// The start of a text, at most so many bytes, with `…` where something was cut.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes - '…'.len_utf8());
    format!("{}…", &text[..end])
}
