//! Test doubles that were set up wrongly: `unittest.mock`, `pytest-mock`, `monkeypatch`, hand-made mocks.
//!
//! Only commits that touch nothing but tests are judged: where the product changes too, its mocks follow.
//! New tests bring new mocks, so only functions and classes that stood before count.

use tree_sitter::Node;

use super::answers::{configured, hand_made, told};
use super::attributes::trim_quotes;
use super::commit::{Commit, PyFile, PyHunk, Text, enclosing};
use super::facts::found;
use super::modules::Lookup;
use super::tokens::{Kind, Token};
use super::{Claims, Place};
use crate::model::{Family, Side};

const FAMILY: Family = Family::MockSetup;

/// A call that sets up a test double.
struct Double<'t> {
    call: Node<'t>,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// `patch("a.b.C")`, `monkeypatch.setattr("a.b.C", …)`.
    Patch(String),
    /// `patch.object(thing, "member")`, `monkeypatch.setattr(thing, "member", …)`.
    Member(String, String),
    /// `Mock()` and its kind.
    Mock,
    /// `setenv`, `delenv`, `patch.dict(os.environ, …)`.
    Environment,
}

pub fn judge(commit: &Commit, file: &PyFile, claims: &mut Claims) {
    if !commit.context.tests_only {
        return;
    }
    let weigh = |base: f64| in_context(commit, base);
    for hunk in file.correcting() {
        by_tokens(file, hunk, &weigh, claims);
        hand_made(file, hunk, &weigh, claims);
        told(commit, file, hunk, claims);
        configured(file, hunk, &weigh, claims);
        let speaks = |t: &Token| {
            ["patch", "Mock", "setattr", "environ", "setenv", "create_autospec"]
                .iter()
                .any(|word| memchr::memmem::find(t.text, word.as_bytes()).is_some())
                || t.kind == Kind::String && t.text.contains(&b'.')
        };
        if hunk.old.iter().chain(&hunk.new).any(speaks) || near_patch(file, hunk) {
            let old = doubles(&file.before, found(file, hunk, Side::Before, "double"));
            let new = doubles(&file.after, found(file, hunk, Side::After, "double"));
            targets(commit, file, hunk, &old, &new, claims);
            environment(commit, file, hunk, (&old, &new), claims);
        }
    }
}

/// A pattern's base rate, moved by what the commit is.
fn in_context(commit: &Commit, base: f64) -> f64 {
    let context = commit.context;
    let mut confidence = base;
    confidence += if context.says_fix || context.says_mock { 0.05 } else { -0.05 };
    confidence -= if context.says_refactor && !context.says_fix { 0.15 } else { 0.0 };
    confidence -= if context.says_feature && !context.says_mock { 0.25 } else { 0.0 };
    let subject = commit.change.subject.to_lowercase();
    let extends = ["enhance", "coverage", "extend", "expand", "more test", "comprehensive", "improve"];
    let extends = !context.says_fix && extends.iter().any(|word| subject.contains(word));
    confidence -= if commit.new_tests > 0 || extends { 0.15 } else { 0.0 };
    confidence -= match context.lines {
        0..=80 => 0.0,
        81..=200 => 0.1,
        _ => 0.25,
    };
    confidence.clamp(0.0, 0.95)
}

/// A hunk of bare lines within a call that the lines above have opened.
fn near_patch(file: &PyFile, hunk: &PyHunk) -> bool {
    let above = &file.after.bytes[..hunk.new_bytes.start];
    let tail = &above[above.len().saturating_sub(200)..];
    hunk.new.len() + hunk.old.len() < 40 && memchr::memmem::find(tail, b"patch").is_some()
}

fn doubles<'t>(text: &Text, calls: Vec<Node<'t>>) -> Vec<Double<'t>> {
    calls.into_iter().filter_map(|call| Some(Double { call, what: what(text, call)? })).collect()
}

fn what(text: &Text, call: Node) -> Option<What> {
    let function = String::from_utf8_lossy(text.text_of(call.child_by_field_name("function")?)).into_owned();
    let arguments = call.child_by_field_name("arguments")?;
    let argument = |at: u32| arguments.named_child(at);
    let string = |node: Node| {
        (node.kind() == "string")
            .then(|| String::from_utf8_lossy(trim_quotes(text.text_of(node))).into_owned())
    };
    let last = function.rsplit('.').next().unwrap_or(&function);
    match last {
        "patch" => Some(What::Patch(string(argument(0)?)?)),
        "object" | "setattr" if function.contains("patch") => {
            let (first, second) = (argument(0)?, argument(1)?);
            if last == "setattr" && first.kind() == "string" {
                return Some(What::Patch(string(first)?));
            }
            let thing = String::from_utf8_lossy(text.text_of(first)).into_owned();
            Some(What::Member(thing, string(second)?))
        }
        "dict" if function.contains("patch") => {
            let first = argument(0)?;
            memchr::memmem::find(text.text_of(first), b"environ").map(|_| What::Environment)
        }
        "setenv" | "delenv" => Some(What::Environment),
        "Mock" | "MagicMock" | "AsyncMock" | "PropertyMock" | "NonCallableMock" | "create_autospec" => {
            Some(What::Mock)
        }
        _ => None,
    }
}

/// What is patched, compared between the two sides.
fn targets(
    commit: &Commit,
    file: &PyFile,
    hunk: &PyHunk,
    old: &[Double],
    new: &[Double],
    claims: &mut Claims,
) {
    let is_target = |double: &&Double| matches!(double.what, What::Patch(_) | What::Member(..));
    let mut gone: Vec<&Double> = old.iter().filter(is_target).collect();
    let mut come: Vec<&Double> = new.iter().filter(is_target).collect();
    let same_things = gone.len() > 1 && {
        let sorted = |list: &[&Double]| {
            let mut all: Vec<String> = list.iter().map(|double| format!("{:?}", double.what)).collect();
            all.sort();
            all
        };
        sorted(&gone) == sorted(&come) && gone.iter().zip(&come).any(|(a, b)| a.what != b.what)
    };
    let decorates = |double: &&Double| double.call.parent().is_some_and(|p| p.kind() == "decorator");
    if same_things && gone.iter().all(decorates) && come.iter().all(decorates) {
        claims.add(FAMILY, "patch-decorator-order", in_context(commit, 0.9), Place::of_hunk(file, hunk));
        return;
    }
    come.retain(|double| {
        let same = gone.iter().position(|other| other.what == double.what);
        if let Some(at) = same {
            gone.remove(at);
        }
        same.is_none()
    });
    for (index, before) in gone.iter().enumerate() {
        let place = || Place::new(file, hunk, Side::Before, before.call.start_byte());
        let undotted =
            matches!(&before.what, What::Patch(target) if !target.contains('.') && !target.is_empty());
        if undotted {
            claims.add(FAMILY, "patch-target-undotted", in_context(commit, 0.88), place());
            continue;
        }
        let Some(after) = come.get(index) else { continue };
        let Some((base, pattern)) = retargeted(commit, file, &before.what, &after.what) else { continue };
        claims.add(FAMILY, pattern, in_context(commit, base), place());
    }
    if gone.is_empty() {
        for double in come.iter().filter(|double| joins_standing_test(file, double.call)) {
            let place = Place::new(file, hunk, Side::After, double.call.start_byte());
            if left_elsewhere(file, hunk, double.call) {
                claims.add(FAMILY, "patch-decorator-order", in_context(commit, 0.88), place);
                continue;
            }
            // Where much else gives way, the patch is part of another test.
            let replaces = hunk.removed().count() > 12 && !commit.context.says_fix;
            let moves = file.hunks.iter().any(|hunk| hunk.removed().any(|token| token.is("patch")));
            let base = if replaces || moves { 0.45 } else { 0.72 };
            claims.add(FAMILY, "patch-missing", in_context(commit, base), place);
        }
    }
    let doubled = hunk.added().next().is_none() && gone.iter().all(decorates) && come.is_empty();
    let moves = |double: &Double| {
        let decorator = double.call.parent().map_or(&b""[..], |parent| file.before.text_of(parent));
        let comes = |other: &PyHunk| {
            memchr::memmem::find(&file.after.bytes[other.new_bytes.clone()], decorator).is_some()
        };
        file.hunks.iter().any(comes)
    };
    let doubled = doubled && !gone.iter().any(|double| moves(double));
    if let (true, Some(double), true) = (doubled, gone.first(), commit.is_repair()) {
        let place = Place::new(file, hunk, Side::Before, double.call.start_byte());
        claims.add(FAMILY, "patch-argument-missing", in_context(commit, 0.7), place);
    }
    let mocks = |list: &[Double]| list.iter().filter(|double| double.what == What::Mock).count();
    let standing = new.iter().any(|double| double.what == What::Mock && file.stood_before(double.call));
    if gone.is_empty() && come.is_empty() && mocks(old) == 0 && standing && hunk.removed().count() > 3 {
        claims.add(FAMILY, "real-object-needs-mock", in_context(commit, 0.6), Place::of_hunk(file, hunk));
    }
    let dropped = gone.len() + mocks(old) > come.len() + mocks(new) + 1;
    if dropped && !gone.is_empty() && come.is_empty() && hunk.added().count() > 8 {
        claims.add(FAMILY, "mocked-too-much", in_context(commit, 0.6), Place::of_hunk(file, hunk));
    }
}

/// True for a decorator that another hunk takes away, so that it only moves.
fn left_elsewhere(file: &PyFile, hunk: &PyHunk, call: Node) -> bool {
    let Some(decorator) = call.parent().filter(|parent| parent.kind() == "decorator") else { return false };
    let text = file.after.text_of(decorator);
    file.hunks.iter().filter(|other| other.index != hunk.index).any(|other| {
        memchr::memmem::find(&file.before.bytes[other.old_bytes.clone()], text).is_some()
            && memchr::memmem::find(&file.after.bytes[other.new_bytes.clone()], text).is_none()
    })
}

/// Which mistake a patch's new target tells of.
fn retargeted(commit: &Commit, file: &PyFile, old: &What, new: &What) -> Option<(f64, &'static str)> {
    match (old, new) {
        (What::Patch(old), What::Patch(new)) => {
            let (old_module, old_name) = old.rsplit_once('.')?;
            let (new_module, new_name) = new.rsplit_once('.').unwrap_or(("", new));
            let lookup = Lookup::new(commit, file.path);
            let lost = lookup.exists(old_module, Some(old_name)) == Some(false);
            if old_name == new_name {
                return Some((if lost { 0.93 } else { 0.88 }, "patch-where-used"));
            }
            if old_module == new_module {
                return Some((if lost { 0.93 } else { 0.8 }, "patch-target-nonexistent"));
            }
            Some((0.68, "patch-wrong-target"))
        }
        (What::Member(old_thing, old), What::Member(new_thing, new)) => {
            if old == new && old_thing != new_thing {
                return Some((0.75, "patch-where-used"));
            }
            (old_thing == new_thing && old != new).then_some((0.82, "patch-target-nonexistent"))
        }
        (What::Patch(_), What::Member(..)) | (What::Member(..), What::Patch(_)) => {
            Some((0.6, "patch-wrong-target"))
        }
        _ => None,
    }
}

/// True for a call in a test that stood before, or in the set-up of a class that did.
fn joins_standing_test(file: &PyFile, call: Node) -> bool {
    if file.stood_before(call) {
        return enclosing(call, &["function_definition", "decorated_definition"])
            .is_some_and(|around| around.kind() == "function_definition" || decorated_stood(file, around));
    }
    let Some(function) = enclosing(call, &["function_definition"]) else { return false };
    let name = function.child_by_field_name("name").map(|name| file.after.text_of(name));
    matches!(name, Some(b"setUp" | b"asyncSetUp" | b"setup_method" | b"setUpClass" | b"setup"))
        || function.parent().is_some_and(|around| {
            around.kind() == "decorated_definition"
                && memchr::memmem::find(file.after.text_of(around), b"autouse=True").is_some()
        })
}

/// A decorator belongs to the function below it.
fn decorated_stood(file: &PyFile, decorated: Node) -> bool {
    let body = decorated
        .child_by_field_name("definition")
        .and_then(|definition| definition.child_by_field_name("body"))
        .and_then(|body| body.named_child(0));
    body.is_some_and(|statement| file.stood_before(statement))
}

/// Changes that the tokens tell alone.
fn by_tokens(file: &PyFile, hunk: &PyHunk, weigh: &dyn Fn(f64) -> f64, claims: &mut Claims) {
    let is_sync = |t: &Token| t.is("Mock") || t.is("MagicMock");
    for edit in &hunk.edits {
        let (gone, come) = (&hunk.old[edit.old.clone()], &hunk.new[edit.new.clone()]);
        let Some(first) = come.first() else { continue };
        let place = || Place::new(file, hunk, Side::After, first.start);
        let stands = || {
            file.after.node_at(first.start..first.end()).is_some_and(|node| {
                file.stood_before(node) && enclosing(node, &["import_from_statement"]).is_none()
            })
        };
        let asynchronous = come.iter().any(|t| t.is("AsyncMock"));
        if asynchronous && (gone.iter().any(is_sync) || gone.is_empty() && come.len() <= 8) && stands() {
            let swapped = gone.iter().any(is_sync);
            let inside = come.iter().any(|t| t.is("new_callable") || t.is("new"));
            if swapped || inside {
                claims.add(FAMILY, "async-mock-needed", weigh(if swapped { 0.9 } else { 0.8 }), place());
            }
        }
        let specced = come.windows(2).any(|two| {
            (two[0].is("spec") || two[0].is("autospec") || two[0].is("spec_set")) && two[1].is("=")
        });
        if specced && gone.iter().all(|t| !t.is("spec")) && edit.new.start > 0 && come.len() <= 8 && stands()
        {
            claims.add(FAMILY, "mock-spec-missing", weigh(0.78), place());
        }
        if gone.len() == 1 && come.len() == 1 && is_check_typo(&gone[0], first) {
            claims.add(FAMILY, "mock-assert-misspelt", weigh(0.85), place());
        }
        if injected(file, hunk, gone, come) {
            claims.add(FAMILY, "patch-argument-missing", weigh(0.82), place());
        }
    }
}

/// `called_once` and the like, which a mock answers with another mock.
fn is_check_typo(old: &Token, new: &Token) -> bool {
    const CHECKS: [&str; 8] = [
        "assert_called",
        "assert_called_once",
        "assert_called_with",
        "assert_called_once_with",
        "assert_any_call",
        "assert_has_calls",
        "assert_not_called",
        "assert_awaited_once",
    ];
    let known = |token: &Token| CHECKS.iter().any(|check| token.is(check));
    let speaks = old.text.starts_with(b"called") || old.text.starts_with(b"assert") || old.is("has_calls");
    known(new) && !known(old) && speaks && !old.is("assert_awaited") && !old.is("assert_awaited_once_with")
}

/// A parameter comes to a test whose patch decorators stood before.
fn injected(file: &PyFile, hunk: &PyHunk, gone: &[Token], come: &[Token]) -> bool {
    if !gone.is_empty() || come.len() > 4 || !come.iter().any(|t| t.kind == Kind::Name) {
        return false;
    }
    let Some(name) = come.iter().find(|t| t.kind == Kind::Name) else { return false };
    let Some(node) = file.after.node_at(name.start..name.end()) else { return false };
    let Some(parameters) = node.parent().filter(|parent| parent.kind() == "parameters") else { return false };
    let Some(decorated) = parameters.parent().and_then(|f| f.parent()) else { return false };
    let patches = memchr::memmem::find(file.after.text_of(decorated), b"@patch").is_some()
        || memchr::memmem::find(file.after.text_of(decorated), b"@mock.patch").is_some();
    let decorators_stay = !hunk.added().any(|t| t.is("@") || t.is("patch"));
    decorated.kind() == "decorated_definition"
        && patches
        && decorators_stay
        && file.stood_before(decorated.named_child(0).unwrap_or(decorated))
        && name.text.to_ascii_lowercase().windows(4).any(|four| four == b"mock")
}

/// Variables set for good in a test, then set for its length only.
fn environment(
    commit: &Commit,
    file: &PyFile,
    hunk: &PyHunk,
    (old, new): (&[Double], &[Double]),
    claims: &mut Claims,
) {
    let sets = |tokens: &[Token]| tokens.windows(2).any(|two| two[0].is("environ") && two[1].is("["));
    let set = sets(&hunk.old) && !sets(&hunk.new);
    let scoped = new.iter().find(|double| double.what == What::Environment && file.stood_before(double.call));
    // A decorator's dictionary made `monkeypatch.setenv`: for a repair only, since both end with the test.
    let told = old.iter().any(|double| double.what == What::Environment)
        && hunk.added().any(|t| t.is("monkeypatch"))
        && commit.is_repair();
    if let (true, Some(double)) = (set || told, scoped) {
        let place = Place::new(file, hunk, Side::After, double.call.start_byte());
        claims.add(FAMILY, "environment-leak", in_context(commit, 0.75), place);
    }
}
