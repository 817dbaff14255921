//! Texts without which a pattern cannot match, and where they stand in a text.
//!
//! They come from predicates on captures that every match binds, and from keywords that every match
//! contains. A prefilter: finding a literal is a thousand times cheaper than parsing.

use std::ops::Range;

use memchr::memmem;

use super::parse::{Expr, Kind, Pattern, Quantifier, What};
use super::predicate::{Mode, Predicate};

/// Shorter keywords are everywhere.
const SHORTEST_KEYWORD: usize = 3;

/// All literals of a query, and what each pattern needs of them.
#[derive(Default)]
pub(super) struct Literals {
    /// Without duplicates.
    pub texts: Vec<Box<str>>,
    /// For each pattern, sets of indices into `texts`: a match contains one of each set.
    pub needs: Vec<Vec<Vec<usize>>>,
}

impl Literals {
    pub(super) fn of(patterns: &[Pattern]) -> Literals {
        let mut literals = Literals::default();
        for pattern in patterns {
            let mut required = Required::default();
            required.visit(&pattern.root);
            let mut needs: Vec<Vec<usize>> =
                required.keywords.iter().map(|keyword| vec![literals.index_of(keyword)]).collect();
            for predicate in &pattern.predicates {
                let Predicate::Text { capture, test, mode: Mode { positive: true, .. } } = predicate else {
                    continue;
                };
                let texts = test.literals();
                if required.captures.contains(capture) && !texts.is_empty() && !texts.contains(&"") {
                    needs.push(texts.into_iter().map(|text| literals.index_of(text)).collect());
                }
            }
            literals.needs.push(needs);
        }
        literals
    }

    fn index_of(&mut self, text: &str) -> usize {
        self.texts.iter().position(|known| **known == *text).unwrap_or_else(|| {
            self.texts.push(text.into());
            self.texts.len() - 1
        })
    }

    /// Whether a text has what one of the patterns needs.
    pub(super) fn could_match(&self, text: &[u8]) -> bool {
        let mut found: Vec<Option<bool>> = vec![None; self.texts.len()];
        let mut has = |index: usize| {
            *found[index].get_or_insert_with(|| memmem::find(text, self.texts[index].as_bytes()).is_some())
        };
        self.needs.iter().any(|sets| sets.iter().all(|set| set.iter().any(|&literal| has(literal))))
    }
}

/// What every match of a pattern has.
#[derive(Default)]
struct Required<'p> {
    captures: Vec<u16>,
    keywords: Vec<&'p str>,
}

impl<'p> Required<'p> {
    fn visit(&mut self, expr: &'p Expr) {
        if matches!(expr.quantifier, Quantifier::ZeroOrOne | Quantifier::ZeroOrMore) {
            return;
        }
        match &expr.what {
            What::Node(node) => {
                self.captures.extend(&expr.captures);
                if let Kind::Anonymous(_, text) = &node.kind
                    && text.len() >= SHORTEST_KEYWORD
                    && text.bytes().all(|b| b.is_ascii_alphabetic())
                {
                    self.keywords.push(text);
                }
            }
            What::Choice(branches) => {
                let binds = |branch: &Expr| {
                    matches!(branch.what, What::Node(_)) && branch.quantifier == Quantifier::One
                };
                if branches.iter().all(binds) {
                    self.captures.extend(&expr.captures);
                }
                return;
            }
            What::Sequence(_) => {}
        }
        expr.children().iter().for_each(|child| self.visit(child));
    }
}

/// Where a pattern's rarest literals stand in a text, which is where its matches can be.
pub(super) enum Hits {
    /// The pattern needs no literal.
    Anywhere,
    /// In ascending order of their ends; empty where something that it needs is missing.
    At(Vec<Range<usize>>),
}

impl Hits {
    /// The hits of each pattern.
    pub(super) fn find(literals: &Literals, text: &[u8]) -> Vec<Hits> {
        let mut found: Vec<Option<Vec<usize>>> = vec![None; literals.texts.len()];
        literals.needs.iter().map(|sets| Hits::of_pattern(sets, literals, text, &mut found)).collect()
    }

    fn of_pattern(
        sets: &[Vec<usize>],
        literals: &Literals,
        text: &[u8],
        found: &mut [Option<Vec<usize>>],
    ) -> Hits {
        let mut rarest: Option<(usize, &[usize])> = None;
        for set in sets {
            let mut count = 0;
            for &literal in set {
                let starts = found[literal].get_or_insert_with(|| {
                    memmem::find_iter(text, literals.texts[literal].as_bytes()).collect()
                });
                count += starts.len();
            }
            if rarest.is_none_or(|(least, _)| count < least) {
                rarest = Some((count, set));
            }
            if count == 0 {
                break;
            }
        }
        let Some((_, set)) = rarest else { return Hits::Anywhere };
        let ranges = set.iter().flat_map(|&literal| {
            let length = literals.texts[literal].len();
            found[literal].iter().flatten().map(move |start| *start..start + length)
        });
        let mut ranges: Vec<_> = ranges.collect();
        ranges.sort_unstable_by_key(|range| (range.end, range.start));
        Hits::At(ranges)
    }

    /// The hits of all patterns together.
    pub(super) fn any_of(patterns: &[Hits]) -> Hits {
        let mut all = Vec::new();
        for hits in patterns {
            match hits {
                Hits::Anywhere => return Hits::Anywhere,
                Hits::At(ranges) => all.extend_from_slice(ranges),
            }
        }
        all.sort_unstable_by_key(|range| (range.end, range.start));
        all.dedup();
        Hits::At(all)
    }

    /// Whether one of the hits lies within a node's bytes.
    pub(super) fn within(&self, node: &Range<usize>) -> bool {
        match self {
            Hits::Anywhere => true,
            Hits::At(ranges) => {
                // Literals may contain each other, so the first that starts inside need not end inside.
                let ending_inside = ranges[ranges.partition_point(|hit| hit.end <= node.start)..].iter();
                ending_inside.take_while(|hit| hit.end <= node.end).any(|hit| hit.start >= node.start)
            }
        }
    }
}
