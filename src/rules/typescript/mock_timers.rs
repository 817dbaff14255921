//! Fake timers that nobody advances.

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, Expression, Statement};
use oxc_semantic::NodeId;
use oxc_span::Span;

use crate::facts::{Block, BlockKind, FunctionNode, Library, Mocks, TypeScriptFile};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "vi-fake-timers-deadlock", needs: &["useFakeTimers"], check: Check::TypeScript(deadlock) },
    Native { id: "vi-fake-timers-leak", needs: &["useFakeTimers"], check: Check::TypeScript(leak) },
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clock {
    Real,
    /// All timers, and nothing advances them.
    Fake,
    /// With options.
    Other,
}

/// A call that changes the clock.
struct Switch<'a> {
    span: Span,
    to: Clock,
    block: Option<Block<'a>>,
    /// It runs with its test, hook or file itself.
    direct: bool,
}

fn switches<'a>(file: &TypeScriptFile<'a>) -> Vec<Switch<'a>> {
    let mocks = file.mocks();
    let of = |name: &str, to: Clock| {
        let calls = file.library_calls(Library::Vitest, name).collect::<Vec<_>>();
        calls.into_iter().map(move |call| {
            let to = if to == Clock::Fake && !call.expr.arguments.is_empty() { Clock::Other } else { to };
            let block = mocks.block_around(call.expr.span).copied();
            let function = file.function_around(call.node).map(|function| function.span());
            let direct = function == block.map(|block| block.function.span());
            Switch { span: call.expr.span, to, block, direct }
        })
    };
    let mut all: Vec<Switch> =
        of("useFakeTimers", Clock::Fake).chain(of("useRealTimers", Clock::Real)).collect();
    all.sort_by_key(|switch| switch.span.start);
    all
}

/// What the clock is at a place of a test; `Other` where it cannot be told.
fn clock_at(mocks: &Mocks, switches: &[Switch], test: &Block, at: Span) -> Clock {
    let suites = |span: Span| {
        mocks.blocks.iter().filter(move |block| block.kind == BlockKind::Suite && block.contains(span))
    };
    let surrounds = |hook: &Block| suites(hook.span).all(|suite| suite.contains(test.span));
    let mut clock = Clock::Real;
    let top = switches.iter().filter(|one| one.block.is_none_or(|block| block.kind == BlockKind::Suite));
    for one in top {
        clock = if one.to == Clock::Real { Clock::Real } else { Clock::Other };
    }
    for kind in [BlockKind::BeforeAll, BlockKind::BeforeEach] {
        let mut hooks: Vec<&Switch> = switches
            .iter()
            .filter(|one| one.block.is_some_and(|block| block.kind == kind && surrounds(&block)))
            .collect();
        hooks.sort_by_key(|one| (suites(one.span).count(), one.span.start));
        for one in hooks {
            clock = if one.direct { one.to } else { Clock::Other };
        }
    }
    for one in switches.iter().filter(|one| test.contains(one.span) && one.span.start < at.start) {
        clock = if one.direct { one.to } else { Clock::Other };
    }
    clock
}

const TIMERS: [&str; 3] = ["setTimeout", "setInterval", "setImmediate"];

/// Awaits of nothing but a timer, in the order of the text.
fn waits(file: &TypeScriptFile) -> Vec<(NodeId, Span)> {
    let found = file.semantic.nodes().iter().filter_map(|node| match node.kind() {
        AstKind::AwaitExpression(one) => is_timer(file, &one.argument, true).then_some((node.id(), one.span)),
        _ => None,
    });
    found.collect()
}

/// True for `new Promise((resolve) => setTimeout(resolve, 5))`, and for a call of a function of the file that
/// returns it.
fn is_timer<'a>(file: &TypeScriptFile<'a>, expr: &'a Expression<'a>, through_calls: bool) -> bool {
    match expr.get_inner_expression() {
        Expression::NewExpression(new) => {
            let promise = new.callee.get_identifier_reference().is_some_and(|name| name.name == "Promise");
            let executor = new.arguments.first().and_then(Argument::as_expression).and_then(FunctionNode::of);
            promise && executor.is_some_and(|executor| only_sets_timer(file, executor))
        }
        Expression::CallExpression(call) if through_calls => {
            let name = call.callee.get_identifier_reference();
            let Some(symbol) = name.and_then(|name| file.symbol_of(name)) else { return false };
            let declared = file.semantic.scoping().symbol_declaration(symbol);
            let function = match file.semantic.nodes().kind(declared) {
                AstKind::Function(function) => Some(FunctionNode::Function(function)),
                _ => file.initialiser(symbol).and_then(FunctionNode::of),
            };
            let Some(function) = function else { return false };
            let returns = function.returns();
            returns.len() == 1 && returns[0].is_some_and(|expr| is_timer(file, expr, false))
        }
        _ => false,
    }
}

fn only_sets_timer<'a>(file: &TypeScriptFile<'a>, executor: FunctionNode<'a>) -> bool {
    let expr = match (executor.expression(), executor.block()) {
        (Some(expr), _) => expr,
        (None, Some(body)) => match body.statements.as_slice() {
            [Statement::ExpressionStatement(one)] => &one.expression,
            _ => return false,
        },
        (None, None) => return false,
    };
    let Expression::CallExpression(call) = expr.get_inner_expression() else { return false };
    let name = call.callee.get_identifier_reference();
    name.is_some_and(|name| TIMERS.contains(&name.name.as_str()) && file.symbol_of(name).is_none())
}

fn deadlock(file: &TypeScriptFile, hits: &mut Hits) {
    let switches = switches(file);
    let mocks = file.mocks();
    if !switches.iter().any(|one| one.to == Clock::Fake) || file.project.vitest_config(file.path).fake_timers
    {
        return;
    }
    for (node, wait) in waits(file) {
        let Some(test) = mocks.test_around(wait) else { continue };
        let own = file.function_around(node).map(FunctionNode::span) == Some(test.function.span());
        if own
            && clock_at(mocks, &switches, test, wait) == Clock::Fake
            && !advanced_meanwhile(file, test, wait)
        {
            hits.at(wait);
        }
    }
}

/// True if something in the test may advance the clock while it waits.
fn advanced_meanwhile(file: &TypeScriptFile, test: &Block, wait: Span) -> bool {
    let advancing = ["advance", "run"];
    let in_test = |span: Span| test.contains(span);
    file.all_calls().filter(|call| in_test(call.expr.span)).any(|call| {
        let Expression::StaticMemberExpression(member) = call.expr.callee.get_inner_expression() else {
            return false;
        };
        let name = member.property.name.as_str();
        if !advancing.iter().any(|start| name.starts_with(start)) || !name.contains("Timer") {
            return false;
        }
        let inner = file.function_around(call.node).map(|one| one.span()) != Some(test.function.span());
        let awaited = matches!(file.beyond_casts(call.node).1, AstKind::AwaitExpression(_));
        inner || (name.ends_with("Async") && !awaited && call.expr.span.start < wait.start)
    })
}

fn leak(file: &TypeScriptFile, hits: &mut Hits) {
    let switches = switches(file);
    if switches.iter().any(|one| one.to == Clock::Real) {
        return;
    }
    let mocks = file.mocks();
    let waits: Vec<Span> = waits(file).into_iter().map(|(_, span)| span).collect();
    for one in &switches {
        let Some(test) = one.block.filter(|block| block.kind == BlockKind::Test) else { continue };
        let fakes_itself = |span: Span| {
            switches.iter().any(|other| {
                other.block.is_some_and(|block| block.kind != BlockKind::Test || block.contains(span))
            })
        };
        let hangs = |wait: &&Span| {
            wait.start > test.span.end && mocks.test_around(**wait).is_some() && !fakes_itself(**wait)
        };
        if let Some(wait) = waits.iter().find(hangs) {
            hits.at(one.span).related(*wait, "this waits for a real timer");
        }
    }
}
