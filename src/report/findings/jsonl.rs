//! A JSON value a line: each finding, each warning, and at last the summary.

use std::io::{self, Write};

use serde::Serialize;

use crate::model::{CheckSummary, Checked, Finding};
use crate::report::json_compact;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Finding(&'a Finding),
    Warning { message: &'a str },
    Summary(&'a CheckSummary),
}

/// Writes the lines; each has a `type`.
pub fn jsonl(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    for finding in &checked.findings {
        json_compact(&Line::Finding(finding), out)?;
    }
    for message in &checked.warnings {
        json_compact(&Line::Warning { message }, out)?;
    }
    json_compact(&Line::Summary(&checked.summary), out)
}
