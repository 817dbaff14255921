//! Values whose type had to be narrowed before use.

use super::case::{Case, Place};
use super::edit::{Edit, Swap};
use super::lexer::{Kind, Token};
use super::score::{confidence, mood};
use crate::model::Side;

/// Judges checks, assertions and defaults that a hunk added to what was there.
pub fn judge(case: &mut Case) {
    let odds = trust(case);
    let mut claims = Vec::new();
    for edit in &case.edits {
        if edit.old.is_empty() && edit.new.is_empty() || edit.is_layout() {
            continue;
        }
        whole(case, edit, odds, &mut claims);
        for swap in &edit.swaps {
            single(case, edit, swap, odds, &mut claims);
        }
    }
    for (pattern, confidence, place) in claims {
        case.claim(pattern, confidence, place);
    }
}

type Claims = Vec<(&'static str, f64, Place)>;

/// A check is a narrowing where the commit speaks of types; elsewhere it is most often behaviour.
fn trust(case: &Case) -> f64 {
    let context = case.context;
    let mut odds = mood(context, context.says_type);
    odds += if context.says_type { 0.4 } else { -1.2 };
    if case.is_test {
        odds -= 1.0;
    }
    odds
}

fn count(tokens: &[Token], text: &str) -> usize {
    tokens.iter().filter(|token| token.is(text)).count()
}

fn has(tokens: &[Token], text: &str) -> bool {
    tokens.iter().any(|token| token.is(text))
}

/// Two tokens that follow each other.
fn follows(tokens: &[Token], first: &str, second: &str) -> Option<usize> {
    tokens.windows(2).find(|w| w[0].is(first) && w[1].is(second)).map(|w| w[0].at)
}

/// Patterns that show in the hunk as a whole.
fn whole(case: &Case, edit: &Edit, odds: f64, claims: &mut Claims) {
    let (old, new) = (&edit.old, &edit.new);
    let place = |at| Place { hunk: edit.hunk, side: Side::After, at };
    if let Some(at) = follows(new, "instanceof", "Error")
        && count(new, "instanceof") > count(old, "instanceof")
    {
        let reads =
            reads_error(old) || old.is_empty() && case.edits.iter().any(|edit| reads_error(&edit.old));
        let base = match (reads, has(old, "instanceof") || old.is_empty() && !reads) {
            (_, true) => 0.35,
            (true, false) => 0.72,
            (false, false) => 0.5,
        };
        claims.push(("catch-unknown-narrowed", confidence(base, odds), place(at)));
    }
    let casts = casts(old);
    if casts > self::casts(new) {
        let checks = ["instanceof", "parse", "safeParse", "isArray", "in"];
        let check = new.iter().find(|t| checks.contains(&t.text) && count(new, t.text) > count(old, t.text));
        let check =
            check.or_else(|| new.windows(3).find(|w| guards_by_name(w) || tests_type(w)).map(|w| &w[0]));
        if let Some(check) = check {
            claims.push(("cast-to-guard", confidence(0.7, odds), place(check.at)));
        }
    }
    if let Some(at) = extracted(case, new) {
        claims.push(("extracted-to-const", confidence(0.7, odds + 0.5), place(at)));
    }
}

/// Members of an error are read, or it is cast.
fn reads_error(tokens: &[Token]) -> bool {
    let members = ["message", "code", "stack", "as"];
    tokens.iter().any(|token| {
        members.contains(&token.text)
            || token.kind == Kind::Text
                && [".message", ".code", ".stack"].iter().any(|m| token.text.contains(m))
    })
}

/// `isSomething(` called.
fn guards_by_name(pair: &[Token]) -> bool {
    let name = pair[0].text.strip_prefix("is");
    name.is_some_and(|rest| rest.starts_with(char::is_uppercase)) && pair[1].is("(")
}

/// `typeof x ===`
fn tests_type(three: &[Token]) -> bool {
    three[0].is("typeof") && matches!(three[2].text, "===" | "!==" | "==" | "!=")
}

/// Casts that are not `as const`.
fn casts(tokens: &[Token]) -> usize {
    tokens.windows(2).filter(|w| w[0].is("as") && w[1].kind == Kind::Word && !w[1].is("const")).count()
}

/// `const n = a.b.c;` and a check of `n`, where `a.b.c` stood twice or more.
fn extracted(case: &Case, new: &[Token]) -> Option<usize> {
    let start = new.windows(3).position(|w| w[0].is("const") && w[1].is_name() && w[2].is("="))?;
    let name = new[start + 1].text;
    let rest = &new[start + 3..];
    let length = rest.iter().position(|token| token.is(";"))?;
    let path: Vec<&str> = rest[..length].iter().map(|t| if t.is("?.") { "." } else { t.text }).collect();
    if path.len() < 3
        || !path.iter().all(|t| *t == "." || t.starts_with(|c: char| c.is_alphabetic() || c == '_'))
    {
        return None;
    }
    let same = |w: &&[Token]| w.iter().zip(&path).all(|(t, p)| t.text == *p || t.is("?.") && *p == ".");
    let stood: usize = case.edits.iter().map(|edit| edit.old.windows(path.len()).filter(same).count()).sum();
    let used: usize = case.edits.iter().map(|edit| count(&edit.new, name)).sum();
    let checked = follows(new, "!", name).is_some() || follows(new, "(", name).is_some() && has(new, "if");
    (stood >= 2 && checked && used >= 3).then(|| new[start].at)
}

/// Patterns that show in one replaced run of tokens.
fn single(case: &Case, edit: &Edit, swap: &Swap, odds: f64, claims: &mut Claims) {
    let (removed, added) = (edit.removed(swap), edit.added(swap));
    let place = |token: &Token| Place { hunk: edit.hunk, side: Side::After, at: token.at };
    // Where the same lines make a parameter optional, its uses follow.
    let optional = |tokens: &[Token]| tokens.windows(2).filter(|w| w[0].is("?") && w[1].is(":")).count();
    let odds = if optional(&edit.new) > optional(&edit.old) { odds - 1.2 } else { odds };
    let here = || {
        let token = edit.new.get(swap.new.start).or(edit.new.last());
        token.map(place)
    };
    match (removed, added) {
        ([dot], [chain]) if dot.is(".") && chain.is("?.") => {
            claims.push(("optional-chain-added", confidence(0.6, odds), place(chain)));
        }
        ([], [chain]) if chain.is("?.") => {
            claims.push(("optional-chain-added", confidence(0.6, odds), place(chain)));
        }
        ([chain], [dot]) if chain.is("?.") && dot.is(".") => {
            claims.push(("optional-chain-dropped", confidence(0.5, odds), place(dot)));
        }
        ([], [mark]) if mark.is("!") && asserts(edit, swap) && !case.is_test => {
            claims.push(("non-null-assertion-added", confidence(0.6, odds), place(mark)));
        }
        ([], [operator, value, ..])
            if matches!(operator.text, "??" | "||") && added.len() <= 4 && is_default(value) =>
        {
            claims.push(("default-fallback-added", confidence(0.6, odds), place(operator)));
        }
        ([was], [is]) if was.is("!==") && is.is("!=") && has(&edit.new, "null") => {
            claims.push(("guard-added", confidence(0.45, odds), place(is)));
        }
        (_, [first, ..]) if added.len() <= 10 && checks(added) && !checks(removed) => {
            claims.push(("guard-added", confidence(0.5, odds), place(first)));
        }
        ([], [.., question]) if question.is("?") && added.len() <= 6 && falls_back(edit) => {
            claims.push(("guard-added", confidence(0.5, odds), place(question)));
        }
        ([], [first, ..]) if first.is("if") && is_guard(added) => {
            claims.extend(here().map(|place| ("guard-added", confidence(0.5, odds), place)));
        }
        ([], [first, ..])
            if added.last().is_some_and(|t| t.is("&&")) && first.is_name() && added.len() <= 8 =>
        {
            claims.push(("guard-added", confidence(0.35, odds), place(first)));
        }
        _ => {}
    }
}

/// A run of tokens that is a check of its own: `&& x !== undefined`, `typeof x === 'string'`.
fn checks(tokens: &[Token]) -> bool {
    let joined = tokens.first().is_some_and(|t| t.is("&&")) || tokens.last().is_some_and(|t| t.is("&&"));
    let compares = ["!==", "!=", "==="].iter().any(|mark| has(tokens, mark));
    let nothing = has(tokens, "undefined") || has(tokens, "null");
    joined && compares && nothing || has(tokens, "typeof") && (joined || compares)
}

/// Some added run ends a conditional with nothing: `: null`.
fn falls_back(edit: &Edit) -> bool {
    edit.swaps.iter().any(|swap| {
        matches!(edit.added(swap), [colon, value] if colon.is(":") && matches!(value.text, "null" | "undefined"))
    })
}

/// The added `!` stands right behind a value.
fn asserts(edit: &Edit, swap: &Swap) -> bool {
    let Some(before) = swap.new.start.checked_sub(1).map(|at| &edit.new[at]) else { return false };
    let adjacent = before.at + before.text.len() == edit.new[swap.new.start].at;
    adjacent && (before.is_name() || matches!(before.text, ")" | "]"))
}

fn is_default(token: &Token) -> bool {
    matches!(token.kind, Kind::Text | Kind::Number)
        || matches!(token.text, "[" | "{" | "false" | "true" | "null" | "undefined")
}

/// `if (!x) return …` and its kin.
fn is_guard(added: &[Token]) -> bool {
    let tests = ["!", "undefined", "null", "typeof", "instanceof"];
    let leaves = ["return", "throw", "continue", "break"];
    let head: &[Token] = &added[..added.len().min(12)];
    added.len() <= 40
        && tests.iter().any(|test| has(head, test))
        && leaves.iter().any(|leave| has(added, leave))
}
