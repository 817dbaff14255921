//! The JSON schemas of what friction writes, for `friction schema`.

/// The schema of this name: `patterns` for `friction.patterns/1`, `scan` for `friction.scan/1`, `findings` for
/// `friction.findings/1`, `gate` for `friction.gate/1`.
pub fn schema(name: &str) -> Option<&'static str> {
    match name {
        "patterns" => Some(include_str!("schema.json")),
        "gate" => Some(include_str!("gate.schema.json")),
        "scan" => Some(include_str!("scan.schema.json")),
        "findings" => Some(include_str!("findings.schema.json")),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
