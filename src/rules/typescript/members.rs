//! Members that `console` or a class does not have.

use std::collections::HashSet;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    CallExpression, Class, ClassElement, Expression, FormalParameters, MethodDefinitionKind, PropertyKey,
};
use oxc_semantic::NodeId;
use oxc_span::GetSpan;

use super::nearest::nearest;
use super::silence::is_silenced;
use crate::facts::{Place, TypeScriptFile};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "js-console-bad-method", needs: &["console"], check: Check::TypeScript(console_bad_method) },
    Native { id: "ts-console-bad-method", needs: &["console"], check: Check::TypeScript(console_bad_method) },
    Native {
        id: "ts-this-undefined-member",
        needs: &["class"],
        check: Check::TypeScript(this_undefined_member),
    },
];

const METHODS: [&str; 30] = [
    "assert",
    "clear",
    "count",
    "countReset",
    "debug",
    "dir",
    "dirxml",
    "error",
    "exception",
    "group",
    "groupCollapsed",
    "groupEnd",
    "info",
    "log",
    "profile",
    "profileEnd",
    "table",
    "time",
    "timeEnd",
    "timeLog",
    "timeStamp",
    "trace",
    "warn",
    "context",
    "createTask",
    "memory",
    "Console",
    "markTimeline",
    "timeline",
    "timelineEnd",
];

fn console_bad_method(file: &TypeScriptFile, hits: &mut Hits) {
    let is_global = file.semantic.scoping().root_unresolved_references().contains_key("console");
    if !is_global || !file.errors.is_empty() {
        return;
    }
    for call in file.all_calls() {
        let Some(name) = console_method(file, call.expr) else { continue };
        let is_set = [format!("console.{name} ="), format!("typeof console.{name}")];
        if is_set.iter().any(|text| file.text.contains(text.as_str()))
            || file.text.contains("interface Console")
        {
            continue;
        }
        let Expression::StaticMemberExpression(member) = &call.expr.callee else { continue };
        if is_silenced(file, member.span.start as usize) {
            continue;
        }
        let meant = match name {
            "warning" | "caution" => "warn",
            "success" | "notice" | "print" | "message" | "status" => "info",
            "fatal" | "critical" | "failure" | "fail" | "err" | "emergency" | "alert" => "error",
            "verbose" | "silly" | "finest" | "fine" => "debug",
            "println" | "write" | "writeln" | "writeLine" => "log",
            other => nearest(other, METHODS).unwrap_or("log"),
        };
        hits.at(member.property.span)
            .word("name", name)
            .word("suggestion", meant)
            .fix(Safety::Unsafe, [(member.property.span.bytes(), meant.to_owned())]);
    }
}

/// The method of the global `console` that a call calls and that is not there.
fn console_method<'a>(file: &TypeScriptFile<'a>, call: &'a CallExpression<'a>) -> Option<&'a str> {
    let Expression::StaticMemberExpression(member) = &call.callee else { return None };
    let Expression::Identifier(console) = &member.object else { return None };
    let name = member.property.name.as_str();
    let is_known = METHODS.contains(&name) || call.optional || member.optional;
    (console.name == "console"
        && !is_known
        && file.semantic.scoping().get_reference(console.reference_id()).symbol_id().is_none())
    .then_some(name)
}

/// The members of a class and its bases.
type Members<'a> = HashSet<&'a str>;

fn this_undefined_member(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() {
        return;
    }
    for node in file.semantic.nodes().iter() {
        let AstKind::Class(class) = node.kind() else { continue };
        let Some(members) = members(file, class, 0) else { continue };
        let Some(name) = class.id.as_ref().map(|id| id.name.as_str()) else { continue };
        this_of(file, node.id(), name, &members, hits);
        bare_members(file, node.id(), name, &members, hits);
    }
}

/// `this.x` directly in a method of the class.
fn this_of(file: &TypeScriptFile, class: NodeId, name: &str, members: &Members, hits: &mut Hits) {
    let nodes = file.semantic.nodes();
    let class_span = nodes.kind(class).span();
    for node in nodes.iter() {
        let AstKind::StaticMemberExpression(member) = node.kind() else { continue };
        if !class_span.contains_inclusive(member.span)
            || !matches!(member.object, Expression::ThisExpression(_))
            || members.contains(member.property.name.as_str())
            || owner(file, node.id()) != Some(class)
            || is_silenced(file, member.span.start as usize)
        {
            continue;
        }
        let property = member.property.name.as_str();
        let hint = match nearest(property, members.iter().copied()) {
            Some(meant) => format!("; it has `{meant}`"),
            None => String::new(),
        };
        hits.at(member.property.span).word("class", name).word("name", property).word("hint", hint);
    }
}

/// A name that nothing declares, but that the class has as a member.
fn bare_members(file: &TypeScriptFile, class: NodeId, name: &str, members: &Members, hits: &mut Hits) {
    let (nodes, scoping) = (file.semantic.nodes(), file.semantic.scoping());
    for (bare, references) in scoping.root_unresolved_references() {
        let bare = bare.as_str();
        if !members.contains(bare) || super::undeclared::is_global(bare) {
            continue;
        }
        for &id in references {
            let reference = scoping.get_reference(id);
            if !reference.is_value() || reference.is_type() || owner(file, reference.node_id()) != Some(class)
            {
                continue;
            }
            let hint = format!(" outside `this`: write `this.{bare}`");
            hits.at(nodes.kind(reference.node_id()).span())
                .word("class", name)
                .word("name", bare)
                .word("hint", hint);
        }
    }
}

/// The class whose instance `this` is at a node, where that is certain.
fn owner(file: &TypeScriptFile, id: NodeId) -> Option<NodeId> {
    let nodes = file.semantic.nodes();
    let mut inner = id;
    for outer in nodes.ancestors(id) {
        match outer.kind() {
            AstKind::Function(_) => match nodes.parent_kind(outer.id()) {
                AstKind::MethodDefinition(method) if !method.r#static && !method.computed => {}
                _ => return None,
            },
            AstKind::PropertyDefinition(property) if property.r#static || property.computed => return None,
            AstKind::StaticBlock(_) | AstKind::Decorator(_) | AstKind::TSModuleBlock(_) => return None,
            AstKind::ClassBody(_) => {}
            AstKind::Class(_) => {
                let in_body = matches!(nodes.kind(inner), AstKind::ClassBody(_));
                return in_body.then_some(outer.id());
            }
            _ => {}
        }
        inner = outer.id();
    }
    None
}

/// None for a class whose members are not all in sight.
fn members<'a>(file: &TypeScriptFile<'a>, class: &'a Class<'a>, depth: usize) -> Option<Members<'a>> {
    if depth > 4 || !class.decorators.is_empty() {
        return None;
    }
    let mut names: HashSet<&str> = HashSet::from(["constructor", "toString", "hasOwnProperty", "valueOf"]);
    if let Some(heritage) = &class.heritage {
        let Expression::Identifier(base) = heritage.expression.get_inner_expression() else { return None };
        let symbol = file.semantic.scoping().get_reference(base.reference_id()).symbol_id()?;
        let declaration = file.semantic.scoping().symbol_declaration(symbol);
        let AstKind::Class(base) = file.semantic.nodes().kind(declaration) else { return None };
        names.extend(members(file, base, depth + 1)?);
    }
    if let Some(id) = &class.id {
        // A merged interface may add anything.
        let scoping = file.semantic.scoping();
        let is_merged = !scoping.symbol_redeclarations(id.symbol_id()).is_empty()
            || scoping.symbol_flags(id.symbol_id()).is_interface();
        if is_merged || file.text.contains("declare module") {
            return None;
        }
    }
    for element in &class.body.body {
        match element {
            ClassElement::MethodDefinition(method) => {
                if method.kind == MethodDefinitionKind::Constructor {
                    names.extend(parameter_properties(&method.value.params));
                } else if !method.r#static {
                    names.extend(key_name(&method.key));
                }
            }
            ClassElement::PropertyDefinition(property) if !property.r#static => {
                names.extend(key_name(&property.key));
            }
            ClassElement::AccessorProperty(property) if !property.r#static => {
                names.extend(key_name(&property.key));
            }
            ClassElement::TSIndexSignature(_) => return None,
            _ => {}
        }
    }
    Some(names)
}

fn parameter_properties<'a>(parameters: &'a FormalParameters<'a>) -> impl Iterator<Item = &'a str> {
    let is_property =
        |it: &&oxc_ast::ast::FormalParameter| it.accessibility.is_some() || it.readonly || it.r#override;
    parameters
        .items
        .iter()
        .filter(is_property)
        .filter_map(|it| it.pattern.get_identifier_name().map(|n| n.as_str()))
}

/// A key that is a plain name or a string.
fn key_name<'a>(key: &'a PropertyKey<'a>) -> Option<&'a str> {
    match key {
        PropertyKey::StaticIdentifier(name) => Some(name.name.as_str()),
        PropertyKey::StringLiteral(text) => Some(text.value.as_str()),
        _ => None,
    }
}
