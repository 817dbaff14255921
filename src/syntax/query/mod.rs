//! Queries in tree-sitter's `.scm` language.
//!
//! The library compiles a query in 2 to 80 ms and visits every node of a text. So the language is
//! compiled ([`parse`], [`program`]) and matched ([`walk`], [`machine`]) here, with the library's
//! results, in microseconds and only near the [`literals`] without which no pattern can match. What
//! is not supported (supertypes, `(ERROR)`, `(MISSING)`, doubled quantifiers) is left to the
//! [`library`].
//!
//! Where the results differ from the library's, on purpose:
//! - An `any-` predicate that no node passes does not hold.
//! - A field that a grammar gives to a whole repetition (the body of a `switch_case`) is had by every
//!   node in it and by no comment. The library gives it to the comments and looks at the first node only.
//! - A part without captures that the grammar guarantees is tried at every sibling, not only at the first.
//! - A row of siblings is not looked for right below an ERROR node, nor at the root of the tree.
//! - Captures on one node are kept beyond the third.

mod library;
mod literals;
mod machine;
mod parse;
mod predicate;
mod program;
mod vocabulary;
mod walk;

#[cfg(test)]
mod tests;

use std::ops::Range;

use thiserror::Error;
use tree_sitter::Node;

use self::parse::Stop;
use self::walk::Matcher;
use super::{Language, Source};

/// A query that does not compile.
#[derive(Debug, Error)]
#[error("query, line {line}, column {column}: {message}")]
pub struct QueryError {
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    pub message: String,
}

/// One or more compiled patterns.
pub struct Query {
    compiled: Compiled,
}

enum Compiled {
    Own(Box<Matcher>),
    Library(Box<tree_sitter::Query>),
}

/// What runs a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Own,
    /// `tree_sitter::Query`, for syntax that the own matcher does not support.
    Library,
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
    /// Compiles a `.scm` source. Does not notice patterns that the grammar rules out, such as a child that
    /// its parent cannot have; the library's own compiler does, and takes milliseconds.
    pub fn new(language: Language, source: &str) -> Result<Query, QueryError> {
        let compiled = match Matcher::new(language, source) {
            Ok(matcher) => Compiled::Own(Box::new(matcher)),
            Err(Stop::Unsupported) => Compiled::Library(Box::new(library::compile(language, source)?)),
            Err(Stop::Error(error)) => return Err(error),
        };
        Ok(Query { compiled })
    }

    /// Compiles a source with the library too, which takes milliseconds, and so finds patterns that can never
    /// match, such as a child that its parent cannot have. For authors of rules.
    pub fn verify(language: Language, source: &str) -> Result<(), QueryError> {
        Query::new(language, source)?;
        library::compile(language, source).map(drop)
    }

    pub fn engine(&self) -> Engine {
        match self.compiled {
            Compiled::Own(_) => Engine::Own,
            Compiled::Library(_) => Engine::Library,
        }
    }

    /// Whether a text holds the literals of any pattern; if not, running the query on it, or on a
    /// source that contains no more than it, is in vain.
    pub fn could_match(&self, text: &[u8]) -> bool {
        match &self.compiled {
            Compiled::Own(matcher) => matcher.literals.could_match(text),
            Compiled::Library(_) => true,
        }
    }

    /// Every match whose root node touches one of the byte ranges (the whole text where there is
    /// none), once. An empty range is touched by the nodes that reach beyond it on both sides.
    pub fn run<'q, 't>(&'q self, source: &'t Source, ranges: &[Range<usize>]) -> Vec<Match<'q, 't>> {
        let matcher = match &self.compiled {
            Compiled::Library(query) => return library::run(query, source, ranges),
            Compiled::Own(matcher) => matcher,
        };
        let mut found = Vec::new();
        matcher.run(source, ranges, |pattern, captures| {
            let named =
                |(capture, node): &(u16, Node<'t>)| (matcher.names[*capture as usize].as_str(), *node);
            found.push(Match { pattern, captures: captures.iter().map(named).collect() });
        });
        found
    }
}
