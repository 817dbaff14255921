//! Assertions: `expect(…)` and what follows it.

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, Expression};
use oxc_semantic::NodeId;
use oxc_span::Span;

use crate::facts::TypeScriptFile;

/// `expect(value).not.toBe(1)`.
pub(super) struct Assertion<'a> {
    /// The call of `expect`, or of `expect.poll`.
    pub(super) start: Span,
    pub(super) polls: bool,
    /// `not`, `toBe`.
    pub(super) links: Vec<Link<'a>>,
    /// The outermost node of the chain.
    pub(super) whole: NodeId,
}

/// A member of the chain.
pub(super) struct Link<'a> {
    pub(super) name: &'a str,
    pub(super) span: Span,
    pub(super) called: bool,
}

/// The assertions of a file whose `expect` is a test library's.
pub(super) fn assertions<'a>(file: &TypeScriptFile<'a>) -> Vec<Assertion<'a>> {
    let plain = file.calls("expect").iter().filter(|call| is_expect(file, &call.expr.callee));
    let polls = ["poll", "soft"].iter().flat_map(|name| file.calls(name)).filter(|call| {
        matches!(call.expr.callee.get_inner_expression(), Expression::StaticMemberExpression(member)
            if is_expect(file, &member.object))
    });
    let read = |call: &crate::facts::Call<'a>| {
        let polls = !matches!(call.expr.callee.get_inner_expression(), Expression::Identifier(_))
            && file.slice(call.expr.span).contains(".poll");
        let (links, whole) = chain(file, call.node);
        Assertion { start: call.expr.span, polls, links, whole }
    };
    plain.chain(polls).map(read).collect()
}

/// False for another library's `expect`, such as playwright's.
fn is_expect<'a>(file: &TypeScriptFile<'a>, callee: &'a Expression<'a>) -> bool {
    let Expression::Identifier(name) = callee.get_inner_expression() else { return false };
    if name.name != "expect" {
        return false;
    }
    match file.symbol_of(name).and_then(|symbol| file.top().import_of(symbol)) {
        Some(import) => matches!(import.specifier, "vitest" | "@jest/globals"),
        None => true,
    }
}

fn chain<'a>(file: &TypeScriptFile<'a>, start: NodeId) -> (Vec<Link<'a>>, NodeId) {
    let mut links: Vec<Link<'a>> = Vec::new();
    let mut at = start;
    loop {
        let (outer, around) = file.beyond_casts(at);
        match around {
            AstKind::StaticMemberExpression(member) => {
                let (name, span) = (member.property.name.as_str(), member.property.span);
                links.push(Link { name, span, called: false });
                at = member.node_id.get();
            }
            AstKind::CallExpression(call)
                if !links.is_empty()
                    && oxc_span::GetSpan::span(&call.callee)
                        == oxc_span::GetSpan::span(&file.semantic.nodes().kind(outer)) =>
            {
                if let Some(last) = links.last_mut() {
                    last.called = true;
                }
                at = call.node_id.get();
            }
            _ => return (links, at),
        }
    }
}

/// What is asserted about: `x` for the callee of `expect(x).not.toBe(…)`.
pub(super) fn subject<'a>(callee: &'a Expression<'a>) -> Option<&'a Expression<'a>> {
    let mut at = callee.get_inner_expression();
    loop {
        match at {
            Expression::StaticMemberExpression(member) => at = member.object.get_inner_expression(),
            Expression::CallExpression(call) => {
                let Expression::Identifier(name) = call.callee.get_inner_expression() else { return None };
                let first = call.arguments.first().and_then(Argument::as_expression);
                return first.filter(|_| name.name == "expect");
            }
            _ => return None,
        }
    }
}

/// True within a function that is handed to `expect`, as what is to throw is.
pub(super) fn is_expected_to_throw(file: &TypeScriptFile, node: NodeId) -> bool {
    let Some(function) = file.function_around(node) else { return false };
    matches!(file.beyond_casts(function.node()).1, AstKind::CallExpression(call)
        if call.callee.get_identifier_reference().is_some_and(|name| name.name == "expect"))
}
