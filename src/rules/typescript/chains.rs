//! Chains of properties that a check does not narrow: a condition that holds without them, a callback that
//! runs later.

use std::collections::HashMap;

use memchr::memmem;
use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, BinaryOperator, Expression, LogicalOperator};
use oxc_semantic::NodeId;
use oxc_span::{GetSpan, Span};

use super::declared::{Presence, allows_nothing, may_be_undefined, presence, type_text};
use super::guards::{
    atoms, chain_text, guards, is_chain_or_below, is_literal, is_nothing, proves, sides, text_of,
};
use super::narrowing::{is_dereferenced, is_typed};
use super::silence::is_silenced;
use crate::facts::{TypeScriptFile, dotted};
use crate::model::Severity;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native {
        id: "ts-optional-chain-no-narrow",
        needs: &["?.", "if"],
        check: Check::TypeScript(optional_chain_no_narrow),
    },
    Native {
        id: "ts-narrow-lost-in-callback",
        needs: &["=>", "function"],
        check: Check::TypeScript(narrow_lost_in_callback),
    },
];

/// A chain of which a member is read.
struct Read<'a> {
    node: NodeId,
    span: Span,
    text: String,
    /// The last property, or the name itself.
    name: &'a str,
    is_name: bool,
}

/// Every place where a member of a name or of a pure chain of properties is read without `?.` or `!`.
fn reads<'a>(file: &TypeScriptFile<'a>) -> Vec<Read<'a>> {
    let nodes = file.semantic.nodes();
    let mut found = Vec::new();
    for node in nodes.iter() {
        let (span, name, is_name) = match node.kind() {
            AstKind::StaticMemberExpression(member) if !member.optional => {
                if !is_pure(&member.object) {
                    continue;
                }
                (member.span, member.property.name.as_str(), false)
            }
            AstKind::IdentifierReference(name) => (name.span, name.name.as_str(), true),
            _ => continue,
        };
        if is_dereferenced(file, node.id(), span) {
            let text = chain_text(&file.text[span.start as usize..span.end as usize]);
            found.push(Read { node: node.id(), span, text, name, is_name });
        }
    }
    found
}

fn is_pure(expression: &Expression) -> bool {
    match expression {
        Expression::Identifier(_) | Expression::ThisExpression(_) => true,
        Expression::StaticMemberExpression(member) => !member.optional && is_pure(&member.object),
        _ => false,
    }
}

/// Whether what is read may be missing, as far as the file says.
fn may_be_missing(file: &TypeScriptFile, read: &Read) -> Presence {
    if !read.is_name {
        return presence(file, read.name);
    }
    let AstKind::IdentifierReference(name) = file.semantic.nodes().kind(read.node) else {
        return Presence::Unseen;
    };
    match type_text(file, name) {
        Some(text) if allows_nothing(text) => Presence::MayBeMissing,
        Some(_) => Presence::Always,
        None => Presence::Unseen,
    }
}

fn optional_chain_no_narrow(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() {
        return;
    }
    given_away(file, hits);
    let mut asked = HashMap::new();
    for read in reads(file) {
        let is_asked = |text: &str| is_asked_elsewhere(file, text);
        if !*asked.entry(read.text.clone()).or_insert_with(|| is_asked(&read.text)) {
            continue;
        }
        let known = guards(file, read.node);
        let near = || known.iter().filter(|guard| guard.function.is_none());
        let parts =
            || near().flat_map(|guard| atoms(guard.test, guard.holds).into_iter().map(move |it| (guard, it)));
        let weak = parts().any(|(guard, (atom, holds))| {
            !guard.falls_through
                && (is_weak(file, atom, holds, &read.text) || is_alias(file, atom, holds, &read))
        });
        if !weak
            || parts().any(|(_, (atom, holds))| proves(file, atom, holds, &read.text))
            || is_assured(file, &read)
        {
            continue;
        }
        report(file, &read, hits);
    }
}

fn report(file: &TypeScriptFile, read: &Read, hits: &mut Hits) {
    let presence = may_be_missing(file, read);
    if matches!(presence, Presence::Always) || is_silenced(file, read.span.start as usize) {
        return;
    }
    let hit = hits.at(read.span).word("root", read.text.clone());
    if presence != Presence::MayBeMissing {
        hit.severity(Severity::Info);
    }
}

/// True if the text has the chain before `?.`, or where a variable may keep whether it is there; a cheap look.
fn is_asked_elsewhere(file: &TypeScriptFile, chain: &str) -> bool {
    memmem::find_iter(file.text.as_bytes(), chain.as_bytes()).any(|at| {
        let (before, after) = (&file.text[..at], file.text[at + chain.len()..].trim_start());
        after.starts_with("?.") || after.starts_with("!=") || after.starts_with("==") || before.ends_with('!')
    })
}

/// True for a condition on `chain?.…` that also comes out so when the chain is missing.
fn is_weak(file: &TypeScriptFile, atom: &Expression, holds: bool, chain: &str) -> bool {
    match atom {
        Expression::ChainExpression(_) => !holds && is_optional_on(file, atom, chain),
        Expression::BinaryExpression(binary) => {
            let of_typeof = |it: &Expression| match it.without_parentheses() {
                Expression::UnaryExpression(unary) if unary.operator.is_typeof() => {
                    is_optional_on(file, &unary.argument, chain)
                }
                _ => false,
            };
            let differs = match binary.operator {
                BinaryOperator::StrictInequality | BinaryOperator::Inequality => holds,
                BinaryOperator::StrictEquality | BinaryOperator::Equality => !holds,
                BinaryOperator::GreaterThan | BinaryOperator::GreaterEqualThan => {
                    return holds && is_default(file, &binary.left, chain);
                }
                _ => return false,
            };
            if of_typeof(&binary.left) {
                let is_undefined =
                    matches!(&binary.right, Expression::StringLiteral(text) if text.value == "undefined");
                return differs && !is_undefined;
            }
            let Some((optional, other)) = sides(binary) else { return false };
            if !is_optional_on(file, optional, chain) {
                return false;
            }
            match differs {
                true => is_literal(other),
                false => !is_nothing(other) && may_be_undefined(file, other),
            }
        }
        Expression::LogicalExpression(either) if either.operator == LogicalOperator::Or && holds => {
            let sides = [&either.left, &either.right];
            let says = |it: &&Expression| text_of(file, it).contains(chain);
            sides.iter().filter(|it| says(it)).count() == 1
                && sides.iter().any(|it| is_optional_on(file, it.without_parentheses(), chain))
        }
        _ => false,
    }
}

/// True for `chain?.…`.
fn is_optional_on(file: &TypeScriptFile, expression: &Expression, chain: &str) -> bool {
    let Expression::ChainExpression(_) = expression.without_parentheses() else { return false };
    let span = expression.without_parentheses().span();
    let text: String =
        file.text[span.start as usize..span.end as usize].chars().filter(|c| !c.is_whitespace()).collect();
    is_chain_or_below(&chain_text(&text), chain)
        && text.match_indices("?.").any(|(at, _)| chain_text(&text[..at]) == chain)
}

/// True for `chain?.… ?? default`.
fn is_default(file: &TypeScriptFile, expression: &Expression, chain: &str) -> bool {
    matches!(expression.without_parentheses(), Expression::LogicalExpression(it)
        if it.operator == LogicalOperator::Coalesce && is_optional_on(file, &it.left, chain))
}

fn is_declared_missing(file: &TypeScriptFile, chain: &str) -> bool {
    file.semantic.nodes().iter().any(|node| match node.kind() {
        AstKind::FormalParameter(it) => {
            it.optional && it.pattern.get_identifier_name().is_some_and(|name| name == chain)
        }
        _ => false,
    })
}

/// True for a variable that keeps whether a chain is there, where the compiler does not follow it: the chain
/// may change, or the variable may.
fn is_alias(file: &TypeScriptFile, atom: &Expression, holds: bool, read: &Read) -> bool {
    let Expression::Identifier(name) = atom else { return false };
    let (nodes, scoping) = (file.semantic.nodes(), file.semantic.scoping());
    let Some(symbol) = scoping.get_reference(name.reference_id()).symbol_id() else { return false };
    let declaration = scoping.symbol_declaration(symbol);
    let AstKind::VariableDeclarator(variable) = nodes.kind(declaration) else { return false };
    let Some(init) = variable.init.as_ref().filter(|_| holds && variable.type_annotation.is_none()) else {
        return false;
    };
    let is_test = matches!(
        init.without_parentheses(),
        Expression::BinaryExpression(_) | Expression::UnaryExpression(_)
    );
    let AstKind::VariableDeclaration(kind) = nodes.parent_kind(declaration) else { return false };
    is_test
        && atoms(init, true).iter().any(|(atom, holds)| {
            proves(file, atom, *holds, &read.text) && mentions_only(file, atom, &read.text)
        })
        && (!kind.kind.is_const() || (!read.is_name && presence(file, read.name) == Presence::MayBeMissing))
}

/// True for a test of the chain itself, and not of something below it.
fn mentions_only(file: &TypeScriptFile, atom: &Expression, chain: &str) -> bool {
    match atom {
        Expression::BinaryExpression(binary) => {
            text_of(file, &binary.left) == chain || text_of(file, &binary.right) == chain
        }
        other => text_of(file, other) == chain,
    }
}

/// True if the chain is assigned, or handed to an assertion, in the function around.
fn is_assured(file: &TypeScriptFile, read: &Read) -> bool {
    let start = file
        .semantic
        .nodes()
        .ancestors(read.node)
        .find(|node| matches!(node.kind(), AstKind::Function(_) | AstKind::ArrowFunctionExpression(_)))
        .map_or(0, |node| node.kind().span().start as usize);
    let plain = chain_text(&file.text[start..read.span.start as usize]);
    let assigned = |text: &str| {
        plain.match_indices(text).any(|(at, _)| !plain[at + text.len()..].starts_with(['=', '>']))
    };
    assigned(&format!("{}=", read.text))
        || plain.contains(&format!("{}??=", read.text))
        || plain.contains(&format!("{}||=", read.text))
        || ["assert", "invariant", "ok"].iter().any(|name| plain.contains(&format!("{name}({}", read.text)))
}

/// `chain?.…` that is handed to what takes no `undefined`, or compared with `<` and its kind.
fn given_away(file: &TypeScriptFile, hits: &mut Hits) {
    const STRICT: [&str; 5] = ["JSON.parse", "parseInt", "parseFloat", "decodeURIComponent", "decodeURI"];
    for node in file.semantic.nodes().iter() {
        let AstKind::ChainExpression(chain) = node.kind() else { continue };
        let is_argument = match file.semantic.nodes().parent_kind(node.id()) {
            AstKind::BinaryExpression(binary) => binary.operator.is_compare(),
            AstKind::CallExpression(call) => {
                let is_first = call.arguments.first().map(Argument::span) == Some(chain.span);
                is_first
                    && dotted(&call.callee).is_some_and(|name| STRICT.iter().any(|strict| name.is(strict)))
            }
            _ => false,
        };
        if !is_argument && !is_typed(file, node.id()) {
            continue;
        }
        let text = &file.text[chain.span.start as usize..chain.span.end as usize];
        let Some((root, _)) = text.split_once("?.") else { continue };
        let name = root.rsplit(['.', ' ']).next().unwrap_or(root);
        let is_name = !root.contains('.');
        let is_plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
        let is_evident = if is_name {
            is_declared_missing(file, name)
        } else {
            presence(file, name) == Presence::MayBeMissing
        };
        if is_plain && is_evident && !is_silenced(file, chain.span.start as usize) {
            hits.at(chain.span).word("root", root);
        }
    }
}

fn narrow_lost_in_callback(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() {
        return;
    }
    let mut repeated = HashMap::new();
    for read in reads(file) {
        let is_repeated =
            |text: &str| memmem::find_iter(file.text.as_bytes(), text.as_bytes()).nth(1).is_some();
        if (read.is_name && !is_ever_assigned(file, &read))
            || !*repeated.entry(read.text.clone()).or_insert_with(|| is_repeated(&read.text))
        {
            continue;
        }
        let known = guards(file, read.node);
        let proof = known.iter().find(|guard| {
            !guard.falls_through
                && atoms(guard.test, guard.holds)
                    .iter()
                    .any(|(atom, holds)| proves(file, atom, *holds, &read.text))
        });
        let Some(function) = proof.and_then(|guard| guard.function) else { continue };
        if is_reset(file, &read, function)
            || is_called_at_once(file, function)
            || is_assured_within(file, &read, function)
        {
            continue;
        }
        let presence = may_be_missing(file, &read);
        if matches!(presence, Presence::Always | Presence::ReadOnly)
            || is_silenced(file, read.span.start as usize)
        {
            continue;
        }
        let hit = hits.at(read.span).word("chain", read.text.clone());
        if presence == Presence::Unseen {
            hit.severity(Severity::Info);
        }
    }
}

fn is_ever_assigned(file: &TypeScriptFile, read: &Read) -> bool {
    let AstKind::IdentifierReference(name) = file.semantic.nodes().kind(read.node) else { return false };
    let scoping = file.semantic.scoping();
    let symbol = scoping.get_reference(name.reference_id()).symbol_id();
    symbol.is_some_and(|symbol| scoping.symbol_is_mutated(symbol))
}

/// True where the check holds after all: a variable that nothing assigns after the function began, or one
/// that the function itself declares.
fn is_reset(file: &TypeScriptFile, read: &Read, function: NodeId) -> bool {
    let nodes = file.semantic.nodes();
    let span = nodes.kind(function).span();
    let scoping = file.semantic.scoping();
    let root = read.text.split(['.', '[']).next().unwrap_or("");
    let symbol = nodes.iter().find_map(|node| match node.kind() {
        AstKind::IdentifierReference(name)
            if name.name == root && read.span.contains_inclusive(name.span) =>
        {
            scoping.get_reference(name.reference_id()).symbol_id()
        }
        _ => None,
    });
    let Some(symbol) = symbol else { return root != "this" };
    if span.contains_inclusive(scoping.symbol_span(symbol)) {
        return true;
    }
    read.is_name
        && !scoping
            .get_resolved_references(symbol)
            .any(|it| it.is_write() && nodes.kind(it.node_id()).span().start > span.start)
}

/// `(() => { … })()` runs where it stands.
fn is_called_at_once(file: &TypeScriptFile, function: NodeId) -> bool {
    let nodes = file.semantic.nodes();
    let span = nodes.kind(function).span();
    nodes.ancestor_kinds(function).take(2).any(|kind| {
        matches!(kind, AstKind::CallExpression(call) if call.callee.get_inner_expression().span() == span)
    })
}

/// True if the function assigns the chain, or asserts it, before the read.
fn is_assured_within(file: &TypeScriptFile, read: &Read, function: NodeId) -> bool {
    let start = file.semantic.nodes().kind(function).span().start as usize;
    let plain = chain_text(&file.text[start..read.span.start as usize]);
    let assigned = |text: &str| {
        plain.match_indices(text).any(|(at, _)| !plain[at + text.len()..].starts_with(['=', '>']))
    };
    assigned(&format!("{}=", read.text))
        || ["assert", "invariant", "ok"].iter().any(|name| plain.contains(&format!("{name}({}", read.text)))
}
