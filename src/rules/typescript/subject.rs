//! What the module under test needs of a mock: only what the functions that the test calls surely use.

use oxc_ast::AstKind;
use oxc_semantic::NodeId;
use oxc_span::Span;

use crate::facts::{ExportKind, Imported, MockCall, TypeScriptFile};
use crate::rules::Hit;

/// An export that a mock lacks, and who uses it.
pub(super) struct Missing {
    pub(super) name: String,
    /// The module that uses it; none: the test.
    pub(super) path: Option<String>,
    /// Where the test uses it.
    pub(super) place: Option<Span>,
    /// The function of the module under test that the test calls.
    pub(super) function: Option<String>,
}

impl Missing {
    /// Shows where it is used.
    pub(super) fn point(&self, hit: &mut Hit) {
        let Some(place) = self.place else { return };
        match (&self.path, &self.function) {
            (None, _) => hit.related(place, format!("`{}` is used here", self.name)),
            (Some(path), Some(function)) => {
                hit.related(place, format!("`{function}` of {path}, called here, uses `{}`", self.name))
            }
            (Some(path), None) => hit.related(place, format!("{path}, loaded here, uses `{}`", self.name)),
        };
    }
}

/// The exports of a mocked module that modules under test surely use: those that the test imports and does not
/// mock, by the functions that it calls or by being loaded.
pub(super) fn missed_by_subjects(file: &TypeScriptFile, mock: &MockCall) -> Vec<Missing> {
    let Some(target) = mock.target.as_deref() else { return Vec::new() };
    let mut found: Vec<Missing> = Vec::new();
    let mut add = |path: &str, function: Option<&str>, place: Span, names: Vec<String>| {
        for name in names {
            if !found.iter().any(|known| known.name == name) {
                let (path, function) = (Some(path.to_owned()), function.map(str::to_owned));
                found.push(Missing { name, path, place: Some(place), function });
            }
        }
    };
    for load in &file.top().loads {
        let path = file.target(load.specifier);
        if file.mocks().replaces(&path) || !may_load(file, &path, target) {
            continue;
        }
        let Some(outline) = file.project.outline(&path) else { continue };
        if !outline.loads.iter().any(|other| other == target) {
            continue;
        }
        let of = |function: Option<&str>| -> Vec<String> {
            let used = outline.surely_uses(function).into_iter();
            let mut names: Vec<String> =
                used.filter(|(module, _)| module == target).map(|(_, name)| name).collect();
            names.sort();
            names
        };
        add(&path, None, load.span, of(None));
        for import in file.top().imports_from(load.specifier).filter(|import| !import.is_type) {
            let Imported::Name(name) = import.name else { continue };
            let Some(export) = outline.exports.get(name).filter(|one| one.kind == ExportKind::Function)
            else {
                continue;
            };
            if let Some((_, place)) = file.value_uses(import.symbol).find(|use_| is_called(file, use_.0)) {
                add(&path, Some(name), place, of(Some(&export.local)));
            }
        }
    }
    found
}

/// A cheap look before a parse: a module that loads another has the other's name in its text, unless that is
/// the index of a folder.
fn may_load(file: &TypeScriptFile, path: &str, target: &str) -> bool {
    let name = target.rsplit('/').next().unwrap_or(target);
    let stem = name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or(name);
    stem == "index"
        || file
            .project
            .files()
            .read(path)
            .is_some_and(|text| memchr::memmem::find(&text, stem.as_bytes()).is_some())
}

fn is_called(file: &TypeScriptFile, node: NodeId) -> bool {
    let name = file.semantic.nodes().kind(node);
    match file.beyond_casts(node).1 {
        AstKind::CallExpression(call) => call
            .callee
            .get_identifier_reference()
            .is_some_and(|callee| callee.span == oxc_span::GetSpan::span(&name)),
        AstKind::JSXOpeningElement(_) => true,
        _ => false,
    }
}
