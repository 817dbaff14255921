//! Imports of names that a module of the project does not export, and of types as if they were values.

use oxc_ast::ast::{ImportDeclarationSpecifier, Statement};
use oxc_span::{GetSpan, Span};

use super::commonjs;
use super::nearest::nearest;
use super::place::{is_node_module, is_run_by_node};
use super::silence::is_silenced;
use crate::facts::{Exported, ExportedKind, Resolution, TypeScriptFile};
use crate::model::{Safety, Severity};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native {
        id: "ts-missing-named-export",
        needs: &["from"],
        check: Check::TypeScript(missing_named_export),
    },
    Native {
        id: "node-missing-named-export",
        needs: &["from"],
        check: Check::TypeScript(node_missing_named_export),
    },
    Native {
        id: "ts-verbatim-type-import",
        needs: &["from"],
        check: Check::TypeScript(verbatim_type_import),
    },
];

/// A name that a statement takes from another module.
struct Taken<'a> {
    specifier: &'a str,
    /// `default` for the default.
    name: &'a str,
    /// Where the name stands.
    span: Span,
    /// Where `type` would be written, and what.
    mark: Option<(usize, &'static str)>,
    /// The name that the file gives it, where it is another one.
    is_renamed: bool,
    is_type: bool,
    is_reexport: bool,
    /// The name in this file.
    local: &'a str,
}

/// What the statements take that do not stand as they stood.
fn taken<'a>(file: &TypeScriptFile<'a>) -> Vec<Taken<'a>> {
    let mut all = Vec::new();
    for statement in file.program.body.iter().filter(|statement| !file.stands(statement.span())) {
        match statement {
            Statement::ImportDeclaration(import) => {
                let whole = import.import_kind.is_type();
                let specifiers = import.specifiers.iter().flatten();
                let count = import.specifiers.as_ref().map_or(0, |all| all.len());
                for item in specifiers {
                    let (name, span, is_type, mark) = match item {
                        ImportDeclarationSpecifier::ImportSpecifier(named) => {
                            let start = named.span.start as usize;
                            let name = named.imported.name().as_str();
                            (name, named.imported.span(), named.import_kind.is_type(), Some((start, "type ")))
                        }
                        ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => {
                            let mark = (count == 1).then_some((default.span.start as usize, "type "));
                            ("default", default.span, false, mark)
                        }
                        ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => continue,
                    };
                    let local = item.local().name.as_str();
                    all.push(Taken {
                        specifier: import.source.value.as_str(),
                        name,
                        span,
                        mark,
                        is_renamed: local != name,
                        is_type: whole || is_type,
                        is_reexport: false,
                        local,
                    });
                }
            }
            Statement::ExportFromDeclaration(export) => {
                for item in &export.specifiers {
                    all.push(Taken {
                        specifier: export.source.value.as_str(),
                        name: item.local.name().as_str(),
                        span: item.local.span(),
                        mark: Some((item.span.start as usize, "type ")),
                        is_renamed: item.local.name() != item.exported.name(),
                        is_type: export.export_kind.is_type() || item.export_kind.is_type(),
                        is_reexport: true,
                        local: item.exported.name().as_str(),
                    });
                }
            }
            _ => {}
        }
    }
    all
}

fn missing_named_export(file: &TypeScriptFile, hits: &mut Hits) {
    // Other files, and this one, may add to a module by `declare module`.
    if !file.errors.is_empty() || file.path.contains(".d.") || file.text.contains("declare module") {
        return;
    }
    for taken in taken(file) {
        let Some(target) = judged_module(file, taken.specifier) else { continue };
        // What plain JavaScript exports by default depends on options; its comments may declare types.
        let is_beyond = is_javascript(&target) && (taken.name == "default" || declares_types(file, &target));
        if is_beyond || !is_missing(file, &target, taken.name) {
            continue;
        }
        if !is_silenced(file, taken.span.start as usize) {
            report(file, &target, &taken, hits);
        }
    }
}

fn node_missing_named_export(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() || !file.module.has_module_syntax {
        return;
    }
    for taken in taken(file) {
        let Some(target) = judged_module(file, taken.specifier).filter(|target| is_javascript(target)) else {
            continue;
        };
        let is_missing = match commonjs::is_commonjs(file.project, &target) {
            true => {
                is_node_module(file)
                    && taken.name != "default"
                    && commonjs::names(file.project, &target)
                        .is_some_and(|names| !names.iter().any(|name| name == taken.name))
            }
            false => is_missing(file, &target, taken.name),
        };
        if !is_missing {
            continue;
        }
        let is_certain = is_run_by_node(file);
        let hit = hits.at(taken.span).word("path", taken.specifier).word("name", taken.name);
        if !is_certain {
            hit.severity(Severity::Warning);
        }
    }
}

/// The project's own module that a specifier names, if its exports may be judged.
fn judged_module(file: &TypeScriptFile, specifier: &str) -> Option<String> {
    match file.project.resolve(file.path, specifier) {
        Resolution::File(path) if !path.contains(".d.") && path != file.path && !path.ends_with(".json") => {
            Some(path)
        }
        _ => None,
    }
}

fn is_javascript(path: &str) -> bool {
    [".js", ".mjs", ".cjs", ".jsx"].iter().any(|end| path.ends_with(end))
}

fn declares_types(file: &TypeScriptFile, target: &str) -> bool {
    file.project
        .files()
        .text(target)
        .is_some_and(|text| text.contains("@typedef") || text.contains("@callback"))
}

fn is_missing(file: &TypeScriptFile, target: &str, name: &str) -> bool {
    file.project.plain_export(target, name).is_none() && file.project.exported(target, name) == Exported::No
}

fn report(file: &TypeScriptFile, target: &str, taken: &Taken, hits: &mut Hits) {
    let names = file.project.export_names(target).unwrap_or_default();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let named = || names.iter().copied().filter(|name| *name != "default");
    let (suggestion, edit) = if taken.name == "default" {
        match named().find(|name| *name == taken.local) {
            Some(name) => (format!(": `{{ {name} }}`"), None),
            None => (String::new(), None),
        }
    } else {
        match nearest(taken.name, named()) {
            Some(name) => {
                let text = match taken.is_renamed {
                    true => name.to_owned(),
                    false => format!("{name} as {}", taken.name),
                };
                (format!(": `{name}`"), Some(text))
            }
            None if names == ["default"] => (": its default".to_owned(), None),
            None => (String::new(), None),
        }
    };
    let hit = hits.at(taken.span);
    hit.word("path", taken.specifier).word("name", taken.name).word("suggestion", suggestion);
    if let Some(text) = edit {
        hit.fix(Safety::Unsafe, [(taken.span.start as usize..taken.span.end as usize, text)]);
    }
}

/// Types that are imported without `type` under `verbatimModuleSyntax`, or re-exported without it there and
/// under `isolatedModules`.
fn verbatim_type_import(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() || file.path.contains(".d.") {
        return;
    }
    let Some(config) = file.project.tsconfig(file.path) else { return };
    let is_verbatim = config.flag("verbatimModuleSyntax") == Some(true);
    let is_isolated = config.flag("isolatedModules") == Some(true);
    if !is_verbatim && !is_isolated {
        return;
    }
    for taken in taken(file) {
        let is_concerned = is_verbatim || taken.is_reexport;
        if taken.is_type
            || !is_concerned
            || !is_type(file, &taken)
            || is_silenced(file, taken.span.start as usize)
        {
            continue;
        }
        let keyword = if taken.is_reexport { "export" } else { "import" };
        let suggestion = match taken.name {
            "default" => format!("{keyword} type {}", taken.local),
            name => format!("{keyword} {{ type {name} }}"),
        };
        let hit = hits.at(taken.span).word("name", taken.local).word("suggestion", suggestion);
        if let Some((at, text)) = taken.mark {
            hit.fix(Safety::Safe, [(at..at, text.to_owned())]);
        }
    }
}

/// True if the name is an interface or a type alias in the module that it comes from.
fn is_type(file: &TypeScriptFile, taken: &Taken) -> bool {
    let Some(target) = judged_module(file, taken.specifier).filter(|target| !is_javascript(target)) else {
        return false;
    };
    match file.project.plain_export(&target, taken.name) {
        None | Some(ExportedKind::Type) => {
            file.project.exported(&target, taken.name) == Exported::Yes(ExportedKind::Type)
        }
        Some(_) => false,
    }
}
