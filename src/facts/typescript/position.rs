//! Where an expression stands: what is done with its value, and in which function.

use oxc_ast::AstKind;
use oxc_ast::ast::{ArrowFunctionExpression, Expression, Function, FunctionBody, Statement};
use oxc_semantic::NodeId;
use oxc_span::{GetSpan, Span};

use super::TypeScriptFile;

/// A function or an arrow function.
#[derive(Clone, Copy)]
pub enum FunctionNode<'a> {
    Function(&'a Function<'a>),
    Arrow(&'a ArrowFunctionExpression<'a>),
}

impl<'a> FunctionNode<'a> {
    pub fn of(expr: &'a Expression<'a>) -> Option<FunctionNode<'a>> {
        match expr.get_inner_expression() {
            Expression::FunctionExpression(function) => Some(FunctionNode::Function(function)),
            Expression::ArrowFunctionExpression(arrow) => Some(FunctionNode::Arrow(arrow)),
            _ => None,
        }
    }

    pub fn span(self) -> Span {
        match self {
            FunctionNode::Function(function) => function.span,
            FunctionNode::Arrow(arrow) => arrow.span,
        }
    }

    pub fn node(self) -> NodeId {
        match self {
            FunctionNode::Function(function) => function.node_id.get(),
            FunctionNode::Arrow(arrow) => arrow.node_id.get(),
        }
    }

    pub fn is_async(self) -> bool {
        match self {
            FunctionNode::Function(function) => function.r#async,
            FunctionNode::Arrow(arrow) => arrow.r#async,
        }
    }

    /// The block it runs; none for `() => expr`.
    pub fn block(self) -> Option<&'a FunctionBody<'a>> {
        match self {
            FunctionNode::Function(function) => function.body.as_deref(),
            FunctionNode::Arrow(arrow) => arrow.get_function_body(),
        }
    }

    /// The expression of `() => expr`.
    pub fn expression(self) -> Option<&'a Expression<'a>> {
        match self {
            FunctionNode::Function(_) => None,
            FunctionNode::Arrow(arrow) => arrow.get_expression(),
        }
    }

    /// The name of its first parameter.
    pub fn first_parameter(self) -> Option<&'a oxc_ast::ast::BindingIdentifier<'a>> {
        let parameters = match self {
            FunctionNode::Function(function) => &function.params,
            FunctionNode::Arrow(arrow) => &arrow.params,
        };
        parameters.items.first()?.pattern.get_binding_identifier()
    }

    /// What it returns wherever it runs: the expressions of its own `return` statements.
    pub fn returns(self) -> Vec<Option<&'a Expression<'a>>> {
        if let Some(expr) = self.expression() {
            return vec![Some(expr)];
        }
        let mut found = Vec::new();
        if let Some(body) = self.block() {
            returns_of(&body.statements, &mut found);
        }
        found
    }
}

fn returns_of<'a>(statements: &'a [Statement<'a>], found: &mut Vec<Option<&'a Expression<'a>>>) {
    for statement in statements {
        match statement {
            Statement::ReturnStatement(one) => found.push(one.argument.as_ref()),
            Statement::BlockStatement(block) => returns_of(&block.body, found),
            Statement::IfStatement(one) => {
                returns_of(std::slice::from_ref(&one.consequent), found);
                if let Some(other) = &one.alternate {
                    returns_of(std::slice::from_ref(other), found);
                }
            }
            Statement::TryStatement(one) => {
                returns_of(&one.block.body, found);
                if let Some(handler) = &one.handler {
                    returns_of(&handler.body.body, found);
                }
                if let Some(last) = &one.finalizer {
                    returns_of(&last.body, found);
                }
            }
            Statement::SwitchStatement(one) => {
                one.cases.iter().for_each(|case| returns_of(&case.consequent, found));
            }
            Statement::ForStatement(one) => returns_of(std::slice::from_ref(&one.body), found),
            Statement::ForOfStatement(one) => returns_of(std::slice::from_ref(&one.body), found),
            Statement::ForInStatement(one) => returns_of(std::slice::from_ref(&one.body), found),
            Statement::WhileStatement(one) => returns_of(std::slice::from_ref(&one.body), found),
            _ => {}
        }
    }
}

impl<'a> TypeScriptFile<'a> {
    /// The node around an expression, seen through parentheses, `as`, `!` and `?.`; and the outermost node
    /// that is still the expression.
    pub fn beyond_casts(&self, node: NodeId) -> (NodeId, AstKind<'a>) {
        let nodes = self.semantic.nodes();
        let mut at = node;
        loop {
            let parent = nodes.parent_id(at);
            match nodes.kind(parent) {
                AstKind::ParenthesizedExpression(_)
                | AstKind::TSAsExpression(_)
                | AstKind::TSSatisfiesExpression(_)
                | AstKind::TSNonNullExpression(_)
                | AstKind::TSTypeAssertion(_)
                | AstKind::TSInstantiationExpression(_)
                | AstKind::ChainExpression(_) => at = parent,
                kind => return (at, kind),
            }
        }
    }

    /// The functions around a node, the innermost first.
    pub fn functions_around(&self, node: NodeId) -> impl Iterator<Item = FunctionNode<'a>> + '_ {
        self.semantic.nodes().ancestor_kinds(node).filter_map(|kind| match kind {
            AstKind::Function(function) => Some(FunctionNode::Function(function)),
            AstKind::ArrowFunctionExpression(arrow) => Some(FunctionNode::Arrow(arrow)),
            _ => None,
        })
    }

    /// The function around a node.
    pub fn function_around(&self, node: NodeId) -> Option<FunctionNode<'a>> {
        self.functions_around(node).next()
    }

    /// True if an expression is a statement of its own, so that nobody takes its value.
    pub fn is_statement(&self, node: NodeId) -> bool {
        matches!(self.beyond_casts(node).1, AstKind::ExpressionStatement(_))
    }

    /// True if code at a node runs whenever a function does, and not later: no function of its own stands
    /// between, unless it is called on the spot.
    pub fn runs_with(&self, node: NodeId, function: NodeId) -> bool {
        let nodes = self.semantic.nodes();
        let mut inside = node;
        for ancestor in nodes.ancestors(node) {
            if ancestor.id() == function {
                return true;
            }
            let later = match ancestor.kind() {
                AstKind::Function(_) | AstKind::ArrowFunctionExpression(_) => {
                    let (outer, around) = self.beyond_casts(ancestor.id());
                    let called = |span: Span| span == nodes.kind(outer).span();
                    !matches!(around, AstKind::CallExpression(call) if called(call.callee.span()))
                }
                AstKind::PropertyDefinition(field) => {
                    !field.r#static && nodes.kind(inside).span() != field.key.span()
                }
                _ => false,
            };
            if later {
                return false;
            }
            inside = ancestor.id();
        }
        false
    }

    /// What makes `await` possible before an expression: the edits that add it, and make the function around
    /// it async. None where the function is a method, a getter or a generator.
    pub fn await_edits(&self, node: NodeId) -> Option<Vec<(std::ops::Range<usize>, String)>> {
        let span = self.semantic.nodes().kind(node).span();
        let (start, end) = (span.start as usize, span.end as usize);
        let bare = matches!(
            self.semantic.nodes().parent_kind(node),
            AstKind::ExpressionStatement(_)
                | AstKind::VariableDeclarator(_)
                | AstKind::ParenthesizedExpression(_)
                | AstKind::TSAsExpression(_)
        );
        let mut edits = match bare {
            true => vec![(start..start, "await ".to_owned())],
            false => vec![(start..start, "(await ".to_owned()), (end..end, ")".to_owned())],
        };
        match self.function_around(node) {
            None => {}
            Some(function) if function.is_async() => {}
            Some(FunctionNode::Arrow(arrow)) => {
                let at = arrow.span.start as usize;
                edits.push((at..at, "async ".to_owned()));
            }
            Some(FunctionNode::Function(function)) => {
                let at = function.span.start as usize;
                if function.generator || !self.text[at..].starts_with("function") {
                    return None;
                }
                edits.push((at..at, "async ".to_owned()));
            }
        }
        Some(edits)
    }
}
