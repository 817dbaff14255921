//! One walk over a tree for all patterns of a query.

use std::ops::Range;

use tree_sitter::{Node, TreeCursor};

use super::literals::{Hits, Literals};
use super::machine::{Captures, Machine, Place};
use super::parse::{self, Pattern, Stop};
use super::predicate::Predicate;
use super::program::{Program, StepKind};
use super::vocabulary::Vocabulary;
use crate::syntax::{Language, Source};

/// All patterns of a source, ready to be matched.
pub(super) struct Matcher {
    vocabulary: &'static Vocabulary,
    pub names: Vec<String>,
    programs: Vec<Program>,
    predicates: Vec<Vec<Predicate>>,
    pub literals: Literals,
    /// The patterns that may start at a node, by its kind.
    by_kind: Vec<Vec<u16>>,
    /// Those that may start at any node.
    anywhere: Vec<u16>,
    /// Some pattern asks for the field of its root.
    roots_have_fields: bool,
}

impl Matcher {
    pub(super) fn new(language: Language, source: &str) -> Result<Matcher, Stop> {
        let vocabulary = Vocabulary::of(language);
        let (patterns, names) = parse::parse(source, vocabulary)?;
        if patterns.len() > usize::from(u16::MAX) {
            return Err(Stop::Unsupported);
        }
        let mut matcher = Matcher {
            vocabulary,
            names,
            programs: patterns.iter().map(Program::of).collect(),
            literals: Literals::of(&patterns),
            predicates: patterns.into_iter().map(|pattern: Pattern| pattern.predicates).collect(),
            by_kind: vec![Vec::new(); vocabulary.kinds()],
            anywhere: Vec::new(),
            roots_have_fields: false,
        };
        matcher.register_entries();
        Ok(matcher)
    }

    fn register_entries(&mut self) {
        for (index, program) in self.programs.iter().enumerate() {
            if !program.child_entries.is_empty() {
                self.anywhere.push(index as u16);
            }
            for &entry in &program.entries {
                self.roots_have_fields |= program.steps[entry].field.is_some();
                let patterns = match program.steps[entry].kind {
                    StepKind::Kind(kind) => &mut self.by_kind[kind as usize],
                    StepKind::Any | StepKind::AnyNamed => &mut self.anywhere,
                };
                if patterns.last() != Some(&(index as u16)) {
                    patterns.push(index as u16);
                }
            }
        }
        // A pattern that may start anywhere is not started a second time for a kind.
        let anywhere = &self.anywhere;
        self.by_kind.iter_mut().for_each(|patterns| patterns.retain(|pattern| !anywhere.contains(pattern)));
    }

    /// Calls back with each match whose root touches one of the ranges, or any where there is none:
    /// pattern, captures.
    pub(super) fn run<'t>(
        &self,
        source: &'t Source,
        ranges: &[Range<usize>],
        mut found: impl FnMut(usize, &Captures<'t>),
    ) {
        let hits = Hits::find(&self.literals, source.text);
        let interest = Interest { touched: merged(ranges), hits: Hits::any_of(&hits) };
        let root = source.tree.root_node();
        let mut machine = Machine::new(self.vocabulary, root.walk());
        let mut start_here = |cursor: &TreeCursor<'t>, node: Node<'t>| {
            let kind = self.vocabulary.kind_of(node);
            let by_kind = self.by_kind.get(kind as usize).map_or(&[][..], |patterns| patterns);
            if by_kind.is_empty() && self.anywhere.is_empty() {
                return;
            }
            let bytes = node.byte_range();
            let field = if self.roots_have_fields { cursor.field_id().map(Into::into) } else { None };
            let place = Place::root(node, kind, field);
            for &pattern in by_kind.iter().chain(&self.anywhere) {
                let pattern = pattern as usize;
                if !hits[pattern].within(&bytes) {
                    continue;
                }
                for captures in machine.run(&self.programs[pattern], place) {
                    if self.holds(pattern, captures, source.text) {
                        found(pattern, captures);
                    }
                }
            }
        };
        walk(root, &interest, &mut start_here);
    }

    fn holds(&self, pattern: usize, captures: &Captures, text: &[u8]) -> bool {
        let texts = |wanted: u16| {
            let nodes = captures.iter().filter(move |(capture, _)| *capture == wanted);
            nodes.map(|(_, node)| &text[node.byte_range()])
        };
        self.predicates[pattern].iter().all(|predicate| predicate.holds(texts))
    }
}

/// Which nodes are worth a visit.
struct Interest {
    /// In order and apart; `None` for the whole text.
    touched: Option<Vec<Range<usize>>>,
    hits: Hits,
}

impl Interest {
    fn includes(&self, node: Node) -> bool {
        if self.touched.is_none() && matches!(self.hits, Hits::Anywhere) {
            return true;
        }
        let bytes = node.byte_range();
        self.touches(&bytes) && self.hits.within(&bytes)
    }

    /// As the library decides whether a node intersects the range of a cursor: an empty range is
    /// touched by what reaches beyond it on both sides.
    fn touches(&self, node: &Range<usize>) -> bool {
        let Some(ranges) = &self.touched else { return true };
        let first = ranges.partition_point(|range| range.end <= node.start);
        ranges
            .get(first)
            .is_some_and(|range| range.start < node.end || (node.is_empty() && range.start == node.end))
    }
}

/// Visits the nodes of interest in the order of the text, parents first.
fn walk<'t>(root: Node<'t>, interest: &Interest, visit: &mut impl FnMut(&TreeCursor<'t>, Node<'t>)) {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if interest.includes(node) {
            visit(&cursor, node);
            if cursor.goto_first_child() {
                continue;
            }
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// The ranges in order, those that overlap or abut made one.
fn merged(ranges: &[Range<usize>]) -> Option<Vec<Range<usize>>> {
    if ranges.is_empty() {
        return None;
    }
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    Some(merged)
}
