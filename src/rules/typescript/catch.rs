//! Properties of a caught value that nobody has looked at.

use oxc_ast::AstKind;
use oxc_ast::ast::BindingPattern;
use oxc_semantic::NodeId;
use oxc_span::GetSpan;

use super::silence::is_silenced;
use crate::facts::{Place, TypeScriptFile, dotted};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "ts-catch-unknown", needs: &["catch"], check: Check::TypeScript(catch_unknown) }];

fn catch_unknown(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() {
        return;
    }
    let mut is_strict = None;
    for node in file.semantic.nodes().iter() {
        let AstKind::CatchClause(clause) = node.kind() else { continue };
        let Some(param) = clause.param.as_ref().filter(|param| param.type_annotation.is_none()) else {
            continue;
        };
        let BindingPattern::BindingIdentifier(name) = &param.pattern else { continue };
        let references: Vec<_> = file.semantic.scoping().get_resolved_references(name.symbol_id()).collect();
        let checked = |id: NodeId| is_check(file, id);
        if references.iter().any(|it| it.is_write() || checked(it.node_id())) {
            continue;
        }
        for reference in references {
            let Some((property, is_optional)) = property(file, reference.node_id()) else { continue };
            if !*is_strict.get_or_insert_with(|| is_unknown(file)) {
                return;
            }
            let member = file.semantic.nodes().parent_node(reference.node_id());
            let span = member.kind().span();
            if is_silenced(file, span.start as usize) {
                continue;
            }
            let name = name.name.as_str();
            let hit = hits.at(file.semantic.nodes().kind(reference.node_id()).span());
            hit.word("name", name).word("property", property);
            let grandparent = file.semantic.nodes().parent_kind(member.id());
            if property == "message" && !is_optional && !is_target(grandparent, span) {
                let text = format!("{name} instanceof Error ? {name}.message : String({name})");
                let alone = matches!(
                    grandparent,
                    AstKind::TemplateLiteral(_)
                        | AstKind::VariableDeclarator(_)
                        | AstKind::ReturnStatement(_)
                ) || matches!(grandparent, AstKind::CallExpression(call) if call.callee.span() != span);
                let text = if alone { text } else { format!("({text})") };
                hit.fix(Safety::Unsafe, [(span.bytes(), text)]);
            }
        }
    }
}

/// True where the compiler takes a caught value for `unknown`.
fn is_unknown(file: &TypeScriptFile) -> bool {
    match file.project.tsconfig(file.path) {
        Some(config) => config.strict("useUnknownInCatchVariables"),
        // A file that no configuration takes in is not compiled; without any, the newest compiler is strict.
        None => file.project.nearest_tsconfig(file.path).is_none(),
    }
}

fn is_target(parent: AstKind, span: oxc_span::Span) -> bool {
    match parent {
        AstKind::CallExpression(call) => call.callee.span() == span,
        AstKind::AssignmentExpression(assignment) => assignment.left.span() == span,
        AstKind::UpdateExpression(_) | AstKind::StaticMemberExpression(_) => true,
        AstKind::UnaryExpression(unary) => unary.operator.is_delete(),
        _ => false,
    }
}

/// The property that is read of a name.
fn property<'a>(file: &TypeScriptFile<'a>, id: NodeId) -> Option<(&'a str, bool)> {
    let span = file.semantic.nodes().kind(id).span();
    match file.semantic.nodes().parent_kind(id) {
        AstKind::StaticMemberExpression(member) if member.object.span() == span => {
            Some((member.property.name.as_str(), member.optional))
        }
        _ => None,
    }
}

/// True where a name is looked at: then the compiler may know more of it.
fn is_check(file: &TypeScriptFile, id: NodeId) -> bool {
    let nodes = file.semantic.nodes();
    let span = nodes.kind(id).span();
    match nodes.parent_kind(id) {
        AstKind::BinaryExpression(binary) => {
            binary.operator.is_instance_of() || binary.operator.is_in() || binary.operator.is_equality()
        }
        AstKind::UnaryExpression(unary) => unary.operator.is_typeof(),
        AstKind::SwitchStatement(_) | AstKind::TSSatisfiesExpression(_) => true,
        AstKind::CallExpression(call) if call.callee.span() != span => {
            let call_id = nodes.parent_id(id);
            let is_condition = || {
                nodes.ancestor_kinds(call_id).take(4).any(|kind| {
                    matches!(
                        kind,
                        AstKind::IfStatement(_)
                            | AstKind::ConditionalExpression(_)
                            | AstKind::LogicalExpression(_)
                            | AstKind::UnaryExpression(_)
                            | AstKind::WhileStatement(_)
                    )
                })
            };
            const GUARDS: [&str; 8] =
                ["assert", "is", "has", "check", "ensure", "invariant", "expect", "guard"];
            let is_guard = dotted(&call.callee).is_some_and(|name| {
                let last = name.last().to_ascii_lowercase();
                GUARDS.iter().any(|guard| last.starts_with(guard))
            });
            is_guard || is_condition() || matches!(nodes.parent_kind(call_id), AstKind::VariableDeclarator(_))
        }
        _ => false,
    }
}
