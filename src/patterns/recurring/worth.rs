//! Which replacements are worth telling.

use crate::patterns::deceit::deceives;
use crate::patterns::replacement::{Replacement, is_word};

/// True where both sides are plain expressions that name something: not numbers, versions, signs,
/// statements, prose or a change of quotes alone.
pub(super) fn tells_something(replacement: &Replacement) -> bool {
    let bare =
        |tokens: &[&str]| tokens.iter().map(|token| token.trim_matches(['\'', '"'])).collect::<String>();
    let is_matcher = |tokens: &[&str]| tokens.last().is_some_and(|token| is_matcher(token));
    // Another matcher is another expectation: neither of the two is a wrong name.
    bare(&replacement.before) != bare(&replacement.after)
        && !(is_matcher(&replacement.before) && is_matcher(&replacement.after))
        && is_plain(&replacement.before, replacement.before_text)
        && is_plain(&replacement.after, replacement.after_text)
}

/// An expression that can be read by itself and names something.
fn is_plain(tokens: &[&str], text: &str) -> bool {
    let depth = tokens.iter().try_fold(0i32, |depth, token| match *token {
        "(" | "[" => Some(depth + 1),
        ")" | "]" => Some(depth - 1).filter(|depth| *depth >= 0),
        _ => Some(depth),
    });
    depth == Some(0)
        && tokens.iter().all(|token| is_part(token))
        && tokens.iter().any(|token| names(token))
        && !text.chars().any(deceives)
}

/// A part of a plain expression. Statements and lists that changed are rewrites.
fn is_part(token: &str) -> bool {
    match is_word(token) {
        true => !is_among(STATEMENTS, token),
        false => is_string(token) || matches!(token, "." | "?" | "!" | "(" | ")" | "[" | "]"),
    }
}

/// Words that are no expression.
const STATEMENTS: &str = "and as async await case class const def default elif else except export for from function \
                          if import in is let new not or pass private public raise return static try var while with yield";

/// Words that stand for no name of anybody's.
const COMMON: &str = "False None True any false null self string this true type undefined void";

fn is_among(words: &str, token: &str) -> bool {
    words.split_whitespace().any(|word| word == token)
}

fn names(token: &str) -> bool {
    if is_word(token) {
        return token.chars().count() >= 3 && !is_among(COMMON, token);
    }
    let inner = token.trim_matches(['\'', '"']);
    is_string(token)
        && inner.chars().count() >= 6
        && !inner.contains(char::is_whitespace)
        && inner.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() >= 3)
}

/// `toBe`, `resolves`, `assert_called_once`, `assertEqual`: what a test expects, not what it names.
fn is_matcher(token: &str) -> bool {
    let followed = |start: &str, is: fn(char) -> bool| {
        token.strip_prefix(start).is_some_and(|rest| rest.starts_with(is))
    };
    matches!(token, "rejects" | "resolves")
        || followed("to", char::is_uppercase)
        || followed("assert", |c| c == '_' || c.is_uppercase())
}

/// True for a whole string literal.
pub(super) fn is_string(token: &str) -> bool {
    token.len() > 1 && token.starts_with(['\'', '"'])
}
