//! What a file says of the types of its names, as far as it is written.

use oxc_ast::AstKind;
use oxc_ast::ast::{Expression, IdentifierReference, PropertyKey, TSTypeAnnotation};
use oxc_span::GetSpan;

use crate::facts::TypeScriptFile;

/// The written type of a name: its annotation, or the class that it is a new one of.
pub(super) fn type_text<'a>(file: &TypeScriptFile<'a>, name: &IdentifierReference) -> Option<&'a str> {
    let (nodes, scoping) = (file.semantic.nodes(), file.semantic.scoping());
    let symbol = scoping.get_reference(name.reference_id()).symbol_id()?;
    let declaration = scoping.symbol_declaration(symbol);
    let own = std::iter::once(nodes.kind(declaration)).chain(nodes.ancestor_kinds(declaration).take(2));
    for kind in own {
        match kind {
            AstKind::VariableDeclarator(variable) => {
                return annotation(file, &variable.type_annotation)
                    .or_else(|| variable.init.as_ref().and_then(|init| made(file, init)));
            }
            AstKind::FormalParameter(parameter) => {
                if parameter.optional {
                    return Some("undefined");
                }
                return annotation(file, &parameter.type_annotation);
            }
            _ => {}
        }
    }
    None
}

/// The written type of `this.name` in a file: of a property of some class of it.
pub(super) fn member_type_text<'a>(file: &TypeScriptFile<'a>, name: &str) -> Option<&'a str> {
    file.semantic.nodes().iter().find_map(|node| match node.kind() {
        AstKind::PropertyDefinition(property) if is_named(&property.key, name) => {
            annotation(file, &property.type_annotation)
                .or_else(|| property.value.as_ref().and_then(|value| made(file, value)))
        }
        AstKind::FormalParameter(parameter)
            if parameter.accessibility.is_some()
                && parameter.pattern.get_identifier_name().is_some_and(|it| it == name) =>
        {
            annotation(file, &parameter.type_annotation)
        }
        _ => None,
    })
}

/// `new Map<string, number>()` is of the type before the parenthesis.
fn made<'a>(file: &TypeScriptFile<'a>, value: &Expression) -> Option<&'a str> {
    let Expression::NewExpression(new) = value.get_inner_expression() else { return None };
    let end = new.type_arguments.as_ref().map_or(new.callee.span().end, |arguments| arguments.span.end);
    Some(&file.text[new.callee.span().start as usize..end as usize])
}

fn annotation<'a>(
    file: &TypeScriptFile<'a>,
    annotation: &Option<oxc_allocator::Box<TSTypeAnnotation>>,
) -> Option<&'a str> {
    let span = annotation.as_ref()?.type_annotation.span();
    Some(&file.text[span.start as usize..span.end as usize])
}

fn is_named(key: &PropertyKey, name: &str) -> bool {
    key.static_name().is_some_and(|key| key == name)
}

/// How the properties of one name are declared in a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// One of them may be missing, and none is `readonly`.
    MayBeMissing,
    Always,
    ReadOnly,
    /// The file declares none.
    Unseen,
}

/// Whether a property may be missing, by every declaration of that name in the file.
pub(super) fn presence(file: &TypeScriptFile, name: &str) -> Presence {
    let mut found = Presence::Unseen;
    for node in file.semantic.nodes().iter() {
        let (optional, readonly, text) = match node.kind() {
            AstKind::TSPropertySignature(it) if is_named(&it.key, name) => {
                (it.optional, it.readonly, annotation(file, &it.type_annotation))
            }
            AstKind::PropertyDefinition(it) if is_named(&it.key, name) => {
                (it.optional, it.readonly, annotation(file, &it.type_annotation))
            }
            _ => continue,
        };
        if readonly {
            return Presence::ReadOnly;
        }
        if optional || text.is_some_and(allows_nothing) {
            found = Presence::MayBeMissing;
        } else if found == Presence::Unseen {
            found = Presence::Always;
        }
    }
    found
}

/// True for a type that has `undefined` or `null` among what it allows.
pub(super) fn allows_nothing(text: &str) -> bool {
    text.split('|').map(str::trim).any(|part| part == "undefined" || part == "null")
}

/// True for a name whose written type allows `undefined` or `null`.
pub(super) fn may_be_undefined(file: &TypeScriptFile, expression: &Expression) -> bool {
    match expression.without_parentheses() {
        Expression::Identifier(name) => type_text(file, name).is_some_and(allows_nothing),
        _ => false,
    }
}
