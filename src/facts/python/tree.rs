//! The nodes of a Python file in one list, each with its parent.

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, TraversalSignal, walk_body};
use ruff_python_ast::{AnyNodeRef, HasNodeIndex, ModModule, NodeIndex};

use super::scopes::PyScopeId;

/// A node's place in its file's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PyNodeId(u32);

impl PyNodeId {
    pub(super) fn new(index: usize) -> PyNodeId {
        PyNodeId(index as u32)
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A node, where it hangs, and the scope in which it is evaluated.
pub struct PyNode<'a> {
    pub kind: AnyNodeRef<'a>,
    pub parent: Option<PyNodeId>,
    pub scope: PyScopeId,
}

/// Every node, parents before children; each node is told its own index.
pub(super) fn nodes(module: &ModModule) -> Vec<PyNode<'_>> {
    let mut collector = Collector { nodes: Vec::new(), open: Vec::new() };
    let module_node = AnyNodeRef::ModModule(module);
    collector.enter_node(module_node);
    walk_body(&mut collector, &module.body);
    collector.leave_node(module_node);
    collector.nodes
}

struct Collector<'a> {
    nodes: Vec<PyNode<'a>>,
    open: Vec<PyNodeId>,
}

impl<'a> SourceOrderVisitor<'a> for Collector<'a> {
    fn enter_node(&mut self, kind: AnyNodeRef<'a>) -> TraversalSignal {
        let id = PyNodeId::new(self.nodes.len());
        kind.node_index().set(NodeIndex::from(id.0));
        let (parent, scope) = (self.open.last().copied(), PyScopeId::MODULE);
        self.nodes.push(PyNode { kind, parent, scope });
        self.open.push(id);
        TraversalSignal::Traverse
    }

    fn leave_node(&mut self, _: AnyNodeRef<'a>) {
        self.open.pop();
    }
}
