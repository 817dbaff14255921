//! What conditions say about a place that they lead to.

use oxc_ast::AstKind;
use oxc_ast::ast::{BinaryExpression, BinaryOperator, Expression, LogicalOperator, Statement, UnaryOperator};
use oxc_semantic::NodeId;
use oxc_span::{GetSpan, Span};

use super::declared::may_be_undefined;
use crate::facts::TypeScriptFile;

/// A condition that is known where a place is reached.
#[derive(Clone, Copy)]
pub(super) struct Guard<'a> {
    pub(super) test: &'a Expression<'a>,
    /// Whether it came out true.
    pub(super) holds: bool,
    /// A function that begins between the condition and the place, the outermost one.
    pub(super) function: Option<NodeId>,
    /// The branch does not leave: what it did may have made the opposite true.
    pub(super) falls_through: bool,
}

/// The conditions around and before a place, from the inside.
pub(super) fn guards<'a>(file: &TypeScriptFile<'a>, place: NodeId) -> Vec<Guard<'a>> {
    let nodes = file.semantic.nodes();
    let (mut found, mut function, mut inner) = (Vec::new(), None, nodes.kind(place).span());
    for outer in nodes.ancestors(place) {
        let kind = outer.kind();
        let mut add = |test: &'a Expression<'a>, holds, falls_through| {
            found.push(Guard { test, holds, function, falls_through });
        };
        match kind {
            AstKind::IfStatement(branch) => {
                if branch.consequent.span() == inner {
                    add(&branch.test, true, false);
                } else if branch.alternate.as_ref().is_some_and(|other| other.span() == inner) {
                    add(&branch.test, false, false);
                }
            }
            AstKind::WhileStatement(repeat) if repeat.body.span() == inner => add(&repeat.test, true, false),
            AstKind::ConditionalExpression(choice) => {
                if choice.consequent.span() == inner {
                    add(&choice.test, true, false);
                } else if choice.alternate.span() == inner {
                    add(&choice.test, false, false);
                }
            }
            AstKind::LogicalExpression(logical) if logical.right.span() == inner => match logical.operator {
                LogicalOperator::And => add(&logical.left, true, false),
                LogicalOperator::Or => add(&logical.left, false, false),
                LogicalOperator::Coalesce => {}
            },
            AstKind::BlockStatement(block) => before(&block.body, inner, &mut add),
            AstKind::FunctionBody(body) => before(&body.statements, inner, &mut add),
            AstKind::Program(program) => before(&program.body, inner, &mut add),
            AstKind::SwitchCase(case) => before(&case.consequent, inner, &mut add),
            AstKind::Function(_) | AstKind::ArrowFunctionExpression(_) => function = Some(outer.id()),
            _ => {}
        }
        inner = kind.span();
    }
    found
}

/// `if (test) …` before the statement that a place is in.
fn before<'a>(
    statements: &'a [Statement<'a>],
    inner: Span,
    add: &mut impl FnMut(&'a Expression<'a>, bool, bool),
) {
    for statement in statements.iter().rev().filter(|statement| statement.span().end <= inner.start) {
        if let Statement::IfStatement(branch) = statement
            && branch.alternate.is_none()
        {
            add(&branch.test, false, !leaves(&branch.consequent));
        }
    }
}

fn leaves(statement: &Statement) -> bool {
    match statement {
        Statement::ReturnStatement(_)
        | Statement::ThrowStatement(_)
        | Statement::BreakStatement(_)
        | Statement::ContinueStatement(_) => true,
        Statement::BlockStatement(block) => block.body.last().is_some_and(leaves),
        Statement::ExpressionStatement(it) => {
            crate::facts::dotted(&it.expression).is_some_and(|name| name.0.starts_with(&["process", "exit"]))
        }
        _ => false,
    }
}

/// The parts that a condition is made of, each with whether it is true.
pub(super) fn atoms<'a>(test: &'a Expression<'a>, holds: bool) -> Vec<(&'a Expression<'a>, bool)> {
    match test.without_parentheses() {
        Expression::UnaryExpression(not) if not.operator == UnaryOperator::LogicalNot => {
            atoms(&not.argument, !holds)
        }
        Expression::LogicalExpression(both)
            if (both.operator == LogicalOperator::And && holds)
                || (both.operator == LogicalOperator::Or && !holds) =>
        {
            [atoms(&both.left, holds), atoms(&both.right, holds)].concat()
        }
        other => vec![(other, holds)],
    }
}

/// An expression's text without blanks, with `?.` as `.`: equal for what reads the same chain.
pub(super) fn chain_text(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().filter(|c| !c.is_whitespace()).peekable();
    while let Some(c) = chars.next() {
        if c != '?' || chars.next_if_eq(&'.').is_none() {
            plain.push(c);
        } else if !matches!(chars.peek(), Some('(' | '[')) {
            plain.push('.');
        }
    }
    plain
}

/// The text of an expression, as [`chain_text`] has it.
pub(super) fn text_of(file: &TypeScriptFile, expression: &Expression) -> String {
    let span = expression.without_parentheses().span();
    chain_text(&file.text[span.start as usize..span.end as usize])
}

/// What an atom says of a chain: that it is there.
pub(super) fn proves(file: &TypeScriptFile, atom: &Expression, holds: bool, chain: &str) -> bool {
    let is_chain = |it: &Expression| text_of(file, it) == chain;
    let reaches = |it: &Expression| is_chain_or_below(&text_of(file, it), chain);
    match atom {
        Expression::BinaryExpression(binary) => {
            let (left, right) = (&binary.left, &binary.right);
            let (subject, other) =
                if is_nothing(left) || is_literal(left) { (right, left) } else { (left, right) };
            let subject_typeof = match subject.without_parentheses() {
                Expression::UnaryExpression(unary) if unary.operator.is_typeof() => Some(&unary.argument),
                _ => None,
            };
            if let Some(argument) = subject_typeof {
                let is_undefined =
                    matches!(other, Expression::StringLiteral(text) if text.value == "undefined");
                return reaches(argument) && is_same(binary.operator, holds) != is_undefined;
            }
            if binary.operator.is_instance_of() {
                return holds && reaches(left);
            }
            if binary.operator.is_equality() {
                let is_same = is_same(binary.operator, holds);
                // What equals a variable that may be undefined may be undefined too.
                return reaches(subject)
                    && is_same != is_nothing(other)
                    && !(is_same && may_be_undefined(file, other));
            }
            false
        }
        Expression::CallExpression(call) => {
            let is_boolean = crate::facts::dotted(&call.callee).is_some_and(|name| name.is("Boolean"));
            let argument = call.arguments.first().and_then(|argument| argument.as_expression());
            holds
                && (argument.is_some_and(|it| is_boolean && is_chain(it) || !is_boolean && is_chain(it))
                    || reaches(atom))
        }
        Expression::AssignmentExpression(_) => true,
        other => holds && reaches(other),
    }
}

/// True for the chain itself and what is read of it.
pub(super) fn is_chain_or_below(text: &str, chain: &str) -> bool {
    text.strip_prefix(chain).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '(']))
}

fn is_same(operator: BinaryOperator, holds: bool) -> bool {
    matches!(operator, BinaryOperator::Equality | BinaryOperator::StrictEquality) == holds
}

/// `undefined` or `null`.
pub(super) fn is_nothing(expression: &Expression) -> bool {
    match expression.without_parentheses() {
        Expression::NullLiteral(_) => true,
        Expression::Identifier(name) => name.name == "undefined",
        Expression::UnaryExpression(unary) => unary.operator == UnaryOperator::Void,
        _ => false,
    }
}

pub(super) fn is_literal(expression: &Expression) -> bool {
    matches!(
        expression.without_parentheses(),
        Expression::StringLiteral(_)
            | Expression::NumericLiteral(_)
            | Expression::BooleanLiteral(_)
            | Expression::BigIntLiteral(_)
    )
}

/// `a == b` and its kind, of which a chain with `?.` is a side: that side and the other.
pub(super) fn sides<'a>(
    binary: &'a BinaryExpression<'a>,
) -> Option<(&'a Expression<'a>, &'a Expression<'a>)> {
    let is_chain = |it: &Expression| matches!(it.without_parentheses(), Expression::ChainExpression(_));
    match (is_chain(&binary.left), is_chain(&binary.right)) {
        (true, false) => Some((&binary.left, &binary.right)),
        (false, true) => Some((&binary.right, &binary.left)),
        _ => None,
    }
}
