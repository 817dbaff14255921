//! Type errors of other kinds: annotations that did not fit, names that nothing declared.

use super::case::{Case, Place, has_word, words};
use super::edit::{Edit, Swap};
use super::indentation::block;
use super::lexer::{Kind, Token};
use super::scope::{is_known_global, unbound_reads};
use super::score::{confidence, mood};
use crate::model::Side;

/// How many names of one file are looked up in its scopes.
const LOOKUPS: usize = 12;

/// Names that an environment provides: whoever stops reading one mends no missing declaration.
const AMBIENT: [&str; 67] = [
    "AbortController",
    "AbortSignal",
    "AsyncGenerator",
    "AsyncIterable",
    "Awaited",
    "Blob",
    "BufferEncoding",
    "Element",
    "Event",
    "Exclude",
    "Extract",
    "FormData",
    "Function",
    "Generator",
    "Headers",
    "Infinity",
    "Iterable",
    "JSX",
    "KeyboardEvent",
    "MouseEvent",
    "NodeJS",
    "NonNullable",
    "Parameters",
    "PromiseLike",
    "Proxy",
    "React",
    "ReadableStream",
    "ReadonlyArray",
    "Request",
    "Response",
    "ReturnType",
    "TextDecoder",
    "TextEncoder",
    "URLSearchParams",
    "Uint8Array",
    "WeakMap",
    "afterAll",
    "afterEach",
    "beforeAll",
    "beforeEach",
    "boolean",
    "clearInterval",
    "crypto",
    "decodeURIComponent",
    "describe",
    "encodeURIComponent",
    "expect",
    "fetch",
    "from",
    "isNaN",
    "localStorage",
    "navigator",
    "never",
    "number",
    "parseFloat",
    "parseInt",
    "performance",
    "queueMicrotask",
    "requestAnimationFrame",
    "setImmediate",
    "setInterval",
    "string",
    "structuredClone",
    "suite",
    "symbol",
    "test",
    "unknown",
];

/// Judges annotations, casts and undeclared names.
pub fn judge(case: &mut Case) {
    let context = case.context;
    let mut claims = Vec::new();
    if context.says_type {
        let odds = mood(context, true);
        for edit in &case.edits {
            for swap in &edit.swaps {
                if let Some((base, at)) = annotation(edit, swap) {
                    let place = Place { hunk: edit.hunk, side: Side::After, at };
                    claims.push(("annotation-corrected", confidence(base, odds), place));
                }
            }
        }
    }
    if (context.says_fix || context.says_type) && context.lines <= 600 {
        undeclared(case, &mut claims);
    }
    for (pattern, confidence, place) in claims {
        case.claim(pattern, confidence, place);
    }
}

/// A cast or an annotation added, changed or dropped.
fn annotation(edit: &Edit, swap: &Swap) -> Option<(f64, usize)> {
    let (removed, added) = (edit.removed(swap), edit.added(swap));
    if added.len() > 14 || removed.len() > 14 {
        return None;
    }
    let casts = |tokens: &[Token]| tokens.iter().any(|t| matches!(t.text, "as" | "satisfies"));
    if casts(added) || casts(removed) {
        let first = added.first().or(edit.new.get(swap.new.start))?;
        return Some((0.6, first.at));
    }
    let type_like = |token: &Token| {
        token.kind == Kind::Word
            && (token.text.starts_with(char::is_uppercase)
                || matches!(token.text, "any" | "unknown" | "string" | "number" | "boolean" | "void"))
    };
    match added {
        [colon, name, ..] if colon.is(":") && type_like(name) => Some((0.55, colon.at)),
        [bar, name, ..] if bar.is("|") && (type_like(name) || matches!(name.text, "null" | "undefined")) => {
            Some((0.55, bar.at))
        }
        [name] if type_like(name) && removed.len() == 1 && type_like(&removed[0]) => {
            let before = swap.new.start.checked_sub(1).map(|at| edit.new[at].text);
            matches!(before, Some(":" | "<" | "|" | "as")).then_some((0.5, name.at))
        }
        _ => None,
    }
}

/// A name on the removed lines, or declared by the added ones, that nothing bound where it was read.
fn undeclared(case: &Case, claims: &mut Vec<(&'static str, f64, Place)>) {
    let topic = case.context.says_type || case.context.says_import;
    let odds = mood(case.context, topic) - if topic { 0.0 } else { 0.6 };
    if confidence(0.75, odds) < 0.5 {
        return;
    }
    let mut looked_up: Vec<&str> = Vec::new();
    for edit in &case.edits {
        for name in suspects(case, edit) {
            if looked_up.contains(&name.text) || looked_up.len() >= LOOKUPS {
                continue;
            }
            looked_up.push(name.text);
            let Some(before) = case.side(Side::Before) else { return };
            let unbound = unbound_reads(before, name.text);
            let Some(at) = unbound.first() else { continue };
            let Some(after) = case.side(Side::After) else { return };
            if unbound_reads(after, name.text).is_empty() {
                let side = if edit.old_bytes.contains(at) { Side::Before } else { Side::After };
                let at = if side == Side::Before { *at } else { edit.new_bytes.start };
                let place = Place { hunk: edit.hunk, side, at };
                claims.push(("undeclared-identifier", confidence(0.75, odds), place));
            }
        }
    }
}

/// Names that may have been read unbound: those that the hunk starts to declare, and those whose reading
/// it takes away while nothing else in the file looks like their declaration.
fn suspects<'t>(case: &'t Case, edit: &'t Edit) -> Vec<&'t Token<'t>> {
    let mut found = Vec::new();
    for swap in &edit.swaps {
        let declared = edit.added(swap).windows(2).filter(|w| {
            matches!(w[0].text, "const" | "let" | "var" | "function" | "class") && w[1].is_name()
        });
        found.extend(declared.map(|w| &w[1]).filter(|name| may_bind_old_reads(case, name)));
        for (index, name) in edit.old[swap.old.clone()].iter().enumerate() {
            let at = swap.old.start + index;
            let before = at.checked_sub(1).map_or("", |at| edit.old[at].text);
            let key = edit.old.get(at + 1).is_some_and(|next| next.is(":"));
            if name.is_name()
                && !matches!(before, "." | "?." | "const" | "let" | "function")
                && !key
                && !is_prose(&edit.old, at)
                && looks_undeclared(case.file.before, name.text)
            {
                found.push(name);
            }
        }
    }
    found
}

/// The declaration may bind what was read before: the name stands on the removed lines, or on lines that
/// stayed and that its block holds, as indentation tells.
fn may_bind_old_reads(case: &Case, name: &Token) -> bool {
    if !has_word(case.file.before, name.text) {
        return false;
    }
    let reads = |old: &[Token]| {
        old.first().is_some_and(|first| first.is(name.text))
            || old.windows(2).any(|w| w[1].is(name.text) && !matches!(w[0].text, "." | "?."))
    };
    let stayed = |at: usize| !case.edits.iter().any(|edit| edit.new_bytes.contains(&at));
    let block = block(case.file.after, name.at);
    case.edits.iter().any(|edit| reads(&edit.old))
        || words(&case.file.after[block.clone()], name.text).any(|at| stayed(block.start + at))
}

/// Two names beside each other on one line: prose in an element or a text, no code.
fn is_prose(tokens: &[Token], at: usize) -> bool {
    // These follow or precede names in code, though they may be names themselves.
    let contextual = |token: &Token| {
        matches!(token.text, "type" | "keyof" | "infer" | "from" | "get" | "set" | "asserts" | "unique")
    };
    let beside = |first: usize| {
        let [a, b] = tokens.get(first..first + 2)? else { return None };
        let near = b.at - (a.at + a.text.len()) == 1;
        Some(near && a.is_name() && b.is_name() && !contextual(a) && !contextual(b))
    };
    beside(at) == Some(true) || at.checked_sub(1).and_then(beside) == Some(true)
}

/// No word before any occurrence of the name declares it, and nothing imports or destructures it.
fn looks_undeclared(text: &[u8], name: &str) -> bool {
    if name.len() < 4 || is_known_global(name) || AMBIENT.contains(&name) || name.starts_with("HTML") {
        return false;
    }
    words(text, name).all(|at| {
        let before = text[..at].trim_ascii_end();
        let after = text[at + name.len()..].trim_ascii_start();
        let word_starts = before.iter().rposition(|b| !b.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
        let word = &before[word_starts..];
        let declares: [&[u8]; 13] = [
            b"const",
            b"let",
            b"var",
            b"function",
            b"class",
            b"type",
            b"interface",
            b"enum",
            b"as",
            b"import",
            b"infer",
            b"namespace",
            b"catch",
        ];
        // `{ name` and `, name` may destructure or be parameters; only the tree knows.
        let may_bind = matches!(before.last(), Some(b'{' | b',' | b'[' | b'(')) && !after.starts_with(b".");
        !declares.contains(&word) && !after.starts_with(b"=>") && !may_bind
    })
}
