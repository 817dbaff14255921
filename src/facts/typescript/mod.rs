//! One TypeScript or JavaScript file, parsed by oxc, with its scopes and calls.

mod mocks;
mod names;
mod position;
mod top;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::{CallExpression, Program, PropertyKey};
use oxc_parser::Parser;
use oxc_semantic::{NodeId, Semantic, SemanticBuilder};
use oxc_span::{GetSpan, SourceType};
use oxc_syntax::module_record::ModuleRecord;

pub use mocks::{Block, BlockKind, Library, MockCall, MockChain, MockObject, Mocks, ModuleObject, literal};
pub use names::{Dotted, dotted};
pub use position::FunctionNode;
pub use top::{Import, Imported, Load, TopLevel, TopUse};

use super::{Place, Project, SyntaxError};

/// A parsed file and what one walk over it found.
pub struct TypeScriptFile<'a> {
    /// From the root of the project.
    pub path: &'a str,
    pub text: &'a str,
    pub project: &'a Project,
    pub program: &'a Program<'a>,
    /// Scopes, symbols, references, and every node with its parent.
    pub semantic: Semantic<'a>,
    /// Imports and exports.
    pub module: ModuleRecord<'a>,
    /// In the order of the text; a file with any is known only in part.
    pub errors: Vec<SyntaxError>,
    calls: HashMap<&'a str, Vec<Call<'a>>>,
    /// By specifier.
    targets: RefCell<HashMap<String, String>>,
    top: OnceCell<TopLevel<'a>>,
    mocks: OnceCell<Mocks<'a>>,
}

/// How oxc reads a file of this path. Plain JavaScript is written with JSX in many projects.
pub(in crate::facts) fn source_type(path: &str) -> SourceType {
    let kind = SourceType::from_path(path).unwrap_or_default();
    if kind.is_javascript() { kind.with_jsx(true) } else { kind }
}

/// A call, and its node.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    pub node: NodeId,
    pub expr: &'a CallExpression<'a>,
}

impl<'a> TypeScriptFile<'a> {
    /// Parses a file; what does not parse is told in `errors`.
    pub fn parse(
        arena: &'a Allocator,
        path: &'a str,
        text: &'a str,
        project: &'a Project,
    ) -> TypeScriptFile<'a> {
        let parsed = Parser::new(arena, text, source_type(path)).parse();
        let program: &'a Program<'a> = arena.alloc(parsed.program);
        let errors = parsed.diagnostics.errors().map(|error| {
            let label = error.labels.first();
            let start = label.map_or(0, |label| label.offset() as usize);
            let length = label.map_or(0, |label| label.len() as usize);
            SyntaxError { bytes: start..start + length, message: error.message.to_string() }
        });
        let errors = errors.collect();
        let semantic = SemanticBuilder::new_linter().build(program).semantic;
        let mut calls: HashMap<&'a str, Vec<Call<'a>>> = HashMap::new();
        for node in semantic.nodes().iter() {
            if let AstKind::CallExpression(expr) = node.kind()
                && let Some(name) = names::last(&expr.callee)
            {
                calls.entry(name).or_default().push(Call { node: node.id(), expr });
            }
        }
        let module = parsed.module_record;
        let (top, mocks) = (OnceCell::new(), OnceCell::new());
        TypeScriptFile {
            path,
            text,
            project,
            program,
            semantic,
            module,
            errors,
            calls,
            targets: RefCell::default(),
            top,
            mocks,
        }
    }

    /// True if the import at a place stands as it stood before the change ([`Project::stands`]).
    pub fn stands(&self, at: impl Place) -> bool {
        self.project.stands(self.path, self.text, at.bytes())
    }

    /// What it imports, and where the names at its top are used.
    pub fn top(&self) -> &TopLevel<'a> {
        self.top.get_or_init(|| TopLevel::read(self))
    }

    /// Its mocks, tests and hooks.
    pub fn mocks(&self) -> &Mocks<'a> {
        self.mocks.get_or_init(|| Mocks::read(self))
    }

    /// What a specifier means: the path of a file of the project, or else the specifier without `node:`. Equal
    /// for two specifiers of one module.
    pub fn target(&self, specifier: &str) -> String {
        let known = self.targets.borrow().get(specifier).cloned();
        known.unwrap_or_else(|| {
            let target = self.project.target(self.path, specifier);
            self.targets.borrow_mut().insert(specifier.to_owned(), target.clone());
            target
        })
    }

    /// Calls whose callee ends in this name, in the order of the text: `mock` gives `vi.mock(…)` and
    /// `mock(…)`.
    pub fn calls(&self, name: &str) -> &[Call<'a>] {
        self.calls.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every call whose callee ends in a name; in no order.
    pub fn all_calls(&self) -> impl Iterator<Item = Call<'a>> + '_ {
        self.calls.values().flatten().copied()
    }

    /// True if the file imports one of these packages, or a package around it depends on one.
    pub fn uses_any(&self, packages: &[&str]) -> bool {
        let imports = |name: &&str| {
            let of = |specifier: &str| {
                specifier.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            self.module.requested_modules.keys().any(|specifier| of(specifier.as_str()))
        };
        packages.iter().any(imports)
            || packages.iter().any(|name| self.project.major(self.path, name).is_some())
    }

    /// The dotted name of the functions, classes and members around a byte; empty at the top of the file.
    pub fn symbol_at(&self, byte: usize) -> String {
        let mut names: Vec<(u32, &str)> = Vec::new();
        for node in self.semantic.nodes().iter() {
            let span = node.kind().span();
            if (span.start as usize) > byte || (span.end as usize) <= byte {
                continue;
            }
            let name = match node.kind() {
                AstKind::Function(function) => function.id.as_ref().map(|id| id.name.as_str()),
                AstKind::Class(class) => class.id.as_ref().map(|id| id.name.as_str()),
                AstKind::MethodDefinition(method) => match &method.key {
                    PropertyKey::StaticIdentifier(name) => Some(name.name.as_str()),
                    _ => None,
                },
                AstKind::VariableDeclarator(variable) => {
                    variable.id.get_identifier_name().map(|name| name.as_str())
                }
                _ => None,
            };
            names.extend(name.map(|name| (span.start, name)));
        }
        names.sort_by_key(|&(start, _)| start);
        names.iter().map(|&(_, name)| name).collect::<Vec<_>>().join(".")
    }

    /// The bytes of its comments.
    pub fn comments(&self) -> Vec<Range<usize>> {
        self.program.comments.iter().map(|comment| comment.span.bytes()).collect()
    }

    /// The bytes of its statements, in the order of the text, parents before children.
    pub fn statements(&self) -> Vec<Range<usize>> {
        let is_statement =
            |kind: &AstKind| kind.is_statement() || kind.is_declaration() || kind.is_module_declaration();
        let kinds = self.semantic.nodes().iter().map(|node| node.kind());
        kinds.filter(is_statement).map(|kind| kind.span().bytes()).collect()
    }
}
