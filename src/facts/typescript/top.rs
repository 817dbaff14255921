//! The top of a module: what it imports, what it loads at once, and every use of its own names.

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Expression, IdentifierReference, ImportDeclaration, ImportDeclarationSpecifier, Statement,
};
use oxc_semantic::{NodeId, Reference, SymbolId};
use oxc_span::{GetSpan, Span};

use super::TypeScriptFile;

/// The imports of a file, and the uses of what stands at its top.
pub struct TopLevel<'a> {
    pub imports: Vec<Import<'a>>,
    /// Modules that are loaded before the file's own code runs, in that order.
    pub loads: Vec<Load<'a>>,
    by_symbol: HashMap<SymbolId, usize>,
    /// In the order of the text.
    uses: Vec<TopUse>,
}

/// A name that an import binds.
#[derive(Clone, Copy)]
pub struct Import<'a> {
    pub specifier: &'a str,
    pub name: Imported<'a>,
    pub local: &'a str,
    pub symbol: SymbolId,
    pub declaration: &'a ImportDeclaration<'a>,
    /// Of the specifier: `vi as v`.
    pub span: Span,
    /// `import type`, or `type` before the name.
    pub is_type: bool,
}

/// Which export an import binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported<'a> {
    /// `default` is one.
    Name(&'a str),
    Namespace,
}

/// A module that is loaded at once.
#[derive(Clone, Copy)]
pub struct Load<'a> {
    pub specifier: &'a str,
    /// Of its statement.
    pub span: Span,
}

/// A use, as a value, of a name that the file declares or imports at its top.
#[derive(Clone, Copy)]
pub struct TopUse {
    pub symbol: SymbolId,
    pub node: NodeId,
    pub span: Span,
}

impl<'a> TopLevel<'a> {
    pub(super) fn read(file: &TypeScriptFile<'a>) -> TopLevel<'a> {
        let mut top =
            TopLevel { imports: Vec::new(), loads: Vec::new(), by_symbol: HashMap::new(), uses: Vec::new() };
        for statement in &file.program.body {
            match statement {
                Statement::ImportDeclaration(import) => top.import(file, import),
                Statement::ExportFromDeclaration(export) if !export.export_kind.is_type() => {
                    top.loads.push(Load { specifier: export.source.value.as_str(), span: export.span });
                }
                Statement::ExportAllDeclaration(export) if !export.export_kind.is_type() => {
                    top.loads.push(Load { specifier: export.source.value.as_str(), span: export.span });
                }
                _ => {}
            }
        }
        top.by_symbol = top.imports.iter().enumerate().map(|(at, import)| (import.symbol, at)).collect();
        let scoping = file.semantic.scoping();
        for symbol in scoping.iter_bindings_in(scoping.root_scope_id()) {
            top.uses.extend(file.value_uses(symbol).map(|(node, span)| TopUse { symbol, node, span }));
        }
        top.uses.sort_by_key(|one| one.span.start);
        top
    }

    fn import(&mut self, file: &TypeScriptFile<'a>, declaration: &'a ImportDeclaration<'a>) {
        let first = self.imports.len();
        for specifier in declaration.specifiers.iter().flatten() {
            let (name, local, span, is_type) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(one) => {
                    let name = Imported::Name(exported_name(&one.imported));
                    (name, &one.local, one.span, one.import_kind.is_type())
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(one) => {
                    (Imported::Name("default"), &one.local, one.span, false)
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(one) => {
                    (Imported::Namespace, &one.local, one.span, false)
                }
            };
            self.imports.push(Import {
                specifier: declaration.source.value.as_str(),
                name,
                local: local.name.as_str(),
                symbol: local.symbol_id(),
                declaration,
                span,
                is_type: is_type || declaration.import_kind.is_type(),
            });
        }
        // Compilers drop imports of which no name is used as a value.
        let bare = declaration.specifiers.as_ref().is_none_or(|names| names.is_empty());
        let used = |import: &Import| !import.is_type && file.value_uses(import.symbol).next().is_some();
        if !declaration.import_kind.is_type() && (bare || self.imports[first..].iter().any(used)) {
            self.loads.push(Load { specifier: declaration.source.value.as_str(), span: declaration.span });
        }
    }

    /// The import that binds a symbol.
    pub fn import_of(&self, symbol: SymbolId) -> Option<&Import<'a>> {
        self.by_symbol.get(&symbol).map(|&at| &self.imports[at])
    }

    /// The import of an export from a module, by the module's specifier.
    pub fn imports_from<'t>(&'t self, specifier: &'t str) -> impl Iterator<Item = &'t Import<'a>> {
        self.imports.iter().filter(move |import| import.specifier == specifier)
    }

    /// The uses of top-level names within some code.
    pub fn uses_in(&self, span: Span) -> &[TopUse] {
        let start = self.uses.partition_point(|one| one.span.start < span.start);
        let end = self.uses.partition_point(|one| one.span.start < span.end);
        &self.uses[start..end]
    }
}

fn exported_name<'a>(name: &oxc_ast::ast::ModuleExportName<'a>) -> &'a str {
    match name {
        oxc_ast::ast::ModuleExportName::IdentifierName(name) => name.name.as_str(),
        oxc_ast::ast::ModuleExportName::IdentifierReference(name) => name.name.as_str(),
        oxc_ast::ast::ModuleExportName::StringLiteral(name) => name.value.as_str(),
    }
}

impl<'a> TypeScriptFile<'a> {
    /// Where a symbol is used as a value, in the order of the text.
    pub fn value_uses(&self, symbol: SymbolId) -> impl Iterator<Item = (NodeId, Span)> + '_ {
        let references = self.semantic.scoping().get_resolved_references(symbol);
        references.filter(|one| one.is_value()).map(|one| self.place_of(one))
    }

    /// Where a name is used as a value that nothing in the file declares.
    pub fn global_uses(&self, name: &str) -> Vec<(NodeId, Span)> {
        let scoping = self.semantic.scoping();
        let ids = scoping.root_unresolved_references().get(name).map_or(&[][..], |ids| ids.as_slice());
        let references = ids.iter().map(|&id| scoping.get_reference(id)).filter(|one| one.is_value());
        references.map(|one| self.place_of(one)).collect()
    }

    fn place_of(&self, reference: &Reference) -> (NodeId, Span) {
        (reference.node_id(), self.semantic.nodes().kind(reference.node_id()).span())
    }

    /// The symbol that a name means; none for a global.
    pub fn symbol_of(&self, name: &IdentifierReference) -> Option<SymbolId> {
        self.semantic.scoping().get_reference(name.reference_id()).symbol_id()
    }

    /// The import that an expression is a name of.
    pub fn import_behind(&self, expr: &Expression<'a>) -> Option<&Import<'a>> {
        let name = expr.get_identifier_reference()?;
        self.top().import_of(self.symbol_of(name)?)
    }

    /// The initialiser of the variable that a symbol is, if it is written as one name.
    pub fn initialiser(&self, symbol: SymbolId) -> Option<&'a Expression<'a>> {
        let node = self.semantic.scoping().symbol_declaration(symbol);
        match self.semantic.nodes().kind(node) {
            AstKind::VariableDeclarator(variable) => {
                variable.id.get_binding_identifier().and(variable.init.as_ref())
            }
            _ => None,
        }
    }

    /// The text of some bytes.
    pub fn slice(&self, span: Span) -> &'a str {
        &self.text[span.start as usize..span.end as usize]
    }
}
