//! Imports of files and packages that are not there.

use oxc_ast::ast::Argument;

use super::requests::{Request, RequestKind, requests};
use super::silence::is_silenced;
use crate::facts::{Resolution, TypeScriptFile, folders, join};
use crate::model::Severity;
use crate::rules::{Check, Hits, Native};
use crate::syntax::is_test;

pub(super) static RULES: &[Native] = &[
    Native {
        id: "ts-import-not-found",
        needs: &["import", "from"],
        check: Check::TypeScript(import_not_found),
    },
    Native {
        id: "vitest-import-not-found",
        needs: &["import"],
        check: Check::TypeScript(vitest_import_not_found),
    },
];

/// A relative path to nothing, whatever is imported from it.
fn import_not_found(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() || file.path.contains(".d.") {
        return;
    }
    let is_vitest = is_vitest_test(file);
    for request in requests(file) {
        // Before TypeScript 6 the path of a bare import is not looked at; in a test vitest refuses it first.
        let is_judged = request.is_relative() && request.kind != RequestKind::Bare;
        if !is_judged || (is_vitest && !request.is_erased) || file.stands(request.literal) {
            continue;
        }
        let start = request.literal.start as usize;
        if !is_missing(file, &request) || is_silenced(file, start) || is_tried(file, &request) {
            continue;
        }
        let hit = hits.at(request.literal).word("path", request.specifier);
        match suggestion(file, request.specifier) {
            Some(path) => hit.word("suggestion", path),
            None => hit.help("correct the path, or add the file"),
        };
        // A test runs without the types that it imports.
        if !is_vitest && !is_asked_for_elsewhere(file, request.specifier) {
            hit.severity(Severity::Error);
        }
    }
}

/// What is left of the imports when a test runs: a relative path, or a package that nothing mentions.
fn vitest_import_not_found(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() || !is_vitest_test(file) {
        return;
    }
    for request in requests(file) {
        let is_loaded =
            !request.is_erased && !matches!(request.kind, RequestKind::Dynamic | RequestKind::Type);
        let is_tool = request.specifier == "vitest" || request.specifier.starts_with("@vitest/");
        if !is_loaded || is_tool || is_mocked(file, request.specifier) || file.stands(request.literal) {
            continue;
        }
        if !is_missing(file, &request) {
            continue;
        }
        let hit = hits.at(request.literal).word("path", request.specifier);
        match suggestion(file, request.specifier).filter(|_| request.is_relative()) {
            Some(path) => hit.word("suggestion", path),
            None if request.is_relative() => hit.help("correct the path, or add the file"),
            None => hit.help("add the package to package.json, or correct its name"),
        };
        if is_asked_for_elsewhere(file, request.specifier) {
            hit.severity(Severity::Warning);
        }
    }
}

fn is_vitest_test(file: &TypeScriptFile) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or(file.path);
    let is_named = name.contains(".test.") || name.contains(".spec.") || file.path.contains("__tests__/");
    is_named && is_test(file.path) && file.uses_any(&["vitest"])
}

fn is_missing(file: &TypeScriptFile, request: &Request) -> bool {
    file.project.resolve(file.path, request.specifier) == Resolution::Missing
}

/// True for an import in a `try`, or one whose failure is caught.
fn is_tried(file: &TypeScriptFile, request: &Request) -> bool {
    request.kind == RequestKind::Dynamic && {
        let start = request.literal.start as usize;
        let around = &file.text[file.text[..start].floor_char_boundary(start.saturating_sub(400))..start];
        around.rfind("try {").is_some_and(|at| !around[at..].contains("catch"))
            || file.text[start..].lines().take(3).any(|line| line.contains(".catch("))
    }
}

fn is_mocked(file: &TypeScriptFile, specifier: &str) -> bool {
    ["mock", "doMock"].iter().flat_map(|name| file.calls(name)).any(|call| {
        matches!(call.expr.arguments.first(), Some(Argument::StringLiteral(text)) if text.value == specifier)
    })
}

/// No more files than this are searched for another import of the same path.
const MAX_SEARCHED: usize = 300;

/// True if a file beside, or in the target's folder, asks for the same path: then something makes it.
fn is_asked_for_elsewhere(file: &TypeScriptFile, specifier: &str) -> bool {
    let name = specifier.rsplit('/').next().unwrap_or(specifier);
    let endings = [format!("/{name}'"), format!("/{name}\"")];
    let files = file.project.files();
    let around: Vec<String> = folders(file.path)
        .take(2)
        .flat_map(|folder| {
            files
                .list(folder)
                .into_iter()
                .filter(|entry| !entry.is_dir)
                .map(move |entry| join(folder, &entry.name))
        })
        .collect();
    around.iter().filter(|path| path.as_str() != file.path).take(MAX_SEARCHED).any(|path| {
        let says = |text: String| endings.iter().any(|ending| text.contains(ending.as_str()));
        let same = || file.project.resolve(path, specifier) == Resolution::Missing;
        files.text(path).is_some_and(says) && same()
    })
}

/// The path, from this file, of the one file that has the name which is asked for.
fn suggestion(file: &TypeScriptFile, specifier: &str) -> Option<String> {
    let stem = |name: &str| name.split('.').next().unwrap_or(name).to_owned();
    let wanted = specifier.rsplit('/').next().filter(|name| !name.starts_with('.'))?;
    let paths = file.project.files().paths();
    let code = paths.iter().filter(|path| {
        [".ts", ".tsx", ".js", ".mjs", ".jsx", ".mts"].iter().any(|end| path.ends_with(end))
            && !path.contains(".test.")
            && !path.contains(".spec.")
            && path.as_str() != file.path
    });
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let mut same = code.filter(|path| stem(&name(path)) == stem(wanted));
    let found = same.next()?;
    if same.next().is_some() {
        return None;
    }
    let ending = wanted.rfind('.').map_or("", |at| &wanted[at..]);
    let from: Vec<&str> =
        folders(file.path).next().unwrap_or("").split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = found.split('/').collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(from.len() - common);
    let down = to[common..].join("/");
    let down = &down[..down.len() - name(found).len() + stem(&name(found)).len()];
    Some(format!("{}{down}{ending}", if up.is_empty() { "./" } else { &up }))
}
