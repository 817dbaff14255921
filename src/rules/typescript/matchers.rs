//! Matchers that do not exist, or are not called.

use std::collections::HashSet;

use oxc_ast::ast::{Argument, Expression};

use super::expect::assertions;
use crate::facts::{ModuleObject, TypeScriptFile};
use crate::model::Safety;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] = &[
    Native { id: "vi-unknown-matcher", needs: &["expect"], check: Check::TypeScript(unknown) },
    Native { id: "vi-matcher-not-called", needs: &["expect"], check: Check::TypeScript(not_called) },
    Native {
        id: "jest30-removed-matcher-alias",
        needs: &["Called", "toReturn", "eturnedWith", "toThrowError"],
        check: Check::TypeScript(removed),
    },
];

/// vitest's matchers. Those before `toBe` need no argument.
const KNOWN: [&str; 74] = [
    "toBeDefined",
    "toBeFalsy",
    "toBeNaN",
    "toBeNull",
    "toBeNullable",
    "toBeTruthy",
    "toBeUndefined",
    "toBeCalled",
    "toHaveBeenCalled",
    "toHaveBeenCalledOnce",
    "toHaveReturned",
    "toHaveResolved",
    "toReturn",
    "toThrow",
    "toThrowError",
    "toMatchSnapshot",
    "toMatchInlineSnapshot",
    "toThrowErrorMatchingSnapshot",
    "toThrowErrorMatchingInlineSnapshot",
    "toBe",
    "toBeCloseTo",
    "toBeGreaterThan",
    "toBeGreaterThanOrEqual",
    "toBeInstanceOf",
    "toBeLessThan",
    "toBeLessThanOrEqual",
    "toBeOneOf",
    "toBeTypeOf",
    "toBeCalledTimes",
    "toBeCalledWith",
    "toContain",
    "toContainEqual",
    "toEqual",
    "toEqualTypeOf",
    "toHaveBeenCalledAfter",
    "toHaveBeenCalledBefore",
    "toHaveBeenCalledExactlyOnceWith",
    "toHaveBeenCalledTimes",
    "toHaveBeenCalledWith",
    "toHaveBeenLastCalledWith",
    "toHaveBeenNthCalledWith",
    "toHaveLastResolvedWith",
    "toHaveLastReturnedWith",
    "toHaveLength",
    "toHaveNthResolvedWith",
    "toHaveNthReturnedWith",
    "toHaveProperty",
    "toHaveResolvedTimes",
    "toHaveResolvedWith",
    "toHaveReturnedTimes",
    "toHaveReturnedWith",
    "toMatch",
    "toMatchFileSnapshot",
    "toMatchObject",
    "toMatchTypeOf",
    "toReturnTimes",
    "toReturnWith",
    "toSatisfy",
    "toStrictEqual",
    "toMatchAriaSnapshot",
    "toMatchAriaInlineSnapshot",
    "toMatchScreenshot",
    "toMatchDomainSnapshot",
    "toMatchDomainInlineSnapshot",
    "toBeAssignableTo",
    "toExtend",
    "toBeCallableWith",
    "toBeConstructibleWith",
    "toBeAny",
    "toBeUnknown",
    "toBeNever",
    "toBeFunction",
    "toBeObject",
    "toBeArray",
];
const NEEDS_NO_ARGUMENT: usize = 19;

/// Of jest-dom, which a setup file must register.
const DOM: [&str; 26] = [
    "toBeInTheDocument",
    "toBeVisible",
    "toBeDisabled",
    "toBeEnabled",
    "toBeEmptyDOMElement",
    "toBeInvalid",
    "toBeRequired",
    "toBeValid",
    "toContainElement",
    "toContainHTML",
    "toHaveAccessibleDescription",
    "toHaveAccessibleName",
    "toHaveAttribute",
    "toHaveClass",
    "toHaveFocus",
    "toHaveFormValues",
    "toHaveStyle",
    "toHaveTextContent",
    "toHaveValue",
    "toHaveDisplayValue",
    "toBeChecked",
    "toBePartiallyChecked",
    "toHaveRole",
    "toHaveErrorMessage",
    "toHaveAccessibleErrorMessage",
    "toHaveSelection",
];

/// Names that one would expect to exist, and what is meant.
const EXPECTED: [(&str, &str); 2] = [
    ("toHaveBeenCalledOnceWith", "toHaveBeenCalledExactlyOnceWith"),
    ("toBeCalledOnceWith", "toHaveBeenCalledExactlyOnceWith"),
];

fn unknown(file: &TypeScriptFile, hits: &mut Hits) {
    let packages = file.project.packages(file.path);
    let asks = |name: &str| packages.iter().any(|one| one.dependencies.keys().any(|key| key.contains(name)));
    let mut own: Option<HashSet<String>> = None;
    for one in assertions(file) {
        let Some(link) = one.links.last().filter(|link| link.called && link.name.starts_with("to")) else {
            continue;
        };
        if KNOWN.contains(&link.name)
            || one.links.iter().any(|link| matches!(link.name, "to" | "be" | "have"))
        {
            continue;
        }
        if own.get_or_insert_with(|| extended(file)).contains(link.name) {
            continue;
        }
        let suggestion = if DOM.contains(&link.name) {
            let registered = asks("jest-dom") || asks("@vitest/browser") || file.text.contains("jest-dom");
            (!registered).then_some("@testing-library/jest-dom")
        } else if asks("jest-extended") {
            None
        } else {
            let expected = EXPECTED.iter().find(|(name, _)| *name == link.name).map(|one| one.1);
            expected.or_else(|| KNOWN.iter().copied().find(|known| is_near(known, link.name)))
        };
        let Some(suggestion) = suggestion else { continue };
        let hit = hits.at(link.span);
        hit.word("name", link.name).word("suggestion", suggestion);
        if KNOWN.contains(&suggestion) {
            let bytes = link.span.start as usize..link.span.end as usize;
            hit.fix(Safety::Unsafe, [(bytes, suggestion.to_owned())]);
        }
    }
}

/// The matchers that the file adds by `expect.extend`.
fn extended(file: &TypeScriptFile) -> HashSet<String> {
    let objects = file.calls("extend").iter().filter_map(|call| {
        match call.expr.arguments.first().and_then(Argument::as_expression)?.get_inner_expression() {
            Expression::ObjectExpression(object) => Some(ModuleObject(object)),
            _ => None,
        }
    });
    objects.flat_map(ModuleObject::properties).map(|(name, _)| name).collect()
}

/// True for at most two changed letters, one of them too many or missing.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()] <= 2
}

fn not_called(file: &TypeScriptFile, hits: &mut Hits) {
    for one in assertions(file) {
        let Some(link) = one.links.last().filter(|link| !link.called) else { continue };
        let Some(at) = KNOWN.iter().position(|known| *known == link.name) else { continue };
        if !file.is_statement(one.whole) || one.links.iter().any(|link| link.name == "to") {
            continue;
        }
        let hit = hits.at(link.span);
        hit.word("name", link.name);
        if at < NEEDS_NO_ARGUMENT {
            let end = link.span.end as usize;
            hit.fix(Safety::Safe, [(end..end, "()".to_owned())]);
        }
    }
}

const REMOVED: [(&str, &str); 11] = [
    ("toBeCalled", "toHaveBeenCalled"),
    ("toBeCalledTimes", "toHaveBeenCalledTimes"),
    ("toBeCalledWith", "toHaveBeenCalledWith"),
    ("lastCalledWith", "toHaveBeenLastCalledWith"),
    ("nthCalledWith", "toHaveBeenNthCalledWith"),
    ("toReturn", "toHaveReturned"),
    ("toReturnTimes", "toHaveReturnedTimes"),
    ("toReturnWith", "toHaveReturnedWith"),
    ("lastReturnedWith", "toHaveLastReturnedWith"),
    ("nthReturnedWith", "toHaveNthReturnedWith"),
    ("toThrowError", "toThrow"),
];

fn removed(file: &TypeScriptFile, hits: &mut Hits) {
    let imports =
        |name: &str| file.module.requested_modules.keys().any(|specifier| specifier.as_str() == name);
    let vitest = imports("vitest") || file.project.major(file.path, "vitest").is_some();
    let jest = match file.project.major(file.path, "jest") {
        // Unknown is the newest.
        Some(major) => major.is_none_or(|major| major >= 30),
        None => {
            imports("@jest/globals")
                || !file.global_uses("jest").is_empty()
                || !file.global_uses("test").is_empty()
        }
    };
    if vitest || !jest {
        return;
    }
    for one in assertions(file) {
        for link in one.links.iter().filter(|link| link.called) {
            let Some((_, replacement)) = REMOVED.iter().find(|(name, _)| *name == link.name) else {
                continue;
            };
            let bytes = link.span.start as usize..link.span.end as usize;
            let hit = hits.at(link.span);
            hit.word("name", link.name).word("replacement", *replacement);
            hit.fix(Safety::Safe, [(bytes, (*replacement).to_owned())]);
        }
    }
}
