//! What a test file does with vitest's or jest's mocks: its `mock` calls with their factories, its tests and
//! hooks. Read once for a file, when a rule first asks.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    Argument, CallExpression, Expression, ObjectExpression, ObjectProperty, ObjectPropertyKind,
};
use oxc_semantic::NodeId;
use oxc_span::{GetSpan, Span};

use super::position::FunctionNode;
use super::top::Imported;
use super::{Call, TypeScriptFile, dotted};

/// The mocks and the tests of a file.
pub struct Mocks<'a> {
    /// `mock`, `doMock`, `unmock`, `doUnmock` and their kin, in the order of the text.
    pub calls: Vec<MockCall<'a>>,
    /// Calls of `vi.hoisted`, by whatever name `vi` goes.
    pub hoisted: Vec<MockCall<'a>>,
    /// Tests, suites and hooks, in the order of the text.
    pub blocks: Vec<Block<'a>>,
}

/// Whose mocks they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    Vitest,
    Jest,
}

/// The object that a mock function is called on: `vi`, `vitest`, `jest`, or another name for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MockObject {
    pub library: Library,
    /// True if it does not go by its own name, by which alone vitest recognises it.
    pub alias: bool,
    /// Jest's: imported from `@jest/globals`.
    pub imported: bool,
}

/// `vi.mock(path, factory)`.
pub struct MockCall<'a> {
    pub call: Call<'a>,
    pub object: MockObject,
    pub method: &'a str,
    /// A literal path, or the one in `import('…')`.
    pub path: Option<&'a str>,
    /// What the path means: a file of the project, or a package; see [`TypeScriptFile::target`].
    pub target: Option<String>,
    pub factory: Option<Factory<'a>>,
    /// True if it is a statement of the file itself.
    pub at_top: bool,
}

impl<'a> MockCall<'a> {
    /// True if it runs before the file's imports.
    pub fn is_hoisted(&self) -> bool {
        matches!(self.method, "mock" | "unmock") && !self.object.alias
    }

    pub fn library(&self) -> Library {
        self.object.library
    }

    /// `vi.mock`, as it is written.
    pub fn callee(&self, file: &TypeScriptFile<'a>) -> &'a str {
        file.slice(self.call.expr.callee.span())
    }

    /// The first argument.
    pub fn path_span(&self) -> Span {
        self.call.expr.arguments.first().map_or(self.call.expr.span, GetSpan::span)
    }
}

/// The function that makes a mocked module.
#[derive(Clone, Copy)]
pub struct Factory<'a> {
    pub function: FunctionNode<'a>,
    /// The object literal that it returns, if it returns one and nothing else.
    pub object: Option<ModuleObject<'a>>,
}

/// An object literal that stands for a module.
#[derive(Clone, Copy)]
pub struct ModuleObject<'a>(pub &'a ObjectExpression<'a>);

impl<'a> ModuleObject<'a> {
    /// The properties with a name that is written out.
    pub fn properties(self) -> impl Iterator<Item = (String, &'a ObjectProperty<'a>)> {
        self.0.properties.iter().filter_map(|property| match property {
            ObjectPropertyKind::ObjectProperty(one) => Some((one.key.static_name()?.into_owned(), &**one)),
            ObjectPropertyKind::SpreadProperty(_) => None,
        })
    }

    /// True if every key can be seen: no spread, no computed key.
    pub fn is_closed(self) -> bool {
        self.properties().count() == self.0.properties.len()
    }

    pub fn has(self, key: &str) -> bool {
        self.properties().any(|(name, _)| name == key)
    }
}

/// A test, a suite or a hook.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    pub kind: BlockKind,
    pub call: &'a CallExpression<'a>,
    pub function: FunctionNode<'a>,
    /// Of the whole call.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    Test,
    Suite,
    BeforeAll,
    BeforeEach,
    AfterEach,
    AfterAll,
}

impl Block<'_> {
    pub fn contains(&self, span: Span) -> bool {
        self.span.start <= span.start && span.end <= self.span.end
    }
}

/// Functions whose first argument is the path of a module.
const MOCK_METHODS: [&str; 6] = ["mock", "doMock", "unmock", "doUnmock", "setMock", "unstable_mockModule"];

impl<'a> Mocks<'a> {
    pub(super) fn read(file: &TypeScriptFile<'a>) -> Mocks<'a> {
        let of = |method: &'a str| {
            file.calls(method).iter().filter_map(move |call| MockCall::read(file, *call, method))
        };
        let mut calls: Vec<MockCall> = MOCK_METHODS.into_iter().flat_map(of).collect();
        calls.sort_by_key(|mock| mock.call.expr.span.start);
        Mocks { calls, hoisted: of("hoisted").collect(), blocks: blocks(file) }
    }

    /// The calls of one library.
    pub fn of(&self, library: Library) -> impl Iterator<Item = &MockCall<'a>> {
        self.calls.iter().filter(move |mock| mock.library() == library)
    }

    /// The innermost test, suite or hook around some code.
    pub fn block_around(&self, span: Span) -> Option<&Block<'a>> {
        self.blocks.iter().rev().find(|block| block.contains(span))
    }

    /// The test around some code.
    pub fn test_around(&self, span: Span) -> Option<&Block<'a>> {
        self.tests().find(|block| block.contains(span))
    }

    pub fn tests(&self) -> impl Iterator<Item = &Block<'a>> {
        self.blocks.iter().filter(|block| block.kind == BlockKind::Test)
    }

    /// True if some call of the file replaces a module, before or while the tests run.
    pub fn replaces(&self, target: &str) -> bool {
        self.calls.iter().any(|mock| mock.target.as_deref() == Some(target) && !mock.method.contains("nmock"))
    }
}

impl<'a> MockCall<'a> {
    fn read(file: &TypeScriptFile<'a>, call: Call<'a>, method: &'a str) -> Option<MockCall<'a>> {
        let object = file.mock_object(callee_object(call.expr)?)?;
        let mut arguments = call.expr.arguments.iter().filter_map(Argument::as_expression);
        let first = arguments.next();
        let path = first.and_then(literal);
        let factory = arguments.next().or(first).and_then(FunctionNode::of).map(|function| {
            let mut returns = function.returns();
            let only = if returns.len() == 1 { returns.pop().flatten() } else { None };
            let object = match only.map(Expression::get_inner_expression) {
                Some(Expression::ObjectExpression(object)) => Some(ModuleObject(object)),
                _ => None,
            };
            Factory { function, object }
        });
        let target = path.map(|path| file.target(path));
        let statement = file.beyond_casts(call.node).1;
        let at_top = matches!(statement, AstKind::ExpressionStatement(one)
            if matches!(file.semantic.nodes().parent_kind(one.node_id.get()), AstKind::Program(_)));
        Some(MockCall { call, object, method, path, target, factory, at_top })
    }
}

/// What a method is called on.
fn callee_object<'a>(call: &'a CallExpression<'a>) -> Option<&'a Expression<'a>> {
    match call.callee.get_inner_expression() {
        Expression::StaticMemberExpression(member) => Some(member.object.get_inner_expression()),
        _ => None,
    }
}

/// The path that an argument is: a string, a template without holes, `import('…')`.
pub fn literal<'a>(expr: &'a Expression<'a>) -> Option<&'a str> {
    match expr.get_inner_expression() {
        Expression::StringLiteral(text) => Some(text.value.as_str()),
        Expression::TemplateLiteral(text) if text.expressions.is_empty() => {
            text.quasis.first()?.value.cooked.as_ref().map(|text| text.as_str())
        }
        Expression::ImportExpression(import) => literal(&import.source),
        _ => None,
    }
}

impl<'a> TypeScriptFile<'a> {
    /// Which library's mocks an object makes.
    pub fn mock_object(&self, expr: &'a Expression<'a>) -> Option<MockObject> {
        match expr.get_inner_expression() {
            Expression::Identifier(name) => {
                let Some(symbol) = self.symbol_of(name) else {
                    let library = match name.name.as_str() {
                        "vi" | "vitest" => Library::Vitest,
                        "jest" => Library::Jest,
                        _ => return None,
                    };
                    return Some(MockObject { library, alias: false, imported: false });
                };
                if let Some(import) = self.top().import_of(symbol) {
                    return match (import.specifier, import.name) {
                        ("vitest", Imported::Name("vi" | "vitest")) => {
                            let alias = !matches!(import.local, "vi" | "vitest");
                            Some(MockObject { library: Library::Vitest, alias, imported: true })
                        }
                        ("@jest/globals", Imported::Name("jest")) => {
                            let alias = import.local != "jest";
                            Some(MockObject { library: Library::Jest, alias, imported: true })
                        }
                        _ => None,
                    };
                }
                let init = self.initialiser(symbol)?;
                // `const v = vi`, and no further: `const a = a` must end.
                let behind = init.get_identifier_reference().filter(|inner| inner.name != name.name)?;
                let known = match self.symbol_of(behind) {
                    Some(symbol) => self.top().import_of(symbol).is_some_and(|import| {
                        import.specifier == "vitest" && import.name == Imported::Name("vi")
                    }),
                    None => behind.name == "vi",
                };
                known.then_some(MockObject { library: Library::Vitest, alias: true, imported: true })
            }
            Expression::StaticMemberExpression(member) if member.property.name == "vi" => {
                let import = self.import_behind(&member.object)?;
                let whole = import.specifier == "vitest" && import.name == Imported::Namespace;
                whole.then_some(MockObject { library: Library::Vitest, alias: true, imported: true })
            }
            _ => None,
        }
    }

    /// The calls of one of a library's functions: `vi.fn(…)` by whatever name `vi` goes.
    pub fn library_calls<'f>(
        &'f self,
        library: Library,
        method: &str,
    ) -> impl Iterator<Item = Call<'a>> + 'f {
        let of = move |call: &Call<'a>| {
            callee_object(call.expr)
                .and_then(|object| self.mock_object(object))
                .is_some_and(|object| object.library == library)
        };
        self.calls(method).iter().copied().filter(of)
    }

    /// The library whose `fn`, `spyOn` or `mocked` a call is.
    pub fn library_of(&self, call: &'a CallExpression<'a>) -> Option<Library> {
        self.mock_object(callee_object(call)?).map(|object| object.library)
    }
}

const TEST: [&str; 2] = ["test", "it"];
const SUITE: [&str; 2] = ["describe", "suite"];
/// What follows in `it.only(…)`.
const MODIFIERS: [&str; 6] = ["only", "skip", "todo", "concurrent", "sequential", "fails"];
/// What is called first in `it.each(…)(…)`.
const TABLES: [&str; 4] = ["each", "for", "skipIf", "runIf"];

fn blocks<'a>(file: &TypeScriptFile<'a>) -> Vec<Block<'a>> {
    let mut found = Vec::new();
    let mut add = |kind: BlockKind, call: &'a CallExpression<'a>| {
        let function = call.arguments.iter().filter_map(Argument::as_expression).find_map(FunctionNode::of);
        found.extend(function.map(|function| Block { kind, call, function, span: call.span }));
    };
    let hooks = [
        ("beforeAll", BlockKind::BeforeAll),
        ("beforeEach", BlockKind::BeforeEach),
        ("afterEach", BlockKind::AfterEach),
        ("afterAll", BlockKind::AfterAll),
    ];
    for (name, kind) in hooks {
        file.calls(name).iter().for_each(|call| add(kind, call.expr));
    }
    let kind_of = |call: &Call<'a>| {
        let name = dotted(&call.expr.callee)?;
        if TEST.contains(&name.root()) {
            return Some(BlockKind::Test);
        }
        SUITE.contains(&name.root()).then_some(BlockKind::Suite)
    };
    for name in TEST.into_iter().chain(SUITE).chain(MODIFIERS) {
        for call in file.calls(name) {
            if let Some(kind) = kind_of(call) {
                add(kind, call.expr);
            }
        }
    }
    for call in TABLES.into_iter().flat_map(|name| file.calls(name)) {
        if let Some(kind) = kind_of(call)
            && let AstKind::CallExpression(outer) = file.semantic.nodes().parent_kind(call.node)
        {
            add(kind, outer);
        }
    }
    found.sort_by_key(|block| block.span.start);
    found
}

/// The chain of calls that makes a mock function: `vi.fn(impl).mockReturnValue(1)`.
pub struct MockChain<'a> {
    /// `vi.fn(…)` or `vi.spyOn(…)`.
    pub root: &'a CallExpression<'a>,
    pub library: Library,
    /// `fn` or `spyOn`.
    pub made_by: &'a str,
    /// The calls that follow, in order: `mockReturnValue`.
    pub steps: Vec<(&'a str, Span, &'a CallExpression<'a>)>,
}

impl<'a> TypeScriptFile<'a> {
    /// The mock function that an expression makes.
    pub fn mock_chain(&self, expr: &'a Expression<'a>) -> Option<MockChain<'a>> {
        let mut steps = Vec::new();
        let mut at = expr.get_inner_expression();
        loop {
            let Expression::CallExpression(call) = at else { return None };
            let Expression::StaticMemberExpression(member) = call.callee.get_inner_expression() else {
                return None;
            };
            let name = member.property.name.as_str();
            if matches!(name, "fn" | "spyOn")
                && let Some(object) = self.mock_object(&member.object)
            {
                steps.reverse();
                return Some(MockChain { root: call, library: object.library, made_by: name, steps });
            }
            steps.push((name, member.property.span, &**call));
            at = member.object.get_inner_expression();
        }
    }

    /// The node of a call's whole chain: that of `a.b().c()` for its `a.b()`.
    pub fn whole_chain(&self, node: NodeId) -> NodeId {
        let nodes = self.semantic.nodes();
        let mut at = node;
        loop {
            let (outer, parent) = self.beyond_casts(at);
            let AstKind::StaticMemberExpression(member) = parent else { return at };
            let (_, AstKind::CallExpression(call)) = self.beyond_casts(member.node_id.get()) else {
                return at;
            };
            let called = call.callee.span().start <= nodes.kind(outer).span().start
                && call.callee.span().end == member.span.end;
            if !called {
                return at;
            }
            at = call.node_id.get();
        }
    }
}
