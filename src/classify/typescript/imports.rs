//! Imports that were missing, pointed at the wrong place, or could not be loaded.

use std::sync::LazyLock;

use regex::Regex;

use super::bindings::{Binding, How, bindings};
use super::case::{Case, Place, has_word, words};
use super::edit::Edit;
use super::lexer::Token;
use super::scope::{is_known_global, unbound_reads};
use super::score::{confidence, mood};
use super::specifier::{candidates, is_extended, join};
use crate::model::Side;
use crate::syntax::is_test;

fn is_global(name: &str) -> bool {
    GLOBALS.contains(&name) || is_known_global(name)
}

/// Names that need no import: bringing one in is taste, not repair.
const GLOBALS: [&str; 17] = [
    "React",
    "process",
    "Buffer",
    "URL",
    "URLSearchParams",
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "console",
    "performance",
    "fetch",
    "crypto",
    "global",
    "TextDecoder",
    "TextEncoder",
    "AbortController",
    "Event",
];

/// How many modules of one file are read to see what they export.
const READS: usize = 3;
/// Functions that test runners may provide as globals.
const RUNNER: [&str; 10] =
    ["describe", "it", "test", "expect", "vi", "jest", "beforeEach", "afterEach", "beforeAll", "afterAll"];

/// Judges what the file imports and exports.
pub fn judge(case: &mut Case) {
    let mut claims = Vec::new();
    if case.edits.iter().any(touches_modules) || near_imports(case) {
        let (old, new) = (bindings(case.file.before), bindings(case.file.after));
        let judged = Judge { case, old: &old, new: &new, odds: mood(case.context, case.context.says_import) };
        judged.added(&mut claims);
        judged.redirected(&mut claims);
        judged.unknown(&mut claims);
        judged.taken_from_namespace(&mut claims);
        judged.unused(&mut claims);
        judged.merged(&mut claims);
    }
    exported(case, &mut claims);
    for (pattern, confidence, place) in claims {
        case.claim(pattern, confidence, place);
    }
}

type Claims = Vec<(&'static str, f64, Place)>;

fn touches_modules(edit: &Edit) -> bool {
    let speaks = |t: &Token| matches!(t.text, "import" | "from" | "require");
    edit.old.iter().chain(&edit.new).any(speaks)
}

/// Some edit lies above the last import statement, so it may be a line of an import list.
fn near_imports(case: &Case) -> bool {
    let last = memchr::memmem::rfind(case.file.after, b" from ").unwrap_or(0);
    case.edits.iter().any(|edit| edit.new_bytes.start < last && edit.new.len() < 60)
}

struct Judge<'c, 'a> {
    case: &'c Case<'a>,
    old: &'c [Binding<'a>],
    new: &'c [Binding<'a>],
    odds: f64,
}

impl<'a> Judge<'_, 'a> {
    fn edit_at(&self, side: Side, at: usize) -> Option<&Edit<'a>> {
        self.case.edits.iter().find(|edit| match side {
            Side::Before => edit.old_bytes.contains(&at),
            Side::After => edit.new_bytes.contains(&at),
        })
    }

    fn place(&self, side: Side, at: usize) -> Option<Place> {
        self.edit_at(side, at).map(|edit| Place { hunk: edit.hunk, side, at })
    }

    fn was<'o>(&'o self, local: &'o str) -> impl Iterator<Item = &'o Binding<'a>> + 'o {
        self.old.iter().filter(move |old| old.local == local)
    }

    fn is(&self, local: &str) -> Option<&Binding<'a>> {
        self.new.iter().find(|new| new.local == local)
    }

    /// A name that was used before it was imported.
    fn added(&self, claims: &mut Claims) {
        for new in self.new {
            let Some(place) = self.place(Side::After, new.at) else { continue };
            let context = self.case.context;
            let wanted = context.says_import && context.says_fix;
            if self.was(new.local).any(|old| !old.dynamic) || is_global(new.local) && !wanted {
                continue;
            }
            if self.used_unbound(new.local) {
                // A runner may provide its functions as globals, and most of the time it does.
                let provided = RUNNER.contains(&new.local) && !self.case.context.says_import;
                let odds = self.odds.max(-0.5) * 0.5 - if provided { 2.5 } else { 0.0 };
                let pattern = if new.type_only { "import-type-missing" } else { "import-missing" };
                claims.push((pattern, confidence(0.88, odds), place));
            } else if says_missing_import(self.case.change.subject) {
                claims.push(("import-missing", confidence(0.6, 0.0), place));
            }
        }
    }

    /// The text before the change reads the name where nothing binds it.
    fn used_unbound(&self, name: &str) -> bool {
        if !has_word(self.case.file.before, name) {
            return false;
        }
        let Some(before) = self.case.side(Side::Before) else { return false };
        !unbound_reads(before, name).is_empty()
    }

    /// The same name, now taken from elsewhere or in another way.
    fn redirected(&self, claims: &mut Claims) {
        for old in self.old {
            let Some(new) = self.is(old.local) else { continue };
            if self.was(old.local).count() > 1
                || self.edit_at(Side::Before, old.at).is_none()
                    && self.edit_at(Side::Before, old.statement).is_none()
                    && old.specifier == new.specifier
            {
                continue;
            }
            let place = self.place(Side::After, new.at).or_else(|| self.specifier_place(new));
            let Some(place) = place else { continue };
            if old.specifier != new.specifier {
                self.specifier_changed(old, new, place, claims);
            } else if old.how != new.how {
                // Where nothing was broken, another kind of import is taste.
                let broken = self.case.context.says_fix || self.case.context.says_type;
                let base = match (broken, self.changes_target(new.specifier)) {
                    (true, false) => 0.7,
                    _ => 0.35,
                };
                claims.push(("import-kind-wrong", confidence(base, self.odds), place));
            } else if old.type_only && !new.type_only {
                claims.push(("import-type-used-as-value", confidence(0.55, self.odds), place));
            }
        }
        self.cycle(claims);
        if let Some((place, _)) = self.moved_into_function() {
            claims.push(("import-cycle", confidence(0.6, self.odds), place));
        }
    }

    /// Where a list's specifier was changed on a line of its own.
    fn specifier_place(&self, new: &Binding) -> Option<Place> {
        let text = &self.case.file.after[new.statement..];
        let at = memchr::memmem::find(text, new.specifier.as_bytes())?;
        self.place(Side::After, new.statement + at)
    }

    fn specifier_changed(&self, old: &Binding, new: &Binding, place: Place, claims: &mut Claims) {
        if is_extended(old.specifier, new.specifier) {
            let wide = self.case.context.files > 8 && !self.case.context.says_fix;
            let base = if wide { 0.4 } else { 0.8 };
            claims.push(("import-extension-missing", confidence(base, self.odds), place));
            return;
        }
        if self.moved(new.specifier) || new.specifier.strip_prefix("node:") == Some(old.specifier) {
            return;
        }
        let within = new.specifier.strip_prefix(old.specifier).is_some_and(|rest| rest.starts_with('/'));
        if old.how != new.how && !within && old.specifier.starts_with('.') == new.specifier.starts_with('.') {
            // Another module under the same name: a replacement of what it does.
            return;
        }
        let relative = |specifier: &str| specifier.starts_with('.');
        let base = if relative(old.specifier) {
            match (self.exists(Side::Before, old.specifier), self.exists(Side::After, old.specifier)) {
                (false, _) => 0.9,
                // It was there and is there no more: the module moved, and its importers follow.
                (true, false) => return,
                (true, true) if relative(new.specifier) && !self.exists(Side::Before, new.specifier) => {
                    return;
                }
                (true, true) if self.changes_target(old.specifier) || self.changes_target(new.specifier) => {
                    return;
                }
                // Both lead somewhere: taste, most of the time.
                (true, true) => 0.2,
            }
        } else if relative(new.specifier) {
            if self.exists(Side::Before, new.specifier) { 0.62 } else { return }
        } else {
            0.62
        };
        let context = self.case.context;
        let broken = context.says_fix || context.says_import || context.says_type;
        let mut odds = self.odds - if broken { 0.0 } else { 0.8 };
        if context.says_format {
            odds -= 1.0;
        }
        claims.push(("import-specifier-wrong", confidence(base, odds), place));
    }

    /// A file that came to stand where the specifier leads, by its last two names, in the same commit.
    fn moved(&self, specifier: &str) -> bool {
        let stem = |path: &str| path.rsplit_once('.').map_or(path, |(stem, _)| stem).to_owned();
        let wanted = if specifier.starts_with('.') {
            join(self.case.file.path, specifier).unwrap_or_default()
        } else {
            let mut names = specifier.rsplit('/').take(2).collect::<Vec<_>>();
            names.reverse();
            names.join("/")
        };
        let extension =
            [".js", ".ts", ".tsx", ".jsx", ".mjs"].iter().find_map(|ext| wanted.strip_suffix(ext));
        let wanted = format!("/{}", extension.unwrap_or(&wanted));
        self.case.change.files.iter().any(|file| {
            let came = file.before.is_empty() || file.path != file.old_path;
            came && format!("/{}", stem(file.path)).trim_end_matches("/index").ends_with(&wanted)
        })
    }

    /// Another file that the specifier may mean changes in the same commit: importers follow it.
    fn changes_target(&self, specifier: &str) -> bool {
        let Some(base) = join(self.case.file.path, specifier).filter(|_| specifier.starts_with('.')) else {
            return false;
        };
        let paths = candidates(&base);
        self.case.change.files.iter().any(|file| paths.iter().any(|path| path == file.path))
    }

    /// Names that their module does not hold are imported no more.
    fn unknown(&self, claims: &mut Claims) {
        let context = self.case.context;
        if !(context.says_fix || context.says_import || context.says_type || context.tests_only) {
            return;
        }
        let mut reads = 0;
        for old in self.old.iter().filter(|old| old.how == How::Named && old.specifier.starts_with('.')) {
            let Some(place) = self.place(Side::Before, old.at) else { continue };
            let kept = self.new.iter().any(|new| new.specifier == old.specifier);
            if !kept || self.is(old.local).is_some() || reads >= READS || self.changes_target(old.specifier) {
                continue;
            }
            reads += 1;
            let Some(base) = join(self.case.file.old_path, old.specifier) else { continue };
            let paths = candidates(&base);
            let Some(text) = paths.iter().find_map(|path| (self.case.change.read)(Side::Before, path)) else {
                continue;
            };
            if !has_word(&text, old.local) && memchr::memmem::find(&text, b"export *").is_none() {
                claims.push(("import-name-unknown", confidence(0.8, self.odds), place));
            }
        }
    }

    /// Named imports gave way to the module's namespace, from which they are taken now.
    fn taken_from_namespace(&self, claims: &mut Claims) {
        for new in self.new.iter().filter(|new| new.how == How::Namespace && !new.dynamic) {
            let Some(place) = self.place(Side::After, new.at) else { continue };
            let mut of_module = self.old.iter().filter(|old| old.specifier == new.specifier).peekable();
            let named =
                of_module.peek().is_some() && of_module.all(|old| old.how == How::Named && !old.type_only);
            let broken = self.case.context.says_fix;
            if named && broken && !self.case.is_test {
                claims.push(("import-kind-wrong", confidence(0.6, self.odds), place));
            }
        }
    }

    /// The commit says that it breaks a cycle, and an import leads elsewhere or is gone.
    fn cycle(&self, claims: &mut Claims) {
        static CYCLE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?i)\b(circular|cyclic|cycles?)\b").expect("a constant pattern"));
        if !CYCLE.is_match(self.case.change.subject) {
            return;
        }
        let left = self.old.iter().find_map(|old| {
            let stays = self.new.iter().any(|new| new.specifier == old.specifier && !new.type_only);
            self.place(Side::Before, old.at).filter(|_| !stays && !old.type_only)
        });
        claims.extend(left.map(|place| ("import-cycle", confidence(0.75, self.odds), place)));
    }

    /// A static import gave way to an import of the same module inside a function.
    fn moved_into_function(&self) -> Option<(Place, &str)> {
        self.old.iter().filter(|old| !old.dynamic && !old.type_only).find_map(|old| {
            self.edit_at(Side::Before, old.at)?;
            let new = self.new.iter().find(|new| new.dynamic && new.specifier == old.specifier)?;
            if self.new.iter().any(|kept| !kept.dynamic && !kept.type_only && kept.specifier == old.specifier)
            {
                return None;
            }
            Some((self.place(Side::After, new.at)?, old.specifier))
        })
    }

    /// An import that nobody used, taken out.
    fn unused(&self, claims: &mut Claims) {
        for old in self.old {
            let Some(place) = self.place(Side::Before, old.at) else { continue };
            if self.is(old.local).is_none() && words(self.case.file.before, old.local).count() == 1 {
                claims.push((
                    "unused-import",
                    confidence(0.6, mood(self.case.context, self.case.context.says_format)),
                    place,
                ));
            }
        }
    }

    /// Two imports of one module became one.
    fn merged(&self, claims: &mut Claims) {
        let statements = |all: &[Binding], specifier: &str| {
            let mut starts: Vec<usize> =
                all.iter().filter(|b| b.specifier == specifier && !b.dynamic).map(|b| b.statement).collect();
            starts.dedup();
            starts.len()
        };
        for old in self.old {
            let Some(place) = self.place(Side::Before, old.at) else { continue };
            let now = statements(self.new, old.specifier);
            if now == 1 && statements(self.old, old.specifier) > 1 && self.is(old.local).is_some() {
                claims.push(("import-duplicated", confidence(0.6, self.odds), place));
            }
        }
    }

    /// Whether a relative specifier leads to a file of that side.
    fn exists(&self, side: Side, specifier: &str) -> bool {
        let from = match side {
            Side::Before => self.case.file.old_path,
            Side::After => self.case.file.path,
        };
        let Some(base) = join(from, specifier) else { return false };
        candidates(&base).iter().any(|path| self.holds(side, path))
    }

    fn holds(&self, side: Side, path: &str) -> bool {
        for file in self.case.change.files {
            let (this, text) = match side {
                Side::Before => (file.old_path, file.before),
                Side::After => (file.path, file.after),
            };
            if this == path {
                return !text.is_empty();
            }
        }
        (self.case.change.read)(side, path).is_some()
    }
}

/// "add missing Cache import", "forgot to import …"
fn says_missing_import(subject: &str) -> bool {
    static MISSING: LazyLock<Regex> = LazyLock::new(|| {
        let forms = r"(?i)\bmissing\b(\W+\S+){0,3}?\W+imports?\b|\bimports? (is |was |were )?missing\b|\bforg[oe]t.*\bimport";
        Regex::new(forms).expect("a constant pattern")
    });
    MISSING.is_match(subject)
}

/// `export` put before what was there, or a re-export added: somebody could not import it.
fn exported(case: &Case, claims: &mut Claims) {
    let context = case.context;
    if !context.says_fix || !(context.says_import || context.says_type) || case.is_test {
        return;
    }
    for edit in &case.edits {
        for swap in &edit.swaps {
            let (removed, added) = (edit.removed(swap), edit.added(swap));
            let [first, rest @ ..] = added else { continue };
            if !removed.is_empty() || !first.is("export") {
                continue;
            }
            let bare = rest.is_empty()
                || rest[0].is("default") && rest.len() <= 3
                || rest[0].is("{") && rest.len() <= 8;
            let re_export =
                rest.iter().any(|token| token.is("from")) && rest.last().is_some_and(|t| t.is(";"));
            if !bare && !re_export {
                continue;
            }
            let name = edit.new.get(swap.new.end + 1).map(|token| token.text).unwrap_or_default();
            let needed = !bare || !case.added_elsewhere(name, |file| !is_test(file.path));
            let odds = mood(context, false) + if needed { 0.0 } else { -1.0 };
            let place = Place { hunk: edit.hunk, side: Side::After, at: first.at };
            claims.push(("export-missing", confidence(0.6, odds), place));
        }
    }
}
