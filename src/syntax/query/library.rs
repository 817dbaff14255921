//! The same queries, run by the `tree-sitter` library: slow to compile and to run, but complete.

use std::collections::HashSet;
use std::ops::Range;

use tree_sitter::{Query, QueryCursor, StreamingIterator};

use super::{Match, QueryError};
use crate::syntax::{Language, Source};

/// Compiles a source; predicates that the library leaves to its callers are errors.
pub(super) fn compile(language: Language, source: &str) -> Result<Query, QueryError> {
    let query = Query::new(&language.grammar(), source).map_err(|error| QueryError {
        line: error.row + 1,
        column: error.column + 1,
        message: error.message,
    })?;
    for pattern in 0..query.pattern_count() {
        if let Some(unknown) = query.general_predicates(pattern).first() {
            let before = &source[..query.start_byte_for_pattern(pattern)];
            return Err(QueryError {
                line: before.matches('\n').count() + 1,
                column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
                message: format!("no predicate is named `#{}`", unknown.operator),
            });
        }
    }
    Ok(query)
}

/// Every match that touches one of the ranges, once.
pub(super) fn run<'q, 't>(
    query: &'q Query,
    source: &'t Source,
    ranges: &[Range<usize>],
) -> Vec<Match<'q, 't>> {
    let names = query.capture_names();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    let mut collect = |range: Option<&Range<usize>>| {
        let mut cursor = QueryCursor::new();
        if let Some(range) = range {
            cursor.set_byte_range(range.clone());
        }
        let mut matches = cursor.matches(query, source.tree.root_node(), source.text);
        while let Some(one) = matches.next() {
            let key: Vec<_> = one.captures().iter().map(|c| (c.index, c.node.id())).collect();
            if seen.insert((one.pattern_index, key)) {
                let captures = one.captures().iter().map(|c| (names[c.index as usize], c.node)).collect();
                found.push(Match { pattern: one.pattern_index, captures });
            }
        }
    };
    if ranges.is_empty() {
        collect(None);
    }
    // To the library, an end of 0 means the end of the text.
    ranges.iter().filter(|range| range.end > 0).for_each(|range| collect(Some(range)));
    found
}
