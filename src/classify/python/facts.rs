//! What the query of `queries/python/facts.scm` finds around a hunk, on either side.

use std::ops::Range;
use std::sync::LazyLock;

use tree_sitter::Node;

use super::commit::{PyFile, PyHunk, Text};
use crate::model::Side;
use crate::syntax::{Language, Query};

static FACTS: LazyLock<Query> = LazyLock::new(|| {
    Query::new(Language::Python, include_str!("../../../queries/python/facts.scm"))
        .expect("the built-in queries are tested")
});

/// The nodes under one capture that touch the statements a hunk changed, in the order of the text.
pub fn found<'t>(file: &'t PyFile, hunk: &PyHunk, side: Side, capture: &str) -> Vec<Node<'t>> {
    let (text, bytes) = match side {
        Side::Before => (&file.before, &hunk.old_bytes),
        Side::After => (&file.after, &hunk.new_bytes),
    };
    let Some(range) = statements(text, bytes) else { return Vec::new() };
    let Some(source) = text.source() else { return Vec::new() };
    let mut nodes: Vec<Node> =
        FACTS.run(source, std::slice::from_ref(&range)).iter().filter_map(|one| one.get(capture)).collect();
    nodes.retain(|node| node.start_byte() < range.end && range.start < node.end_byte());
    nodes.sort_by_key(|node| (node.start_byte(), node.end_byte()));
    nodes.dedup_by_key(|node| node.id());
    nodes
}

/// Lines of a hunk grown to the whole statements (of a compound statement: its head) that they lie in.
/// None where a hunk takes nothing from this side and lies between statements.
fn statements(text: &Text, bytes: &Range<usize>) -> Option<Range<usize>> {
    let inside = &text.bytes[bytes.clone()];
    let lead = inside.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let trail = inside.iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
    if lead == inside.len() {
        let head = statement_head(text, bytes.start..bytes.start)?;
        return (head.start < bytes.start && bytes.start < head.end).then_some(head);
    }
    let (first, last) = (bytes.start + lead, bytes.end - trail);
    let head = statement_head(text, first..first + 1).filter(|head| head.contains(&first));
    let tail = statement_head(text, last - 1..last).filter(|tail| tail.contains(&(last - 1)));
    Some(head.map_or(first, |h| h.start.min(first))..tail.map_or(last, |t| t.end.max(last)))
}

/// The statement around a range, without the body that a compound statement has.
fn statement_head(text: &Text, range: Range<usize>) -> Option<Range<usize>> {
    let mut node = text.node_at(range)?;
    loop {
        let kind = node.kind();
        if kind.ends_with("_statement")
            || matches!(kind, "decorator" | "function_definition" | "class_definition")
        {
            let body = node.child_by_field_name("body").or_else(|| node.child_by_field_name("consequence"));
            return Some(node.start_byte()..body.map_or(node.end_byte(), |body| body.start_byte()));
        }
        node = node.parent()?;
    }
}

/// One name that an import brings in.
#[derive(Clone, Debug)]
pub struct Imported<'t> {
    /// `a.b` of `import a.b`, `.m` of `from .m import x`.
    pub module: String,
    /// Empty for a plain `import`.
    pub name: String,
    /// What it is called here.
    pub bound: String,
    pub statement: Node<'t>,
}

/// The names that an import statement brings in.
pub fn imported<'t>(text: &'t Text, statement: Node<'t>) -> Vec<Imported<'t>> {
    let word = |node: Node| String::from_utf8_lossy(text.text_of(node)).into_owned();
    let from = statement.child_by_field_name("module_name").map(word);
    let mut cursor = statement.walk();
    let names: Vec<Node> = statement.children_by_field_name("name", &mut cursor).collect();
    names
        .into_iter()
        .map(|node| {
            let name = word(node.child_by_field_name("name").unwrap_or(node));
            let alias = node.child_by_field_name("alias").map(word);
            let first = || name.split('.').next().unwrap_or_default().to_owned();
            let bound = alias.unwrap_or_else(|| if from.is_some() { name.clone() } else { first() });
            match &from {
                Some(module) => Imported { module: module.clone(), name, bound, statement },
                None => Imported { module: name, name: String::new(), bound, statement },
            }
        })
        .collect()
}
