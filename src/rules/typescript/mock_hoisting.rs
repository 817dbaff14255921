//! What `vi.mock` and `vi.hoisted` read before it is there: both run above the file's imports.

use oxc_ast::AstKind;
use oxc_ast::ast::{Expression, VariableDeclarator};
use oxc_semantic::{NodeId, SymbolId};
use oxc_span::{GetSpan, Span};

use super::load::loads_early;
use crate::facts::{Library, MockCall, TopUse, TypeScriptFile};
use crate::model::Safety;
use crate::rules::{Check, Hit, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "vi-mock-factory-tdz", needs: &["mock"], check: Check::TypeScript(factory_tdz) },
    Native { id: "vi-mock-factory-var-undefined", needs: &["mock"], check: Check::TypeScript(factory_var) },
    Native { id: "vi-mock-factory-import-ref", needs: &["mock"], check: Check::TypeScript(factory_import) },
    Native { id: "vi-mock-dynamic-path", needs: &["mock"], check: Check::TypeScript(dynamic_path) },
    Native { id: "vi-hoisted-import-ref", needs: &["hoisted"], check: Check::TypeScript(hoisted_import) },
    Native { id: "vi-hoisted-export", needs: &["hoisted"], check: Check::TypeScript(hoisted_export) },
];

/// How a top-level name came to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Import,
    /// `const`, `let`, `class`, `enum`: reading it too early throws.
    Late,
    /// Reading it too early gives `undefined`.
    Var,
    /// There from the start: a function, a value of `vi.hoisted`.
    Early,
}

/// What a top-level symbol is, and its declarator if it is a variable.
fn kind<'a>(file: &TypeScriptFile<'a>, symbol: SymbolId) -> (Kind, Option<&'a VariableDeclarator<'a>>) {
    let scoping = file.semantic.scoping();
    let flags = scoping.symbol_flags(symbol);
    if flags.is_import() {
        return (Kind::Import, None);
    }
    if flags.is_function() || flags.is_ambient() {
        return (Kind::Early, None);
    }
    if flags.is_class() || flags.is_enum() {
        return (Kind::Late, None);
    }
    let declaration = scoping.symbol_declaration(symbol);
    let nodes = file.semantic.nodes();
    let around = std::iter::once(nodes.kind(declaration)).chain(nodes.ancestor_kinds(declaration));
    let variable = around.into_iter().find_map(|kind| match kind {
        AstKind::VariableDeclarator(variable) => Some(variable),
        _ => None,
    });
    let Some(variable) = variable else { return (Kind::Early, None) };
    if variable.init.as_ref().is_some_and(|init| is_hoisted(file, init)) {
        return (Kind::Early, Some(variable));
    }
    let kind = if flags.is_function_scoped_declaration() { Kind::Var } else { Kind::Late };
    (kind, Some(variable))
}

/// True for `vi.hoisted(…)` under `vi`'s own name, awaited or with a member read from it.
fn is_hoisted<'a>(file: &TypeScriptFile<'a>, init: &'a Expression<'a>) -> bool {
    match init.get_inner_expression() {
        Expression::AwaitExpression(one) => is_hoisted(file, &one.argument),
        Expression::StaticMemberExpression(member) => is_hoisted(file, &member.object),
        Expression::CallExpression(call) => {
            file.mocks().hoisted.iter().any(|one| one.call.expr.span == call.span && !one.object.alias)
        }
        _ => false,
    }
}

/// Top-level names that a function reads while it runs.
fn eager<'f>(
    file: &'f TypeScriptFile<'_>,
    function: NodeId,
    span: Span,
) -> impl Iterator<Item = TopUse> + 'f {
    let uses = file.top().uses_in(span).iter().copied();
    uses.filter(move |one| file.runs_with(one.node, function))
}

/// Hoisted `vi.mock` calls with a factory.
fn factories<'f, 'a>(file: &'f TypeScriptFile<'a>) -> impl Iterator<Item = (&'f MockCall<'a>, NodeId, Span)> {
    let hoisted = file.mocks().of(Library::Vitest).filter(|mock| mock.is_hoisted());
    hoisted.filter_map(|mock| {
        let function = mock.factory?.function;
        Some((mock, function.node(), function.span()))
    })
}

fn factory_tdz(file: &TypeScriptFile, hits: &mut Hits) {
    too_early(file, hits, Kind::Late);
}

fn factory_var(file: &TypeScriptFile, hits: &mut Hits) {
    too_early(file, hits, Kind::Var);
}

fn too_early(file: &TypeScriptFile, hits: &mut Hits, wanted: Kind) {
    for (mock, function, span) in factories(file) {
        let mut loaded = None;
        for one in eager(file, function, span) {
            let (is, variable) = kind(file, one.symbol);
            if is != wanted {
                continue;
            }
            if !*loaded.get_or_insert_with(|| loads_early(file, mock)) {
                break;
            }
            let name = file.slice(one.span);
            let hit = hits.at(one.span);
            hit.word("name", name);
            if let Some(variable) = variable {
                hit.related(variable.id.span(), format!("`{name}` is initialised here, later"));
                hoist(file, hit, variable);
            }
        }
    }
}

/// Wraps an initialiser that needs nothing but `vi` in `vi.hoisted`.
fn hoist(file: &TypeScriptFile, hit: &mut Hit, variable: &VariableDeclarator) {
    let Some(init) = variable.init.as_ref().filter(|_| variable.id.get_binding_identifier().is_some()) else {
        return;
    };
    let only_vi = |one: &TopUse| {
        let import = file.top().import_of(one.symbol);
        import.is_some_and(|import| import.specifier == "vitest" && import.local == "vi")
    };
    if file.top().uses_in(init.span()).iter().all(only_vi) {
        let (start, end) = (init.span().start as usize, init.span().end as usize);
        let open = if file.text[start..].starts_with('{') { "(" } else { "" };
        let close = if open.is_empty() { ")" } else { "))" };
        let edits = [(start..start, format!("vi.hoisted(() => {open}")), (end..end, close.to_owned())];
        hit.fix(Safety::Unsafe, edits);
    }
}

/// Imports are loaded one after the other, so those below the mocked module's are not there yet.
fn factory_import(file: &TypeScriptFile, hits: &mut Hits) {
    let top = file.top();
    for (mock, function, span) in factories(file) {
        let Some(target) = &mock.target else { continue };
        let is_mocked = |specifier: &str| file.target(specifier) == *target;
        let Some(loaded) = top.loads.iter().find(|load| is_mocked(load.specifier)) else { continue };
        for one in eager(file, function, span) {
            let Some(import) = top.import_of(one.symbol) else { continue };
            let before = |load: &&crate::facts::Load| load.span.start <= loaded.span.start;
            let earlier = top.loads.iter().take_while(before).any(|load| load.specifier == import.specifier);
            if earlier || import.specifier == "vitest" {
                continue;
            }
            let hit = hits.at(one.span);
            hit.word("name", import.local).word("source", import.specifier);
            hit.related(loaded.span, "the mocked module is loaded here, and runs the factory");
        }
    }
}

fn dynamic_path(file: &TypeScriptFile, hits: &mut Hits) {
    for mock in file.mocks().of(Library::Vitest).filter(|mock| mock.is_hoisted() && mock.path.is_none()) {
        let path = mock.path_span();
        let late = |one: &&TopUse| matches!(kind(file, one.symbol).0, Kind::Late | Kind::Import);
        let Some(one) = file.top().uses_in(path).iter().find(late) else { continue };
        if mock.call.expr.arguments.first().is_some_and(|first| {
            first.as_expression().is_some_and(|expr| crate::facts::FunctionNode::of(expr).is_some())
        }) {
            continue;
        }
        let hit = hits.at(path);
        hit.word("name", file.slice(one.span));
        if one.span == path
            && let Some(Expression::StringLiteral(text)) = file.initialiser(one.symbol)
        {
            hit.fix(
                Safety::Unsafe,
                [(path.start as usize..path.end as usize, file.slice(text.span).to_owned())],
            );
        }
    }
}

fn hoisted_import(file: &TypeScriptFile, hits: &mut Hits) {
    for mock in file.mocks().hoisted.iter().filter(|mock| !mock.object.alias) {
        let Some(factory) = mock.factory else { continue };
        for one in eager(file, factory.function.node(), factory.function.span()) {
            let early = match kind(file, one.symbol).0 {
                Kind::Import => file.top().import_of(one.symbol).is_none_or(|it| it.specifier == "vitest"),
                Kind::Late => false,
                Kind::Var | Kind::Early => true,
            };
            if !early {
                hits.at(one.span).word("name", file.slice(one.span));
            }
        }
    }
}

fn hoisted_export(file: &TypeScriptFile, hits: &mut Hits) {
    for mock in file.mocks().hoisted.iter().filter(|mock| !mock.object.alias) {
        let nodes = file.semantic.nodes();
        let (_, mut around) = file.beyond_casts(mock.call.node);
        if let AstKind::AwaitExpression(one) = around {
            around = file.beyond_casts(one.node_id.get()).1;
        }
        let AstKind::VariableDeclarator(variable) = around else { continue };
        let declaration = nodes.parent_id(variable.node_id.get());
        if let AstKind::ExportDeclaration(export) = nodes.parent_kind(declaration) {
            let start = export.span.start as usize;
            let end = nodes.kind(declaration).span().start as usize;
            hits.at(start..start + "export".len()).fix(Safety::Safe, [(start..end, String::new())]);
        }
    }
}
