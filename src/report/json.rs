//! The scan for programs: one JSON document (`friction.scan/1`), or one JSON value a line.
//!
//! The same scan gives the same bytes. Characters that a terminal would obey are written as `\u….`
//! escapes, which changes nothing for a reader of JSON.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use crate::model::{Correction, Episode, Pattern, Repository, Scan, Warning};

use super::text::is_unsafe;

/// Writes any value of a JSON contract over several lines, ending in a line break.
pub fn json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write_value(value, PrettyFormatter::new(), out)
}

/// Writes any value of a JSON contract in one line, ending in a line break.
pub fn json_compact(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write_value(value, CompactFormatter, out)
}

/// Writes a line for each correction, episode and pattern, then one `summary`; each line has a `type`.
pub fn jsonl(scan: &Scan, out: &mut dyn Write) -> io::Result<()> {
    for correction in &scan.corrections {
        json_compact(&Line::Correction(correction), out)?;
    }
    for episode in &scan.episodes {
        json_compact(&Line::Episode(episode), out)?;
    }
    for pattern in &scan.patterns {
        json_compact(&Line::Pattern(pattern), out)?;
    }
    let summary = Summary {
        schema: &scan.schema,
        version: &scan.version,
        repository: &scan.repository,
        corrections: scan.corrections.len(),
        episodes: scan.episodes.len(),
        patterns: scan.patterns.len(),
        warnings: &scan.warnings,
    };
    json_compact(&Line::Summary(summary), out)
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Correction(&'a Correction),
    Episode(&'a Episode),
    Pattern(&'a Pattern),
    Summary(Summary<'a>),
}

#[derive(Serialize)]
struct Summary<'a> {
    schema: &'a str,
    version: &'a str,
    repository: &'a Repository,
    corrections: usize,
    episodes: usize,
    patterns: usize,
    warnings: &'a [Warning],
}

fn write_value(value: &impl Serialize, layout: impl Formatter, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Harmless(layout)))?;
    out.write_all(b"\n")
}

/// A layout whose strings hold no unsafe character.
struct Harmless<F>(F);

impl<F: Formatter> Formatter for Harmless<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
            self.0.write_string_fragment(writer, &rest[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        self.0.write_string_fragment(writer, rest)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_document_reads_back_as_it_was_and_is_the_same_every_time() {
        let scan = sample::scan();
        let text = written(|out| json(&scan, out));
        let back: Scan = serde_json::from_str(&text).unwrap();
        assert_eq!(written(|out| json(&back, out)), text);
        assert_eq!(serde_json::to_string_pretty(&scan).unwrap() + "\n", text);
        let compact = written(|out| json_compact(&scan, out));
        assert_eq!(serde_json::to_string(&scan).unwrap() + "\n", compact);
    }

    #[test]
    fn every_line_has_a_type_and_the_last_is_the_summary() {
        let scan = sample::scan();
        let text = written(|out| jsonl(&scan, out));
        let types: Vec<String> = text
            .lines()
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().to_string()
            })
            .collect();
        let count = |kind: &str| types.iter().filter(|found| *found == kind).count();
        assert_eq!(
            (count("correction"), count("episode"), count("pattern"), count("summary")),
            (30, 5, 8, 1)
        );
        assert_eq!(types.last().map(String::as_str), Some("summary"));
        insta::assert_snapshot!(text.lines().last().unwrap());
    }

    #[test]
    fn characters_that_a_terminal_obeys_are_escaped_and_survive() {
        let hostile = "a\x1b[2Jb\u{9b}31mc\u{202e}d\u{e0041}e\"\\\n";
        let text = written(|out| json(&hostile, out));
        assert_eq!(text, "\"a\\u001b[2Jb\\u009b31mc\\u202ed\\udb40\\udc41e\\\"\\\\\\n\"\n");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }
}
