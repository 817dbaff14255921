//! The scopes of a Python file, what each binds, and where a name leads.
//!
//! By the language reference's section on naming and binding: decorators, defaults, annotations and base
//! classes are evaluated outside the scope that they belong to, so is the first iterable of a comprehension;
//! class scopes are not seen from functions within.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::{AnyNodeRef, ExprContext};
use ruff_text_size::{Ranged, TextRange};

use super::tree::{PyNode, PyNodeId};

/// A scope's place in its file's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PyScopeId(u32);

impl PyScopeId {
    /// The module's own scope.
    pub const MODULE: PyScopeId = PyScopeId(0);

    pub(super) fn new(index: usize) -> PyScopeId {
        PyScopeId(index as u32)
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PyScopeKind {
    Module,
    Class,
    Function,
    Lambda,
    Comprehension,
}

/// A scope and its names.
pub struct PyScope<'a> {
    pub kind: PyScopeKind,
    /// What makes it; none for the module.
    pub node: Option<PyNodeId>,
    pub parent: Option<PyScopeId>,
    /// In the order of the text, by name.
    pub bindings: HashMap<&'a str, Vec<Binding>>,
    pub globals: HashSet<&'a str>,
    pub nonlocals: HashSet<&'a str>,
    /// It holds `from … import *`, so it may bind anything.
    pub open: bool,
}

/// A place where a name gets a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    pub node: PyNodeId,
    pub kind: BindingKind,
    /// The name itself.
    pub at: TextRange,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// `=`, `for`, `with … as`, `:=`, unpacking, patterns, `except … as`.
    Value,
    /// `name: T` without a value: it declares, but binds nothing.
    Annotation,
    Function,
    Class,
    /// The alias node of `import` or `from … import`.
    Import,
    Parameter,
    /// `del name`
    Deleted,
}

/// Makes the scopes, and tells every node its own.
pub(super) fn scopes<'a>(nodes: &mut [PyNode<'a>]) -> Vec<PyScope<'a>> {
    let mut scopes = vec![PyScope::new(PyScopeKind::Module, None, None)];
    // The scope that a node's children are evaluated in, where it makes one.
    let mut inner: Vec<Option<PyScopeId>> = vec![None; nodes.len()];
    for at in 0..nodes.len() {
        let (kind, parent) = (nodes[at].kind, nodes[at].parent);
        let scope = parent.map_or(PyScopeId::MODULE, |parent| {
            let outer = nodes[parent.index()].scope;
            match inner[parent.index()] {
                Some(inner) if is_inside(nodes[parent.index()].kind, kind) => inner,
                _ if is_evaluated_outside(nodes, parent, kind) => {
                    scopes[outer.index()].parent.unwrap_or(PyScopeId::MODULE)
                }
                _ => outer,
            }
        });
        nodes[at].scope = scope;
        let id = PyNodeId::new(at);
        if let Some(made) = scope_kind(kind) {
            inner[at] = Some(PyScopeId::new(scopes.len()));
            scopes.push(PyScope::new(made, Some(id), Some(scope)));
        }
        bind(&mut scopes, nodes, id);
    }
    scopes
}

impl PyScope<'_> {
    fn new(kind: PyScopeKind, node: Option<PyNodeId>, parent: Option<PyScopeId>) -> Self {
        let (bindings, globals, nonlocals) = (HashMap::new(), HashSet::new(), HashSet::new());
        PyScope { kind, node, parent, bindings, globals, nonlocals, open: false }
    }
}

fn scope_kind(node: AnyNodeRef) -> Option<PyScopeKind> {
    Some(match node {
        AnyNodeRef::StmtFunctionDef(_) => PyScopeKind::Function,
        AnyNodeRef::StmtClassDef(_) => PyScopeKind::Class,
        AnyNodeRef::ExprLambda(_) => PyScopeKind::Lambda,
        AnyNodeRef::ExprListComp(_)
        | AnyNodeRef::ExprSetComp(_)
        | AnyNodeRef::ExprDictComp(_)
        | AnyNodeRef::ExprGenerator(_) => PyScopeKind::Comprehension,
        _ => return None,
    })
}

/// True for a child that is evaluated in the scope its parent makes.
fn is_inside(parent: AnyNodeRef, child: AnyNodeRef) -> bool {
    match parent {
        AnyNodeRef::StmtFunctionDef(_) => child.is_statement() || matches!(child, AnyNodeRef::Parameters(_)),
        AnyNodeRef::StmtClassDef(_) => child.is_statement(),
        _ => true,
    }
}

/// Defaults and annotations, and the first iterable of a comprehension.
fn is_evaluated_outside(nodes: &[PyNode], parent: PyNodeId, child: AnyNodeRef) -> bool {
    match nodes[parent.index()].kind {
        AnyNodeRef::ParameterWithDefault(_) | AnyNodeRef::Parameter(_) => child.is_expression(),
        AnyNodeRef::Comprehension(comprehension) => {
            let made_by = nodes[parent.index()].parent.map(|id| nodes[id.index()].kind);
            let first = match made_by {
                Some(AnyNodeRef::ExprListComp(made)) => made.generators.first(),
                Some(AnyNodeRef::ExprSetComp(made)) => made.generators.first(),
                Some(AnyNodeRef::ExprDictComp(made)) => made.generators.first(),
                Some(AnyNodeRef::ExprGenerator(made)) => made.generators.first(),
                _ => None,
            };
            first.is_some_and(|first| std::ptr::eq(first, comprehension))
                && child.range() == comprehension.iter.range()
        }
        _ => false,
    }
}

/// Adds what a node binds to the scope it binds in.
fn bind<'a>(scopes: &mut [PyScope<'a>], nodes: &[PyNode<'a>], id: PyNodeId) {
    let node = &nodes[id.index()];
    let walked_out = |scopes: &[PyScope], mut scope: PyScopeId| {
        while scopes[scope.index()].kind == PyScopeKind::Comprehension {
            scope = scopes[scope.index()].parent.unwrap_or(PyScopeId::MODULE);
        }
        scope
    };
    let outside = walked_out(scopes, node.scope);
    let mut add = |scope: PyScopeId, name: &'a str, kind: BindingKind, at: TextRange| {
        let scope = if scopes[scope.index()].globals.contains(name) { PyScopeId::MODULE } else { scope };
        scopes[scope.index()].bindings.entry(name).or_default().push(Binding { node: id, kind, at });
    };
    let parent = node.parent.map(|parent| nodes[parent.index()].kind);
    match node.kind {
        AnyNodeRef::StmtFunctionDef(it) => {
            add(node.scope, it.name.as_str(), BindingKind::Function, it.name.range());
        }
        AnyNodeRef::StmtClassDef(it) => {
            add(node.scope, it.name.as_str(), BindingKind::Class, it.name.range())
        }
        AnyNodeRef::Alias(it) if it.name.as_str() == "*" => scopes[node.scope.index()].open = true,
        AnyNodeRef::Alias(it) => {
            let name = it.asname.as_ref().unwrap_or(&it.name);
            // `import a.b` binds `a`.
            let bound = name.as_str().split('.').next().unwrap_or("");
            add(node.scope, bound, BindingKind::Import, name.range());
        }
        AnyNodeRef::Parameter(it) => {
            add(node.scope, it.name.as_str(), BindingKind::Parameter, it.name.range());
        }
        AnyNodeRef::ExprName(it) => match it.ctx {
            ExprContext::Store => {
                let declares = matches!(parent, Some(AnyNodeRef::StmtAnnAssign(assign))
                    if assign.value.is_none() && assign.target.range() == it.range());
                let kind = if declares { BindingKind::Annotation } else { BindingKind::Value };
                let walrus = matches!(parent, Some(AnyNodeRef::ExprNamed(_)));
                // A walrus in a comprehension binds outside of it.
                let scope = if walrus { outside } else { node.scope };
                add(scope, it.id.as_str(), kind, it.range());
            }
            ExprContext::Del => add(node.scope, it.id.as_str(), BindingKind::Deleted, it.range()),
            _ => {}
        },
        AnyNodeRef::ExceptHandlerExceptHandler(it) => {
            if let Some(name) = &it.name {
                add(node.scope, name.as_str(), BindingKind::Value, name.range());
            }
        }
        AnyNodeRef::PatternMatchAs(it) => {
            if let Some(name) = &it.name {
                add(node.scope, name.as_str(), BindingKind::Value, name.range());
            }
        }
        AnyNodeRef::PatternMatchStar(it) => {
            if let Some(name) = &it.name {
                add(node.scope, name.as_str(), BindingKind::Value, name.range());
            }
        }
        AnyNodeRef::PatternMatchMapping(it) => {
            if let Some(name) = &it.rest {
                add(node.scope, name.as_str(), BindingKind::Value, name.range());
            }
        }
        AnyNodeRef::TypeParamTypeVar(it) => {
            add(node.scope, it.name.as_str(), BindingKind::Value, it.name.range());
        }
        AnyNodeRef::StmtGlobal(it) => {
            scopes[node.scope.index()].globals.extend(it.names.iter().map(|name| name.as_str()));
        }
        AnyNodeRef::StmtNonlocal(it) => {
            scopes[node.scope.index()].nonlocals.extend(it.names.iter().map(|name| name.as_str()));
        }
        _ => {}
    }
}

/// See [`super::PythonFile::resolve`].
pub(super) fn resolve<'s>(
    scopes: &'s [PyScope],
    from: PyScopeId,
    name: &str,
) -> Option<(PyScopeId, &'s [Binding])> {
    let mut at = from;
    loop {
        let scope = &scopes[at.index()];
        let seen = at == from || scope.kind != PyScopeKind::Class;
        if seen && scope.globals.contains(name) {
            at = PyScopeId::MODULE;
            return scopes[0].bindings.get(name).map(|bindings| (at, bindings.as_slice()));
        }
        if seen
            && !scope.nonlocals.contains(name)
            && let Some(bindings) = scope.bindings.get(name)
        {
            return Some((at, bindings));
        }
        at = scope.parent?;
    }
}
