//! JUnit's XML, which most CI servers draw: a suite for each file, a failed case for each finding.

use std::io::{self, Write};

use crate::model::{Checked, Finding, Severity};
use crate::report::text::is_unsafe;

/// Writes the document. Errors and warnings are failures, hints are not told: a case is red or green.
pub fn junit(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    let told: Vec<&Finding> =
        checked.findings.iter().filter(|finding| finding.severity > Severity::Info).collect();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    let unchecked = &checked.summary.unchecked;
    let (tests, failures) = (told.len() + unchecked.len(), told.len());
    writeln!(out, r#"<testsuites name="friction check" tests="{tests}" failures="{failures}">"#)?;
    for suite in told.chunk_by(|a, b| a.path == b.path) {
        let path = escape(&suite[0].path);
        writeln!(out, r#"  <testsuite name="{path}" tests="{0}" failures="{0}">"#, suite.len())?;
        for finding in suite {
            let (rule, line, column) = (escape(&finding.rule), finding.line, finding.column);
            writeln!(out, r#"    <testcase classname="{path}" name="{rule} at {line}:{column}">"#)?;
            let message = escape(&finding.message);
            writeln!(
                out,
                r#"      <failure type="{}" message="{message}">{path}:{line}:{column}: {message}; {}</failure>"#,
                finding.severity.name(),
                escape(&finding.help)
            )?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    if !unchecked.is_empty() {
        let count = unchecked.len();
        writeln!(out, r#"  <testsuite name="not checked" tests="{count}" failures="0" skipped="{count}">"#)?;
        for path in unchecked {
            let path = escape(path);
            writeln!(out, r#"    <testcase classname="{path}" name="not checked">"#)?;
            writeln!(out, r#"      <skipped message="the time budget was used up"/>"#)?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// What a terminal would obey is written as a reference, which changes nothing for a reader of XML. XML 1.0
/// has no way to write most control characters, so they become U+FFFD.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                safe.push('\u{fffd}');
            }
            c if is_unsafe(c) => safe.push_str(&format!("&#{};", c as u32)),
            c => safe.push(c),
        }
    }
    safe
}
