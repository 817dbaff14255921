//! GitHub's workflow commands, which annotate the lines of a pull request.
//!
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use std::io::{self, Write};

use super::summary::summary;
use crate::model::{Checked, Severity};
use crate::report::clean;

/// Writes a command for each finding, and a line for the log that counts them.
pub fn github(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    for finding in &checked.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        writeln!(
            out,
            "::{command} file={},line={},col={},endLine={},endColumn={},title={}::{}",
            property(&finding.path),
            finding.line,
            finding.column,
            finding.end_line,
            finding.end_column,
            property(&format!("friction {}", finding.rule)),
            data(&format!("{}; {}", finding.message, finding.help)),
        )?;
    }
    for path in &checked.summary.unchecked {
        writeln!(out, "::warning file={}::not checked: the time budget was used up", property(path))?;
    }
    for warning in &checked.warnings {
        writeln!(out, "::warning::{}", data(warning))?;
    }
    writeln!(out, "{}", summary(checked))
}

/// In one line, with nothing that a reader of the log would obey.
fn data(text: &str) -> String {
    clean(text).replace('%', "%25")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
