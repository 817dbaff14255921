//! Members of hand-made doubles and of what mock factories return: added, or told to do something else.

use tree_sitter::Node;

use super::super::case::Place;
use super::super::mocks::{Claims, has_mock};
use super::super::score::confidence;
use super::{NOVEL, Pair, without_spaces};
use crate::model::Side;
use crate::syntax::{Source, is_test};

impl Pair<'_, '_, '_> {
    /// Members added to, or changed in, an object that was there and is a double or a mock factory's result.
    pub fn members(&self, claims: &mut Claims) {
        for found in &self.new.members {
            let (Some(key), Some(member)) = (found.get("key"), found.get("member")) else { continue };
            let Some(object) = member.parent() else { continue };
            if !self.is_added(key) || self.is_added(object) {
                continue;
            }
            let name = self.after.text_of(key);
            let before = self.old.members.iter().find(|old| {
                old.get("key").is_some_and(|k| {
                    self.edit.old_bytes.contains(&k.start_byte()) && self.before.text_of(k) == name
                })
            });
            let place = self.place(Side::After, key);
            let in_factory = self.new.modules.iter().any(|m| encloses(m.get("module"), object));
            let value = found.get("value");
            match before {
                None => {
                    let double = value.is_none_or(|value| self.is_double(self.after, value));
                    let double = double || self.case.context.says_mock && self.named_mock(object);
                    if !(in_factory || double && self.is_mock_object(object, member)) {
                        continue;
                    }
                    let (pattern, base) = if in_factory && is_result(object) {
                        ("mock-factory-missing-export", 0.72)
                    } else {
                        ("mock-object-missing-member", 0.66)
                    };
                    let odds = self.odds + self.novelty(&name);
                    claims.push((pattern, confidence(base, odds), place));
                }
                Some(old) => {
                    let (Some(was), Some(is)) = (old.get("value"), value) else { continue };
                    self.changed(was, is, claims, place);
                }
            }
        }
    }

    /// A double whose own definition changed: `vi.fn()` → `vi.fn(() => ({}))`.
    fn changed(&self, was: Node, is: Node, claims: &mut Claims, place: Place) {
        let (was_text, is_text) = (self.before.text_of(was), self.after.text_of(is));
        if without_spaces(&was_text) == without_spaces(&is_text)
            || !self.is_double(self.before, was)
            || !self.is_double(self.after, is)
        {
            return;
        }
        let bare = |text: &str| text.ends_with(".fn()");
        let (pattern, base) = if bare(&was_text) && !bare(&is_text) {
            ("mock-default-return-missing", 0.72)
        } else {
            ("mock-return-value-wrong", 0.68)
        };
        claims.push((pattern, confidence(base, self.odds), place));
    }

    /// A name that the commit's own product lines introduce is an adaptation, not a repair.
    fn novelty(&self, name: &str) -> f64 {
        if self.case.context.tests_only {
            return 0.0;
        }
        if self.case.added_elsewhere(name, |file| !is_test(file.path)) { -2.0 } else { NOVEL }
    }

    /// Some other member is a double, or the object's name says so.
    fn is_mock_object(&self, object: Node, member: Node) -> bool {
        let mut cursor = object.walk();
        let doubles = object
            .named_children(&mut cursor)
            .filter(|child| *child != member)
            .filter_map(|child| child.child_by_field_name("value"))
            .any(|value| self.is_double(self.after, value));
        doubles || self.named_mock(object)
    }

    /// The object, or the whole file, is called a double.
    fn named_mock(&self, object: Node) -> bool {
        has_mock(self.case.file.path) || named_mock(self.after, object)
    }
}

fn encloses(outer: Option<Node>, inner: Node) -> bool {
    outer.is_some_and(|o| o.start_byte() <= inner.start_byte() && inner.end_byte() <= o.end_byte())
}

/// The object is what a factory returns, not one nested in it.
fn is_result(object: Node) -> bool {
    let mut node = object;
    while let Some(parent) = node.parent() {
        match parent.kind() {
            "parenthesized_expression" | "return_statement" | "as_expression" => node = parent,
            "arrow_function" | "statement_block" => return true,
            _ => return false,
        }
    }
    false
}

/// The object is bound to, or passed to, something that is called a double.
fn named_mock(source: &Source, object: Node) -> bool {
    let mut node = object;
    for _ in 0..6 {
        let Some(parent) = node.parent() else { return false };
        let name = match parent.kind() {
            "variable_declarator" => parent.child_by_field_name("name"),
            "pair" => parent.child_by_field_name("key"),
            "assignment_expression" => parent.child_by_field_name("left"),
            "call_expression" => parent.child_by_field_name("function"),
            "statement_block" => return false,
            _ => None,
        };
        if let Some(name) = name {
            let text = source.text_of(name).to_lowercase();
            if ["mock", "stub", "fake"].iter().any(|word| text.contains(word)) {
                return true;
            }
        }
        node = parent;
    }
    false
}
