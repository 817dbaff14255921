//! Resets that take away what a mock got once, before the tests.

use std::collections::HashSet;

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, Expression};
use oxc_semantic::NodeId;
use oxc_span::{GetSpan, Span};

use crate::facts::{Block, BlockKind, Library, TypeScriptFile, literal};
use crate::model::Severity;
use crate::rules::{Check, Hits, Native};

const RESETS: &[&str] = &["fn", "spyOn"];

pub(super) static RULES: &[Native] = &[
    Native { id: "vi-reset-all-clears-impl", needs: RESETS, check: Check::TypeScript(vi_reset) },
    Native { id: "vi-restore-all-clears-impl", needs: RESETS, check: Check::TypeScript(vi_restore) },
    Native { id: "jest-reset-clears-impl", needs: &["jest"], check: Check::TypeScript(jest_reset) },
];

/// Methods that give a mock what it answers from then on.
const CONFIGURE: [&str; 4] =
    ["mockReturnValue", "mockResolvedValue", "mockRejectedValue", "mockImplementation"];
const CONFIGURE_ONCE: [&str; 4] =
    ["mockReturnValueOnce", "mockResolvedValueOnce", "mockRejectedValueOnce", "mockImplementationOnce"];
/// Hits name at most so many other places.
const MAX_RELATED: usize = 5;

/// A mock that gets its behaviour once.
struct Setup {
    name: String,
    span: Span,
    how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// `vi.fn(impl)`.
    Implementation,
    /// `vi.fn().mockReturnValue(…)`.
    Configured,
    /// `vi.spyOn(…)`, with or without more.
    Spy,
    /// `vi.fn()`.
    Bare,
}

/// What takes behaviour away before every test but the first, or before all.
struct Reset {
    span: Option<Span>,
    told: String,
    /// `rate` in `rate.mockReset()`; none: every mock.
    only: Option<String>,
}

/// True for code that runs once, before the tests: at the top, in a suite, in a mock's factory.
fn runs_once(file: &TypeScriptFile, node: NodeId) -> bool {
    let mocks = file.mocks();
    let known = |span: Span| {
        let of_suite = |block: &Block| block.kind == BlockKind::Suite && block.function.span() == span;
        let factories = mocks.calls.iter().chain(&mocks.hoisted).filter_map(|mock| mock.factory);
        mocks.blocks.iter().any(of_suite) || factories.into_iter().any(|one| one.function.span() == span)
    };
    file.functions_around(node).all(|function| known(function.span()))
}

fn setups(file: &TypeScriptFile, library: Library) -> Vec<Setup> {
    let mut found = Vec::new();
    for made_by in ["fn", "spyOn"] {
        for call in file.library_calls(library, made_by).filter(|call| runs_once(file, call.node)) {
            let whole = file.whole_chain(call.node);
            let AstKind::CallExpression(expr) = file.semantic.nodes().kind(whole) else { continue };
            let Some(name) = name_given(file, whole, call.expr.arguments.get(1)) else { continue };
            let configured = steps(expr).iter().any(|step| CONFIGURE.contains(step));
            let how = match (made_by, configured) {
                ("spyOn", _) => How::Spy,
                (_, true) => How::Configured,
                _ if call.expr.arguments.is_empty() => How::Bare,
                _ => How::Implementation,
            };
            found.push(Setup { name, span: expr.span, how });
        }
    }
    for call in CONFIGURE.iter().flat_map(|method| file.calls(method)) {
        if file.is_statement(call.node)
            && runs_once(file, call.node)
            && let Some(name) = configured_name(&call.expr.callee)
            && found.iter().any(|known| known.name == name && known.how == How::Bare)
        {
            found.push(Setup { name, span: call.expr.span, how: How::Configured });
        }
    }
    found.sort_by_key(|setup| setup.span.start);
    found
}

/// The methods called on a mock, from the last to the first.
fn steps<'a>(call: &'a oxc_ast::ast::CallExpression<'a>) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut at = Some(call);
    while let Some(call) = at {
        let Expression::StaticMemberExpression(member) = call.callee.get_inner_expression() else { break };
        found.push(member.property.name.as_str());
        at = match member.object.get_inner_expression() {
            Expression::CallExpression(inner) => Some(inner),
            _ => None,
        };
    }
    found
}

/// The variable, key or method that a mock is known by.
fn name_given<'a>(
    file: &TypeScriptFile<'a>,
    whole: NodeId,
    method: Option<&'a Argument<'a>>,
) -> Option<String> {
    if let Some(method) = method.and_then(Argument::as_expression).and_then(literal) {
        return Some(method.to_owned());
    }
    match file.beyond_casts(whole).1 {
        AstKind::VariableDeclarator(variable) => {
            variable.id.get_identifier_name().map(|name| name.to_string())
        }
        AstKind::ObjectProperty(property) => property.key.static_name().map(|name| name.into_owned()),
        _ => None,
    }
}

/// The last name before a configuring method: `f` in `f.mockX()`, `a.f.mockX()`, `vi.mocked(f).mockX()`.
fn configured_name<'a>(callee: &'a Expression<'a>) -> Option<String> {
    let Expression::StaticMemberExpression(member) = callee.get_inner_expression() else { return None };
    last_name(&member.object)
}

fn last_name<'a>(expr: &'a Expression<'a>) -> Option<String> {
    match expr.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.to_string()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.to_string()),
        Expression::CallExpression(call) => match call.callee.get_inner_expression() {
            Expression::StaticMemberExpression(member) if member.property.name == "mocked" => {
                last_name(call.arguments.first()?.as_expression()?)
            }
            Expression::StaticMemberExpression(member) if member.property.name == "spyOn" => {
                literal(call.arguments.get(1)?.as_expression()?).map(str::to_owned)
            }
            Expression::StaticMemberExpression(member) => last_name(&member.object),
            _ => None,
        },
        _ => None,
    }
}

/// Names that tests, hooks or other functions give a behaviour again.
fn given_again(file: &TypeScriptFile) -> HashSet<String> {
    let all = CONFIGURE.iter().chain(&CONFIGURE_ONCE).flat_map(|method| file.calls(method));
    let later = all.filter(|call| !runs_once(file, call.node));
    let mut names: HashSet<String> = later.filter_map(|call| configured_name(&call.expr.callee)).collect();
    let spied = file.calls("spyOn").iter().filter(|call| !runs_once(file, call.node));
    let spied = spied.filter_map(|call| literal(call.expr.arguments.get(1)?.as_expression()?));
    names.extend(spied.map(str::to_owned));
    names
}

/// Calls of `all` (`resetAllMocks`) and `one` (`mockReset`) in hooks that run between tests.
fn resets(file: &TypeScriptFile, library: Library, all: &str, one: &str) -> Vec<Reset> {
    let mocks = file.mocks();
    let several = mocks.tests().nth(1).is_some()
        || mocks
            .tests()
            .any(|test| !matches!(test.call.callee.get_inner_expression(), Expression::Identifier(_)));
    let between = |span: Span| {
        let kind = mocks.block_around(span).map(|block| block.kind);
        kind == Some(BlockKind::BeforeEach) || (kind == Some(BlockKind::AfterEach) && several)
    };
    let every = file.library_calls(library, all).filter(|call| between(call.expr.span)).map(|call| Reset {
        span: Some(call.expr.span),
        told: format!("{}()", file.slice(call.expr.callee.span())),
        only: None,
    });
    let single = file.calls(one).iter().filter(|call| between(call.expr.span)).filter_map(|call| {
        let only = configured_name(&call.expr.callee)?;
        let told = format!("{}()", file.slice(call.expr.callee.span()));
        Some(Reset { span: Some(call.expr.span), told, only: Some(only) })
    });
    every.chain(single).collect()
}

fn of_config(option: &str) -> Reset {
    Reset { span: None, told: format!("{option}: true"), only: None }
}

/// Tells what each reset takes away; `severity` says whether it does, and how surely.
fn tell(
    file: &TypeScriptFile,
    hits: &mut Hits,
    resets: &[Reset],
    setups: &[Setup],
    severity: impl Fn(How) -> Option<Severity>,
) {
    let again = given_again(file);
    // What one reset takes away, the next one finds gone.
    let mut told: HashSet<u32> = HashSet::new();
    for reset in resets {
        let lost = |setup: &&Setup| {
            severity(setup.how).is_some()
                && !told.contains(&setup.span.start)
                && !again.contains(&setup.name)
                && reset.only.as_ref().is_none_or(|only| *only == setup.name)
        };
        let lost: Vec<&Setup> = setups.iter().filter(lost).collect();
        let Some(first) = lost.first() else { continue };
        told.extend(lost.iter().map(|setup| setup.span.start));
        let places: Vec<Span> = match reset.span {
            Some(span) => vec![span],
            None => lost.iter().map(|setup| setup.span).collect(),
        };
        let usual = lost.iter().filter_map(|setup| severity(setup.how)).max();
        for (at, place) in places.iter().enumerate() {
            let named = if reset.span.is_some() { first } else { lost[at] };
            let hit = hits.at(*place);
            hit.word("reset", reset.told.clone()).word("restore", reset.told.clone());
            hit.word("name", named.name.clone());
            if let Some(usual) = usual {
                hit.severity(usual);
            }
            if reset.span.is_some() {
                for setup in lost.iter().take(MAX_RELATED) {
                    hit.related(setup.span, format!("`{}` is set up here, once", setup.name));
                }
            }
        }
    }
}

fn vi_reset(file: &TypeScriptFile, hits: &mut Hits) {
    let mut all = resets(file, Library::Vitest, "resetAllMocks", "mockReset");
    if file.project.vitest_config(file.path).reset_mocks {
        all.push(of_config("mockReset"));
    }
    if all.is_empty() {
        return;
    }
    let major = file.project.major(file.path, "vitest");
    tell(file, hits, &all, &setups(file, Library::Vitest), |how| match how {
        How::Configured => Some(Severity::Warning),
        How::Implementation => match major {
            Some(Some(2)) => Some(Severity::Warning),
            // Only vitest 2 does this, and nothing says which one is installed.
            None => Some(Severity::Info),
            _ => None,
        },
        How::Spy | How::Bare => None,
    });
    reset_after_setup(file, hits);
}

/// `f.mockReturnValue(…); vi.resetAllMocks()` in one hook.
fn reset_after_setup(file: &TypeScriptFile, hits: &mut Hits) {
    let mocks = file.mocks();
    for call in file.library_calls(Library::Vitest, "resetAllMocks") {
        let Some(hook) = mocks.block_around(call.expr.span).filter(|one| one.kind == BlockKind::BeforeEach)
        else {
            continue;
        };
        let in_hook = |other: &&crate::facts::Call| hook.contains(other.expr.span);
        let given = CONFIGURE.iter().flat_map(|method| file.calls(method)).filter(in_hook);
        let (before, after): (Vec<_>, Vec<_>) =
            given.partition(|one| one.expr.span.start < call.expr.span.start);
        let name = |one: &crate::facts::Call| configured_name(&one.expr.callee);
        let again: HashSet<String> = after.into_iter().filter_map(&name).collect();
        let in_tests = CONFIGURE
            .iter()
            .flat_map(|method| file.calls(method))
            .filter(|one| !hook.contains(one.expr.span));
        let elsewhere: HashSet<String> = in_tests.filter_map(&name).collect();
        let lost = before.into_iter().find_map(|one| {
            name(one)
                .filter(|name| !again.contains(name) && !elsewhere.contains(name))
                .map(|name| (name, one.expr.span))
        });
        if let Some((name, setup)) = lost {
            let told = format!("{}()", file.slice(call.expr.callee.span()));
            let hit = hits.at(call.expr.span);
            hit.word("reset", told).word("name", name.clone());
            hit.related(setup, format!("`{name}` is set up here, just before"));
        }
    }
}

fn vi_restore(file: &TypeScriptFile, hits: &mut Hits) {
    let mut all = resets(file, Library::Vitest, "restoreAllMocks", "mockRestore");
    let config = file.project.vitest_config(file.path);
    if config.restore_mocks {
        all.push(of_config("restoreMocks"));
    }
    if all.is_empty() {
        return;
    }
    let major = file.project.major(file.path, "vitest");
    tell(file, hits, &all, &setups(file, Library::Vitest), |how| match how {
        How::Spy => Some(Severity::Warning),
        How::Configured => match major {
            Some(Some(2 | 3)) => Some(Severity::Warning),
            None => Some(Severity::Info),
            _ => None,
        },
        How::Implementation | How::Bare => None,
    });
    let counts_on = match major {
        Some(Some(4)) => Some(Severity::Warning),
        None => Some(Severity::Info),
        _ => None,
    };
    if let Some(severity) = counts_on.filter(|_| !config.clear_mocks && !config.reset_mocks) {
        counted_on(file, hits, severity);
    }
}

/// From vitest 4 on a restore no longer clears the calls of `vi.fn()`; vitest 5 clears them by itself.
fn counted_on(file: &TypeScriptFile, hits: &mut Hits, severity: Severity) {
    let mocks = file.mocks();
    if ["clearAllMocks", "mockClear", "resetAllMocks", "mockReset"]
        .iter()
        .any(|name| !file.calls(name).is_empty())
    {
        return;
    }
    let restores = file.library_calls(Library::Vitest, "restoreAllMocks");
    let Some(restore) = restores.into_iter().find(|call| {
        let kind = mocks.block_around(call.expr.span).map(|block| block.kind);
        matches!(kind, Some(BlockKind::AfterEach | BlockKind::BeforeEach))
    }) else {
        return;
    };
    let made = setups(file, Library::Vitest).into_iter().filter(|setup| setup.how != How::Spy);
    let counting = ["toHaveBeenCalledTimes", "toHaveBeenCalledOnce"];
    let counted: Vec<(String, Span)> = counting
        .iter()
        .flat_map(|name| file.calls(name))
        .filter_map(|call| {
            let subject = super::expect::subject(&call.expr.callee)?;
            Some((last_name(subject)?, mocks.test_around(call.expr.span)?.span))
        })
        .collect();
    for setup in made {
        let tests: HashSet<u32> =
            counted.iter().filter(|(name, _)| *name == setup.name).map(|(_, test)| test.start).collect();
        if tests.len() >= 2 {
            let told = format!("{}()", file.slice(restore.expr.callee.span()));
            let hit = hits.at(restore.expr.span);
            hit.word("restore", told).word("name", setup.name.clone()).severity(severity);
            hit.help("vitest 4 no longer clears calls on restore: use `vi.clearAllMocks()` as well");
            return;
        }
    }
}

fn jest_reset(file: &TypeScriptFile, hits: &mut Hits) {
    let config = file.project.jest_config(file.path);
    let mut all = resets(file, Library::Jest, "resetAllMocks", "mockReset");
    if config.reset_mocks {
        all.push(of_config("resetMocks"));
    }
    let mut restores = resets(file, Library::Jest, "restoreAllMocks", "mockRestore");
    if config.restore_mocks {
        restores.push(of_config("restoreMocks"));
    }
    if all.is_empty() && restores.is_empty() {
        return;
    }
    let setups = setups(file, Library::Jest);
    tell(file, hits, &all, &setups, |how| {
        matches!(how, How::Configured | How::Implementation).then_some(Severity::Warning)
    });
    tell(file, hits, &restores, &setups, |how| (how == How::Spy).then_some(Severity::Warning));
}
