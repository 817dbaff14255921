//! Cycles of imports in which a value is used before its module has run.

use std::collections::BTreeSet;

use oxc_ast::AstKind;
use oxc_ast::ast::{ImportDeclarationSpecifier, Statement};
use oxc_semantic::NodeId;
use oxc_span::{GetSpan, Span};

use super::place::is_node_module;
use crate::facts::{Exported, ExportedKind, TypeScriptFile};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "esm-circular-tdz", needs: &["from"], check: Check::TypeScript(circular_tdz) }];

/// No longer cycle is looked for.
const MAX_STEPS: usize = 3;

fn circular_tdz(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() || !is_node_module(file) {
        return;
    }
    for statement in &file.program.body {
        let Statement::ImportDeclaration(import) = statement else { continue };
        let Some(target) = file.project.first_party(file.path, import.source.value.as_str()) else {
            continue;
        };
        let mut early: Vec<(&str, &str, Span)> = Vec::new();
        for item in import.specifiers.iter().flatten() {
            let imported = match item {
                ImportDeclarationSpecifier::ImportSpecifier(named) => named.imported.name().as_str(),
                ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => "default",
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => continue,
            };
            let references = file.semantic.scoping().get_resolved_references(item.local().symbol_id());
            let at_load = references.map(|it| it.node_id()).find(|&node| is_at_load(file, node));
            if let Some(node) = at_load {
                let span = file.semantic.nodes().kind(node).span();
                early.push((item.local().name.as_str(), imported, span));
            }
        }
        if early.is_empty() || !leads_to(file, &target, file.path) || !is_entered_there(file, &target) {
            continue;
        }
        for (local, imported, span) in early {
            let kind = file.project.exported(&target, imported);
            if matches!(
                kind,
                Exported::Yes(ExportedKind::Variable | ExportedKind::Class | ExportedKind::Other)
            ) {
                hits.at(span).word("name", local);
            }
        }
    }
}

/// True for a use that happens while the module runs.
fn is_at_load(file: &TypeScriptFile, node: NodeId) -> bool {
    let nodes = file.semantic.nodes();
    let is_export = matches!(nodes.parent_kind(node), AstKind::ExportSpecifier(_));
    !is_export
        && !nodes.ancestor_kinds(node).any(|kind| match kind {
            AstKind::Function(_) | AstKind::ArrowFunctionExpression(_) => true,
            AstKind::PropertyDefinition(property) => !property.r#static,
            _ => false,
        })
}

/// True if a module imports another, perhaps through others.
fn leads_to(file: &TypeScriptFile, from: &str, to: &str) -> bool {
    let mut open = vec![from.to_owned()];
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for _ in 0..MAX_STEPS {
        let mut next = Vec::new();
        for path in open {
            for target in imported(file, &path) {
                if target == to {
                    return true;
                }
                if seen.insert(target.clone()) {
                    next.push(target);
                }
            }
        }
        open = next;
    }
    false
}

fn imported(file: &TypeScriptFile, path: &str) -> Vec<String> {
    let Some(module) = file.project.module(path) else { return Vec::new() };
    let imports = module.imports.iter().filter(|import| !import.type_only).map(|import| &import.specifier);
    let reexports = module.exports.values().filter_map(|export| Some(&export.from.as_ref()?.specifier));
    imports
        .chain(reexports)
        .chain(&module.stars)
        .filter_map(|specifier| file.project.first_party(path, specifier))
        .collect()
}

/// True if a file outside the cycle imports the other module, and none imports this one: then the other is
/// entered first, and runs last. Only the files of both folders are asked.
fn is_entered_there(file: &TypeScriptFile, target: &str) -> bool {
    let folder = |path: &str| path.rfind('/').map_or(String::new(), |at| path[..at].to_owned());
    let folders = BTreeSet::from([folder(target), folder(file.path)]);
    let paths = folders.iter().flat_map(|folder| {
        let entries = file.project.files().list(folder).into_iter().filter(|entry| !entry.is_dir);
        entries.map(move |entry| crate::facts::join(folder, &entry.name))
    });
    let outside: Vec<String> = paths
        .filter(|path| path != target && path != file.path && !leads_to(file, file.path, path))
        .collect();
    let enters = |to: &str| outside.iter().any(|path| imported(file, path).iter().any(|target| target == to));
    enters(target) && !enters(file.path)
}
