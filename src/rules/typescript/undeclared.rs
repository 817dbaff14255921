//! Names in value position that nothing declares.

use std::collections::HashSet;

use oxc_ast::AstKind;
use oxc_span::{GetSpan, Span};

use super::nearest::nearest;
use super::silence::is_silenced;
use crate::facts::TypeScriptFile;
use crate::model::Severity;
use crate::rules::{Check, Hits, Native};
use crate::syntax::is_test;

pub(super) static RULES: &[Native] =
    &[Native { id: "ts-undeclared-name", needs: &[], check: Check::TypeScript(undeclared_name) }];

/// Names that a language, a runtime or a test runner gives, one on each line.
static GLOBALS: &str = include_str!("globals.txt");

/// Packages that declare names for every file of their users.
const MAKERS: [&str; 6] = ["nuxt", "wxt", "unplugin-auto-import", "@nuxt/kit", "@tarojs/cli", "auto-import"];

fn undeclared_name(file: &TypeScriptFile, hits: &mut Hits) {
    let is_javascript = file.program.source_type.is_javascript();
    let is_module = file.module.has_module_syntax;
    // Scripts of a page share one scope.
    if !file.errors.is_empty() || file.path.contains(".d.") || (is_javascript && !is_module) {
        return;
    }
    let mut suspects: Vec<(&str, Vec<Span>)> = Vec::new();
    for (name, references) in file.semantic.scoping().root_unresolved_references() {
        let name = name.as_str();
        if is_global(name) {
            continue;
        }
        let places = references.iter().filter_map(|&id| place(file, id));
        let mut places: Vec<Span> = places.collect();
        places.sort_by_key(|span| span.start);
        if !places.is_empty() && !is_guarded(file, references) {
            suspects.push((name, places));
        }
    }
    if suspects.is_empty() || file.uses_any(&MAKERS) {
        return;
    }
    for (name, places) in suspects {
        if is_in_comment(file, name)
            || file.project.is_ambient(name)
            || file.project.is_configured(file.path, name)
        {
            continue;
        }
        let scoping = file.semantic.scoping();
        let meant = nearest(name, scoping.symbol_names()).map(str::to_owned);
        for span in places {
            if is_silenced(file, span.start as usize) {
                continue;
            }
            let suggestion = meant.as_ref().map_or(String::new(), |meant| format!(", or write `{meant}`"));
            let hit = hits.at(span).word("name", name).word("suggestion", suggestion);
            if !is_module || (is_test(file.path) && name.starts_with("__")) {
                hit.severity(Severity::Warning);
            }
        }
    }
}

pub(super) fn is_global(name: &str) -> bool {
    // A line of its own.
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&GLOBALS.as_bytes()[from..], name.as_bytes()) {
        let (start, end) = (from + at, from + at + name.len());
        let bytes = GLOBALS.as_bytes();
        if (start == 0 || bytes[start - 1] == b'\n') && bytes.get(end).is_none_or(|&byte| byte == b'\n') {
            return true;
        }
        from = start + 1;
    }
    false
}

/// Where a reference reads a value that must be there.
fn place(file: &TypeScriptFile, id: oxc_semantic::ReferenceId) -> Option<Span> {
    let nodes = file.semantic.nodes();
    let reference = file.semantic.scoping().get_reference(id);
    if !reference.is_value() || reference.is_type() || reference.flags().is_value_as_type() {
        return None;
    }
    let node = reference.node_id();
    // Namespaces and enums of one name are merged, over files too; `with` binds what nobody sees.
    let is_merged = |kind: AstKind| {
        matches!(
            kind,
            AstKind::TSNamespaceDeclaration(_)
                | AstKind::TSEnumDeclaration(_)
                | AstKind::WithStatement(_)
                | AstKind::TSGlobalDeclaration(_)
                | AstKind::TSExternalModuleDeclaration(_)
        )
    };
    if nodes.ancestor_kinds(node).any(is_merged) {
        return None;
    }
    Some(nodes.kind(node).span())
}

/// True if the file asks by `typeof` whether a name is there.
fn is_guarded(file: &TypeScriptFile, references: &[oxc_semantic::ReferenceId]) -> bool {
    let nodes = file.semantic.nodes();
    references.iter().any(|&id| {
        let node = file.semantic.scoping().get_reference(id).node_id();
        matches!(nodes.parent_kind(node), AstKind::UnaryExpression(unary) if unary.operator.is_typeof())
    })
}

/// `/* global name */` and `/* eslint-disable no-undef */`.
fn is_in_comment(file: &TypeScriptFile, name: &str) -> bool {
    file.semantic.comments().iter().any(|comment| {
        let span = comment.content_span();
        let text = file.text[span.start as usize..span.end as usize].trim_start_matches('*').trim_start();
        let words = |text: &str| -> HashSet<String> {
            text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').map(str::to_owned).collect()
        };
        ((text.starts_with("global ") || text.starts_with("globals ")) && words(text).contains(name))
            || (text.contains("eslint-disable") && text.contains("no-undef"))
    })
}
