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

const NOT_CHECKED: &str = ": not checked: the time budget was used up";

/// Bytes of a message that a long path leaves; the help is cut before.
const MESSAGE: usize = 48;

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
        writeln!(out, "{}", placed(path, NOT_CHECKED, NOT_CHECKED.len()))?;
    }
    for warning in checked.warnings.iter().take(TOLD) {
        writeln!(out, "{}", cut(&format!("warning: {}", clean(warning)), LINE))?;
    }
    let untold = checked.warnings.len().saturating_sub(TOLD);
    if untold > 0 {
        writeln!(out, "{} more", counted(untold, "warning"))?;
    }
    writeln!(out, "friction check: {}", summary(checked))
}

fn line(finding: &Finding) -> String {
    let Finding { line, column, rule, message, help, .. } = finding;
    let (severity, message, help) = (finding.severity.name(), clean(message), clean(help));
    let wrong = format!(":{line}:{column}: {severity} {rule}: {message} help: {help}");
    let told = wrong.len() - message.len() - help.len() - " help: ".len() + MESSAGE.min(message.len());
    cut(&placed(&finding.path, &wrong, told), LINE)
}

/// A path and what is said of it. Of a path that leaves no room for the first `told` bytes its end is told,
/// which says most.
fn placed(path: &str, text: &str, told: usize) -> String {
    let path = clean(path);
    let room = LINE.saturating_sub(told).max(LINE / 4);
    if path.len() <= room {
        return format!("{path}{text}");
    }
    let start = path.ceil_char_boundary(path.len() - room + '…'.len_utf8());
    format!("…{}{text}", &path[start..])
}

/// The start of a text, at most so many bytes, with `…` where something was cut.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes - '…'.len_utf8());
    format!("{}…", &text[..end])
}
