//! Native rules for every text file.

use std::ops::Range;

use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;

use super::{Check, Hits, Native};
use crate::facts::TextFile;
use crate::model::Severity;
use crate::syntax::Language;

pub(super) static RULES: &[Native] =
    &[Native { id: "conflict-marker", needs: &[OURS, THEIRS], check: Check::Text(conflict_marker) }];

const OURS: &str = "<<<<<<<";
const THEIRS: &str = ">>>>>>>";

/// A marker in code that parses, or in a quoted block of a document, is more likely shown than left over.
fn conflict_marker(file: &TextFile, hits: &mut Hits) {
    let found = conflicts(file.text);
    if found.is_empty() {
        return;
    }
    let parses = parses(file);
    for bytes in found {
        let shown = parses || is_in_fence(file, bytes.start);
        let hit = hits.at(bytes);
        if shown {
            hit.severity(Severity::Warning);
        }
    }
}

fn parses(file: &TextFile) -> bool {
    match Language::of_path(file.path) {
        Some(Language::Python) => ruff_python_parser::parse_module(file.text).is_ok(),
        Some(_) => {
            let arena = Allocator::default();
            let kind = SourceType::from_path(file.path).unwrap_or_default();
            !Parser::new(&arena, file.text, kind).parse().diagnostics.has_errors()
        }
        None => false,
    }
}

/// True below an open ```` ``` ```` of a Markdown document.
fn is_in_fence(file: &TextFile, at: usize) -> bool {
    let is_document = [".md", ".mdx", ".markdown"].iter().any(|end| file.path.ends_with(end));
    let fence = |line: &&str| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
    is_document && file.text[..at].lines().filter(fence).count() % 2 == 1
}

/// The first marker line of each conflict. Lines of equal signs do not count: they are headings in
/// many formats.
pub(in crate::rules) fn conflicts(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut at) = (None, 0);
    for line in text.split_inclusive('\n') {
        let bytes = at..at + line.trim_end().len();
        at += line.len();
        if is_marker(line, OURS) {
            found.extend(start.replace(bytes));
        } else if is_marker(line, THEIRS) {
            found.push(start.take().unwrap_or(bytes));
        }
    }
    found.extend(start);
    found
}

/// Exactly the marker's seven characters, then a blank or the end of the line.
fn is_marker(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|rest| rest.trim_end().is_empty() || rest.starts_with(' ') && !is_of_edit(rest.trim()))
}

/// True for the labels of search-and-replace edits, which language models write with the same markers:
/// `SEARCH`, `REPLACE`, `ORIGINAL`. git's are `HEAD`, a branch, or a commit.
fn is_of_edit(label: &str) -> bool {
    let end = label.find(|c: char| !(c.is_ascii_alphabetic() || c == '_')).unwrap_or(label.len());
    let word = &label[..end];
    word.len() > 3 && !word.ends_with("HEAD") && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// True for the source of a template, which a tool fills before anybody parses it: Jekyll, Jinja, cookiecutter.
pub(in crate::rules) fn is_template(path: &str, text: &str) -> bool {
    path.contains("{{")
        || path.split('/').any(|part| matches!(part, "_includes" | "_layouts"))
        || text.starts_with("---\n")
        || text.contains("{%")
}
