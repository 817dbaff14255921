//! Members and options that were called by a name that they do not have.

use super::case::{Case, Place, has_word};
use super::edit::{Edit, Swap};
use super::lexer::Token;
use super::score::{confidence, mood};
use crate::model::Side;
use crate::syntax::edits;

const LEVELS: [&str; 8] = ["log", "info", "warn", "warning", "error", "debug", "trace", "success"];
/// Receivers whose members are choices, not declarations: another member is another wish.
const CHOICES: [&str; 28] = [
    "exports",
    "module",
    "vi",
    "jest",
    "describe",
    "it",
    "test",
    "expect",
    "z",
    "chalk",
    "colors",
    "Colors",
    "theme",
    "styles",
    "Math",
    "assert",
    "cy",
    "screen",
    "PropTypes",
    "event",
    "e",
    "Number",
    "Object",
    "Array",
    "JSON",
    "Promise",
    "String",
    "Date",
];

/// Methods of the language's own objects: choosing another one is behaviour.
const BUILT_IN: [&str; 31] = [
    "parse",
    "add",
    "append",
    "concat",
    "every",
    "filter",
    "find",
    "findIndex",
    "findLast",
    "flatMap",
    "forEach",
    "get",
    "has",
    "includes",
    "indexOf",
    "join",
    "map",
    "match",
    "pop",
    "push",
    "reduce",
    "replace",
    "set",
    "shift",
    "slice",
    "some",
    "sort",
    "split",
    "startsWith",
    "substr",
    "substring",
];

/// Judges names in member and key position that gave way to others.
pub fn judge(case: &mut Case) {
    let mut claims = Vec::new();
    for edit in &case.edits {
        for swap in &edit.swaps {
            if let Some((pattern, confidence, at)) = member(case, edit, swap)
                .or_else(|| key(case, edit, swap))
                .or_else(|| receiver(case, edit, swap))
            {
                let place = Place { hunk: edit.hunk, side: Side::Before, at };
                if is_code(case, place.at) {
                    claims.push((pattern, confidence, place));
                }
            }
        }
    }
    for (pattern, confidence, place) in claims {
        case.claim(pattern, confidence, place);
    }
}

type Found = Option<(&'static str, f64, usize)>;

/// One name that gave way to one other.
fn renamed<'t>(edit: &'t Edit, swap: &Swap) -> Option<(&'t Token<'t>, &'t Token<'t>)> {
    match (edit.removed(swap), edit.added(swap)) {
        ([was], [is]) if was.is_name() && is.is_name() => Some((was, is)),
        _ => None,
    }
}

fn before<'t>(tokens: &'t [Token<'t>], at: usize, back: usize) -> &'t str {
    at.checked_sub(back).map_or("", |at| tokens[at].text)
}

/// `object.was` → `object.is`.
fn member(case: &Case, edit: &Edit, swap: &Swap) -> Found {
    let (was, is) = renamed(edit, swap)?;
    let dot = before(&edit.old, swap.old.start, 1);
    if !matches!(dot, "." | "?.") || !matches!(before(&edit.new, swap.new.start, 1), "." | "?.") {
        return None;
    }
    let object = before(&edit.old, swap.old.start, 2);
    if object != before(&edit.new, swap.new.start, 2) || CHOICES.contains(&object) {
        return None;
    }
    let matcher = |name: &str| name.strip_prefix("to").is_some_and(|r| r.starts_with(char::is_uppercase));
    if matcher(was.text) || was.text.starts_with("mock") || was.is("not") {
        return None;
    }
    if object == "env" {
        return None;
    }
    let misspelt = is_misspelling(was.text, is.text);
    let constant = object.starts_with(char::is_uppercase) && is.text.starts_with(char::is_uppercase);
    if constant && !misspelt || declares(case, is.text) {
        return None;
    }
    let levels = LEVELS.contains(&was.text) && LEVELS.contains(&is.text);
    let called = |tokens: &[Token], at: usize| tokens.get(at).is_some_and(|next| next.is("("));
    let (called, was_called) = (called(&edit.new, swap.new.end), called(&edit.old, swap.old.end));
    let sole = edit
        .swaps
        .iter()
        .all(|other| renamed(edit, other).is_some_and(|(a, b)| a.text == was.text && b.text == is.text));
    let typed = case.context.says_type;
    let (pattern, base) = match () {
        () if object == "console" && levels => {
            ("console-method-wrong", if speaks_of_output(case.change.subject) { 0.55 } else { 0.2 })
        }
        () if levels => return None,
        () if misspelt => ("member-misspelled", 0.72),
        // Another method is most often other behaviour; another property was most often the wrong one.
        () if (called || was_called) && (BUILT_IN.contains(&was.text) || case.is_test && !typed) => {
            return None;
        }
        () if called || was_called => (
            "member-renamed-in-place",
            if typed || shares_words(was.text, is.text) && sole { 0.42 } else { 0.2 },
        ),
        () if !sole && !typed => return None,
        () => ("member-renamed-in-place", if related(was.text, is.text) { 0.5 } else { 0.25 }),
    };
    Some((pattern, confidence(base, odds(case, edit, was.text, is.text)), was.at))
}

/// `{ was: 1 }` → `{ is: 1 }` in an object that is passed on.
fn key(case: &Case, edit: &Edit, swap: &Swap) -> Found {
    let (was, is) = renamed(edit, swap)?;
    let next = |tokens: &[Token], at: usize| tokens.get(at).is_some_and(|token| token.is(":"));
    let opens = |text: &str| matches!(text, "{" | ",");
    if !next(&edit.old, swap.old.end)
        || !next(&edit.new, swap.new.end)
        || !opens(before(&edit.old, swap.old.start, 1)) && swap.old.start > 0
        || !opens(before(&edit.new, swap.new.start, 1)) && swap.new.start > 0
        || declares(case, is.text)
        // The value stays what it was.
        || edit.swaps.iter().any(|other| (swap.new.end..swap.new.end + 3).contains(&other.new.start))
    {
        return None;
    }
    let source = case.side(Side::Before)?;
    let node = source.tree.root_node().named_descendant_for_byte_range(was.at, was.at + was.text.len())?;
    let pair = node.parent().filter(|parent| parent.kind() == "pair")?;
    let passed = pair.parent()?.parent()?.kind() == "arguments";
    let base = if is_misspelling(was.text, is.text) { 0.6 } else { 0.42 };
    passed.then(|| ("option-key-wrong", confidence(base, odds(case, edit, was.text, is.text)), was.at))
}

/// `logger.x` ↔ `this.logger.x`.
fn receiver(case: &Case, edit: &Edit, swap: &Swap) -> Found {
    let (short, tokens, next) = match (edit.removed(swap), edit.added(swap)) {
        ([], [this, dot]) if this.is("this") && dot.is(".") => (true, &edit.new, swap.new.end),
        ([this, dot], []) if this.is("this") && dot.is(".") => (false, &edit.old, swap.old.end),
        _ => return None,
    };
    let name = tokens.get(next)?;
    if !matches!(name.text.to_lowercase().as_str(), "logger" | "log" | "_logger" | "debuglogger") {
        return None;
    }
    let at = if short { edit.old.get(swap.old.start)?.at } else { edit.old[swap.old.start].at };
    Some(("logger-receiver-wrong", confidence(0.75, odds(case, edit, "", name.text)), at))
}

fn odds(case: &Case, edit: &Edit, was: &str, is: &str) -> f64 {
    let context = case.context;
    // Most swaps of a member are other behaviour.
    let mut odds = mood(context, context.says_type) - 0.35;
    if !context.says_fix && !context.says_type {
        odds -= 0.8;
    }
    if has_word(case.file.before, is) {
        odds += 0.4;
    }
    if !has_word(case.file.after, was) {
        odds += 0.4;
    }
    if edit.swaps.len() == 1 {
        odds += 0.4;
    }
    if edit.swaps.len() > 6 {
        odds -= 0.8;
    }
    if case.is_test {
        odds -= 0.8;
    }
    odds
}

/// The commit declares or renames the new name itself: a rename, not a repair.
fn declares(case: &Case, name: &str) -> bool {
    let lines = |text: &[u8]| text.split(|byte| *byte == b'\n').any(|line| declares_in(line, name));
    case.added().iter().any(|(_, text)| has_word(text, name) && lines(text))
}

fn declares_in(line: &[u8], name: &str) -> bool {
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let line = line.trim_start();
    const BEFORE: [&str; 17] = [
        "public ",
        "private ",
        "protected ",
        "static ",
        "readonly ",
        "async ",
        "get ",
        "set ",
        "export ",
        "const ",
        "let ",
        "function ",
        "class ",
        "interface ",
        "type ",
        "enum ",
        "abstract ",
    ];
    let mut rest = line;
    while let Some(cut) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = cut;
    }
    let Some(after) = rest.strip_prefix(name) else { return false };
    let declared = rest.len() < line.len();
    let after = after.trim_start();
    // `name(…) {`, `name?: T;`, `name: T;`, `const name =`
    match after.as_bytes().first() {
        Some(b'(') => declared || line.trim_end().ends_with('{'),
        Some(b':') | Some(b'?') => declared || line.trim_end().ends_with(';'),
        Some(b'=' | b'<') => declared,
        _ => false,
    }
}

/// The subject is about where output goes.
fn speaks_of_output(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    ["log", "stdio", "stdout", "stderr", "console", "output"].iter().any(|word| subject.contains(word))
}

/// One name is a part of the other, or they share a word: `task`, `taskId`; `fileName`, `filePath`.
fn related(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let (short, long) = (short.to_lowercase(), long.to_lowercase());
    short.len() >= 3 && long.contains(&short) || shared_words(a, b) >= 1
}

/// Half of the words of the shorter camel-case name stand in the other, e.g. `getUser`, `getAuthUser`.
fn shares_words(a: &str, b: &str) -> bool {
    shared_words(a, b) >= 2
}

/// How many camel-case words the names share; none where they are less than half of the shorter name.
fn shared_words(a: &str, b: &str) -> usize {
    let words = |name: &str| -> Vec<String> {
        let mut words = vec![String::new()];
        for letter in name.chars() {
            if letter.is_uppercase() || letter == '_' {
                words.push(String::new());
            }
            if let Some(last) = words.last_mut() {
                last.extend(letter.to_lowercase());
            }
        }
        words
    };
    let (a, b) = (words(a), words(b));
    let shared = a.iter().filter(|word| b.contains(word)).count();
    if shared * 2 >= a.len().min(b.len()) { shared } else { 0 }
}

/// The byte is no part of a comment, a text or the prose of an element.
fn is_code(case: &Case, at: usize) -> bool {
    let Some(source) = case.side(Side::Before) else { return false };
    source.tree.root_node().descendant_for_byte_range(at, at + 1).is_some_and(|node| {
        !matches!(
            node.kind(),
            "comment" | "string_fragment" | "template_string" | "jsx_text" | "regex_pattern"
        )
    })
}

/// The names differ as a slip of the hand would have it: in case, or in one or two letters.
pub fn is_misspelling(was: &str, is: &str) -> bool {
    // `_name` is the private brother of `name`.
    if was.trim_start_matches(['_', '#']) == is.trim_start_matches(['_', '#']) {
        return false;
    }
    if was.eq_ignore_ascii_case(is) {
        return true;
    }
    let shortest = was.len().min(is.len());
    let allowed = match shortest {
        0..=4 => return false,
        5..=7 => 1,
        _ => 2,
    };
    // Another ending is another word: `item` and `items`, `start` and `started`.
    let ending = was.starts_with(is) || is.starts_with(was);
    !ending && edits(was.as_bytes(), is.as_bytes()) <= allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_told_from_another_word() {
        assert!(is_misspelling("recieveMessage", "receiveMessage"));
        assert!(is_misspelling("userID", "userId"));
        assert!(!is_misspelling("item", "items"));
        assert!(!is_misspelling("fileName", "filePath"));
    }
}
