//! A line for each finding: `path:line:column: severity rule: message; help`.

use std::io::{self, Write};

use super::summary::summary;
use crate::model::Checked;
use crate::report::clean;

/// Writes a line for each finding and each warning, and a last line that counts them.
pub fn concise(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    for finding in &checked.findings {
        let (path, line, column) = (clean(&finding.path), finding.line, finding.column);
        let (severity, rule) = (finding.severity.name(), &finding.rule);
        let (message, help) = (clean(&finding.message), clean(&finding.help));
        writeln!(out, "{path}:{line}:{column}: {severity} {rule}: {message}; {help}")?;
    }
    for path in &checked.summary.unchecked {
        writeln!(out, "{}: not checked: the time budget was used up", clean(path))?;
    }
    for warning in &checked.warnings {
        writeln!(out, "warning: {}", clean(warning))?;
    }
    writeln!(out, "{}", summary(checked))
}
