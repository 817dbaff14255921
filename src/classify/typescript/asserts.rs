//! What a test expected, what it did not wait for, and what environment it assumed.

use super::case::{Case, Place, has_word};
use super::edit::{Edit, Swap};
use super::lexer::{Kind, Token};
use super::score::{confidence, mood};
use crate::model::Side;

/// Judges expectations, waiting and environment variables.
pub fn judge(case: &mut Case) {
    let mut claims = Vec::new();
    for edit in &case.edits {
        if case.is_test && case.context.tests_only {
            expectations(case, edit, &mut claims);
        }
        if case.context.tests_only || case.context.says_fix && case.context.lines <= 60 {
            timing(case, edit, &mut claims);
        }
        variables(case, edit, &mut claims);
    }
    for (pattern, confidence, place) in claims {
        case.claim(pattern, confidence, place);
    }
}

type Claims = Vec<(&'static str, f64, Place)>;

fn after(edit: &Edit, token: &Token) -> Place {
    Place { hunk: edit.hunk, side: Side::After, at: token.at }
}

fn has(tokens: &[Token], text: &str) -> bool {
    tokens.iter().any(|token| token.is(text))
}

fn expectations(case: &Case, edit: &Edit, claims: &mut Claims) {
    let odds = mood(case.context, case.context.says_test);
    let skips = |tokens: &[Token]| {
        let calls = |w: &&[Token]| matches!(w[0].text, "it" | "test" | "describe") && w[2].is("skip");
        tokens.windows(3).find(calls).map(|w| w[2].at)
    };
    if let (None, Some(at)) = (skips(&edit.old), skips(&edit.new))
        && !edit.old.is_empty()
    {
        let place = Place { hunk: edit.hunk, side: Side::After, at };
        claims.push(("test-skipped", confidence(0.65, odds), place));
    }
    let expected = |swap: &&Swap| {
        !swap.old.is_empty()
            && !swap.new.is_empty()
            && within_matcher(&edit.old, swap.old.start)
            && within_matcher(&edit.new, swap.new.start)
    };
    if let Some(swap) = edit.swaps.iter().find(expected) {
        let place = after(edit, &edit.new[swap.new.start]);
        claims.push(("expected-value-wrong", confidence(0.6, odds), place));
    }
}

/// The token lies in the arguments of a matcher, or is the matcher: `expect(x).toBe(…)`.
fn within_matcher(tokens: &[Token], at: usize) -> bool {
    let matcher = |token: &Token| {
        let rest = token.text.strip_prefix("to");
        token.kind == Kind::Word && rest.is_some_and(|rest| rest.starts_with(char::is_uppercase))
    };
    let from = at.saturating_sub(60);
    let Some(back) = tokens[from..=at.min(tokens.len() - 1)].iter().rposition(matcher) else { return false };
    !tokens[from + back..at].iter().any(|token| token.is(";"))
}

fn timing(case: &Case, edit: &Edit, claims: &mut Claims) {
    let odds = mood(case.context, false) - if case.context.says_fix { 0.0 } else { 0.6 };
    let waits = ["waitFor", "waitUntil", "advanceTimersByTimeAsync", "runAllTimersAsync"];
    let is_wait = |token: &&Token| waits.contains(&token.text);
    // Put around or before an assertion that stays; a test that is written anew waits where it must.
    let put_in =
        edit.swaps.iter().find_map(|swap| edit.added(swap).iter().find(is_wait).map(|wait| (swap, wait)));
    if let Some((swap, wait)) = put_in
        && !edit.old.iter().any(|token| is_wait(&token))
        && case.is_test
        && edit
            .swaps
            .iter()
            .all(|swap| !has(edit.added(swap), "expect") && !has(edit.removed(swap), "expect"))
        && edit.new[swap.new.end..].iter().take(REACH).any(|token| token.is("expect"))
        && !has(&edit.new, "import")
    {
        claims.push(("wait-for-added", confidence(0.65, odds), after(edit, wait)));
    }
    for swap in &edit.swaps {
        let (removed, added) = (edit.removed(swap), edit.added(swap));
        // Where a function became asynchronous in this commit, its callers only follow.
        if removed.is_empty() && matches!(added, [token] if token.is("await")) && !becomes_async(case) {
            claims.push(("await-missing", confidence(0.6, odds), after(edit, &added[0])));
        }
        if let ([was], [is]) = (removed, added)
            && was.kind == Kind::Number
            && is.kind == Kind::Number
            && case.is_test
            // A number that changes among others says nothing of what it was too short for.
            && case.context.says_timing
            && is_delay(&edit.new, swap.new.start)
        {
            claims.push(("fixed-sleep", confidence(0.4, odds), after(edit, is)));
        }
    }
}

/// Tokens from a wait to the assertion that it is for.
const REACH: usize = 40;

/// The number is what `setTimeout` waits: `setTimeout(resolve, 100)`.
fn is_delay(tokens: &[Token], at: usize) -> bool {
    let last = tokens.get(at + 1).is_some_and(|next| next.is(")"));
    let before = &tokens[at.saturating_sub(12)..at];
    last && before.last().is_some_and(|token| token.is(",")) && has(before, "setTimeout")
}

fn becomes_async(case: &Case) -> bool {
    !case.is_test && case.added().iter().any(|(_, text)| has_word(text, "async") || has_word(text, "Promise"))
}

/// `process.env.A` → `process.env.B`.
fn variables(case: &Case, edit: &Edit, claims: &mut Claims) {
    let odds = mood(case.context, case.context.says_env);
    for swap in &edit.swaps {
        let ([was], [is]) = (edit.removed(swap), edit.added(swap)) else { continue };
        let of_env = swap.new.start.checked_sub(2).is_some_and(|at| edit.new[at].is("env"));
        if of_env && was.text != is.text {
            claims.push(("env-variable-name-wrong", confidence(0.55, odds), after(edit, is)));
        }
    }
}
