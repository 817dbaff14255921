//! A line for each finding: `path:line:column: severity rule: message; help`.

use std::io::{self, Write};

use crate::model::Checked;
use crate::report::clean;

/// Writes a line for each finding, and a last line that counts them.
pub fn concise(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    for finding in &checked.findings {
        let (path, line, column) = (clean(&finding.path), finding.line, finding.column);
        let (severity, rule) = (finding.severity.name(), &finding.rule);
        writeln!(
            out,
            "{path}:{line}:{column}: {severity} {rule}: {}; {}",
            clean(&finding.message),
            clean(&finding.help)
        )?;
    }
    let summary = &checked.summary;
    let told = checked.findings.len();
    writeln!(out, "{told} findings in {} files", summary.files)
}
