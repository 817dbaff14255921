//! Promises of the file's own async functions, used as if they were their values.

use oxc_ast::AstKind;
use oxc_ast::ast::{CallExpression, Expression};
use oxc_semantic::NodeId;
use oxc_span::GetSpan;

use super::silence::is_silenced;
use crate::facts::TypeScriptFile;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[Native {
    id: "ts-await-missing-promise",
    needs: &["async"],
    check: Check::TypeScript(await_missing_promise),
}];

fn await_missing_promise(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() {
        return;
    }
    let nodes = file.semantic.nodes();
    for node in nodes.iter() {
        let AstKind::CallExpression(call) = node.kind() else { continue };
        let Some(name) = async_callee(file, call).filter(|_| !is_silenced(file, call.span.start as usize))
        else {
            continue;
        };
        let told = &file.text[call.span.start as usize..call.span.end as usize];
        let mut tell = |span, name: &str| {
            hits.at(span).word("name", name).word("call", told);
        };
        match nodes.parent_kind(node.id()) {
            AstKind::IfStatement(branch) if branch.test.span() == call.span => tell(call.span, name),
            AstKind::ConditionalExpression(choice) if choice.test.span() == call.span => {
                tell(call.span, name)
            }
            AstKind::StaticMemberExpression(member) if is_of_value(member.property.name.as_str()) => {
                tell(call.span, name);
            }
            AstKind::VariableDeclarator(variable) => {
                let Some(kept) =
                    variable.id.get_binding_identifier().filter(|_| variable.type_annotation.is_none())
                else {
                    continue;
                };
                let scoping = file.semantic.scoping();
                if scoping.symbol_is_mutated(kept.symbol_id()) {
                    continue;
                }
                for reference in scoping.get_resolved_references(kept.symbol_id()) {
                    let span = nodes.kind(reference.node_id()).span();
                    if let AstKind::StaticMemberExpression(member) = nodes.parent_kind(reference.node_id())
                        && member.object.span() == span
                        && is_of_value(member.property.name.as_str())
                    {
                        tell(span, kept.name.as_str());
                    }
                }
            }
            _ => {}
        }
    }
}

/// The name of the file's own async function that is called.
fn async_callee<'a>(file: &TypeScriptFile<'a>, call: &'a CallExpression<'a>) -> Option<&'a str> {
    let Expression::Identifier(name) = &call.callee else { return None };
    let scoping = file.semantic.scoping();
    let symbol = scoping.get_reference(name.reference_id()).symbol_id()?;
    is_async(file, scoping.symbol_declaration(symbol)).then_some(name.name.as_str())
}

fn is_async(file: &TypeScriptFile, declaration: NodeId) -> bool {
    match file.semantic.nodes().kind(declaration) {
        AstKind::Function(function) => function.r#async && !function.generator,
        AstKind::VariableDeclarator(variable) => match &variable.init {
            Some(Expression::ArrowFunctionExpression(function)) => function.r#async,
            Some(Expression::FunctionExpression(function)) => function.r#async && !function.generator,
            _ => false,
        },
        _ => false,
    }
}

fn is_of_value(property: &str) -> bool {
    !matches!(property, "then" | "catch" | "finally")
}
