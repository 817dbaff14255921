//! What doubles do when they are called, and how that was changed.

use tree_sitter::Node;

use super::super::case::Place;
use super::super::edit::Edit;
use super::super::mocks::{Claims, has_mock, speaks_of_doubles};
use super::super::score::confidence;
use super::{Pair, without_spaces};
use crate::model::Side;
use crate::syntax::{Match, Source};

impl Pair<'_, '_, '_> {
    pub fn behaviours(&self, claims: &mut Claims) {
        let how = |source: &Source, found: &Match| found.get("how").map(|n| source.text_of(n).into_owned());
        let double =
            |source: &Source, found: &Match| found.get("double").map(|n| without_spaces(&source.text_of(n)));
        for found in &self.new.behaviours {
            let (Some(how_node), Some(value)) = (found.get("how"), found.get("value")) else { continue };
            let place = self.place(Side::After, how_node);
            if !self.is_added(how_node) {
                if self.inside(value) {
                    claims.push(("mock-implementation-wrong", confidence(0.66, self.odds), place));
                    return;
                }
                continue;
            }
            let name = double(self.after, found);
            let same = |old: &&Match| {
                old.get("how").is_some_and(|n| self.edit.old_bytes.contains(&n.start_byte()))
                    && double(self.before, old) == name
            };
            let Some(old) = self.old.behaviours.iter().find(same) else {
                if !self.adds_tests() && self.old_has_test_around(found) {
                    claims.push(("mock-return-missing", confidence(0.5, self.odds), place));
                }
                continue;
            };
            let (was_how, is_how) = (how(self.before, old), how(self.after, found));
            let Some(was) = old.get("value") else { continue };
            if was_how != is_how {
                let asynchronous =
                    |how: &Option<String>| how.as_deref().is_some_and(|h| h.contains("Resolved"));
                let pattern = if !asynchronous(&was_how) && asynchronous(&is_how) {
                    "mock-return-not-a-promise"
                } else {
                    "mock-implementation-wrong"
                };
                claims.push((pattern, confidence(0.7, self.odds), place));
            } else if !self.swapped_everywhere()
                && without_spaces(&self.before.text_of(was)) != without_spaces(&self.after.text_of(value))
            {
                let (pattern, base) = if first_kind(value) == Some("identifier") {
                    // The same value may have got a name.
                    ("mock-return-value-wrong", 0.35)
                } else if first_kind(was) != first_kind(value) {
                    ("mock-return-shape", 0.75)
                } else {
                    ("mock-return-value-wrong", 0.6)
                };
                claims.push((pattern, confidence(base, self.odds), place));
            }
        }
        if let Some(at) = self.in_mock_class() {
            let place = Place { hunk: self.edit.hunk, side: Side::After, at };
            claims.push(("mock-implementation-wrong", confidence(0.6, self.odds), place));
        }
        for found in &self.new.functions {
            let Some(value) = found.get("value") else { continue };
            if self.inside(value) {
                claims.push((
                    "mock-implementation-wrong",
                    confidence(0.55, self.odds),
                    Place { hunk: self.edit.hunk, side: Side::After, at: self.edit.new_bytes.start },
                ));
                return;
            }
        }
    }

    /// The same token was replaced in lines that have nothing to do with doubles.
    fn swapped_everywhere(&self) -> bool {
        let words = |edit: &Edit| -> Vec<(String, String)> {
            let single = edit.swaps.iter().filter(|swap| swap.old.len() == 1 && swap.new.len() == 1);
            single
                .map(|swap| (edit.removed(swap)[0].text.to_owned(), edit.added(swap)[0].text.to_owned()))
                .collect()
        };
        let here = words(self.edit);
        !here.is_empty()
            && self
                .case
                .edits
                .iter()
                .filter(|edit| edit.hunk != self.edit.hunk && !speaks_of_doubles(edit))
                .any(|edit| words(edit).iter().any(|pair| here.contains(pair)))
    }

    /// The edit lies in a class that was there and is called a double.
    fn in_mock_class(&self) -> Option<usize> {
        let first = self.edit.new.first()?.at;
        let mut at = self.after.tree.root_node().descendant_for_byte_range(first, first + 1);
        while let Some(node) = at {
            if node.kind() == "class_declaration" && !self.is_added(node) {
                let name = self.after.text_of(node.child_by_field_name("name")?);
                return (has_mock(&name) || name.contains("Fake")).then_some(first);
            }
            at = node.parent();
        }
        None
    }

    /// The edit replaces lines within a node that begins above it and ends below it.
    fn inside(&self, node: Node) -> bool {
        !self.edit.old.is_empty()
            && !self.edit.new.is_empty()
            && !self.edit.is_layout()
            && node.start_byte() < self.edit.new_bytes.start
            && node.end_byte() > self.edit.new_bytes.end
    }

    /// The behaviour was added within a test or a setup that was there.
    fn old_has_test_around(&self, found: &Match) -> bool {
        let mut at = found.get("behaviour");
        while let Some(node) = at {
            if node.kind() == "call_expression"
                && let Some(function) = node.child_by_field_name("function")
            {
                let text = self.after.text_of(function);
                let setup = ["it", "test", "beforeEach", "beforeAll"];
                if setup.iter().any(|s| text == *s || text.starts_with(&format!("{s}."))) {
                    return !self.is_added(node);
                }
            }
            at = node.parent();
        }
        false
    }
}

/// The kind of the first argument.
fn first_kind<'t>(arguments: Node<'t>) -> Option<&'t str> {
    arguments.named_child(0).map(|node| node.kind())
}
