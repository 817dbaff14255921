//! One Python file, parsed by ruff's parser, with its nodes, scopes and calls.

mod scopes;
mod tree;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, HasNodeIndex, ModModule};
use ruff_python_parser::Parsed;
use ruff_text_size::{Ranged, TextRange};

pub use scopes::{Binding, BindingKind, PyScope, PyScopeId, PyScopeKind};
use tree::PyNode;
pub use tree::PyNodeId;

use super::project::collect;
use super::{Place, Project, PyImport, PyModule, Python, SyntaxError};

/// A parsed file and what one walk over it found.
pub struct PythonFile<'a> {
    /// From the root of the project.
    pub path: &'a str,
    pub text: &'a str,
    pub project: &'a Project,
    pub module: &'a ModModule,
    /// In the order of the text; a file with any is known only in part.
    pub errors: Vec<SyntaxError>,
    nodes: Vec<PyNode<'a>>,
    tokens: &'a Tokens,
    scopes: Vec<PyScope<'a>>,
    calls: HashMap<&'a str, Vec<(PyNodeId, &'a ExprCall)>>,
    own: OnceLock<Arc<PyModule>>,
}

impl<'a> PythonFile<'a> {
    /// The facts of a parsed text; what did not parse is told in `errors`.
    pub fn new(
        parsed: &'a Parsed<ModModule>,
        path: &'a str,
        text: &'a str,
        project: &'a Project,
    ) -> PythonFile<'a> {
        let errors = parsed
            .errors()
            .iter()
            .map(|error| SyntaxError { bytes: error.location.bytes(), message: error.error.to_string() });
        let mut errors: Vec<SyntaxError> = errors.collect();
        if let Some(first) = errors.first_mut()
            && let Some(opener) = unclosed(parsed, first.bytes.start)
        {
            let bracket = text.get(opener.clone()).unwrap_or("(");
            *first = SyntaxError { message: format!("`{bracket}` is never closed"), bytes: opener };
        }
        let module = parsed.syntax();
        let mut nodes = tree::nodes(module);
        let scopes = scopes::scopes(&mut nodes);
        let mut calls: HashMap<&'a str, Vec<(PyNodeId, &'a ExprCall)>> = HashMap::new();
        for (at, node) in nodes.iter().enumerate() {
            if let AnyNodeRef::ExprCall(call) = node.kind
                && let Some(name) = last_name(&call.func)
            {
                calls.entry(name).or_default().push((PyNodeId::new(at), call));
            }
        }
        PythonFile {
            path,
            text,
            project,
            module,
            errors,
            nodes,
            tokens: parsed.tokens(),
            scopes,
            calls,
            own: OnceLock::new(),
        }
    }

    /// What the file offers as a module.
    pub fn own(&self) -> &Arc<PyModule> {
        self.own.get_or_init(|| Arc::new(collect(self.path, self.module)))
    }

    /// The modules of the project.
    pub fn python(&self) -> &'a Python {
        self.project.python()
    }

    /// True if the import at a place stands as it stood before the change ([`Project::stands`]).
    pub fn stands(&self, at: impl Place) -> bool {
        self.project.stands(self.path, self.text, at.bytes())
    }

    /// True if an import stands as it stood, the order included in which modules load each other
    /// ([`Project::stands_in_order`]).
    pub fn stands_in_order(&self, import: &PyImport) -> bool {
        self.project.stands_in_order(self.path, self.text, import)
    }

    /// Every node, parents before children, in the order of the text.
    pub fn nodes(&self) -> impl Iterator<Item = (PyNodeId, AnyNodeRef<'a>)> + '_ {
        self.nodes.iter().enumerate().map(|(at, node)| (PyNodeId::new(at), node.kind))
    }

    pub fn node(&self, id: PyNodeId) -> AnyNodeRef<'a> {
        self.nodes[id.index()].kind
    }

    /// The id of a node of this file's tree.
    pub fn id(&self, node: impl HasNodeIndex) -> PyNodeId {
        PyNodeId::new(node.node_index().load().as_u32().unwrap_or(0) as usize)
    }

    pub fn parent(&self, id: PyNodeId) -> Option<PyNodeId> {
        self.nodes[id.index()].parent
    }

    /// The parents of a node, the nearest first.
    pub fn ancestors(&self, id: PyNodeId) -> impl Iterator<Item = (PyNodeId, AnyNodeRef<'a>)> + '_ {
        let parents = std::iter::successors(self.parent(id), |&id| self.parent(id));
        parents.map(|id| (id, self.node(id)))
    }

    /// Calls whose callee ends in this name, in the order of the text: `patch` gives `mock.patch(…)` and
    /// `patch(…)`.
    pub fn calls(&self, name: &str) -> &[(PyNodeId, &'a ExprCall)] {
        self.calls.get(name).map_or(&[], Vec::as_slice)
    }

    /// Calls whose callee ends in a name; in no order.
    pub fn all_calls(&self) -> impl Iterator<Item = (PyNodeId, &'a ExprCall)> + '_ {
        self.calls.values().flatten().copied()
    }

    /// The scope in which a node is evaluated.
    pub fn scope_of(&self, id: PyNodeId) -> PyScopeId {
        self.nodes[id.index()].scope
    }

    pub fn scope(&self, id: PyScopeId) -> &PyScope<'a> {
        &self.scopes[id.index()]
    }

    pub fn scopes(&self) -> impl Iterator<Item = (PyScopeId, &PyScope<'a>)> {
        self.scopes.iter().enumerate().map(|(at, scope)| (PyScopeId::new(at), scope))
    }

    /// The scope that a function, class, lambda or comprehension makes.
    pub fn scope_made_by(&self, id: PyNodeId) -> Option<PyScopeId> {
        self.scopes().find(|(_, scope)| scope.node == Some(id)).map(|(id, _)| id)
    }

    /// Where a name that is read in a scope is bound, by Python's rules; none for builtins and for what is
    /// bound nowhere in this file.
    pub fn resolve(&self, scope: PyScopeId, name: &str) -> Option<(PyScopeId, &[Binding])> {
        scopes::resolve(&self.scopes, scope, name)
    }

    /// True if the file imports one of these packages.
    pub fn uses_any(&self, packages: &[&str]) -> bool {
        self.nodes().any(|(_, node)| match node {
            AnyNodeRef::StmtImport(import) => {
                import.names.iter().any(|alias| packages.contains(&top(alias.name.as_str())))
            }
            AnyNodeRef::StmtImportFrom(import) => {
                import.level == 0
                    && import.module.as_ref().is_some_and(|module| packages.contains(&top(module.as_str())))
            }
            _ => false,
        })
    }

    /// The dotted name of the functions and classes around a byte; empty at the top of the file.
    pub fn symbol_at(&self, byte: usize) -> String {
        let around = self.nodes.iter().filter(|node| node.kind.bytes().contains(&byte));
        let names = around.filter_map(|node| match node.kind {
            AnyNodeRef::StmtFunctionDef(function) => Some(function.name.as_str()),
            AnyNodeRef::StmtClassDef(class) => Some(class.name.as_str()),
            _ => None,
        });
        names.collect::<Vec<_>>().join(".")
    }

    /// The bytes of its comments.
    pub fn comments(&self) -> Vec<Range<usize>> {
        let comments = self.tokens.iter().filter(|token| token.kind() == TokenKind::Comment);
        comments.map(|token| token.range().bytes()).collect()
    }

    /// The bytes of its statements, in the order of the text, parents before children.
    pub fn statements(&self) -> Vec<Range<usize>> {
        self.nodes().filter(|(_, node)| node.is_statement()).map(|(_, node)| node.bytes()).collect()
    }

    /// The text of a place.
    pub fn slice(&self, place: impl Place) -> &'a str {
        self.text.get(place.bytes()).unwrap_or("")
    }
}

/// The last bracket before a syntax error that nothing closes: where the mistake is, as Python itself says.
fn unclosed(parsed: &Parsed<ModModule>, error: usize) -> Option<Range<usize>> {
    let mut open: Vec<TextRange> = Vec::new();
    for token in parsed.tokens() {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => open.push(token.range()),
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                open.pop();
            }
            _ => {}
        }
    }
    open.into_iter().map(|range| range.bytes()).rfind(|bytes| bytes.start < error)
}

/// `a` of `a.b.c`.
fn top(dotted: &str) -> &str {
    dotted.split('.').next().unwrap_or("")
}

/// The last name of a callee, whatever stands before it.
fn last_name(callee: &Expr) -> Option<&str> {
    match callee {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// The dotted name of an expression, `a.b.c`; none for what is no chain of names.
pub fn py_dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(format!("{}.{}", py_dotted(&attribute.value)?, attribute.attr)),
        _ => None,
    }
}
