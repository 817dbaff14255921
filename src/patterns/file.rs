//! `friction_patterns.json`: what was learned, kept where the next worker and the next tool find it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::{PATTERNS_SCHEMA, Pattern, PatternFile, Scan, Scanned};

use super::write_atomically;

/// The file's name, at the root of the repository.
pub const FILE_NAME: &str = "friction_patterns.json";

/// Why a pattern file cannot be read or written. Every message names the file and what to do.
#[derive(Debug, Error)]
pub enum FileError {
    #[error("cannot read {}: {source}; `friction learn` writes it", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "{}:{line}: a merge conflict is left in it; take either side and run `friction learn`",
        path.display()
    )]
    Conflict { path: PathBuf, line: usize },
    #[error(
        "{}:{line}:{column}: {message}; remove the file and run `friction learn` to write it anew",
        path.display()
    )]
    Content { path: PathBuf, line: usize, column: usize, message: String },
    #[error(
        "{}: this friction reads {PATTERNS_SCHEMA}, the file is {found}; \
         run `friction learn` to write it anew, or use the version of friction that wrote it",
        path.display()
    )]
    Schema { path: PathBuf, found: String },
}

/// What a scan found, ready to be kept.
pub fn from_scan(scan: &Scan) -> PatternFile {
    PatternFile {
        schema: PATTERNS_SCHEMA.to_string(),
        scanned: Scanned {
            version: scan.version.clone(),
            head: scan.repository.head.clone(),
            commits: scan.repository.commits,
            corrections: scan.corrections.len(),
            since: scan.repository.since,
            until: scan.repository.until,
        },
        patterns: scan.patterns.clone(),
    }
}

/// The file's text: indented JSON in the order of the fields and a newline, so the same patterns give
/// the same bytes and a small change a small diff.
pub fn render(file: &PatternFile) -> String {
    let mut text = serde_json::to_string_pretty(file).expect("plain values without maps of odd keys");
    text.push('\n');
    text
}

/// Reads a text that `render` wrote; `path` is for the error.
pub fn parse(text: &str, path: &Path) -> Result<PatternFile, FileError> {
    /// The one field that every version has.
    #[derive(serde::Deserialize)]
    struct Tag {
        schema: String,
    }
    if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
        return Err(FileError::Conflict { path: path.into(), line: line + 1 });
    }
    if let Ok(tag) = serde_json::from_str::<Tag>(text)
        && tag.schema != PATTERNS_SCHEMA
    {
        let found: String = tag.schema.chars().filter(|c| !c.is_control()).take(60).collect();
        return Err(FileError::Schema { path: path.into(), found });
    }
    serde_json::from_str(text).map_err(|error| {
        let whole = error.to_string();
        // serde_json repeats the place at the end.
        let message = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(message, _)| message);
        FileError::Content {
            path: path.into(),
            line: error.line(),
            column: error.column(),
            message: message.chars().filter(|c| !c.is_control()).collect(),
        }
    })
}

/// Reads a pattern file.
pub fn read(path: &Path) -> Result<PatternFile, FileError> {
    let text = fs::read_to_string(path).map_err(|source| FileError::Read { path: path.into(), source })?;
    parse(&text, path)
}

/// Writes a pattern file, whole or not at all.
pub fn write(path: &Path, file: &PatternFile) -> Result<(), FileError> {
    write_atomically(path, render(file).as_bytes())
        .map_err(|source| FileError::Write { path: path.into(), source })
}

/// True where two files teach the same: the same patterns with the same counts, costs and words. What
/// was scanned and when, and shares and trends with it, move with every commit and are not compared.
pub fn teaches_the_same(one: &PatternFile, other: &PatternFile) -> bool {
    let timeless = |pattern: &Pattern| Pattern {
        share: 0.0,
        interval: [0.0, 1.0],
        trend: Vec::new(),
        ..pattern.clone()
    };
    one.schema == other.schema && one.patterns.iter().map(timeless).eq(other.patterns.iter().map(timeless))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> PatternFile {
        let scanned = Scanned {
            version: "0.1.0".into(),
            head: None,
            commits: 0,
            corrections: 0,
            since: None,
            until: None,
        };
        PatternFile { schema: PATTERNS_SCHEMA.into(), scanned, patterns: Vec::new() }
    }

    fn message(text: &str) -> String {
        parse(text, Path::new("p.json")).unwrap_err().to_string()
    }

    #[test]
    fn what_was_written_is_read_back_and_written_again_byte_for_byte() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        write(&path, &empty()).unwrap();
        assert_eq!(render(&read(&path).unwrap()), fs::read_to_string(&path).unwrap());
    }

    #[test]
    fn an_error_names_the_file_the_place_and_what_to_do() {
        insta::assert_snapshot!(message("{\n  \"schema\": \"friction.patterns/1\",\n  \"patterns\": 3\n}"), @"p.json:3:15: invalid type: integer `3`, expected a sequence; remove the file and run `friction learn` to write it anew");
        insta::assert_snapshot!(message("{\n<<<<<<< HEAD\n}"), @"p.json:2: a merge conflict is left in it; take either side and run `friction learn`");
        insta::assert_snapshot!(message("{\"schema\": \"friction.patterns/9\", \"new\": 1}"), @"p.json: this friction reads friction.patterns/1, the file is friction.patterns/9; run `friction learn` to write it anew, or use the version of friction that wrote it");
        let missing = read(Path::new("/nowhere/p.json")).unwrap_err().to_string();
        assert!(missing.starts_with("cannot read /nowhere/p.json: "), "{missing}");
    }
}
