//! Dotted names: what a callee is called.

use std::fmt;

use oxc_ast::ast::Expression;

/// The names of a chain of members, from its root: `vi.mock`; a call within is `()`, so
/// `expect(x).rejects.toThrow` is `expect`, `()`, `rejects`, `toThrow`. `this` is a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dotted<'a>(pub Vec<&'a str>);

impl Dotted<'_> {
    /// True for exactly this dotted name.
    pub fn is(&self, name: &str) -> bool {
        self.0.iter().copied().eq(name.split('.'))
    }

    /// The name at the root of the chain.
    pub fn root(&self) -> &str {
        self.0.first().copied().unwrap_or("")
    }

    /// The name at its end.
    pub fn last(&self) -> &str {
        self.0.last().copied().unwrap_or("")
    }
}

impl fmt::Display for Dotted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// The dotted name of an expression, seen through parentheses, `!`, `as` and `?.`; none for what is no chain
/// of names, such as `a[b].c`.
pub fn dotted<'a>(expr: &'a Expression<'a>) -> Option<Dotted<'a>> {
    let mut names = Vec::new();
    let mut at = expr.get_inner_expression();
    loop {
        match at {
            Expression::Identifier(name) => {
                names.push(name.name.as_str());
                break;
            }
            Expression::ThisExpression(_) => {
                names.push("this");
                break;
            }
            Expression::StaticMemberExpression(member) => {
                names.push(member.property.name.as_str());
                at = member.object.get_inner_expression();
            }
            Expression::CallExpression(call) => {
                names.push("()");
                at = call.callee.get_inner_expression();
            }
            _ => return None,
        }
    }
    names.reverse();
    Some(Dotted(names))
}

/// The last name of a callee, whatever stands before it.
pub(super) fn last<'a>(expr: &'a Expression<'a>) -> Option<&'a str> {
    match expr.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.as_str()),
        Expression::StaticMemberExpression(member) => Some(member.property.name.as_str()),
        Expression::ChainExpression(chain) => match &chain.expression {
            oxc_ast::ast::ChainElement::StaticMemberExpression(member) => Some(member.property.name.as_str()),
            _ => None,
        },
        _ => None,
    }
}
