//! Members, methods, keyword arguments and loggers called by a name that they do not have.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::commit::{Commit, PyFile, PyHunk, Text, enclosing};
use super::modules::{Lookup, binds};
use super::names::{defines_member, is_builtin, read_unbound, words};
use super::tokens::{Kind, Token};
use super::{Claims, Place};
use crate::model::{Family, Side};
use crate::syntax::edits;

const FAMILY: Family = Family::AttributeName;

/// One member that gave way to another on the same object.
struct Swap<'c, 'a> {
    file: &'c PyFile<'a>,
    hunk: &'c PyHunk<'a>,
    /// Index of the old and the new token.
    at: (usize, usize),
}

pub fn judge(commit: &Commit, claims: &mut Claims) {
    let mut members: BTreeMap<(&[u8], &[u8]), Vec<Swap>> = BTreeMap::new();
    for file in &commit.files {
        for hunk in file.correcting() {
            own_member(commit, file, hunk, claims);
            fallback(commit, file, hunk, claims);
            told_by_message(commit, file, hunk, claims);
            for at in hunk.swaps() {
                let (old, new) = (hunk.old[at.0].text, hunk.new[at.1].text);
                if is_keyword_argument(hunk, at) {
                    if is_clean(file, hunk, at) {
                        keyword(commit, file, hunk, at, claims);
                    }
                } else if is_member(hunk, at) && worth_asking(old, new) && is_clean(file, hunk, at) {
                    members.entry((old, new)).or_default().push(Swap { file, hunk, at });
                }
            }
        }
    }
    for ((old, new), swaps) in members {
        if !commit.renames(old, new) {
            member(commit, old, new, &swaps, claims);
        }
    }
}

/// `object.NAME` on both sides, with the same object.
fn is_member(hunk: &PyHunk, at: (usize, usize)) -> bool {
    let (old, new) = (&hunk.old, &hunk.new);
    at.0 >= 2
        && at.1 >= 2
        && old[at.0 - 1].is(".")
        && new[at.1 - 1].is(".")
        && old[at.0 - 2].text == new[at.1 - 2].text
        && !hunk.edits.iter().any(|edit| edit.old.contains(&(at.0 - 2)) || edit.new.contains(&(at.1 - 2)))
}

/// True if the lines around a swap differ in hardly more than names.
fn is_clean(file: &PyFile, hunk: &PyHunk, at: (usize, usize)) -> bool {
    let line = |text: &Text, tokens: &[Token], token: usize| {
        let line = text.line_of(tokens[token].start);
        let on_line = tokens.iter().filter(|t| t.kind != Kind::Comment && text.line_of(t.start) == line);
        on_line.map(|t| (t.text.to_vec(), t.kind)).collect::<Vec<_>>()
    };
    let (old, new) = (line(&file.before, &hunk.old, at.0), line(&file.after, &hunk.new, at.1));
    let differ = old.iter().zip(&new).filter(|(a, b)| a.0 != b.0);
    old.len() == new.len()
        && differ.clone().count() <= 2
        && differ.clone().all(|(a, b)| a.1 == b.1 && a.1 != Kind::Operator)
}

/// Names whose exchange is a change of mind, not a mistake in a name.
fn worth_asking(old: &[u8], new: &[u8]) -> bool {
    const LEVELS: [&str; 8] = ["debug", "info", "warning", "warn", "error", "critical", "exception", "fatal"];
    let level = |name: &[u8]| LEVELS.iter().any(|level| level.as_bytes() == name);
    let check = |name: &[u8]| name.starts_with(b"assert") || name.starts_with(b"call_") || name == b"called";
    !(level(old) && level(new) || check(old) || check(new) || old.len() < 2 || new.len() < 2)
}

fn member(commit: &Commit, old: &[u8], new: &[u8], swaps: &[Swap], claims: &mut Claims) {
    let context = commit.context;
    let mut best: Option<(f64, &'static str, &Swap)> = None;
    for swap in swaps {
        let Some((confidence, pattern)) = member_evidence(commit, old, new, swap) else { continue };
        if best.is_none_or(|(so_far, ..)| confidence > so_far) {
            best = Some((confidence, pattern, swap));
        }
    }
    let Some((mut confidence, pattern, _)) = best else { return };
    if pattern == "member-renamed" && context.says_feature && !context.tests_only {
        confidence -= 0.2;
    }
    for swap in swaps {
        let token = &swap.hunk.old[swap.at.0];
        claims.add(FAMILY, pattern, confidence, Place::new(swap.file, swap.hunk, Side::Before, token.start));
    }
}

/// How surely the old member did not exist, and which pattern that is.
fn member_evidence(commit: &Commit, old: &[u8], new: &[u8], swap: &Swap) -> Option<(f64, &'static str)> {
    let (file, hunk) = (swap.file, swap.hunk);
    let node = file.before.node_of(&hunk.old[swap.at.0])?;
    let attribute = node.parent().filter(|parent| parent.kind() == "attribute")?;
    let new_node = file.after.node_of(&hunk.new[swap.at.1])?;
    if new_node.parent()?.kind() != "attribute" || !file.stood_before(new_node) {
        return None;
    }
    if enclosing(node, &["import_statement", "import_from_statement"]).is_some() {
        return None;
    }
    let object = attribute.child_by_field_name("object")?;
    let object_text = file.before.text_of(object);
    let known = |name: &[u8]| words(file.before.bytes, name).next().is_some() || is_common_method(name);
    let said = commit.is_repair();
    let message = commit.change.message;
    let quoted = message.contains("AttributeError") || message.contains("has no attribute");
    if (is_common_method(old) && is_common_method(new) || is_standard_module(object_text)) && !quoted {
        return None;
    }
    if old.len() >= 4 && is_misspelt(old, new) && (known(new) || said) && !is_common_method(old) {
        return Some((if said || is_common_method(new) { 0.85 } else { 0.6 }, "member-misspelt"));
    }
    if object_text == b"self" || object_text == b"cls" {
        let lost = !defines_member(&file.before, old);
        let there = defines_member(&file.before, new);
        return match (lost, there) {
            (true, true) => Some((0.85, "member-renamed")),
            (true, false) if said && commit.is_small() => Some((0.6, "member-renamed")),
            (false, true) if said && commit.is_small() => Some((0.35, "member-renamed")),
            _ => None,
        };
    }
    if let Some(exists) = module_has(commit, file, object, old) {
        return (!exists).then_some((0.92, "member-nonexistent"));
    }
    if let Some((lost, there)) = defined_elsewhere(commit, file, old, new) {
        return (lost && there).then_some((0.85, "member-renamed"));
    }
    if file.is_test && commit.context.tests_only {
        // A test that calls its subject by another name follows a subject that was renamed before.
        let lower = object_text.to_ascii_lowercase();
        if memchr::memmem::find(&lower, b"mock").is_some() || commit.context.says_feature {
            return None;
        }
        let gone = words(file.after.bytes, old).next().is_none();
        let named = [old, new].iter().any(|name| words(message.as_bytes(), name).next().is_some());
        return match (gone, named || said) {
            (true, true) if said => Some((0.6, "member-renamed")),
            (true, true) => Some((0.45, "member-renamed")),
            _ => None,
        };
    }
    match (quoted, said, commit.is_small()) {
        (true, ..) => Some((0.9, "member-nonexistent")),
        (_, true, true) => Some((if commit.context.lines <= 12 { 0.6 } else { 0.4 }, "member-renamed")),
        _ => None,
    }
}

/// Whether the modules that a file imports from define neither the old name (true) and do define the new
/// one (true); none where they define neither.
fn defined_elsewhere(commit: &Commit, file: &PyFile, old: &[u8], new: &[u8]) -> Option<(bool, bool)> {
    let mut texts = Lookup::new(commit, file.path).imported_modules(file.before.bytes);
    texts.push(file.before.bytes.to_vec());
    let defined = |name: &[u8]| texts.iter().any(|text| defines_by_line(text, name));
    let (there, lost) = (defined(new), !defined(old));
    (there || !lost).then_some((lost, there))
}

/// True if a line starts with the definition of a name, at any depth.
fn defines_by_line(text: &[u8], name: &[u8]) -> bool {
    words(text, name).any(|at| {
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
        let lead = text[start..at].trim_ascii_start();
        let next = text[at + name.len()..].trim_ascii_start().first();
        match lead {
            b"def " | b"async def " | b"class " => true,
            b"" | b"self." => matches!(next, Some(b'=' | b':')),
            _ => false,
        }
    })
}

/// Whether the module that an object names has a member; none if the object is no first-party module.
fn module_has(commit: &Commit, file: &PyFile, object: Node, member: &[u8]) -> Option<bool> {
    if object.kind() != "identifier" {
        return None;
    }
    let name = String::from_utf8_lossy(file.before.text_of(object)).into_owned();
    let text = String::from_utf8_lossy(file.before.bytes);
    // `from a.b import name` or `import name`: told by the lines, for the whole file would be dear.
    let module = text.lines().find_map(|line| {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("from ") {
            let (package, names) = rest.split_once(" import ")?;
            let named = names.split(',').any(|one| one.trim().trim_matches(['(', ')']) == name);
            return named.then(|| format!("{}.{name}", package.trim()));
        }
        (line.strip_prefix("import ")?.trim() == name).then(|| name.clone())
    })?;
    if module.starts_with('.') {
        return None;
    }
    let text = Lookup::new(commit, file.path).module(&module)?;
    Some(binds(&text, &String::from_utf8_lossy(member)))
}

/// `name` made `self.name`, or the other way round, where the old name was not there.
fn own_member(commit: &Commit, file: &PyFile, hunk: &PyHunk, claims: &mut Claims) {
    for edit in &hunk.edits {
        let (gone, come) = (&hunk.old[edit.old.clone()], &hunk.new[edit.new.clone()]);
        let is_self =
            |t: &[super::tokens::Token]| t.len() == 2 && (t[0].is("self") || t[0].is("cls")) && t[1].is(".");
        if gone.is_empty() && is_self(come) {
            let (Some(old), Some(new)) = (hunk.old.get(edit.old.start), hunk.new.get(edit.new.end)) else {
                continue;
            };
            let unbound = old.text == new.text
                && old.kind == Kind::Name
                && file.before.node_of(old).is_some_and(|node| node.kind() == "identifier")
                && read_unbound(&file.before, old.text).is_some();
            if unbound {
                claims.add(FAMILY, "self-missing", 0.9, Place::new(file, hunk, Side::Before, old.start));
            }
        }
        if is_self(gone) && come.is_empty() {
            let Some(old) = hunk.old.get(edit.old.end) else { continue };
            let lost = !defines_member(&file.before, old.text)
                && !commit.undefined.contains(old.text)
                && super::names::is_bound(&file.before, old.text);
            if lost && !commit.context.says_refactor {
                let confidence = if commit.is_repair() { 0.85 } else { 0.6 };
                claims.add(
                    FAMILY,
                    "self-superfluous",
                    confidence,
                    Place::new(file, hunk, Side::Before, old.start),
                );
            }
        }
    }
}

/// `NAME=` within a call.
fn is_keyword_argument(hunk: &PyHunk, at: (usize, usize)) -> bool {
    let equals = |tokens: &[super::tokens::Token], index: usize| {
        index >= 1
            && tokens.get(index + 1).is_some_and(|t| t.is("="))
            && (tokens[index - 1].is("(") || tokens[index - 1].is(","))
    };
    equals(&hunk.old, at.0) && equals(&hunk.new, at.1)
        || hunk.old.get(at.0 + 1).is_some_and(|t| t.is("=")) && at.0 == 0
}

fn keyword(commit: &Commit, file: &PyFile, hunk: &PyHunk, at: (usize, usize), claims: &mut Claims) {
    let (old, new) = (&hunk.old[at.0], &hunk.new[at.1]);
    let in_call = |text: &super::commit::Text, token| {
        text.node_of(token).and_then(|node| node.parent()).is_some_and(|p| p.kind() == "keyword_argument")
    };
    if commit.renames(old.text, new.text) || !in_call(&file.before, old) || !in_call(&file.after, new) {
        return;
    }
    let message = commit.change.message;
    let named = message.contains("unexpected keyword") || message.contains("keyword argument");
    let confidence = match (named, commit.is_repair(), commit.is_small()) {
        (true, ..) => 0.9,
        (_, true, true) => 0.7,
        _ => return,
    };
    claims.add(FAMILY, "keyword-argument-wrong", confidence, Place::new(file, hunk, Side::Before, old.start));
}

/// `x.name` made `getattr(x, "name", default)`.
fn fallback(commit: &Commit, file: &PyFile, hunk: &PyHunk, claims: &mut Claims) {
    for (at, token) in hunk.new.iter().enumerate() {
        let added = hunk.edits.iter().any(|edit| edit.new.contains(&at));
        if !added || !token.is("getattr") || hunk.old.iter().any(|t| t.is("getattr") || t.is("hasattr")) {
            continue;
        }
        let Some(name) = hunk.new[at..].iter().take(14).find(|t| t.kind == Kind::String) else { continue };
        let name = trim_quotes(name.text);
        let read = hunk.old.windows(2).any(|two| two[0].is(".") && two[1].text == name);
        if read && !name.is_empty() && commit.is_repair() && commit.is_small() {
            claims.add(FAMILY, "attribute-fallback", 0.6, Place::new(file, hunk, Side::After, token.start));
        }
    }
    // `except AttributeError:` newly wrapped around what was read before, or a second name tried.
    let caught = hunk.added().any(|token| token.is("AttributeError"));
    let tries = hunk.added().any(|token| token.is("try"));
    if caught && tries && commit.is_repair() && commit.is_small() && !file.is_test {
        let told = commit.change.message.to_lowercase().contains("attribute");
        let confidence = if told { 0.7 } else { 0.4 };
        claims.add(FAMILY, "attribute-fallback", confidence, Place::of_hunk(file, hunk));
    }
}

/// A message that quotes the error makes any exchange of members plain.
fn told_by_message(commit: &Commit, file: &PyFile, hunk: &PyHunk, claims: &mut Claims) {
    let message = commit.change.message;
    let quoted = message.contains("AttributeError") || message.contains("has no attribute");
    if !quoted || !commit.is_small() || file.is_test && !commit.context.tests_only {
        return;
    }
    for edit in &hunk.edits {
        let gone = &hunk.old[edit.old.clone()];
        let lost = gone.windows(2).find(|two| two[0].is(".") && two[1].kind == Kind::Name).map(|two| two[1]);
        let lost = lost.or_else(|| {
            let first = gone.first()?;
            let dot = edit.old.start.checked_sub(1).is_some_and(|i| hunk.old[i].is("."));
            (dot && first.kind == Kind::Name).then_some(*first)
        });
        if let Some(token) = lost {
            claims.add(FAMILY, "member-nonexistent", 0.8, Place::new(file, hunk, Side::Before, token.start));
            return;
        }
    }
}

pub fn trim_quotes(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|b| *b == b'"' || *b == b'\'').map_or(0, |at| at + 1);
    let end = text.iter().rposition(|b| *b == b'"' || *b == b'\'').unwrap_or(text.len());
    if start <= end { &text[start..end] } else { &[] }
}

/// One or two letters apart, not merely singular and plural or a changed prefix.
fn is_misspelt(old: &[u8], new: &[u8]) -> bool {
    if old.len().abs_diff(new.len()) > 1 || is_builtin(old) {
        return false;
    }
    let strip =
        |name: &[u8]| String::from_utf8_lossy(name).trim_matches('_').trim_end_matches('s').to_owned();
    let (short_old, short_new) = (strip(old), strip(new));
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    short_old != short_new && digits(&short_old) == digits(&short_new) && edits(old, new) <= 1
}

/// Modules whose members are exchanged for what they do, hardly ever for their names.
fn is_standard_module(object: &[u8]) -> bool {
    const MODULES: [&str; 14] = [
        "asyncio",
        "datetime",
        "json",
        "logging",
        "math",
        "os",
        "random",
        "re",
        "shutil",
        "subprocess",
        "sys",
        "time",
        "typing",
        "os.path",
    ];
    MODULES.iter().any(|module| module.as_bytes() == object)
}

/// Methods of the built-in types that are often misspelt.
fn is_common_method(name: &[u8]) -> bool {
    const METHODS: &str = "append capitalize casefold center clear copy count decode difference discard encode \
        endswith expandtabs extend find format fromkeys get index insert intersection isalnum isalpha isdecimal \
        isdigit islower isnumeric isspace issubset istitle isupper items join keys ljust lower lstrip partition \
        pop popitem read readline readlines remove replace reverse rfind rindex rjust rpartition rsplit rstrip \
        seek setdefault sort split splitlines startswith strip swapcase symmetric_difference title translate \
        union update upper values write writelines zfill";
    let name = String::from_utf8_lossy(name);
    METHODS.split_whitespace().any(|method| method == name)
}
