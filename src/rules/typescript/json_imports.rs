//! Imports of JSON into ES modules.

use oxc_ast::ast::{
    ImportAttributeKey, ImportDeclaration, ImportDeclarationSpecifier, Statement, WithClauseKeyword,
};
use oxc_span::GetSpan;

use super::esm::is_nodenext_module;
use super::place::is_run_by_node;
use super::silence::is_silenced;
use crate::facts::TypeScriptFile;
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native {
        id: "node-json-import-attribute",
        needs: &[".json"],
        check: Check::TypeScript(node_json_import_attribute),
    },
    Native {
        id: "ts-json-import-attribute",
        needs: &[".json"],
        check: Check::TypeScript(ts_json_import_attribute),
    },
];

const ATTRIBUTE: &str = " with { type: 'json' }";

fn json_imports<'a>(file: &TypeScriptFile<'a>) -> impl Iterator<Item = &'a ImportDeclaration<'a>> {
    file.program.body.iter().filter_map(|statement| match statement {
        Statement::ImportDeclaration(import)
            if import.source.value.ends_with(".json") && !import.import_kind.is_type() =>
        {
            Some(&**import)
        }
        _ => None,
    })
}

fn says_json(import: &ImportDeclaration) -> bool {
    import.with_clause.as_ref().is_some_and(|clause| {
        clause.with_entries.iter().any(|entry| {
            let key = match &entry.key {
                ImportAttributeKey::Identifier(name) => name.name.as_str(),
                ImportAttributeKey::StringLiteral(text) => text.value.as_str(),
            };
            key == "type" && entry.value.value == "json"
        })
    })
}

fn node_json_import_attribute(file: &TypeScriptFile, hits: &mut Hits) {
    if !is_run_by_node(file) {
        return;
    }
    for import in json_imports(file) {
        let path = import.source.value.as_str();
        let end = import.source.span.end as usize;
        if let Some(clause) = import.with_clause.as_ref().filter(|it| it.keyword == WithClauseKeyword::Assert)
        {
            let start = clause.span.start as usize;
            let word = file.text[start..].find("assert").map_or(start, |at| start + at);
            let edit = (word..word + "assert".len(), "with".to_owned());
            hits.at(import.source.span).word("path", path).fix(Safety::Safe, [edit]);
        } else if !says_json(import) {
            let edit = (end..end, ATTRIBUTE.to_owned());
            hits.at(import.source.span).word("path", path).fix(Safety::Safe, [edit]);
        } else {
            // Only the default is there.
            let named = import.specifiers.iter().flatten().find(|item| {
                matches!(item, ImportDeclarationSpecifier::ImportSpecifier(named) if named.imported.name() != "default")
            });
            if let Some(named) = named {
                hits.at(named.span()).word("path", path);
            }
        }
    }
}

fn ts_json_import_attribute(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() || file.path.contains(".d.") || !is_nodenext_module(file) {
        return;
    }
    // node16 and node18 take JSON as it is.
    let module = file.project.tsconfig(file.path).and_then(|config| config.word("module"));
    if !module.is_some_and(|module| matches!(module.as_str(), "nodenext" | "node20")) {
        return;
    }
    for import in json_imports(file) {
        if says_json(import) || is_silenced(file, import.source.span.start as usize) {
            continue;
        }
        let end = import.source.span.end as usize;
        if import.with_clause.is_none() {
            hits.at(import.source.span).fix(Safety::Safe, [(end..end, ATTRIBUTE.to_owned())]);
        }
    }
}
