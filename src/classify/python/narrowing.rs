//! Values that had to be narrowed before they were used: guards, assertions, casts and defaults that
//! come in front of a use that was there before.

use tree_sitter::Node;

use super::commit::{Commit, PyFile, PyHunk, Text, enclosing};
use super::facts::found;
use super::tokens::Token;
use super::uses::{
    Use, contains, is_mostly_old, lexed, positions, used, used_in, used_later, was_checked, was_inline,
    was_value,
};
use super::{Claims, Place};
use crate::model::{Family, Side};

const FAMILY: Family = Family::TypeNarrowing;

/// One thing that a condition says about a value.
#[derive(Clone, Copy)]
struct Check<'t> {
    subject: Node<'t>,
    /// The whole of the check.
    node: Node<'t>,
    how: How,
    /// True if the value is fit for use where the check holds.
    fit: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    NotNone,
    Truthy,
    Isinstance,
}

pub fn judge(commit: &Commit, file: &PyFile, claims: &mut Claims) {
    // Where even the plainest guard would be doubted, nothing is parsed.
    if in_context(commit, file, 0.82) < 0.5 && for_checker(commit, file, 0.85) < 0.5 {
        return;
    }
    for hunk in file.correcting() {
        const SIGNS: [&str; 9] =
            ["None", "isinstance", "cast", "assert", "if", "and", "or", "not", "hasattr"];
        if !hunk.added().any(|token| SIGNS.iter().any(|sign| token.is(sign))) {
            continue;
        }
        for guard in found(file, hunk, Side::After, "guard") {
            let Some((confidence, pattern)) = verdict(commit, file, hunk, guard) else { continue };
            if confidence > 0.2 {
                let place = Place::new(file, hunk, Side::After, guard.start_byte());
                claims.add(FAMILY, pattern, confidence, place);
            }
        }
    }
}

fn verdict(commit: &Commit, file: &PyFile, hunk: &PyHunk, guard: Node) -> Option<(f64, &'static str)> {
    if !file.stood_before(guard) {
        return None;
    }
    let (base, pattern) = match guard.kind() {
        "if_statement" | "elif_clause" => branch(commit, file, hunk, guard)?,
        "conditional_expression" => conditional(file, hunk, guard)?,
        "boolean_operator" => boolean(file, hunk, guard)?,
        "assert_statement" => assertion(file, hunk, guard)?,
        _ => cast(file, hunk, guard)?,
    };
    let for_types = matches!(pattern, "cast-added" | "assert-narrows");
    Some((if for_types { for_checker(commit, file, base) } else { in_context(commit, file, base) }, pattern))
}

/// A cast or an assertion repairs something where the commit speaks of types or of a linter.
fn for_checker(commit: &Commit, file: &PyFile, base: f64) -> f64 {
    let context = commit.context;
    let message = commit.change.message.to_lowercase();
    let told = context.says_type
        || context.says_format
        || ["mypy", "pyright", "pre-commit", "typecheck", "type check"]
            .iter()
            .any(|word| message.contains(word));
    let doubt = match told {
        true if file.is_test => 0.1,
        true => 0.0,
        false => 0.4,
    };
    base - doubt - if context.product_added > 200 { 0.2 } else { 0.0 }
}

/// A pattern's base rate, moved by what the commit is.
fn in_context(commit: &Commit, file: &PyFile, base: f64) -> f64 {
    let context = commit.context;
    let mut confidence = base;
    confidence += if commit.is_repair() { 0.08 } else { -0.05 };
    confidence += if speaks_of_none(commit) { 0.1 } else { 0.0 };
    confidence -= if context.says_feature { 0.3 } else { 0.0 };
    confidence -= if context.says_refactor { 0.1 } else { 0.0 };
    confidence -= match context.product_added {
        0..=40 => 0.0,
        41..=120 => 0.15,
        _ => 0.3,
    };
    confidence -= if file.is_test { 0.3 } else { 0.0 };
    confidence.clamp(0.0, 0.95)
}

fn speaks_of_none(commit: &Commit) -> bool {
    const WORDS: [&str; 6] = ["None", "none", "null", "Null", "Optional", "mypy"];
    let subject = commit.change.subject;
    WORDS.iter().any(|word| super::names::words(subject.as_bytes(), word.as_bytes()).next().is_some())
        || ["NoneType", "pyright", "type checker"].iter().any(|word| commit.change.message.contains(word))
}

/// `if`, with a body that leaves or one that holds what stood there before.
fn branch(commit: &Commit, file: &PyFile, hunk: &PyHunk, guard: Node) -> Option<(f64, &'static str)> {
    let condition = guard.child_by_field_name("condition")?;
    let body = guard.child_by_field_name("consequence")?;
    for check in checks(&file.after, condition) {
        if !is_new(file, hunk, check) {
            continue;
        }
        let subject = subject_tokens(&file.after, check.subject);
        if check.fit {
            if !is_mostly_old(hunk, body) {
                continue;
            }
            let kept = used_in(&hunk.old, &subject);
            let inside = used(&file.after, body, &subject);
            if let (Some(before), Some(after)) = (kept, inside) {
                return Some((strength(check.how, before.min(after)), pattern_of(check.how)));
            }
            if inside.is_some() && was_inline(hunk, &subject) {
                return Some((strength(check.how, Use::Direct), "none-guard-on-local"));
            }
        } else if leaves(body) || replaces(&file.after, body, check.subject) {
            if !is_pure(condition) {
                continue;
            }
            if let Some(after) = used_later(file, guard, &subject) {
                // An empty value may be left alone for its own sake; another value may be the point.
                let doubt = match (check.how, leaves(body)) {
                    (How::Truthy, _) => 0.14,
                    (_, false) => 0.15,
                    _ => 0.0,
                };
                return Some((strength(check.how, after) - doubt, pattern_of(check.how)));
            }
            if was_inline(hunk, &subject) {
                return Some((strength(check.how, Use::Direct), "none-guard-on-local"));
            }
            if check.how == How::NotNone && speaks_of_none(commit) && commit.is_repair() {
                return Some((0.6, "none-guard-added"));
            }
        }
    }
    None
}

/// `use(S) if S else …` where `use(S)` stood before.
fn conditional(file: &PyFile, hunk: &PyHunk, guard: Node) -> Option<(f64, &'static str)> {
    let (body, condition, other) = (guard.named_child(0)?, guard.named_child(1)?, guard.named_child(2)?);
    for check in checks(&file.after, condition) {
        let subject = subject_tokens(&file.after, check.subject);
        let part = if check.fit { body } else { other };
        if check.how == How::Truthy && enclosing(guard, &["if_clause"]).is_some() {
            continue;
        }
        let kept = contains(&hunk.old, &lexed(&file.after, part));
        if is_new(file, hunk, check) && kept {
            let usage = used(&file.after, part, &subject)?;
            return Some((strength(check.how, usage), pattern_of(check.how)));
        }
    }
    None
}

/// `S and use(S)`, `S is None or use(S)`, `value or default`.
fn boolean(file: &PyFile, hunk: &PyHunk, guard: Node) -> Option<(f64, &'static str)> {
    let text = &file.after;
    let (left, right) = (guard.child_by_field_name("left")?, guard.child_by_field_name("right")?);
    let operator = text.text_of(guard.child_by_field_name("operator")?);
    for check in checks(text, left) {
        let filters = check.how == How::Truthy && enclosing(guard, &["if_clause"]).is_some();
        if check.fit != (operator == b"and") || filters || !is_new(file, hunk, check) {
            continue;
        }
        let subject = subject_tokens(text, check.subject);
        if contains(&hunk.old, &lexed(text, right)) {
            let usage = used(text, right, &subject)?;
            return Some((strength(check.how, usage), pattern_of(check.how)));
        }
        if used(text, right, &subject).is_some() && was_inline(hunk, &subject) {
            return Some((strength(check.how, Use::Direct), "none-guard-on-local"));
        }
    }
    let empty = matches!(right.kind(), "string" | "list" | "dictionary" | "integer" | "tuple")
        && right.named_child_count() <= 2
        && text.text_of(right).len() <= 4;
    let read = matches!(left.kind(), "call" | "attribute" | "identifier" | "subscript");
    let came =
        hunk.added().any(|t| t.is("or") && left.end_byte() <= t.start && t.end() <= right.start_byte());
    let used_now = guard.parent().is_some_and(|around| {
        let outer = if around.kind() == "parenthesized_expression" { around.parent() } else { Some(around) };
        outer.is_some_and(|outer| {
            matches!(outer.kind(), "attribute" | "subscript" | "for_statement" | "argument_list")
        })
    });
    let subject = lexed(text, left);
    // `get(key, default)` made `get(key) or default` counts as well.
    let get = subject.len() > 4 && subject[subject.len() - 1].is(")") && {
        let call = &subject[..subject.len() - 1];
        positions(&hunk.old, call).any(|at| hunk.old.get(at + call.len()).is_some_and(|t| t.is(",")))
    };
    let stood = (contains(&hunk.old, &subject) || get) && !was_checked(hunk, &subject);
    if operator == b"or" && empty && read && came && stood {
        return Some((if used_now { 0.74 } else { 0.56 }, "none-default-added"));
    }
    None
}

/// `assert S is not None` in front of a use that stood before.
fn assertion(file: &PyFile, hunk: &PyHunk, guard: Node) -> Option<(f64, &'static str)> {
    for check in checks(&file.after, guard.named_child(0)?) {
        if !check.fit || !is_new(file, hunk, check) {
            continue;
        }
        let subject = subject_tokens(&file.after, check.subject);
        let usage = used_later(file, guard, &subject)
            .or_else(|| was_inline(hunk, &subject).then_some(Use::Direct))
            .or_else(|| was_value(hunk, &subject).then_some(Use::Argument));
        if check.how != How::Truthy && usage.is_some() {
            return Some((0.85, "assert-narrows"));
        }
    }
    None
}

/// `cast(T, value)` around a value that stood before.
fn cast(file: &PyFile, hunk: &PyHunk, guard: Node) -> Option<(f64, &'static str)> {
    let function = file.after.text_of(guard.child_by_field_name("function")?);
    if !matches!(function, b"cast" | b"typing.cast" | b"t.cast") {
        return None;
    }
    let value = guard.child_by_field_name("arguments")?.named_child(1)?;
    let came =
        hunk.added().any(|t| t.is("cast") && guard.start_byte() <= t.start && t.end() <= value.start_byte());
    let any = file.after.text_of(guard.child_by_field_name("arguments")?.named_child(0)?) == b"Any";
    let base = if any { 0.6 } else { 0.85 };
    (came && contains(&hunk.old, &lexed(&file.after, value))).then_some((base, "cast-added"))
}

fn pattern_of(how: How) -> &'static str {
    match how {
        How::Isinstance => "isinstance-guard-added",
        _ => "none-guard-added",
    }
}

fn strength(how: How, usage: Use) -> f64 {
    match (how, usage) {
        (How::NotNone, Use::Direct) => 0.8,
        (How::NotNone, Use::Argument) => 0.66,
        (How::Isinstance, Use::Direct) => 0.72,
        (How::Isinstance, Use::Argument) => 0.42,
        (How::Truthy, Use::Direct) => 0.54,
        (How::Truthy, Use::Argument) => 0.42,
    }
}

/// The checks that a condition is made of.
fn checks<'t>(text: &Text, condition: Node<'t>) -> Vec<Check<'t>> {
    let mut found = Vec::new();
    collect(text, condition, true, &mut found);
    found
}

fn collect<'t>(text: &Text, node: Node<'t>, fit: bool, found: &mut Vec<Check<'t>>) {
    match node.kind() {
        "parenthesized_expression" => {
            if let Some(inner) = node.named_child(0) {
                collect(text, inner, fit, found);
            }
        }
        "not_operator" => {
            if let Some(inner) = node.child_by_field_name("argument") {
                collect(text, inner, !fit, found);
            }
        }
        "boolean_operator" => {
            for side in ["left", "right"] {
                if let Some(inner) = node.child_by_field_name(side) {
                    collect(text, inner, fit, found);
                }
            }
        }
        "comparison_operator" => {
            let (Some(subject), Some(none)) = (node.named_child(0), node.named_child(1)) else { return };
            let Some(operator) = node.child(1).map(|operator| operator.kind()) else { return };
            let fits = match operator {
                "is" | "==" => !fit,
                "is not" | "!=" => fit,
                _ => return,
            };
            if none.kind() == "none" && node.named_child_count() == 2 && is_value(subject) {
                found.push(Check { subject, node, how: How::NotNone, fit: fits });
            }
        }
        "call" => {
            let function = node.child_by_field_name("function").map(|f| text.text_of(f));
            let subject = node.child_by_field_name("arguments").and_then(|a| a.named_child(0));
            let how = match function {
                Some(b"isinstance" | b"hasattr") => How::Isinstance,
                Some(b"bool") => How::Truthy,
                _ => return,
            };
            if let Some(subject) = subject.filter(|subject| is_value(*subject)) {
                found.push(Check { subject, node, how, fit });
            }
        }
        _ if is_value(node) => found.push(Check { subject: node, node, how: How::Truthy, fit }),
        _ => {}
    }
}

fn is_value(node: Node) -> bool {
    matches!(node.kind(), "identifier" | "attribute" | "subscript")
}

/// True if the commit brought the check in, and it was not on the lines that it took away.
fn is_new(file: &PyFile, hunk: &PyHunk, check: Check) -> bool {
    let range = check.node.byte_range();
    if was_checked(hunk, &lexed(&file.after, check.subject)) {
        return false;
    }
    let came = hunk.added().any(|token| range.start <= token.start && token.end() <= range.end);
    match check.how {
        How::NotNone => came && none_checks(&hunk.new) > none_checks(&hunk.old),
        How::Isinstance => came,
        // `if S` around `S.use`: the words of the check stood there, the check did not.
        How::Truthy => hunk.added().any(|token| {
            (token.is("if") || token.is("and") || token.is("not") || token.is("or"))
                && token.start < range.end + 5
                && range.start < token.end() + 5
        }),
    }
}

fn none_checks(run: &[Token]) -> usize {
    run.windows(2).filter(|two| two[1].is("None") && (two[0].is("is") || two[0].is("not"))).count()
}

fn subject_tokens<'a>(text: &Text<'a>, subject: Node) -> Vec<Token<'a>> {
    lexed(text, subject)
}

/// True for a body that ends by leaving.
fn leaves(body: Node) -> bool {
    let last = body.named_child_count().checked_sub(1).and_then(|last| body.named_child(last as u32));
    last.is_some_and(|last| {
        matches!(
            last.kind(),
            "return_statement" | "raise_statement" | "continue_statement" | "break_statement"
        )
    }) && body.named_child_count() <= 4
}

/// True for a body that only gives the value one that is written out.
fn replaces(text: &Text, body: Node, subject: Node) -> bool {
    const PLAIN: [&str; 8] = ["string", "integer", "float", "list", "dictionary", "tuple", "true", "false"];
    let statement = body.named_child(0).filter(|_| body.named_child_count() == 1);
    let assignment = statement.and_then(|s| s.named_child(0)).filter(|a| a.kind() == "assignment");
    assignment.is_some_and(|assignment| {
        let is_plain = |value: Node| PLAIN.contains(&value.kind());
        let same = |left: Node| text.text_of(left) == text.text_of(subject);
        assignment.child_by_field_name("left").is_some_and(same)
            && assignment.child_by_field_name("right").is_some_and(is_plain)
    })
}

/// True for a condition that asks nothing besides whether values are fit for use.
fn is_pure(condition: Node) -> bool {
    match condition.kind() {
        "boolean_operator" => {
            let is_or =
                condition.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "or");
            let side = |field| condition.child_by_field_name(field).is_some_and(is_pure);
            is_or && side("left") && side("right")
        }
        "parenthesized_expression" => condition.named_child(0).is_some_and(is_pure),
        _ => true,
    }
}
