//! Imports that were missing, pointed at the wrong place, or could not be loaded.

use tree_sitter::Node;

use super::commit::{Commit, PyFile, PyHunk, Text, enclosing, is_keyword};
use super::facts::{Imported, found, imported};
use super::modules::Lookup;
use super::names::{read_unbound, words};
use super::tokens::{Kind, Token};
use super::{Claims, Place};
use crate::model::{Family, Side};

const FAMILY: Family = Family::ImportPath;

/// An imported name with the hunk it was found in.
struct Entry<'c, 'a> {
    hunk: &'c PyHunk<'a>,
    item: Imported<'c>,
    setting: Setting,
}

pub fn judge(commit: &Commit, file: &PyFile, claims: &mut Claims) {
    search_path(commit, file, claims);
    let touches = |hunk: &&PyHunk| hunk.old.iter().chain(&hunk.new).any(|t| t.is("import") || t.is("from"));
    let inside = |hunk: &&PyHunk| near_import(file, hunk);
    let hunks: Vec<&PyHunk> = file.hunks.iter().filter(|h| touches(h) || inside(h)).collect();
    if hunks.is_empty() {
        return;
    }
    if !hunks.iter().any(|hunk| speaks_of_cycles(commit) || is_worth_parsing(file, hunk)) {
        return;
    }
    let mut old = entries(file, &hunks, Side::Before);
    let mut new = entries(file, &hunks, Side::After);
    cancel_same(&mut old, &mut new);
    if speaks_of_cycles(commit) && commit.is_repair() && !file.is_test {
        // Whichever way a commit breaks the cycle that it names, its imports are what was wrong.
        for entry in old.iter().filter(|entry| entry.hunk.corrects) {
            let place = Place::new(file, entry.hunk, Side::Before, entry.item.statement.start_byte());
            claims.add(FAMILY, "import-cycle-deferred", 0.8, place);
        }
    }
    for entry in new.iter().filter(|entry| entry.hunk.corrects) {
        match old.iter().find(|gone| gone.item.bound == entry.item.bound) {
            Some(gone) => moved(commit, file, gone, entry, claims),
            None => {
                missing(commit, file, entry, claims);
                renamed(commit, file, &old, entry, claims);
            }
        }
    }
}

fn speaks_of_cycles(commit: &Commit) -> bool {
    let message = commit.change.message.to_lowercase();
    ["circular import", "circular dep", "import cycle", "cyclic import"]
        .iter()
        .any(|word| message.contains(word))
}

/// True for a hunk without the word `import` that may lie within a parenthesised import.
fn near_import(file: &PyFile, hunk: &PyHunk) -> bool {
    let above = &file.after.bytes[..hunk.new_bytes.start];
    let tail = &above[above.len().saturating_sub(1500)..];
    let open = memchr::memmem::rfind(tail, b"import (");
    open.is_some_and(|at| memchr::memchr(b')', &tail[at..]).is_none())
}

/// Cheap before dear: a name comes in that the file spoke of before, or a part of an import gives way to
/// another. Names that the file did not know cannot have been missed by it, nor moved.
fn is_worth_parsing(file: &PyFile, hunk: &PyHunk) -> bool {
    let changed = |side: Side| {
        let (text, run) = match side {
            Side::Before => (&file.before, &hunk.old),
            Side::After => (&file.after, &hunk.new),
        };
        let ranges = hunk.edits.iter().map(move |edit| match side {
            Side::Before => edit.old.clone(),
            Side::After => edit.new.clone(),
        });
        ranges.flatten().filter_map(move |at| {
            let token = &run[at];
            let names = token.kind == Kind::Name && !is_keyword(token.text);
            names.then(|| place_in_import(text, run, at)).flatten().map(|place| (token.text, place))
        })
    };
    let gives_way = changed(Side::Before).next().is_some() && changed(Side::After).next().is_some();
    let wraps = hunk.added().any(|token| token.is("try") || token.is("TYPE_CHECKING"));
    gives_way
        || wraps && hunk.new.iter().any(|token| token.is("import"))
        || changed(Side::After).any(|(name, place)| place == InImport::Name && is_known(file, name))
}

/// Which part of an import a token is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InImport {
    Module,
    Name,
}

/// By its line: after `import`, after `from`, or on a line of bare names as in a parenthesised import.
fn place_in_import(text: &Text, run: &[Token], at: usize) -> Option<InImport> {
    let line = text.line_of(run[at].start);
    let start =
        run[..at].iter().rposition(|token| text.line_of(token.start) != line).map_or(0, |last| last + 1);
    let (first, before) = (&run[start], &run[start..at]);
    if before.iter().any(|token| token.is("import")) {
        return Some(InImport::Name);
    }
    if first.is("from") {
        return Some(InImport::Module);
    }
    let rest = run[start..].iter().take_while(|token| text.line_of(token.start) == line);
    let bare = rest.filter(|token| token.kind != Kind::Comment).all(|token| {
        token.kind == Kind::Name && !is_keyword(token.text)
            || token.is("as")
            || token.is(",")
            || token.is(")")
    });
    bare.then_some(InImport::Name)
}

fn is_known(file: &PyFile, name: &[u8]) -> bool {
    name.len() > 1 && words(file.before.bytes, name).next().is_some()
}

fn entries<'c, 'a>(file: &'c PyFile<'a>, hunks: &[&'c PyHunk<'a>], side: Side) -> Vec<Entry<'c, 'a>> {
    let text = file.text(side);
    let mut all: Vec<Entry> = Vec::new();
    for &hunk in hunks {
        for statement in found(file, hunk, side, "import") {
            if all.iter().any(|entry| entry.item.statement == statement) {
                continue;
            }
            all.extend(imported(text, statement).into_iter().map(|item| {
                let setting = setting(text, &item);
                Entry { hunk, item, setting }
            }));
        }
    }
    all
}

/// Drops what is imported in the same way on both sides.
fn cancel_same(old: &mut Vec<Entry>, new: &mut Vec<Entry>) {
    let key = |entry: &Entry| {
        let item = &entry.item;
        (item.module.clone(), item.name.clone(), item.bound.clone(), entry.setting)
    };
    new.retain(|entry| {
        let same = old.iter().position(|gone| key(gone) == key(entry));
        if let Some(at) = same {
            old.remove(at);
        }
        same.is_none()
    });
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    Top,
    Function,
    /// In a `try` that survives its absence.
    Optional,
    TypeChecking,
    /// In some other block: a branch, a handler.
    Elsewhere,
}

fn setting(text: &Text, item: &Imported) -> Setting {
    let kinds = ["function_definition", "try_statement", "if_statement", "with_statement", "except_clause"];
    let Some(node) = enclosing(item.statement, &kinds) else { return Setting::Top };
    let says = |node: Node, word: &str| memchr::memmem::find(text.text_of(node), word.as_bytes()).is_some();
    match node.kind() {
        "function_definition" => Setting::Function,
        "if_statement" => {
            let condition = node.child_by_field_name("condition");
            let typing = condition.is_some_and(|condition| says(condition, "TYPE_CHECKING"));
            if typing { Setting::TypeChecking } else { Setting::Elsewhere }
        }
        "try_statement" => {
            let mut cursor = node.walk();
            let handlers: Vec<Node> =
                node.named_children(&mut cursor).filter(|child| child.kind() == "except_clause").collect();
            let tried = node.child_by_field_name("body").is_some_and(|body| {
                body.start_byte() <= item.statement.start_byte()
                    && item.statement.end_byte() <= body.end_byte()
            });
            let survives = !handlers.is_empty() && !handlers.iter().any(|handler| says(*handler, "raise "));
            if tried && survives { Setting::Optional } else { Setting::Elsewhere }
        }
        _ => Setting::Elsewhere,
    }
}

/// Imported now, read before, bound by nothing before.
fn missing(commit: &Commit, file: &PyFile, entry: &Entry, claims: &mut Claims) {
    let name = entry.item.bound.as_bytes();
    if !is_known(file, name) || entry.setting == Setting::Optional {
        return;
    }
    let Some(read) = read_unbound(&file.before, name) else { return };
    // Within lines that the commit rewrites anyway, the read shows nothing by itself.
    let stays = file.hunks.iter().all(|hunk| !hunk.old_bytes.contains(&read.start_byte()));
    let confidence = match stays {
        true => 0.93,
        false if commit.is_repair() => 0.75,
        false => 0.45,
    };
    let place = Place::new(file, entry.hunk, Side::Before, read.start_byte());
    claims.add(FAMILY, "name-not-imported", confidence, place);
}

/// The same name, imported otherwise.
fn moved(commit: &Commit, file: &PyFile, gone: &Entry, entry: &Entry, claims: &mut Claims) {
    let context = commit.context;
    let place = || Place::new(file, entry.hunk, Side::After, entry.item.statement.start_byte());
    if gone.item.module == entry.item.module && gone.item.name == entry.item.name {
        let circular = speaks_of_cycles(commit);
        match (gone.setting, entry.setting) {
            (Setting::Top, Setting::Optional) => {
                let told = (commit.is_repair() || context.says_import) && !context.says_refactor;
                let confidence = if told { 0.8 } else { 0.45 };
                claims.add(FAMILY, "optional-import-unguarded", confidence, place());
            }
            (Setting::Top, Setting::Function) => {
                let confidence = if circular {
                    0.9
                } else if commit.is_repair() && !file.is_test {
                    0.7
                } else {
                    0.4
                };
                claims.add(FAMILY, "import-cycle-deferred", confidence, place());
            }
            (Setting::Top, Setting::TypeChecking) => {
                let confidence = if circular {
                    0.9
                } else if commit.is_repair() {
                    0.65
                } else {
                    0.4
                };
                claims.add(FAMILY, "import-for-types-only", confidence, place());
            }
            _ => {}
        }
        return;
    }
    let whole = |item: &Imported| format!("{}.{}", item.module, item.name).replace("..", ".");
    let whole = |item: &Imported| whole(item).trim_matches('.').to_owned();
    let same_thing = whole(&gone.item) == whole(&entry.item);
    if gone.item.name != entry.item.name && gone.item.module != entry.item.module && !same_thing {
        return;
    }
    if gone.item.module == "typing" && entry.item.module == "collections.abc" {
        // A linter's taste: both work.
        return;
    }
    let lookup = Lookup::new(commit, file.path);
    if lookup.moves(&gone.item.module) || lookup.moves(&entry.item.module) {
        return;
    }
    let relative = gone.item.module.starts_with('.') != entry.item.module.starts_with('.');
    let same_tail =
        entry.item.module.trim_start_matches('.').ends_with(gone.item.module.trim_start_matches('.'))
            || gone.item.module.trim_start_matches('.').ends_with(entry.item.module.trim_start_matches('.'));
    let pattern = if relative && same_tail { "import-relative-absolute" } else { "import-module-wrong" };
    let name = if gone.item.name.is_empty() { None } else { Some(gone.item.name.as_str()) };
    let confidence = match lookup.exists(&gone.item.module, name) {
        Some(false) => 0.92,
        Some(true) if context.says_import && commit.is_repair() && commit.is_small() => 0.6,
        Some(true) => 0.3,
        None if context.says_refactor || context.says_feature => 0.4,
        None if context.says_import && commit.is_repair() => 0.85,
        None if commit.is_repair() && commit.is_small() => 0.65,
        None => 0.4,
    };
    claims.add(FAMILY, pattern, confidence, place());
}

/// `from m import wrong` made `from m import right`.
fn renamed(commit: &Commit, file: &PyFile, old: &[Entry], entry: &Entry, claims: &mut Claims) {
    if entry.item.name.is_empty() {
        return;
    }
    let Some(gone) = old.iter().find(|gone| {
        gone.item.module == entry.item.module
            && gone.hunk.index == entry.hunk.index
            && !gone.item.name.is_empty()
    }) else {
        return;
    };
    if commit.renames(gone.item.name.as_bytes(), entry.item.name.as_bytes()) {
        return;
    }
    let lookup = Lookup::new(commit, file.path);
    let lost = lookup.exists(&gone.item.module, Some(&gone.item.name)) == Some(false);
    if lost && lookup.exists(&entry.item.module, Some(&entry.item.name)) == Some(true) {
        let place = Place::new(file, entry.hunk, Side::Before, gone.item.statement.start_byte());
        claims.add(FAMILY, "import-name-wrong", 0.9, place);
    }
}

/// `sys.path` set up in a file that ran before without it.
fn search_path(commit: &Commit, file: &PyFile, claims: &mut Claims) {
    for hunk in file.correcting() {
        let edits_path = |tokens: &[Token]| {
            tokens
                .windows(4)
                .any(|t| t[0].is("sys") && t[1].is(".") && t[2].is("path") && (t[3].is(".") || t[3].is("=")))
        };
        let added = edits_path(&hunk.new);
        let changed = hunk.added().count() > 0 && hunk.edits.len() <= 8;
        if added && changed {
            let context = commit.context;
            let quiet = context.says_feature || context.says_refactor || !commit.is_small();
            let confidence = if quiet {
                0.4
            } else if commit.context.says_fix {
                0.85
            } else {
                0.65
            };
            claims.add(FAMILY, "import-search-path", confidence, Place::of_hunk(file, hunk));
        }
    }
}
