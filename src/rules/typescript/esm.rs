//! What node asks of ES modules: whole file names, no CommonJS names.

use std::ops::Range;

use oxc_ast::AstKind;
use oxc_span::GetSpan;

use super::place::{is_node_module, is_run_by_node};
use super::requests::{Request, requests};
use super::silence::is_silenced;
use crate::facts::{Place, Resolution, TypeScriptFile, normal};
use crate::model::{Safety, Severity};
use crate::rules::{Check, Hits, Native};
use crate::syntax::is_test;

pub(super) static RULES: &[Native] = &[
    Native {
        id: "ts-nodenext-missing-ext",
        needs: &["./", "'..'", "\"..\"", "'.'", "\".\""],
        check: Check::TypeScript(nodenext_missing_ext),
    },
    Native {
        id: "node-esm-missing-ext",
        needs: &["./", "'..'", "\"..\"", "'.'", "\".\""],
        check: Check::TypeScript(node_esm_missing_ext),
    },
    Native {
        id: "node-esm-require-dirname",
        needs: &["require", "__dirname", "__filename", "exports"],
        check: Check::TypeScript(node_esm_require_dirname),
    },
];

fn nodenext_missing_ext(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() || file.path.contains(".d.") || !is_nodenext_module(file) {
        return;
    }
    // Where nothing is emitted and endings may be `.ts`, a bundler makes the program.
    let is_bundled = file.project.tsconfig(file.path).is_some_and(|config| {
        config.flag("noEmit") == Some(true) && config.flag("allowImportingTsExtensions") == Some(true)
    });
    let severity = is_bundled.then_some(Severity::Warning);
    for request in requests(file) {
        report(file, &request, severity, hits);
    }
}

/// True for a TypeScript file that is an ES module for node: by its ending, or by its package's type, under
/// a configuration that resolves as node does.
pub(super) fn is_nodenext_module(file: &TypeScriptFile) -> bool {
    let by_package = || {
        let packages = file.project.packages(file.path);
        packages
            .first()
            .is_some_and(|package| package.json.get("type").and_then(|kind| kind.as_str()) == Some("module"))
    };
    let is_module = file.path.ends_with(".mts")
        || ([".ts", ".tsx"].iter().any(|end| file.path.ends_with(end)) && by_package());
    is_module && file.project.tsconfig(file.path).is_some_and(|config| config.is_node())
}

fn node_esm_missing_ext(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() || !is_run_by_node(file) {
        return;
    }
    for request in requests(file) {
        report(file, &request, None, hits);
    }
}

/// Flags a relative path that leads to a file only by added endings or a folder's index.
fn report(file: &TypeScriptFile, request: &Request, severity: Option<Severity>, hits: &mut Hits) {
    if !request.is_relative() || file.stands(request.literal) {
        return;
    }
    let Resolution::File(target) = file.project.resolve(file.path, request.specifier) else { return };
    let name = target.rsplit('/').next().unwrap_or(&target);
    let Some(written) = emitted(name) else { return };
    let last = request.specifier.rsplit('/').next().unwrap_or(request.specifier);
    let is_whole = last == written || last == name;
    if is_whole || file.project.files().is_file(&exact(file.path, request.specifier)) {
        return;
    }
    let stem = &written[..written.rfind('.').unwrap_or(written.len())];
    let base = request.specifier.trim_end_matches('/');
    let suggestion = if last == stem {
        format!("{}{written}", &base[..base.len() - stem.len()])
    } else {
        format!("{base}/{written}")
    };
    let start = request.literal.start as usize;
    if is_silenced(file, start) {
        return;
    }
    let inside: Range<usize> = start + 1..request.literal.end as usize - 1;
    let hit = hits.at(request.literal).word("suggestion", suggestion.clone());
    hit.fix(Safety::Safe, [(inside, suggestion)]);
    if let Some(severity) = severity {
        hit.severity(severity);
    }
}

/// The name of the file that a source becomes.
fn emitted(name: &str) -> Option<String> {
    let ends = [
        (".d.ts", ".js"),
        (".d.mts", ".mjs"),
        (".d.cts", ".cjs"),
        (".tsx", ".js"),
        (".ts", ".js"),
        (".mts", ".mjs"),
        (".cts", ".cjs"),
        (".jsx", ".jsx"),
        (".js", ".js"),
        (".mjs", ".mjs"),
        (".cjs", ".cjs"),
        (".json", ".json"),
    ];
    ends.iter().find_map(|(end, made)| Some(format!("{}{made}", name.strip_suffix(end)?)))
}

fn exact(from: &str, specifier: &str) -> String {
    normal(from.rfind('/').map_or("", |at| &from[..at]), specifier)
}

fn node_esm_require_dirname(file: &TypeScriptFile, hits: &mut Hits) {
    if !file.errors.is_empty() || !is_node_module(file) || is_test(file.path) {
        return;
    }
    // A CommonJS file that lies in the wrong package says nothing of itself.
    let is_esm = file.module.has_module_syntax || file.path.ends_with(".mjs");
    for name in ["require", "__dirname", "__filename", "module", "exports"] {
        let scoping = file.semantic.scoping();
        let Some(references) = scoping.root_unresolved_references().get(name) else { continue };
        let nodes = file.semantic.nodes();
        let node_of = |id: &oxc_semantic::ReferenceId| scoping.get_reference(*id).node_id();
        let is_asked = references.iter().any(|id| {
            matches!(nodes.parent_kind(node_of(id)), AstKind::UnaryExpression(unary) if unary.operator.is_typeof())
        });
        if is_asked || (!is_esm && !is_lone(file, name)) || (is_esm && !is_run_by_node(file)) {
            continue;
        }
        for id in references {
            let (node, parent) = (nodes.kind(node_of(id)), nodes.parent_kind(node_of(id)));
            let member = match parent {
                AstKind::StaticMemberExpression(member) => member.property.name.as_str(),
                _ => "",
            };
            let is_wrong = match name {
                "module" => member == "exports",
                "exports" => !member.is_empty(),
                "require" => matches!(parent, AstKind::CallExpression(_)) || member == "resolve",
                _ => true,
            };
            if !is_wrong {
                continue;
            }
            let told = if name == "module" { "module.exports" } else { name };
            let hit = hits.at(node.span()).word("name", told);
            if let Some(text) = replacement(name) {
                hit.fix(Safety::Unsafe, [(node.span().bytes(), text.to_owned())]);
            }
        }
    }
}

/// True for `module.exports =` in a file without any sign that it is a bundle or an old script: node says at
/// once that it is an ES module.
fn is_lone(file: &TypeScriptFile, name: &str) -> bool {
    name == "module" && file.project.packages(file.path).len() == 1 && !file.path.contains('/')
}

fn replacement(name: &str) -> Option<&'static str> {
    match name {
        "__dirname" => Some("import.meta.dirname"),
        "__filename" => Some("import.meta.filename"),
        _ => None,
    }
}
