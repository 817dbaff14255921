//! Queries in tree-sitter's `.scm` language.

use std::ops::Range;

use thiserror::Error;
use tree_sitter::{Node, QueryCursor, StreamingIterator};

use super::{Language, Source};

/// A query that does not compile.
#[derive(Debug, Error)]
#[error("query, line {line}: {message}")]
pub struct QueryError {
    /// 1-based.
    pub line: usize,
    pub message: String,
}

/// One or more compiled patterns.
pub struct Query {
    inner: tree_sitter::Query,
}

/// One place where a pattern holds.
pub struct Match<'q, 't> {
    /// Index of the pattern in its source, from 0.
    pub pattern: usize,
    /// Capture name without `@`, node; in the order of the nodes in the text.
    pub captures: Vec<(&'q str, Node<'t>)>,
}

impl<'t> Match<'_, 't> {
    /// The first node captured under a name.
    pub fn get(&self, name: &str) -> Option<Node<'t>> {
        self.captures.iter().find(|(capture, _)| *capture == name).map(|(_, node)| *node)
    }
}

impl Query {
    /// Compiles a `.scm` source.
    pub fn new(language: Language, source: &str) -> Result<Query, QueryError> {
        match tree_sitter::Query::new(&language.grammar(), source) {
            Ok(inner) => Ok(Query { inner }),
            Err(error) => Err(QueryError { line: error.row + 1, message: error.message }),
        }
    }

    /// Every match that touches one of the byte ranges (the whole text where there is none).
    pub fn run<'q, 't>(&'q self, source: &'t Source, ranges: &[Range<usize>]) -> Vec<Match<'q, 't>> {
        let names = self.inner.capture_names();
        let mut found = Vec::new();
        let mut collect = |range: Option<Range<usize>>| {
            let mut cursor = QueryCursor::new();
            if let Some(range) = range {
                cursor.set_byte_range(range);
            }
            let mut matches = cursor.matches(&self.inner, source.tree.root_node(), source.text);
            while let Some(one) = matches.next() {
                let captures = one.captures().iter().map(|c| (names[c.index as usize], c.node)).collect();
                found.push(Match { pattern: one.pattern_index, captures });
            }
        };
        if ranges.is_empty() {
            collect(None);
        }
        for range in ranges {
            collect(Some(range.clone()));
        }
        found
    }
}
