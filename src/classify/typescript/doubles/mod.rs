//! Doubles on the two sides of one edit, as the syntax tree shows them.

mod behaviours;
mod members;
mod modules;

use std::ops::Range;
use std::sync::LazyLock;

use tree_sitter::Node;

use super::case::{Case, Place};
use super::edit::{Edit, Swap};
use super::indentation::openers;
use super::lexer::Token;
use super::mocks::has_mock;
use super::score::confidence;
use crate::model::Side;
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
    let source = include_str!("../../../../queries/typescript/mocks.scm");
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

    /// The edit brings whole tests along.
    fn adds_tests(&self) -> bool {
        let count = |tokens: &[Token]| {
            tokens.windows(2).filter(|w| matches!(w[0].text, "it" | "test") && w[1].is("(")).count()
        };
        count(&self.edit.new) > count(&self.edit.old)
    }

    fn is_double(&self, source: &Source, value: Node) -> bool {
        let text = source.text_of(value);
        let start: String = text.chars().take(40).collect();
        start.contains("vi.fn") || start.contains("jest.fn") || has_mock(&start)
    }
}

/// The text as the runtime sees it: no layout, no casts, no trailing commas.
fn without_spaces(text: &str) -> String {
    let text: String = text.replace(" as any", "").replace(" as never", "").split_whitespace().collect();
    text.replace(",)", ")").replace(",}", "}").replace(",]", "]")
}
