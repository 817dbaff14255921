//! Test doubles that were set up wrongly, in vitest and jest.

use super::case::{Case, Place};
use super::doubles::{Facts, Pair, may_claim};
use super::edit::Edit;
use super::lexer::{Kind, Token};
use super::score::{confidence, mood};
use crate::model::Side;

const TOOLS: [&str; 3] = ["vi", "jest", "vitest"];
const RESETS: [&str; 7] = [
    "clearAllMocks",
    "resetAllMocks",
    "restoreAllMocks",
    "mockClear",
    "mockReset",
    "mockRestore",
    "resetModules",
];

/// Judges the test doubles of a test file. Product code that implements doubles is no test.
pub fn judge(case: &mut Case) {
    if !case.is_test {
        return;
    }
    let odds = trust(case);
    // Not even the surest pattern with the best evidence would be believed: nothing is parsed for it.
    if confidence(0.85, odds + if case.context.tests_only { 0.0 } else { 1.5 }) < 0.5 {
        return;
    }
    let mut claims = Vec::new();
    for edit in &case.edits {
        if !(speaks_of_doubles(edit) || may_extend_factory(case, edit)) || edit.is_layout() {
            continue;
        }
        by_tokens(edit, odds, &mut claims);
        // A test that tells another story under another title needs other doubles.
        let odds = if retitled(edit) { odds - 2.5 } else { odds };
        if !may_claim(case, edit, odds) {
            continue;
        }
        if let (Some(before), Some(after)) = (case.side(Side::Before), case.side(Side::After)) {
            let old = Facts::of(before, edit.old_bytes.clone());
            let new = Facts::of(after, edit.new_bytes.clone());
            let pair = Pair { case, edit, before, after, old: &old, new: &new, odds };
            pair.modules(&mut claims);
            pair.members(&mut claims);
            pair.behaviours(&mut claims);
        }
    }
    for (pattern, confidence, place) in claims {
        case.claim(pattern, confidence, place);
    }
}

/// Members were added that say nothing of doubles themselves, in a file that has factories or is one.
fn may_extend_factory(case: &Case, edit: &Edit) -> bool {
    let repairs = case.context.says_mock || case.context.tests_only && case.context.says_fix;
    let keys = |w: &[Token]| w[0].is_name() && matches!(w[1].text, ":" | "(" | "," | "=") || w[0].is("...");
    repairs
        && edit.new.windows(2).any(keys)
        && (has_mock(case.file.path)
            || ["mock(", "ockModule(", "mock.module(", "Mock"]
                .iter()
                .any(|call| memchr::memmem::find(case.file.before, call.as_bytes()).is_some()))
}

/// Some test's title was replaced.
fn retitled(edit: &Edit) -> bool {
    edit.swaps.iter().any(|swap| {
        let title = |tokens: &[Token], at: usize| {
            at >= 2 && matches!(tokens[at - 2].text, "it" | "test") && tokens[at - 1].is("(")
        };
        !swap.old.is_empty()
            && !swap.new.is_empty()
            && title(&edit.new, swap.new.start)
            && title(&edit.old, swap.old.start)
    })
}

/// Pattern, confidence, place.
pub type Claims = Vec<(&'static str, f64, Place)>;

/// Mocks follow the product: where the product changed too, a changed mock is an adaptation until shown
/// otherwise.
fn trust(case: &Case) -> f64 {
    let context = case.context;
    let mut odds = mood(context, context.says_mock);
    if context.tests_only {
        odds += 0.8;
    } else {
        odds -= match context.product_added {
            0..=5 => 1.0,
            6..=30 => 1.8,
            _ => 2.6,
        };
        if !context.says_mock && !context.says_test {
            odds -= 1.5;
        }
    }
    if !context.says_fix && !context.says_mock {
        odds -= 1.2;
    }
    if context.says_format {
        odds -= 1.0;
    }
    if context.says_test && context.says_fix {
        odds += 0.5;
    }
    odds
}

/// Some token of the edit may have to do with doubles.
pub fn speaks_of_doubles(edit: &Edit) -> bool {
    let speaks = |token: &Token| {
        token.kind == Kind::Word
            && (TOOLS.contains(&token.text) || has_mock(token.text) || token.is("platform"))
    };
    edit.old.iter().chain(&edit.new).any(speaks)
}

/// The name says that it stands for a double.
pub fn has_mock(text: &str) -> bool {
    text.contains("mock") || text.contains("Mock") || text.contains("stub") || text.contains("Stub")
}

/// The members of `vi` or `jest` used in a run of tokens.
fn used<'t>(tokens: &'t [Token<'t>]) -> impl Iterator<Item = &'t Token<'t>> {
    tokens
        .windows(3)
        .filter(|w| w[0].kind == Kind::Word && TOOLS.contains(&w[0].text) && w[1].is("."))
        .map(|w| &w[2])
}

fn uses(tokens: &[Token], names: &[&str]) -> bool {
    used(tokens).any(|token| names.contains(&token.text))
}

/// Patterns that the tokens alone settle.
fn by_tokens(edit: &Edit, odds: f64, claims: &mut Claims) {
    let after = |token: &Token| Place { hunk: edit.hunk, side: Side::After, at: token.at };
    // `jest` is a namespace of types as well, `vi` is not.
    let typed = |tokens: &[Token]| {
        let path = |w: &&[Token]| w[0].is("vi") && w[1].is(".") && w[2].text.starts_with(char::is_uppercase);
        tokens.windows(3).find(path).map(|w| w[0].at)
    };
    if let Some(at) = typed(&edit.old)
        && typed(&edit.new).is_none()
    {
        let place = Place { hunk: edit.hunk, side: Side::Before, at };
        claims.push(("vi-namespace-as-type", confidence(0.85, odds * 0.3), place));
    }
    if uses(&edit.old, &["doMock"]) && uses(&edit.new, &["mock"]) && !uses(&edit.new, &["doMock"]) {
        let token = used(&edit.new).find(|token| token.is("mock"));
        claims.extend(token.map(|token| ("vi-domock-to-mock", confidence(0.85, odds), after(token))));
    }
    if let Some(token) = used(&edit.new).find(|token| token.is("hoisted"))
        && !edit.old.is_empty()
        && !uses(&edit.old, &["hoisted"])
        && edit.old.iter().any(|old| edit.new.iter().any(|new| old.is_name() && old.text == new.text))
    {
        claims.push(("vi-hoisted-added", confidence(0.8, odds), after(token)));
    }
    by_resets(edit, odds, claims);
    if let Some(token) = used(&edit.new).find(|token| token.is("stubEnv"))
        && !uses(&edit.old, &["stubEnv"])
        && edit.old.windows(3).any(|w| w[0].is("process") && w[1].is(".") && w[2].is("env"))
    {
        claims.push(("env-stub-leak", confidence(0.7, odds), after(token)));
        claims.push(("env-assigned-in-test", confidence(0.7, odds), after(token)));
    }
    if let Some(at) = fakes_platform(&edit.new)
        && fakes_platform(&edit.old).is_none()
    {
        let place = Place { hunk: edit.hunk, side: Side::After, at };
        claims.push(("platform-not-mocked", confidence(0.6, odds), place));
        claims.push(("platform-dependent-test", confidence(0.6, odds), place));
    }
}

fn fakes_platform(tokens: &[Token]) -> Option<usize> {
    let is_platform = |token: &Token| token.text.trim_matches(['\'', '"']) == "platform";
    tokens
        .windows(6)
        .find(|w| w[0].is("defineProperty") && w[2].is("process") && is_platform(&w[4]))
        .map(|w| w[0].at)
}

fn by_resets(edit: &Edit, odds: f64, claims: &mut Claims) {
    let resets = |tokens: &[Token]| -> Vec<usize> {
        let calls = tokens.iter().enumerate();
        calls.filter(|(_, t)| t.kind == Kind::Word && RESETS.contains(&t.text)).map(|(at, _)| at).collect()
    };
    let (old, new) = (resets(&edit.old), resets(&edit.new));
    for swap in &edit.swaps {
        let (removed, added) = (edit.removed(swap), edit.added(swap));
        if let ([was], [is]) = (removed, added)
            && RESETS.contains(&was.text)
            && RESETS.contains(&is.text)
        {
            let weaker = matches!(is.text, "clearAllMocks" | "mockClear" | "restoreAllMocks");
            let pattern = if weaker { "mock-reset-cleared-implementation" } else { "mock-state-leaked" };
            let place = Place { hunk: edit.hunk, side: Side::Before, at: was.at };
            claims.push((pattern, confidence(0.7, odds), place));
        }
    }
    if old.is_empty()
        && let Some(first) = new.first()
    {
        let place = Place { hunk: edit.hunk, side: Side::After, at: edit.new[*first].at };
        // A new test brings its own reset along; one in code that was there mends a leak.
        let mends = !edit.new.iter().any(|token| matches!(token.text, "it" | "test" | "describe"));
        if mends {
            claims.push(("mock-state-leaked", confidence(0.5, odds), place));
        }
    }
}
