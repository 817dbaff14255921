//! `.scm` text → patterns.
//!
//! What this parser knows but the matcher does not support ends in [`Stop::Unsupported`], and the
//! library takes over; what nobody understands ends in an error with its position.

use super::QueryError;
use super::predicate::Predicate;
use super::vocabulary::{Named, Vocabulary};

/// Why there are no patterns.
#[derive(Debug)]
pub(super) enum Stop {
    Error(QueryError),
    Unsupported,
}

/// A top-level pattern with its predicates.
pub(super) struct Pattern {
    pub root: Expr,
    pub predicates: Vec<Predicate>,
}

/// A part of a pattern with its suffixes.
pub(super) struct Expr {
    pub what: What,
    pub field: Option<u16>,
    pub quantifier: Quantifier,
    /// Indices into the capture names.
    pub captures: Vec<u16>,
    /// Preceded by `.`.
    pub anchored: bool,
}

pub(super) enum What {
    Node(NodeExpr),
    Sequence(Vec<Expr>),
    Choice(Vec<Expr>),
}

pub(super) struct NodeExpr {
    pub kind: Kind,
    /// Fields that the node must not have.
    pub negated: Vec<u16>,
    pub children: Vec<Expr>,
    /// The last child is followed by `.`.
    pub last_anchored: bool,
}

#[derive(Clone, PartialEq)]
pub(super) enum Kind {
    /// `_`
    Any,
    /// `(_)`
    AnyNamed,
    Named(u16),
    /// With its text.
    Anonymous(u16, String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    One,
    ZeroOrOne,
    ZeroOrMore,
    OneOrMore,
}

/// All patterns of a source, and the names of their captures.
pub(super) fn parse(source: &str, vocabulary: &Vocabulary) -> Result<(Vec<Pattern>, Vec<String>), Stop> {
    let mut parser =
        Parser { source, at: 0, vocabulary, names: Vec::new(), predicates: Vec::new(), nesting: 0 };
    let mut patterns = Vec::new();
    parser.skip_blanks();
    while parser.peek().is_some() {
        patterns.push(parser.pattern()?);
    }
    Ok((patterns, parser.names))
}

/// Deeper nesting is refused, so that hostile input cannot exhaust the stack.
const MAX_NESTING: usize = 100;

pub(super) struct Parser<'a> {
    source: &'a str,
    pub(super) at: usize,
    vocabulary: &'a Vocabulary,
    names: Vec<String>,
    predicates: Vec<(usize, Predicate)>,
    nesting: usize,
}

type Parsed<T> = Result<T, Stop>;

impl Parser<'_> {
    fn pattern(&mut self) -> Parsed<Pattern> {
        let start = self.at;
        let Some(root) = self.expr(false)? else {
            return Err(self.error(start, "a predicate belongs inside a pattern's parentheses"));
        };
        if root.can_be_empty() {
            return Err(self.error(start, "a pattern must not match nothing"));
        }
        let mut bound = Vec::new();
        root.collect_captures(&mut bound);
        let mut predicates = Vec::new();
        for (at, predicate) in std::mem::take(&mut self.predicates) {
            if let Some(free) = predicate.captures().find(|capture| !bound.contains(capture)) {
                let name = &self.names[free as usize];
                return Err(self.error(at, &format!("@{name} is not captured by this pattern")));
            }
            predicates.push(predicate);
        }
        Ok(Pattern { root, predicates })
    }

    /// One pattern with its suffixes; `None` for a predicate, which is set aside.
    fn expr(&mut self, anchored: bool) -> Parsed<Option<Expr>> {
        if self.nesting == MAX_NESTING {
            return Err(self.error(self.at, "nested too deeply"));
        }
        self.nesting += 1;
        let expr = self.expr_within(anchored);
        self.nesting -= 1;
        expr
    }

    fn expr_within(&mut self, anchored: bool) -> Parsed<Option<Expr>> {
        let start = self.at;
        let what = match self.peek() {
            Some('[') => What::Choice(self.choice()?),
            Some('(') => match self.parenthesis()? {
                Some(what) => what,
                None => return Ok(None),
            },
            Some('_') if !self.rest()[1..].starts_with(is_identifier) => {
                self.bump();
                What::Node(NodeExpr::leaf(Kind::Any))
            }
            Some('"') => What::Node(NodeExpr::leaf(self.anonymous()?)),
            Some(c) if is_identifier_start(c) => return self.field(anchored).map(Some),
            Some(_) => return Err(self.error(start, "expected a pattern")),
            None => return Err(self.error(start, "the query ends inside a pattern")),
        };
        self.skip_blanks();
        let mut expr =
            Expr { what, field: None, quantifier: Quantifier::One, captures: Vec::new(), anchored };
        self.suffixes(&mut expr)?;
        Ok(Some(expr))
    }

    fn field(&mut self, anchored: bool) -> Parsed<Expr> {
        let start = self.at;
        let name = self.identifier();
        self.skip_blanks();
        if self.peek() != Some(':') {
            return Err(self.error(start, &format!("expected a pattern or a field, found `{name}`")));
        }
        let field = self.field_id(start, name)?;
        self.bump();
        self.skip_blanks();
        let value = self.at;
        let mut expr =
            self.expr(anchored)?.ok_or_else(|| self.error(value, "expected a pattern after the field"))?;
        expr.field = Some(field);
        Ok(expr)
    }

    fn field_id(&self, at: usize, name: &str) -> Parsed<u16> {
        self.vocabulary.field(name).ok_or_else(|| self.error(at, &format!("no field is named `{name}`")))
    }

    fn choice(&mut self) -> Parsed<Vec<Expr>> {
        let start = self.at;
        self.bump();
        self.skip_blanks();
        let mut branches = Vec::new();
        while self.peek() != Some(']') {
            // A predicate as a branch is legal and means nothing that anybody could want.
            branches.push(self.expr(false)?.ok_or(Stop::Unsupported)?);
        }
        if branches.is_empty() {
            return Err(self.error(start, "an alternation needs a branch"));
        }
        self.bump();
        Ok(branches)
    }

    fn parenthesis(&mut self) -> Parsed<Option<What>> {
        let start = self.at;
        self.bump();
        self.skip_blanks();
        match self.peek() {
            Some('(' | '"' | '[') => self.sequence().map(Some),
            Some('#' | '.') => {
                self.bump();
                let predicate = Predicate::parse(self)?;
                self.predicates.push((start, predicate));
                Ok(None)
            }
            Some(c) if is_identifier_start(c) => self.node().map(|node| Some(What::Node(node))),
            _ => Err(self.error(self.at, "expected a node's name")),
        }
    }

    fn sequence(&mut self) -> Parsed<What> {
        let (items, last_anchored) = self.items(&mut None)?;
        if last_anchored {
            return Err(self.error(self.at, "a group has no last child that `.` could anchor"));
        }
        Ok(What::Sequence(items))
    }

    fn node(&mut self) -> Parsed<NodeExpr> {
        let start = self.at;
        let kind = match self.identifier() {
            "_" => Kind::AnyNamed,
            "ERROR" | "MISSING" => return Err(Stop::Unsupported),
            name => match self.vocabulary.named(name) {
                Some(Named::Kind(id)) => Kind::Named(id),
                Some(Named::Supertype) => return Err(Stop::Unsupported),
                None => return Err(self.error(start, &format!("no node is named `{name}`"))),
            },
        };
        self.skip_blanks();
        let mut negated = Some(Vec::new());
        let (children, last_anchored) = self.items(&mut negated)?;
        if last_anchored && children.is_empty() {
            return Err(self.error(self.at, "`.` has no child to anchor"));
        }
        Ok(NodeExpr { kind, negated: negated.unwrap_or_default(), children, last_anchored })
    }

    /// The patterns up to the closing parenthesis, and whether a `.` stands last. Negated fields are
    /// allowed where there is a place for them.
    fn items(&mut self, negated: &mut Option<Vec<u16>>) -> Parsed<(Vec<Expr>, bool)> {
        let mut items = Vec::new();
        let mut anchored = false;
        let mut after_predicate = false;
        loop {
            let start = self.at;
            match (self.peek(), &mut *negated) {
                (Some(')'), _) if anchored && after_predicate => {
                    return Err(self.error(start, "`.` belongs before the predicates"));
                }
                (Some(')'), _) => {
                    self.bump();
                    return Ok((items, anchored));
                }
                (Some('!'), Some(negated)) => {
                    self.bump();
                    self.skip_blanks();
                    let start = self.at;
                    let name = self.identifier();
                    negated.push(self.field_id(start, name)?);
                }
                (Some('.'), _) => {
                    self.bump();
                    anchored = true;
                }
                _ => {
                    let expr = self.expr(anchored)?;
                    after_predicate = expr.is_none();
                    if after_predicate && anchored {
                        return Err(self.error(start, "`.` has no pattern to anchor"));
                    }
                    items.extend(expr);
                    anchored = false;
                }
            }
            self.skip_blanks();
        }
    }

    fn anonymous(&mut self) -> Parsed<Kind> {
        let start = self.at;
        let text = self.string()?;
        match self.vocabulary.anonymous(&text) {
            Some(id) => Ok(Kind::Anonymous(id, text)),
            None => Err(self.error(start, &format!("no token is written {text:?}"))),
        }
    }

    fn suffixes(&mut self, expr: &mut Expr) -> Parsed<()> {
        loop {
            let quantifier = match self.peek() {
                Some('?') => Quantifier::ZeroOrOne,
                Some('*') => Quantifier::ZeroOrMore,
                Some('+') => Quantifier::OneOrMore,
                Some('@') => {
                    let capture = self.capture()?;
                    expr.captures.push(capture);
                    self.skip_blanks();
                    continue;
                }
                _ => return Ok(()),
            };
            if expr.quantifier != Quantifier::One {
                return Err(Stop::Unsupported);
            }
            if quantifier != Quantifier::ZeroOrOne && expr.can_be_empty() {
                return Err(self.error(self.at, "what repeats must not match nothing"));
            }
            expr.quantifier = quantifier;
            self.bump();
            self.skip_blanks();
        }
    }

    /// `@name`, as an index into the names.
    pub(super) fn capture(&mut self) -> Parsed<u16> {
        let start = self.at;
        self.bump();
        let name = self.identifier();
        if name.is_empty() {
            return Err(self.error(start, "expected a name after `@`"));
        }
        let known = self.names.iter().position(|known| known == name);
        let index = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        u16::try_from(index).map_err(|_| self.error(start, "too many captures"))
    }
}

/// Characters.
impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn bump(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    /// Skips white space and comments.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            self.at = self.source.len() - self.rest().trim_start().len();
            if self.peek() != Some(';') {
                return;
            }
            self.at += memchr::memchr(b'\n', self.rest().as_bytes()).unwrap_or(self.rest().len());
        }
    }

    /// The name that starts here; empty where none does.
    pub(super) fn identifier(&mut self) -> &'a str {
        let rest = self.rest();
        if !rest.starts_with(is_identifier_start) {
            return "";
        }
        let name = &rest[..rest.find(|c| !is_identifier(c)).unwrap_or(rest.len())];
        self.at += name.len();
        name
    }

    /// The value of the string that starts here.
    pub(super) fn string(&mut self) -> Parsed<String> {
        let start = self.at;
        self.bump();
        let mut value = String::new();
        loop {
            let c = self.peek();
            self.bump();
            match c {
                Some('"') => return Ok(value),
                Some('\\') => {
                    let Some(escaped) = self.peek() else { continue };
                    self.bump();
                    value.push(match escaped {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        '0' => '\0',
                        other => other,
                    });
                }
                Some('\n') | None => return Err(self.error(start, "the string is not closed")),
                Some(other) => value.push(other),
            }
        }
    }

    pub(super) fn error(&self, at: usize, message: &str) -> Stop {
        let before = &self.source[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Stop::Error(QueryError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.to_owned(),
        })
    }
}

pub(super) fn is_identifier_start(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

fn is_identifier(c: char) -> bool {
    is_identifier_start(c) || c == '.'
}

impl NodeExpr {
    fn leaf(kind: Kind) -> NodeExpr {
        NodeExpr { kind, negated: Vec::new(), children: Vec::new(), last_anchored: false }
    }
}

impl Expr {
    /// Patterns one level below.
    pub(super) fn children(&self) -> &[Expr] {
        match &self.what {
            What::Node(node) => &node.children,
            What::Sequence(items) | What::Choice(items) => items,
        }
    }

    /// Whether it can match without a node.
    fn can_be_empty(&self) -> bool {
        let optional = matches!(self.quantifier, Quantifier::ZeroOrOne | Quantifier::ZeroOrMore);
        optional
            || match &self.what {
                What::Node(_) => false,
                What::Sequence(items) => items.iter().all(Expr::can_be_empty),
                What::Choice(branches) => branches.iter().any(Expr::can_be_empty),
            }
    }

    fn collect_captures(&self, into: &mut Vec<u16>) {
        into.extend(&self.captures);
        self.children().iter().for_each(|child| child.collect_captures(into));
    }
}
