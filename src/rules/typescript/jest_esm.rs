//! `jest.unstable_mockModule`: node links ES modules by name, so a factory must give every name that is imported.

use std::collections::HashSet;

use oxc_ast::AstKind;
use oxc_span::Span;

use crate::facts::{Library, MockCall, Transform, TypeScriptFile, literal};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[Native {
    id: "jest-esm-mock-missing-export",
    needs: &["unstable_mockModule"],
    check: Check::TypeScript(missing_export),
}];

/// No more modules are followed from a test.
const MAX_MODULES: usize = 300;

fn missing_export(file: &TypeScriptFile, hits: &mut Hits) {
    let mocks: Vec<&MockCall> = (file.mocks().of(Library::Jest))
        .filter(|mock| mock.method == "unstable_mockModule" && mock.at_top && mock.path.is_some())
        .collect();
    if mocks.is_empty() || file.project.jest_config(file.path).transform != Transform::Native {
        return;
    }
    // A static import is loaded before any mock is there.
    let loaded = loaded_later(file, &mocks);
    for mock in &mocks {
        let Some(object) =
            mock.factory.and_then(|factory| factory.object).filter(|object| object.is_closed())
        else {
            continue;
        };
        if mocks.iter().filter(|other| other.target == mock.target).count() > 1 {
            continue;
        }
        let mut told = HashSet::new();
        for importer in &loaded {
            for (name, at) in imported(file, importer, mock) {
                if !object.has(&name) && told.insert(name.clone()) {
                    hits.at(mock.path_span())
                        .word("path", mock.path.unwrap_or_default())
                        .word("name", name.clone())
                        .word("importer", importer.clone())
                        .related_in(importer.clone(), at, format!("`{name}` is imported here"));
                }
            }
        }
    }
}

/// Modules that the file's `import()`s load when all mocks are there, themselves or through others that no
/// mock replaces.
fn loaded_later(file: &TypeScriptFile, mocks: &[&MockCall]) -> Vec<String> {
    let last = mocks.iter().map(|mock| mock.call.expr.span.end).max().unwrap_or(0);
    let in_factory = |span: Span| {
        let factories = mocks.iter().filter_map(|mock| mock.factory);
        factories.map(|it| it.function.span()).any(|it| it.start <= span.start && span.end <= it.end)
    };
    let imports = file.semantic.nodes().iter().filter_map(|node| match node.kind() {
        AstKind::ImportExpression(import) if import.span.start > last && !in_factory(import.span) => {
            file.project.first_party(file.path, literal(&import.source)?)
        }
        _ => None,
    });
    let mut open: Vec<String> = imports.collect();
    let mut seen: HashSet<String> = open.iter().cloned().collect();
    let mut loaded = Vec::new();
    while let Some(path) = open.pop() {
        if file.mocks().replaces(&path) || loaded.len() > MAX_MODULES {
            continue;
        }
        let Some(module) = file.project.module(&path) else { continue };
        let next = module.imports.iter().filter(|import| !import.type_only);
        for next in next.filter_map(|import| file.project.first_party(&path, &import.specifier)) {
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
        loaded.push(path);
    }
    loaded.sort();
    loaded
}

/// The names that a module imports from what a mock replaces. Compilers drop what TypeScript imports for its
/// types, so only JavaScript is sure to ask for all it names.
fn imported(file: &TypeScriptFile, importer: &str, mock: &MockCall) -> Vec<(String, std::ops::Range<usize>)> {
    if ![".js", ".mjs", ".jsx"].iter().any(|end| importer.ends_with(end)) {
        return Vec::new();
    }
    let Some(module) = file.project.module(importer) else { return Vec::new() };
    let is_mocked = |specifier: &str| match file.project.first_party(importer, specifier) {
        Some(path) => Some(&path) == mock.target.as_ref(),
        None => Some(specifier) == mock.path,
    };
    let named = module.imports.iter().filter(|import| is_mocked(&import.specifier));
    let names = named.filter_map(|import| Some((import.name.clone()?, import.bytes.clone())));
    names.filter(|(name, _)| name != "*").collect()
}
