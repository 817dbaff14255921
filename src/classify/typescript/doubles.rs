//! Doubles on the two sides of one edit, as the syntax tree shows them.

use std::ops::Range;
use std::sync::LazyLock;

use tree_sitter::Node;

use super::case::{Case, Place, has_word};
use super::edit::{Edit, Swap};
use super::indentation::openers;
use super::lexer::Token;
use super::mocks::{Claims, has_mock, speaks_of_doubles};
use super::score::confidence;
use crate::model::Side;
use crate::syntax::is_test;
use crate::syntax::{Language, Match, Query, Source};

/// How a double is told what to do when called.
const BEHAVIOURS: [&str; 4] =
    ["mockReturnValue", "mockResolvedValue", "mockRejectedValue", "mockImplementation"];

/// Functions that give the module which a factory stands for.
const ACTUAL: [&str; 3] = ["importActual", "importOriginal", "requireActual"];

/// The probability, in an ordinary repair, of the surest claim about an added member, and of any other.
const SUREST_MEMBER: f64 = 0.72;
const SUREST: f64 = 0.75;

/// Log-odds of a member that the commit's product lines do not name.
const NOVEL: f64 = 1.5;

/// What the syntax tree says of the doubles on the changed lines of one side.
pub struct Facts<'t> {
    modules: Vec<Match<'static, 't>>,
    behaviours: Vec<Match<'static, 't>>,
    functions: Vec<Match<'static, 't>>,
    members: Vec<Match<'static, 't>>,
}

static TYPESCRIPT: LazyLock<Query> = LazyLock::new(|| compile(Language::TypeScript));
static TSX: LazyLock<Query> = LazyLock::new(|| compile(Language::Tsx));

fn compile(language: Language) -> Query {
    let source = include_str!("../../../queries/typescript/mocks.scm");
    Query::new(language, source).expect("the built-in query is tested")
}

impl<'t> Facts<'t> {
    pub fn of(source: &'t Source, lines: Range<usize>) -> Facts<'t> {
        let query = if source.language == Language::TypeScript { &*TYPESCRIPT } else { &*TSX };
        let (mut modules, mut behaviours, mut functions, mut members) = (vec![], vec![], vec![], vec![]);
        // An empty range still asks for what encloses the place.
        let lines = lines.start..lines.end.max(lines.start + 1);
        for found in query.run(source, &[lines]) {
            let list = match found.pattern {
                0 => &mut modules,
                1 => &mut behaviours,
                2 => &mut functions,
                _ => &mut members,
            };
            list.push(found);
        }
        Facts { modules, behaviours, functions, members }
    }
}

/// Whether the tokens leave room for a claim that would be believed; nothing is parsed for others.
pub fn may_claim(case: &Case, edit: &Edit, odds: f64) -> bool {
    let member_odds = if case.context.tests_only { odds } else { odds + NOVEL };
    confidence(SUREST_MEMBER, member_odds) >= 0.5 && adds_member(edit)
        || confidence(SUREST, odds) >= 0.5
            && (names_double(edit) || encloses_double(case.file.after, edit) || adds_member(edit))
}

/// The added lines replace a module, say what a double does, or spread something into an object.
fn names_double(edit: &Edit) -> bool {
    let replaces = ["mock", "doMock", "unstable_mockModule", "setMock", "module"];
    let names = |token: &Token| {
        replaces.contains(&token.text)
            || ACTUAL.contains(&token.text)
            || BEHAVIOURS.iter().any(|start| token.text.starts_with(start))
    };
    let spreads = |swap: &Swap| swap.old.is_empty() && edit.added(swap).first().is_some_and(|t| t.is("..."));
    edit.new.iter().any(names) || edit.swaps.iter().any(spreads)
}

/// Some member is added to an object that was open where the edit begins.
fn adds_member(edit: &Edit) -> bool {
    let mut depth = 0;
    edit.new.iter().enumerate().any(|(at, token)| {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = (depth - 1).max(0),
            _ => {}
        }
        let before = at.checked_sub(1).map(|at| edit.new[at].text);
        let after = edit.new.get(at + 1).map(|next| next.text);
        let shorthand = token.is_name()
            && matches!(before, None | Some("," | "{" | "}"))
            && matches!(after, None | Some("," | "}"));
        depth == 0 && (token.is(":") || shorthand)
    })
}

/// What a double does, or its class, begins above the edit and may reach below it, as indentation tells.
fn encloses_double(text: &[u8], edit: &Edit) -> bool {
    let replaces = !edit.old.is_empty() && !edit.new.is_empty();
    let holds = |line: &[u8], words: &[&str]| {
        words.iter().any(|word| memchr::memmem::find(line, word.as_bytes()).is_some())
    };
    openers(text, edit.new_bytes.clone()).iter().any(|line| {
        holds(line, &["class "]) && holds(line, &["Mock", "mock", "Stub", "stub", "Fake"])
            || replaces && (holds(line, &[".fn(", ".fn<"]) || holds(line, &BEHAVIOURS))
    })
}

/// Both sides of one edit.
pub struct Pair<'c, 'a, 't> {
    pub case: &'c Case<'a>,
    pub edit: &'c Edit<'a>,
    pub before: &'t Source<'a>,
    pub after: &'t Source<'a>,
    pub old: &'c Facts<'t>,
    pub new: &'c Facts<'t>,
    pub odds: f64,
}

impl Pair<'_, '_, '_> {
    fn place(&self, side: Side, node: Node) -> Place {
        Place { hunk: self.edit.hunk, side, at: node.start_byte() }
    }

    /// Whether a node of the new text begins on an added line.
    fn is_added(&self, node: Node) -> bool {
        self.edit.new_bytes.contains(&node.start_byte())
    }

    pub fn modules(&self, claims: &mut Claims) {
        let path_of = |source: &Source, found: &Match| {
            found.get("path").map(|path| source.text_of(path).trim_matches(['\'', '"', '`']).to_owned())
        };
        let on_lines = |found: &&Match, lines: &Range<usize>| {
            found.get("path").is_some_and(|path| lines.contains(&path.start_byte()))
        };
        let old: Vec<String> = self
            .old
            .modules
            .iter()
            .filter(|m| on_lines(m, &self.edit.old_bytes))
            .filter_map(|m| path_of(self.before, m))
            .collect();
        let new: Vec<(&Match, String)> = self
            .new
            .modules
            .iter()
            .filter(|m| on_lines(m, &self.edit.new_bytes))
            .filter_map(|m| Some((m, path_of(self.after, m)?)))
            .collect();
        let gone: Vec<_> = old.iter().filter(|path| !new.iter().any(|(_, p)| p == *path)).collect();
        for (found, path) in &new {
            let Some(node) = found.get("path") else { continue };
            let place = self.place(Side::After, node);
            if old.contains(path) {
                let automatic = |matches: &[Match], source: &Source| {
                    let this = matches.iter().find(|m| path_of(source, m).as_ref() == Some(path));
                    this.and_then(|m| m.get("module")?.child_by_field_name("arguments"))
                        .is_some_and(|arguments| arguments.named_child_count() == 1)
                };
                if automatic(&self.old.modules, self.before) && !automatic(&self.new.modules, self.after) {
                    claims.push(("mock-factory-added", confidence(0.7, self.odds), place));
                }
                continue;
            }
            if !gone.is_empty() && self.imports_follow(&gone) {
                continue;
            }
            if !gone.is_empty() {
                let moved = self.case.context.says_refactor && !self.case.context.says_fix;
                let base = if moved { 0.4 } else { 0.75 };
                claims.push(("mock-path-wrong", confidence(base, self.odds), place));
            } else if !has_word(self.case.file.before, path) && !self.adds_tests() {
                claims.push(("module-mock-missing", confidence(0.55, self.odds), place));
            }
        }
        self.spreads(claims);
        let actual = |tokens: &[Token]| tokens.iter().find(|t| ACTUAL.contains(&t.text)).map(|t| t.at);
        if let Some(at) = actual(&self.edit.new)
            && actual(&self.edit.old).is_none()
            && (!old.is_empty() || self.new.modules.iter().any(|m| !on_lines(&m, &self.edit.new_bytes)))
        {
            let place = Place { hunk: self.edit.hunk, side: Side::After, at };
            claims.push(("mock-import-actual-missing", confidence(0.75, self.odds), place));
        }
    }

    /// `...real` added to what a factory returns.
    fn spreads(&self, claims: &mut Claims) {
        for swap in &self.edit.swaps {
            let [dots, ..] = self.edit.added(swap) else { continue };
            let result = |m: &Match| {
                m.get("module")
                    .is_some_and(|module| !self.is_added(module) && module.byte_range().contains(&dots.at))
            };
            if swap.old.is_empty() && dots.is("...") && self.new.modules.iter().any(result) {
                let place = Place { hunk: self.edit.hunk, side: Side::After, at: dots.at };
                claims.push(("mock-import-actual-missing", confidence(0.7, self.odds), place));
            }
        }
    }

    /// The file imports what the mock replaced by its new path now: the module moved, or the import was
    /// what was wrong.
    fn imports_follow(&self, gone: &[&String]) -> bool {
        let import = |token: &Token, path: &str| token.text.trim_matches(['\'', '"']) == path;
        self.case.edits.iter().any(|edit| {
            let mut pairs = edit.old.windows(2).filter(|w| w[0].is("from"));
            pairs.any(|w| gone.iter().any(|path| import(&w[1], path)))
        })
    }

    /// The edit brings whole tests along.
    fn adds_tests(&self) -> bool {
        let count = |tokens: &[Token]| {
            tokens.windows(2).filter(|w| matches!(w[0].text, "it" | "test") && w[1].is("(")).count()
        };
        count(&self.edit.new) > count(&self.edit.old)
    }

    /// Members added to, or changed in, an object that was there and is a double or a mock factory's result.
    pub fn members(&self, claims: &mut Claims) {
        for found in &self.new.members {
            let (Some(key), Some(member)) = (found.get("key"), found.get("member")) else { continue };
            let Some(object) = member.parent() else { continue };
            if !self.is_added(key) || self.is_added(object) {
                continue;
            }
            let name = self.after.text_of(key);
            let before = self.old.members.iter().find(|old| {
                old.get("key").is_some_and(|k| {
                    self.edit.old_bytes.contains(&k.start_byte()) && self.before.text_of(k) == name
                })
            });
            let place = self.place(Side::After, key);
            let in_factory = self.new.modules.iter().any(|m| encloses(m.get("module"), object));
            let value = found.get("value");
            match before {
                None => {
                    let double = value.is_none_or(|value| self.is_double(self.after, value));
                    let double = double || self.case.context.says_mock && self.named_mock(object);
                    if !(in_factory || double && self.is_mock_object(object, member)) {
                        continue;
                    }
                    let (pattern, base) = if in_factory && is_result(object) {
                        ("mock-factory-missing-export", 0.72)
                    } else {
                        ("mock-object-missing-member", 0.66)
                    };
                    let odds = self.odds + self.novelty(&name);
                    claims.push((pattern, confidence(base, odds), place));
                }
                Some(old) => {
                    let (Some(was), Some(is)) = (old.get("value"), value) else { continue };
                    self.changed(was, is, claims, place);
                }
            }
        }
    }

    /// A double whose own definition changed: `vi.fn()` → `vi.fn(() => ({}))`.
    fn changed(&self, was: Node, is: Node, claims: &mut Claims, place: Place) {
        let (was_text, is_text) = (self.before.text_of(was), self.after.text_of(is));
        if without_spaces(&was_text) == without_spaces(&is_text)
            || !self.is_double(self.before, was)
            || !self.is_double(self.after, is)
        {
            return;
        }
        let bare = |text: &str| text.ends_with(".fn()");
        let (pattern, base) = if bare(&was_text) && !bare(&is_text) {
            ("mock-default-return-missing", 0.72)
        } else {
            ("mock-return-value-wrong", 0.68)
        };
        claims.push((pattern, confidence(base, self.odds), place));
    }

    /// The same token was replaced in lines that have nothing to do with doubles.
    fn swapped_everywhere(&self) -> bool {
        let words = |edit: &Edit| -> Vec<(String, String)> {
            let single = edit.swaps.iter().filter(|swap| swap.old.len() == 1 && swap.new.len() == 1);
            single
                .map(|swap| (edit.removed(swap)[0].text.to_owned(), edit.added(swap)[0].text.to_owned()))
                .collect()
        };
        let here = words(self.edit);
        !here.is_empty()
            && self
                .case
                .edits
                .iter()
                .filter(|edit| edit.hunk != self.edit.hunk && !speaks_of_doubles(edit))
                .any(|edit| words(edit).iter().any(|pair| here.contains(pair)))
    }

    /// A name that the commit's own product lines introduce is an adaptation, not a repair.
    fn novelty(&self, name: &str) -> f64 {
        if self.case.context.tests_only {
            return 0.0;
        }
        if self.case.added_elsewhere(name, |file| !is_test(file.path)) { -2.0 } else { NOVEL }
    }

    fn is_double(&self, source: &Source, value: Node) -> bool {
        let text = source.text_of(value);
        let start: String = text.chars().take(40).collect();
        start.contains("vi.fn") || start.contains("jest.fn") || has_mock(&start)
    }

    /// Some other member is a double, or the object's name says so.
    fn is_mock_object(&self, object: Node, member: Node) -> bool {
        let mut cursor = object.walk();
        let doubles = object
            .named_children(&mut cursor)
            .filter(|child| *child != member)
            .filter_map(|child| child.child_by_field_name("value"))
            .any(|value| self.is_double(self.after, value));
        doubles || self.named_mock(object)
    }

    /// The object, or the whole file, is called a double.
    fn named_mock(&self, object: Node) -> bool {
        has_mock(self.case.file.path) || named_mock(self.after, object)
    }

    pub fn behaviours(&self, claims: &mut Claims) {
        let how = |source: &Source, found: &Match| found.get("how").map(|n| source.text_of(n).into_owned());
        let double =
            |source: &Source, found: &Match| found.get("double").map(|n| without_spaces(&source.text_of(n)));
        for found in &self.new.behaviours {
            let (Some(how_node), Some(value)) = (found.get("how"), found.get("value")) else { continue };
            let place = self.place(Side::After, how_node);
            if !self.is_added(how_node) {
                if self.inside(value) {
                    claims.push(("mock-implementation-wrong", confidence(0.66, self.odds), place));
                    return;
                }
                continue;
            }
            let name = double(self.after, found);
            let same = |old: &&Match| {
                old.get("how").is_some_and(|n| self.edit.old_bytes.contains(&n.start_byte()))
                    && double(self.before, old) == name
            };
            let Some(old) = self.old.behaviours.iter().find(same) else {
                if !self.adds_tests() && self.old_has_test_around(found) {
                    claims.push(("mock-return-missing", confidence(0.5, self.odds), place));
                }
                continue;
            };
            let (was_how, is_how) = (how(self.before, old), how(self.after, found));
            let Some(was) = old.get("value") else { continue };
            if was_how != is_how {
                let asynchronous =
                    |how: &Option<String>| how.as_deref().is_some_and(|h| h.contains("Resolved"));
                let pattern = if !asynchronous(&was_how) && asynchronous(&is_how) {
                    "mock-return-not-a-promise"
                } else {
                    "mock-implementation-wrong"
                };
                claims.push((pattern, confidence(0.7, self.odds), place));
            } else if !self.swapped_everywhere()
                && without_spaces(&self.before.text_of(was)) != without_spaces(&self.after.text_of(value))
            {
                let (pattern, base) = if first_kind(value) == Some("identifier") {
                    // The same value may have got a name.
                    ("mock-return-value-wrong", 0.35)
                } else if first_kind(was) != first_kind(value) {
                    ("mock-return-shape", 0.75)
                } else {
                    ("mock-return-value-wrong", 0.6)
                };
                claims.push((pattern, confidence(base, self.odds), place));
            }
        }
        if let Some(at) = self.in_mock_class() {
            let place = Place { hunk: self.edit.hunk, side: Side::After, at };
            claims.push(("mock-implementation-wrong", confidence(0.6, self.odds), place));
        }
        for found in &self.new.functions {
            let Some(value) = found.get("value") else { continue };
            if self.inside(value) {
                claims.push((
                    "mock-implementation-wrong",
                    confidence(0.55, self.odds),
                    Place { hunk: self.edit.hunk, side: Side::After, at: self.edit.new_bytes.start },
                ));
                return;
            }
        }
    }

    /// The edit lies in a class that was there and is called a double.
    fn in_mock_class(&self) -> Option<usize> {
        let first = self.edit.new.first()?.at;
        let mut at = self.after.tree.root_node().descendant_for_byte_range(first, first + 1);
        while let Some(node) = at {
            if node.kind() == "class_declaration" && !self.is_added(node) {
                let name = self.after.text_of(node.child_by_field_name("name")?);
                return (has_mock(&name) || name.contains("Fake")).then_some(first);
            }
            at = node.parent();
        }
        None
    }

    /// The edit replaces lines within a node that begins above it and ends below it.
    fn inside(&self, node: Node) -> bool {
        !self.edit.old.is_empty()
            && !self.edit.new.is_empty()
            && !self.edit.is_layout()
            && node.start_byte() < self.edit.new_bytes.start
            && node.end_byte() > self.edit.new_bytes.end
    }

    /// The behaviour was added within a test or a setup that was there.
    fn old_has_test_around(&self, found: &Match) -> bool {
        let mut at = found.get("behaviour");
        while let Some(node) = at {
            if node.kind() == "call_expression"
                && let Some(function) = node.child_by_field_name("function")
            {
                let text = self.after.text_of(function);
                let setup = ["it", "test", "beforeEach", "beforeAll"];
                if setup.iter().any(|s| text == *s || text.starts_with(&format!("{s}."))) {
                    return !self.is_added(node);
                }
            }
            at = node.parent();
        }
        false
    }
}

fn encloses(outer: Option<Node>, inner: Node) -> bool {
    outer.is_some_and(|o| o.start_byte() <= inner.start_byte() && inner.end_byte() <= o.end_byte())
}

/// The object is what a factory returns, not one nested in it.
fn is_result(object: Node) -> bool {
    let mut node = object;
    while let Some(parent) = node.parent() {
        match parent.kind() {
            "parenthesized_expression" | "return_statement" | "as_expression" => node = parent,
            "arrow_function" | "statement_block" => return true,
            _ => return false,
        }
    }
    false
}

/// The object is bound to, or passed to, something that is called a double.
fn named_mock(source: &Source, object: Node) -> bool {
    let mut node = object;
    for _ in 0..6 {
        let Some(parent) = node.parent() else { return false };
        let name = match parent.kind() {
            "variable_declarator" => parent.child_by_field_name("name"),
            "pair" => parent.child_by_field_name("key"),
            "assignment_expression" => parent.child_by_field_name("left"),
            "call_expression" => parent.child_by_field_name("function"),
            "statement_block" => return false,
            _ => None,
        };
        if let Some(name) = name {
            let text = source.text_of(name).to_lowercase();
            if ["mock", "stub", "fake"].iter().any(|word| text.contains(word)) {
                return true;
            }
        }
        node = parent;
    }
    false
}

/// The kind of the first argument.
fn first_kind<'t>(arguments: Node<'t>) -> Option<&'t str> {
    arguments.named_child(0).map(|node| node.kind())
}

/// The text as the runtime sees it: no layout, no casts, no trailing commas.
fn without_spaces(text: &str) -> String {
    let text: String = text.replace(" as any", "").replace(" as never", "").split_whitespace().collect();
    text.replace(",)", ")").replace(",}", "}").replace(",]", "]")
}
