//! Module mocks on the two sides of an edit: their paths, their factories, the real module in them.

use std::ops::Range;

use super::super::case::{Place, has_word};
use super::super::lexer::Token;
use super::super::mocks::Claims;
use super::super::score::confidence;
use super::{ACTUAL, Pair};
use crate::model::Side;
use crate::syntax::{Match, Source};

impl Pair<'_, '_, '_> {
    pub fn modules(&self, claims: &mut Claims) {
        let path_of = |source: &Source, found: &Match| {
            found.get("path").map(|path| source.text_of(path).trim_matches(['\'', '"', '`']).to_owned())
        };
        let on_lines = |found: &&Match, lines: &Range<usize>| {
            found.get("path").is_some_and(|path| lines.contains(&path.start_byte()))
        };
        let old: Vec<String> = self
            .old
            .modules
            .iter()
            .filter(|m| on_lines(m, &self.edit.old_bytes))
            .filter_map(|m| path_of(self.before, m))
            .collect();
        let new: Vec<(&Match, String)> = self
            .new
            .modules
            .iter()
            .filter(|m| on_lines(m, &self.edit.new_bytes))
            .filter_map(|m| Some((m, path_of(self.after, m)?)))
            .collect();
        let gone: Vec<_> = old.iter().filter(|path| !new.iter().any(|(_, p)| p == *path)).collect();
        for (found, path) in &new {
            let Some(node) = found.get("path") else { continue };
            let place = self.place(Side::After, node);
            if old.contains(path) {
                let automatic = |matches: &[Match], source: &Source| {
                    let this = matches.iter().find(|m| path_of(source, m).as_ref() == Some(path));
                    this.and_then(|m| m.get("module")?.child_by_field_name("arguments"))
                        .is_some_and(|arguments| arguments.named_child_count() == 1)
                };
                if automatic(&self.old.modules, self.before) && !automatic(&self.new.modules, self.after) {
                    claims.push(("mock-factory-added", confidence(0.7, self.odds), place));
                }
                continue;
            }
            if !gone.is_empty() && self.imports_follow(&gone) {
                continue;
            }
            if !gone.is_empty() {
                let moved = self.case.context.says_refactor && !self.case.context.says_fix;
                let base = if moved { 0.4 } else { 0.75 };
                claims.push(("mock-path-wrong", confidence(base, self.odds), place));
            } else if !has_word(self.case.file.before, path) && !self.adds_tests() {
                claims.push(("module-mock-missing", confidence(0.55, self.odds), place));
            }
        }
        self.spreads(claims);
        let actual = |tokens: &[Token]| tokens.iter().find(|t| ACTUAL.contains(&t.text)).map(|t| t.at);
        if let Some(at) = actual(&self.edit.new)
            && actual(&self.edit.old).is_none()
            && (!old.is_empty() || self.new.modules.iter().any(|m| !on_lines(&m, &self.edit.new_bytes)))
        {
            let place = Place { hunk: self.edit.hunk, side: Side::After, at };
            claims.push(("mock-import-actual-missing", confidence(0.75, self.odds), place));
        }
    }

    /// `...real` added to what a factory returns.
    fn spreads(&self, claims: &mut Claims) {
        for swap in &self.edit.swaps {
            let [dots, ..] = self.edit.added(swap) else { continue };
            let result = |m: &Match| {
                m.get("module")
                    .is_some_and(|module| !self.is_added(module) && module.byte_range().contains(&dots.at))
            };
            if swap.old.is_empty() && dots.is("...") && self.new.modules.iter().any(result) {
                let place = Place { hunk: self.edit.hunk, side: Side::After, at: dots.at };
                claims.push(("mock-import-actual-missing", confidence(0.7, self.odds), place));
            }
        }
    }

    /// The file imports what the mock replaced by its new path now: the module moved, or the import was
    /// what was wrong.
    fn imports_follow(&self, gone: &[&String]) -> bool {
        let import = |token: &Token, path: &str| token.text.trim_matches(['\'', '"']) == path;
        self.case.edits.iter().any(|edit| {
            let mut pairs = edit.old.windows(2).filter(|w| w[0].is("from"));
            pairs.any(|w| gone.iter().any(|path| import(&w[1], path)))
        })
    }
}
