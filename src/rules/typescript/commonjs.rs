//! The names that node sees in the text of a CommonJS module.

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, AssignmentTarget, Expression, ObjectPropertyKind};

use crate::facts::{Project, TypeScriptFile, dotted, folders, join};

/// True for a module that node loads as CommonJS.
pub(super) fn is_commonjs(project: &Project, path: &str) -> bool {
    path.ends_with(".cjs")
        || (path.ends_with(".js")
            && !folders(path)
                .find_map(|folder| project.files().text(&join(folder, "package.json")))
                .is_some_and(|text| {
                    let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
                    json.get("type").and_then(|kind| kind.as_str()) == Some("module")
                })
            && project.module(path).is_some_and(|module| !module.is_module))
}

/// The names that can be imported one by one; none where another module's are passed on.
pub(super) fn names(project: &Project, path: &str) -> Option<Vec<String>> {
    let text = project.files().text(path)?;
    let arena = Allocator::default();
    let file = TypeScriptFile::parse(&arena, path, &text, project);
    if !file.errors.is_empty() || file.module.has_module_syntax {
        return None;
    }
    let mut names = Vec::new();
    for node in file.semantic.nodes().iter() {
        match node.kind() {
            AstKind::AssignmentExpression(assignment) => match &assignment.left {
                AssignmentTarget::StaticMemberExpression(member) => {
                    let object = dotted(&member.object)?;
                    let is_whole = object.is("module") && member.property.name == "exports";
                    if is_whole {
                        names.extend(of_whole(&assignment.right)?);
                    } else if object.is("exports") || object.is("module.exports") {
                        names.push(member.property.name.to_string());
                    }
                }
                AssignmentTarget::ComputedMemberExpression(member) => {
                    let is_exports =
                        dotted(&member.object).is_some_and(|it| it.is("exports") || it.is("module.exports"));
                    if is_exports {
                        return None;
                    }
                }
                _ => {}
            },
            AstKind::CallExpression(call) => {
                let callee = dotted(&call.callee);
                let passes_on = callee.as_ref().is_some_and(|name| {
                    matches!(name.last(), "__exportStar" | "__export" | "__reExport" | "__createBinding")
                });
                if passes_on {
                    return None;
                }
                if callee.is_some_and(|name| name.last() == "defineProperty")
                    && let Some(Argument::StringLiteral(name)) = call.arguments.get(1)
                {
                    names.push(name.value.to_string());
                }
            }
            _ => {}
        }
    }
    Some(names)
}

/// The names in what `module.exports` is set to. What is no literal shows none.
fn of_whole(value: &Expression) -> Option<Vec<String>> {
    match value.get_inner_expression() {
        Expression::ObjectExpression(object) => {
            let mut names = Vec::new();
            for property in &object.properties {
                match property {
                    ObjectPropertyKind::ObjectProperty(property) => {
                        names.extend(property.key.static_name().map(|name| name.to_string()));
                    }
                    ObjectPropertyKind::SpreadProperty(_) => return None,
                }
            }
            Some(names)
        }
        Expression::AssignmentExpression(chained) => of_whole(&chained.right),
        Expression::CallExpression(call) => match dotted(&call.callee) {
            Some(name) if name.is("Object.assign") => Some(Vec::new()),
            _ => None,
        },
        Expression::ClassExpression(_)
        | Expression::FunctionExpression(_)
        | Expression::ArrowFunctionExpression(_)
        | Expression::NewExpression(_) => Some(Vec::new()),
        _ => None,
    }
}
