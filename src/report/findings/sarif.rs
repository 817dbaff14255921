//! SARIF 2.1.0, for code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>; which properties GitHub reads:
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::model::{Checked, Finding, Safety, Severity};
use crate::rules::{self, Rule};

/// Code scanning cuts longer descriptions.
const DESCRIPTION: usize = 1024;

/// Writes one run. `own` are a project's own rules.
pub fn sarif(checked: &Checked, own: &[&'static Rule], out: &mut dyn Write) -> io::Result<()> {
    let ids: BTreeSet<&str> = checked.findings.iter().map(|finding| finding.rule.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let results: Vec<Value> = checked.findings.iter().map(|finding| result(finding, &ids)).collect();
    let notifications: Vec<Value> = (checked.warnings.iter().cloned())
        .chain(
            checked
                .summary
                .unchecked
                .iter()
                .map(|path| format!("{path} was not checked: the time budget was used up")),
        )
        .map(|text| json!({ "level": "warning", "message": { "text": text } }))
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "friction",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": ids.iter().map(|id| descriptor(id, own)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    });
    crate::report::json(&document, out)
}

fn descriptor(id: &str, own: &[&'static Rule]) -> Value {
    let rule = rules::rule(id).or_else(|| own.iter().copied().find(|own| own.id == id));
    let Some(rule) = rule else { return json!({ "id": id }) };
    let Rule { help, always, never, .. } = rule;
    json!({
        "id": id,
        "shortDescription": { "text": rule.title() },
        "fullDescription": { "text": start(&format!("{always} {never}"), DESCRIPTION) },
        "help": { "text": help, "markdown": rule.prose() },
        "properties": {
            "precision": match rule.severity {
                Severity::Error => "very-high",
                Severity::Warning => "high",
                Severity::Info => "medium",
            },
            "problem.severity": match rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "recommendation",
            },
            "tags": [rule.family],
        },
    })
}

fn start(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

fn result(finding: &Finding, ids: &[&str]) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": ids.binary_search(&finding.rule.as_str()).unwrap_or(0),
        "level": level,
        "message": { "text": format!("{}; {}", finding.message, finding.help) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.path) },
            "region": {
                "startLine": finding.line,
                "startColumn": finding.column,
                "endLine": finding.end_line,
                "endColumn": finding.end_column,
            },
        } }],
        "partialFingerprints": { "primaryLocationLineHash": finding.fingerprint },
    });
    if !finding.related.is_empty() {
        let related = finding.related.iter().map(|related| {
            json!({
                "message": { "text": related.message },
                "physicalLocation": {
                    "artifactLocation": { "uri": uri(&related.path) },
                    "region": { "startLine": related.line, "startColumn": related.column },
                },
            })
        });
        result["relatedLocations"] = related.collect();
    }
    if let Some(fix) = &finding.fix {
        let changes = fix.edits.iter().map(|edit| {
            json!({
                "deletedRegion": { "byteOffset": edit.start, "byteLength": edit.end - edit.start },
                "insertedContent": { "text": edit.text },
            })
        });
        let safe = if fix.safety == Safety::Safe { "safe" } else { "may change what the code means" };
        result["fixes"] = json!([{
            "description": { "text": format!("{} ({safe})", finding.help) },
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(&finding.path) },
                "replacements": changes.collect::<Vec<_>>(),
            }],
        }]);
    }
    result
}

/// A path as a relative reference (RFC 3986): every byte but unreserved ones and `/` is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte as char)
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
