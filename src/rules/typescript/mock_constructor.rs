//! Arrow functions that stand for what is constructed.

use std::collections::HashSet;

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, ArrowFunctionExpression, Expression};
use oxc_semantic::{NodeId, SymbolId};
use oxc_span::{GetSpan, Span};

use super::expect::is_expected_to_throw;
use crate::facts::{FunctionNode, Imported, Library, MockChain, TypeScriptFile};
use crate::model::{Safety, Severity};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "vi-fn-arrow-constructor", needs: &["fn", "mock"], check: Check::TypeScript(arrow) }];

/// What a mock runs that cannot be constructed.
struct Unfit<'a> {
    span: Span,
    arrow: Option<&'a ArrowFunctionExpression<'a>>,
}

fn arrow(file: &TypeScriptFile, hits: &mut Hits) {
    let calls = ["fn", "mockImplementation", "mockReturnValue"].iter().flat_map(|name| file.calls(name));
    let mut wholes: Vec<NodeId> = calls.map(|call| file.whole_chain(call.node)).collect();
    wholes.sort();
    wholes.dedup();
    if wholes.is_empty() {
        return;
    }
    let built = Constructed::read(file);
    // Unknown is the newest.
    let refused = file.project.major(file.path, "vitest").flatten().is_none_or(|major| major >= 4);
    for whole in wholes {
        let AstKind::CallExpression(call) = file.semantic.nodes().kind(whole) else { continue };
        let Some((name, unfit)) = constructed_mock(file, whole, call, &built) else { continue };
        let hit = hits.at(unfit.span);
        hit.word("name", name).severity(if refused { Severity::Error } else { Severity::Info });
        if let Some(edits) = unfit.arrow.and_then(|arrow| as_function(file, arrow)) {
            hit.fix(Safety::Unsafe, edits);
        }
    }
}

fn constructed_mock<'a>(
    file: &TypeScriptFile<'a>,
    whole: NodeId,
    call: &'a oxc_ast::ast::CallExpression<'a>,
    built: &Constructed,
) -> Option<(String, Unfit<'a>)> {
    if let Some(chain) = mock_chain(file, call) {
        let unfit = unfit(&chain)?;
        // A reset before each test leaves a bare mock, which can be constructed.
        if !chain.steps.is_empty() && built.is_reset {
            return None;
        }
        return constructed_name(file, whole, built).map(|name| (name, unfit));
    }
    // `vi.mocked(Name).mockImplementation(…)`, `Name.mockImplementation(…)`.
    let Expression::StaticMemberExpression(member) = call.callee.get_inner_expression() else { return None };
    let argument = call.arguments.first().and_then(Argument::as_expression);
    let unfit = unfit_step(member.property.name.as_str(), member.property.span, argument)?;
    let object = match member.object.get_inner_expression() {
        Expression::CallExpression(inner) => match inner.callee.get_inner_expression() {
            Expression::StaticMemberExpression(mocked) if mocked.property.name == "mocked" => {
                inner.arguments.first().and_then(Argument::as_expression)?
            }
            _ => return None,
        },
        object => object,
    };
    let name = object.get_identifier_reference()?;
    let symbol = file.symbol_of(name)?;
    let by_subject = || {
        let import = file.top().import_of(symbol)?;
        let Imported::Name(exported) = import.name else { return None };
        let target = file.target(import.specifier);
        (file.mocks().replaces(&target) && built.by_subjects(file, &target, exported)).then_some(())
    };
    (built.symbols.contains(&symbol) || by_subject().is_some()).then(|| (name.name.to_string(), unfit))
}

fn mock_chain<'a>(
    file: &TypeScriptFile<'a>,
    call: &'a oxc_ast::ast::CallExpression<'a>,
) -> Option<MockChain<'a>> {
    let chain = match call.callee.get_inner_expression() {
        // The chain's root itself.
        Expression::StaticMemberExpression(member) if member.property.name == "fn" => {
            let object = file.mock_object(&member.object)?;
            MockChain { root: call, library: object.library, made_by: "fn", steps: Vec::new() }
        }
        Expression::StaticMemberExpression(member) => {
            let mut chain = file.mock_chain(&member.object)?;
            chain.steps.push((member.property.name.as_str(), member.property.span, call));
            chain
        }
        _ => return None,
    };
    (chain.library == Library::Vitest && chain.made_by == "fn").then_some(chain)
}

/// The implementation that holds in the end, if it cannot be constructed.
fn unfit<'a>(chain: &MockChain<'a>) -> Option<Unfit<'a>> {
    let mut last = chain.root.arguments.first().and_then(Argument::as_expression).and_then(unfit_function);
    for (name, span, call) in &chain.steps {
        if matches!(*name, "mockImplementation" | "mockReturnValue") {
            last = unfit_step(name, *span, call.arguments.first().and_then(Argument::as_expression));
        }
    }
    last
}

fn unfit_step<'a>(name: &str, span: Span, argument: Option<&'a Expression<'a>>) -> Option<Unfit<'a>> {
    match name {
        "mockImplementation" => argument.and_then(unfit_function),
        "mockReturnValue" => Some(Unfit { span, arrow: None }),
        _ => None,
    }
}

fn unfit_function<'a>(expr: &'a Expression<'a>) -> Option<Unfit<'a>> {
    match expr.get_inner_expression() {
        Expression::ArrowFunctionExpression(arrow) => Some(Unfit { span: arrow.span, arrow: Some(arrow) }),
        _ => None,
    }
}

/// The name by which a mock made here is constructed.
fn constructed_name(file: &TypeScriptFile, whole: NodeId, built: &Constructed) -> Option<String> {
    match file.beyond_casts(whole).1 {
        AstKind::VariableDeclarator(variable) => {
            let name = variable.id.get_binding_identifier()?;
            let symbol = name.symbol_id();
            let given = || {
                file.value_uses(symbol).any(|(node, _)| match file.beyond_casts(node).1 {
                    AstKind::ObjectProperty(property) => is_constructed_export(file, property, built),
                    _ => false,
                })
            };
            (built.symbols.contains(&symbol) || given()).then(|| name.name.to_string())
        }
        AstKind::ObjectProperty(property) => {
            let name = property.key.static_name()?.into_owned();
            is_constructed_export(file, property, built).then_some(name)
        }
        _ => None,
    }
}

/// True if a property is an export in a mock's factory that someone constructs.
fn is_constructed_export(
    file: &TypeScriptFile,
    property: &oxc_ast::ast::ObjectProperty,
    built: &Constructed,
) -> bool {
    let Some(name) = property.key.static_name() else { return false };
    file.mocks().of(Library::Vitest).any(|mock| {
        let Some((object, target)) = mock.factory.and_then(|one| one.object).zip(mock.target.as_deref())
        else {
            return false;
        };
        object.properties().any(|(_, own)| own.span == property.span)
            && (built.by_test(file, target, &name) || built.by_subjects(file, target, &name))
    })
}

/// What `new` is applied to.
struct Constructed {
    /// In the test.
    symbols: HashSet<SymbolId>,
    /// Mocks lose what they were given, before each test.
    is_reset: bool,
}

impl Constructed {
    fn read(file: &TypeScriptFile) -> Constructed {
        let found = file.semantic.nodes().iter().filter_map(|node| match node.kind() {
            AstKind::NewExpression(new) if !is_expected_to_throw(file, node.id()) => {
                file.symbol_of(new.callee.get_identifier_reference()?)
            }
            _ => None,
        });
        let resets = || file.project.vitest_config(file.path).reset_mocks;
        let is_reset = !file.calls("resetAllMocks").is_empty() || resets();
        Constructed { symbols: found.collect(), is_reset }
    }

    fn by_test(&self, file: &TypeScriptFile, target: &str, name: &str) -> bool {
        file.top().imports.iter().any(|import| {
            import.name == Imported::Name(name)
                && self.symbols.contains(&import.symbol)
                && file.target(import.specifier) == target
        })
    }

    /// By a module that the test imports and does not mock.
    fn by_subjects(&self, file: &TypeScriptFile, target: &str, name: &str) -> bool {
        let wanted = (target.to_owned(), name.to_owned());
        file.top().loads.iter().any(|load| {
            let path = file.target(load.specifier);
            !file.mocks().replaces(&path)
                && file.project.outline(&path).is_some_and(|outline| outline.constructs.contains(&wanted))
        })
    }
}

/// The edits that make an arrow a function; none where it uses `this` or is async.
fn as_function(
    file: &TypeScriptFile,
    arrow: &ArrowFunctionExpression,
) -> Option<Vec<(std::ops::Range<usize>, String)>> {
    let whole = file.slice(arrow.span);
    let parameters = file.slice(arrow.params.span);
    if arrow.r#async || whole.contains("this") || !parameters.starts_with('(') {
        return None;
    }
    let (start, end) = (arrow.span.start as usize, arrow.span.end as usize);
    let body = match FunctionNode::Arrow(arrow).expression() {
        Some(expr) => expr.span(),
        None => {
            let body = arrow.get_function_body()?.span.start as usize;
            return Some(vec![(start..body, format!("function {parameters} "))]);
        }
    };
    Some(vec![
        (start..body.start as usize, format!("function {parameters} {{ return ")),
        (end..end, " }".to_owned()),
    ])
}
