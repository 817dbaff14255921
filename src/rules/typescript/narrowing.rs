//! Checks that do not hold for what is read after them: calls and elements that are read twice.

use oxc_ast::AstKind;
use oxc_ast::ast::{CallExpression, ComputedMemberExpression, Expression};
use oxc_semantic::NodeId;
use oxc_span::{GetSpan, Span};

use super::declared::{allows_nothing, member_type_text, type_text};
use super::guards::{Guard, atoms, guards, proves, text_of};
use super::silence::is_silenced;
use crate::facts::TypeScriptFile;
use crate::model::Severity;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "ts-map-has-get", needs: &["get"], check: Check::TypeScript(map_has_get) },
    Native { id: "ts-optional-call-repeat", needs: &MAYBE, check: Check::TypeScript(optional_call_repeat) },
    Native {
        id: "ts-index-key-not-narrowed",
        needs: &["["],
        check: Check::TypeScript(index_key_not_narrowed),
    },
];

/// Methods that give nothing when there is nothing.
static MAYBE: [&str; 12] = [
    "find",
    "findLast",
    "get",
    "match",
    "exec",
    "querySelector",
    "getItem",
    "at",
    "pop",
    "shift",
    "closest",
    "getElementById",
];

/// What a map's written type says.
#[derive(PartialEq, Eq)]
enum Receiver {
    Map,
    /// Another type, or a map whose values are `any`.
    Other,
    Unknown,
}

fn receiver(file: &TypeScriptFile, expression: &Expression) -> Receiver {
    let written = match expression.get_inner_expression() {
        Expression::Identifier(name) => type_text(file, name),
        Expression::StaticMemberExpression(member)
            if matches!(member.object, Expression::ThisExpression(_)) =>
        {
            member_type_text(file, member.property.name.as_str())
        }
        _ => None,
    };
    let Some(text) = written else { return Receiver::Unknown };
    let is_map = ["Map", "ReadonlyMap", "WeakMap"]
        .iter()
        .any(|name| text.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('<')));
    let is_any = text == "Map" || text.trim_end_matches('>').ends_with("any");
    if is_map && !is_any { Receiver::Map } else { Receiver::Other }
}

/// The receiver of a method call, and the text of its arguments.
fn method<'a>(
    file: &TypeScriptFile<'a>,
    call: &'a CallExpression<'a>,
) -> Option<(&'a Expression<'a>, &'a str)> {
    let Expression::StaticMemberExpression(member) = call.callee.get_inner_expression() else { return None };
    let (first, last) = (call.arguments.first()?.span(), call.arguments.last()?.span());
    Some((&member.object, &file.text[first.start as usize..last.end as usize]))
}

fn map_has_get(file: &TypeScriptFile, hits: &mut Hits) {
    for call in file.calls("get") {
        let Some((object, key)) = method(file, call.expr) else { continue };
        if call.expr.arguments.len() != 1 || !is_needed(file, call.node) || !file.errors.is_empty() {
            continue;
        }
        let name = text_of(file, object);
        let (has, get) = (format!("{name}.has({})", squeezed(key)), format!("{name}.get({})", squeezed(key)));
        let known = guards(file, call.node);
        let checked = known.iter().filter(|guard| guard.function.is_none()).any(|guard| {
            atoms(guard.test, guard.holds).iter().any(|(atom, holds)| {
                let text = text_of(file, atom);
                *holds && (text == has || (text == get && !guard.falls_through))
            })
        });
        if !checked {
            continue;
        }
        let kind = receiver(file, object);
        if kind == Receiver::Other || is_silenced(file, call.expr.span.start as usize) {
            continue;
        }
        let is_get = !known.iter().any(|guard| guard_says(file, guard, &has));
        // A repeated `get` of what may be no map is the other rule's.
        if is_get && kind == Receiver::Unknown {
            continue;
        }
        let hit = hits.at(call.expr.span).word("receiver", name).word("key", key);
        if kind == Receiver::Map {
            hit.severity(Severity::Error);
        }
    }
}

fn guard_says(file: &TypeScriptFile, guard: &Guard, text: &str) -> bool {
    atoms(guard.test, guard.holds).iter().any(|(atom, holds)| *holds && text_of(file, atom) == text)
}

fn squeezed(text: &str) -> String {
    super::guards::chain_text(text)
}

fn optional_call_repeat(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() {
        return;
    }
    for call in MAYBE.iter().flat_map(|name| file.calls(name)) {
        if !is_needed(file, call.node) {
            continue;
        }
        let Expression::StaticMemberExpression(member) = call.expr.callee.get_inner_expression() else {
            continue;
        };
        let (name, span) = (member.property.name.as_str(), call.expr.span);
        if name == "get"
            && receiver(file, &member.object) != Receiver::Unknown
            && is_map_text(file, &member.object)
        {
            continue;
        }
        let text = super::guards::chain_text(&file.text[span.start as usize..span.end as usize]);
        let is_checked = guards(file, call.node).iter().any(|guard| {
            guard.function.is_none()
                && !guard.falls_through
                && atoms(guard.test, guard.holds).iter().any(|(atom, holds)| {
                    let is_repeated = match atom {
                        Expression::BinaryExpression(binary) => {
                            text_of(file, &binary.left) == text || text_of(file, &binary.right) == text
                        }
                        other => text_of(file, other) == text,
                    };
                    is_repeated && proves(file, atom, *holds, &text)
                })
        });
        if is_checked && !is_silenced(file, span.start as usize) {
            hits.at(span).word("call", squeezed(&file.text[span.start as usize..span.end as usize]));
        }
    }
}

fn is_map_text(file: &TypeScriptFile, object: &Expression) -> bool {
    let text = match object.get_inner_expression() {
        Expression::Identifier(name) => type_text(file, name),
        Expression::StaticMemberExpression(member) => member_type_text(file, member.property.name.as_str()),
        _ => None,
    };
    text.is_some_and(|text| text.contains("Map"))
}

fn index_key_not_narrowed(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() {
        return;
    }
    for node in file.semantic.nodes().iter() {
        let AstKind::ComputedMemberExpression(element) = node.kind() else { continue };
        if element.optional || !is_dereferenced(file, node.id(), element.span) {
            continue;
        }
        let (is_computed, is_evident) = (is_computed(file, element), has_nullable_elements(file, element));
        if !is_computed {
            continue;
        }
        let text = squeezed(&file.text[element.span.start as usize..element.span.end as usize]);
        let is_checked = guards(file, node.id())
            .iter()
            .any(|guard| guard.function.is_none() && !guard.falls_through && guard_says(file, guard, &text));
        if !is_checked || is_silenced(file, element.span.start as usize) {
            continue;
        }
        let is_unchecked = file
            .project
            .tsconfig(file.path)
            .is_some_and(|config| config.flag("noUncheckedIndexedAccess") == Some(true));
        let is_plain_index = matches!(element.expression, Expression::Identifier(_));
        if is_plain_index && !is_evident && !is_unchecked {
            continue;
        }
        let hit = hits.at(element.span).word("element", text);
        if is_unchecked {
            hit.severity(Severity::Warning);
        }
    }
}

/// True for a key that may give another element the second time: a property, a call, an element, a template,
/// or a variable that something assigns.
fn is_computed(file: &TypeScriptFile, element: &ComputedMemberExpression) -> bool {
    match element.expression.get_inner_expression() {
        Expression::StaticMemberExpression(_)
        | Expression::ComputedMemberExpression(_)
        | Expression::CallExpression(_) => true,
        Expression::TemplateLiteral(template) => !template.expressions.is_empty(),
        Expression::Identifier(name) => {
            let scoping = file.semantic.scoping();
            let symbol = scoping.get_reference(name.reference_id()).symbol_id();
            symbol.is_some_and(|symbol| scoping.symbol_is_mutated(symbol))
        }
        _ => false,
    }
}

fn has_nullable_elements(file: &TypeScriptFile, element: &ComputedMemberExpression) -> bool {
    match element.object.get_inner_expression() {
        Expression::Identifier(name) => type_text(file, name).is_some_and(|text| {
            let inner = text.split_once('<').map_or(text, |(_, inner)| inner.trim_end_matches('>'));
            allows_nothing(inner.trim_matches(['(', ')', '[', ']', ' ']))
        }),
        _ => false,
    }
}

/// True where nothing may be missing: a member is read, or a plain type is asked for.
fn is_needed(file: &TypeScriptFile, id: NodeId) -> bool {
    let span = file.semantic.nodes().kind(id).span();
    is_dereferenced(file, id, span) || is_typed(file, id)
}

pub(super) fn is_dereferenced(file: &TypeScriptFile, id: NodeId, span: Span) -> bool {
    match file.semantic.nodes().parent_kind(id) {
        AstKind::StaticMemberExpression(member) => member.object.span() == span && !member.optional,
        AstKind::ComputedMemberExpression(member) => member.object.span() == span && !member.optional,
        _ => false,
    }
}

/// True for a value that is returned from a function of a plain type, or kept in a variable of one.
pub(super) fn is_typed(file: &TypeScriptFile, id: NodeId) -> bool {
    let nodes = file.semantic.nodes();
    let plain = |text: &str| matches!(text.trim(), "string" | "number" | "boolean");
    match nodes.parent_kind(id) {
        AstKind::VariableDeclarator(variable) => {
            variable.type_annotation.as_ref().is_some_and(|annotation| {
                let span = annotation.type_annotation.span();
                plain(&file.text[span.start as usize..span.end as usize])
            })
        }
        AstKind::ReturnStatement(_) => {
            let function = nodes.ancestor_kinds(id).find_map(|kind| match kind {
                AstKind::Function(function) => Some(function.return_type.as_ref()),
                AstKind::ArrowFunctionExpression(function) => Some(function.return_type.as_ref()),
                _ => None,
            });
            function.flatten().is_some_and(|annotation| {
                let span = annotation.type_annotation.span();
                plain(&file.text[span.start as usize..span.end as usize])
            })
        }
        _ => false,
    }
}
