//! What a piece of code surely does whenever it runs: no branch, no inner function, nothing after a possible
//! way out.

use oxc_ast::ast::{
    ArrowFunctionExpression, CallExpression, ConditionalExpression, Expression, ForInStatement,
    ForOfStatement, ForStatement, Function, IdentifierReference, IfStatement, LogicalExpression,
    PropertyDefinition, Statement, StaticMemberExpression, SwitchStatement, TryStatement, WhileStatement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_syntax::scope::ScopeFlags;

use crate::facts::TypeScriptFile;

/// A use of a name that stands at the top of the module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Use {
    pub(super) name: String,
    /// `b` in `a.b`.
    pub(super) member: Option<String>,
    pub(super) called: bool,
}

/// What statements surely use.
pub(super) fn straight<'a>(file: &TypeScriptFile<'a>, statements: &'a [Statement<'a>]) -> Vec<Use> {
    let mut walk = Straight { file, found: Vec::new(), left: false };
    walk.statements(statements);
    walk.found
}

pub(super) fn straight_expression<'a>(file: &TypeScriptFile<'a>, expr: &'a Expression<'a>) -> Vec<Use> {
    let mut walk = Straight { file, found: Vec::new(), left: false };
    walk.visit_expression(expr);
    walk.found
}

struct Straight<'f, 'a> {
    file: &'f TypeScriptFile<'a>,
    found: Vec<Use>,
    /// The code may have been left before here.
    left: bool,
}

impl<'a> Straight<'_, 'a> {
    fn statements(&mut self, statements: &[Statement<'a>]) {
        for statement in statements {
            if self.left {
                return;
            }
            match statement {
                Statement::BlockStatement(block) => self.statements(&block.body),
                Statement::ReturnStatement(_) | Statement::ThrowStatement(_) => {
                    self.visit_statement(statement);
                    self.left = true;
                }
                Statement::FunctionDeclaration(_) | Statement::ClassDeclaration(_) => {}
                statement => self.visit_statement(statement),
            }
        }
    }

    fn push(&mut self, name: &IdentifierReference<'a>, member: Option<&str>, called: bool) {
        let reference = self.file.semantic.scoping().get_reference(name.reference_id());
        let scoping = self.file.semantic.scoping();
        let at_top =
            reference.symbol_id().is_some_and(|it| scoping.symbol_scope_id(it) == scoping.root_scope_id());
        if at_top && reference.is_value() {
            let (name, member) = (name.name.to_string(), member.map(str::to_owned));
            self.found.push(Use { name, member, called });
        }
    }
}

impl<'a> Visit<'a> for Straight<'_, 'a> {
    fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}

    fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}

    fn visit_property_definition(&mut self, _: &PropertyDefinition<'a>) {}

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        self.push(name, None, false);
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        match member.object.get_inner_expression() {
            Expression::Identifier(name) => self.push(name, Some(member.property.name.as_str()), false),
            _ => walk::walk_static_member_expression(self, member),
        }
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        match call.callee.get_inner_expression() {
            Expression::Identifier(name) => self.push(name, None, true),
            _ => self.visit_expression(&call.callee),
        }
        // `f?.(g())` may not evaluate its arguments.
        if !call.optional {
            self.visit_arguments(&call.arguments);
        }
    }

    fn visit_logical_expression(&mut self, one: &LogicalExpression<'a>) {
        self.visit_expression(&one.left);
    }

    fn visit_conditional_expression(&mut self, one: &ConditionalExpression<'a>) {
        self.visit_expression(&one.test);
    }

    fn visit_if_statement(&mut self, one: &IfStatement<'a>) {
        self.visit_expression(&one.test);
        self.left = true;
    }

    fn visit_switch_statement(&mut self, one: &SwitchStatement<'a>) {
        self.visit_expression(&one.discriminant);
        self.left = true;
    }

    fn visit_for_statement(&mut self, _: &ForStatement<'a>) {
        self.left = true;
    }

    fn visit_for_in_statement(&mut self, one: &ForInStatement<'a>) {
        self.visit_expression(&one.right);
        self.left = true;
    }

    fn visit_for_of_statement(&mut self, one: &ForOfStatement<'a>) {
        self.visit_expression(&one.right);
        self.left = true;
    }

    fn visit_while_statement(&mut self, one: &WhileStatement<'a>) {
        self.visit_expression(&one.test);
        self.left = true;
    }

    // What fails in `try` is caught.
    fn visit_try_statement(&mut self, _: &TryStatement<'a>) {
        self.left = true;
    }
}
