//! A syntax tree → what its module offers, in one walk.

use ruff_python_ast::visitor::{
    Visitor, walk_comprehension, walk_except_handler, walk_expr, walk_pattern, walk_stmt,
};
use ruff_python_ast::{
    Arguments, Comprehension, Decorator, ExceptHandler, Expr, ExprContext, Identifier, ModModule, Parameters,
    Pattern, Stmt, StmtClassDef, StmtFunctionDef, StmtImport, StmtImportFrom,
};
use ruff_text_size::Ranged;

use super::module::{
    AttributeRead, Meaning, Member, PyClass, PyFunction, PyImport, PyImported, PyModule, PyName, Runs,
};
use crate::facts::{Place, py_dotted};

/// Reads a module off its tree.
pub(in crate::facts) fn collect(path: &str, module: &ModModule) -> PyModule {
    let mut collector = Collector {
        module: PyModule { path: path.to_owned(), ..PyModule::default() },
        functions: 0,
        comprehensions: 0,
        guarded: 0,
        typing: 0,
        classes: Vec::new(),
        selves: Vec::new(),
    };
    collector.visit_body(&module.body);
    collector.module
}

struct Collector {
    module: PyModule,
    /// How many functions, lambdas included, are open.
    functions: usize,
    comprehensions: usize,
    /// How many `try`, `if` and `with` are open.
    guarded: usize,
    typing: usize,
    /// The open classes, the innermost last, and how many functions were open where each began.
    classes: Vec<(String, PyClass, usize)>,
    /// What the open methods call their instance, and which of the open classes that is.
    selves: Vec<(String, usize)>,
}

impl<'a> Visitor<'a> for Collector {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(it) => self.function(it),
            Stmt::ClassDef(it) => self.class(it),
            Stmt::Import(it) => self.import(it),
            Stmt::ImportFrom(it) => self.import_from(it),
            Stmt::Global(it) => {
                for name in &it.names {
                    self.bind_module(name.as_str(), name.range().bytes(), Meaning::Value);
                }
            }
            Stmt::AnnAssign(it) if it.value.is_none() => {
                if let (Expr::Name(name), Some(class)) = (&*it.target, self.class_body()) {
                    class.declared.insert(name.id.to_string());
                }
            }
            Stmt::AnnAssign(it) => {
                self.visit_expr(&it.target);
                it.value.iter().for_each(|value| self.visit_expr(value));
            }
            Stmt::Assign(it) => {
                if let [Expr::Name(name)] = it.targets.as_slice() {
                    self.constant(name.id.as_str(), &it.value);
                }
                walk_stmt(self, stmt);
            }
            Stmt::If(it) => self.if_statement(it, stmt),
            Stmt::Try(_) | Stmt::With(_) => {
                self.guarded += 1;
                walk_stmt(self, stmt);
                self.guarded -= 1;
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(it) => match it.ctx {
                ExprContext::Store if self.comprehensions > 0 => {
                    self.module.binds_anywhere.insert(it.id.to_string());
                }
                ExprContext::Store => self.bind(&it.id, it.range().bytes()),
                ExprContext::Load => {
                    self.module.reads.insert(it.id.to_string());
                }
                _ => {}
            },
            Expr::Named(it) => {
                // A walrus binds outside of the comprehension that it stands in.
                if let Expr::Name(name) = &*it.target {
                    self.bind(&name.id, name.range().bytes());
                }
                self.visit_expr(&it.value);
            }
            Expr::Attribute(it) => {
                // An importer of its own.
                self.module.open |= matches!(it.attr.as_str(), "meta_path" | "path_hooks");
                self.attribute(it, expr);
            }
            Expr::Subscript(it) => {
                // A module that rewrites itself: `sys.modules[__name__]`.
                let rewrites = matches!(&*it.slice, Expr::Name(name) if name.id.as_str() == "__name__");
                self.module.open |= rewrites && py_dotted(&it.value).is_some_and(|it| it == "sys.modules");
                walk_expr(self, expr);
            }
            Expr::Lambda(it) => {
                let parameters = it.parameters.iter().flat_map(|it| it.iter());
                self.module.binds_anywhere.extend(parameters.map(|it| it.name().to_string()));
                self.functions += 1;
                walk_expr(self, expr);
                self.functions -= 1;
            }
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                walk_expr(self, expr);
            }
            Expr::Call(it) => {
                self.call(&it.func, &it.arguments);
                walk_expr(self, expr);
            }
            _ => walk_expr(self, expr),
        }
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_comprehension(&mut self, comprehension: &'a Comprehension) {
        self.comprehensions += 1;
        walk_comprehension(self, comprehension);
        self.comprehensions -= 1;
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(it) = handler;
        if let Some(name) = &it.name {
            self.bind_name(name);
        }
        walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(it) => it.name.as_ref(),
            Pattern::MatchStar(it) => it.name.as_ref(),
            Pattern::MatchMapping(it) => it.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind_name(name);
        }
        walk_pattern(self, pattern);
    }
}

impl Collector {
    /// The class whose body is being read, if it is one.
    fn class_body(&mut self) -> Option<&mut PyClass> {
        let functions = self.functions;
        self.classes.last_mut().filter(|(_, _, at)| *at == functions).map(|(_, class, _)| class)
    }

    fn at_module_level(&self) -> bool {
        self.functions == 0 && self.classes.is_empty()
    }

    fn bind_name(&mut self, name: &Identifier) {
        self.bind(name.as_str(), name.range().bytes());
    }

    fn bind(&mut self, name: &str, at: std::ops::Range<usize>) {
        self.module.binds_anywhere.insert(name.to_owned());
        if let Some(class) = self.class_body() {
            class.members.insert(name.to_owned(), Member::Value);
        } else if self.functions == 0 {
            self.bind_module(name, at, Meaning::Value);
        }
    }

    fn bind_module(&mut self, name: &str, at: std::ops::Range<usize>, meaning: Meaning) {
        let typing_only = self.typing > 0;
        match self.module.names.get_mut(name) {
            None => {
                self.module.names.insert(name.to_owned(), PyName { at, meaning, typing_only });
            }
            Some(known) => {
                if known.typing_only && !typing_only {
                    *known = PyName { at, meaning, typing_only };
                } else if !typing_only && known.meaning != meaning {
                    known.meaning = Meaning::Value;
                }
            }
        }
    }

    fn if_statement(&mut self, it: &ruff_python_ast::StmtIf, stmt: &Stmt) {
        let typing = py_dotted(&it.test).is_some_and(|test| test.ends_with("TYPE_CHECKING"));
        self.guarded += 1;
        if typing {
            self.typing += 1;
            self.visit_body(&it.body);
            self.typing -= 1;
            for clause in &it.elif_else_clauses {
                self.visit_body(&clause.body);
            }
        } else {
            walk_stmt(self, stmt);
        }
        self.guarded -= 1;
    }

    fn function(&mut self, it: &StmtFunctionDef) {
        let made = PyFunction {
            is_async: it.is_async,
            decorators: it.decorator_list.iter().filter_map(decorator_name).collect(),
            ..signature(&it.parameters)
        };
        let is_module_level = self.at_module_level();
        let first = made.positional.first().cloned();
        let parameters = it.parameters.iter().map(|it| it.name().to_string());
        self.module.binds_anywhere.extend(parameters.chain([it.name.to_string()]));
        let mut instance = None;
        let depth = self.classes.len();
        if let Some(class) = self.class_body() {
            instance = first.filter(|_| !made.is_static()).map(|first| (first, depth - 1));
            if matches!(it.name.as_str(), "__getattr__" | "__getattribute__" | "__setattr__") {
                class.dynamic = true;
            }
            class.members.insert(it.name.to_string(), Member::Method(made));
        } else if is_module_level {
            self.module.open |= it.name.as_str() == "__getattr__";
            self.bind_module(it.name.as_str(), it.name.range().bytes(), Meaning::Function);
            self.module.functions.insert(it.name.to_string(), made);
        }
        it.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
        for default in it.parameters.iter_non_variadic_params().filter_map(|it| it.default.as_deref()) {
            self.visit_expr(default);
        }
        self.functions += 1;
        let selves = self.selves.len();
        self.selves.extend(instance);
        self.visit_body(&it.body);
        self.selves.truncate(selves);
        self.functions -= 1;
    }

    fn class(&mut self, it: &StmtClassDef) {
        let arguments = it.arguments.as_deref();
        let bases: Vec<Option<String>> =
            arguments.map_or_else(Vec::new, |it| it.args.iter().map(base_name).collect());
        self.module.bases.extend(bases.iter().flatten().cloned());
        let class = PyClass {
            name: it.name.range().bytes(),
            bases,
            has_keywords: arguments.is_some_and(|it| !it.keywords.is_empty()),
            decorators: it.decorator_list.iter().map(|it| decorator_name(it).unwrap_or_default()).collect(),
            ..PyClass::default()
        };
        it.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
        if let Some(arguments) = arguments {
            self.visit_arguments(arguments);
        }
        self.module.binds_anywhere.insert(it.name.to_string());
        let is_module_level = self.at_module_level();
        let is_known = is_module_level || self.class_body().is_some() && self.functions == 0;
        let name = match self.classes.last() {
            Some((outer, ..)) => format!("{outer}.{}", it.name),
            None => it.name.to_string(),
        };
        if is_module_level {
            self.bind_module(it.name.as_str(), it.name.range().bytes(), Meaning::Class);
        } else if let Some(outer) = self.class_body() {
            outer.members.insert(it.name.to_string(), Member::Value);
        }
        self.classes.push((name, class, self.functions));
        self.visit_body(&it.body);
        let Some((name, mut class, _)) = self.classes.pop() else { return };
        if is_known {
            class.dynamic |= self.module.classes.contains_key(&name);
            self.module.classes.insert(name, class);
        }
    }

    fn runs(&self) -> Runs {
        if self.typing > 0 {
            Runs::Never
        } else if self.functions > 0 {
            Runs::Later
        } else if self.guarded > 0 {
            Runs::Perhaps
        } else {
            Runs::Always
        }
    }

    fn import(&mut self, it: &StmtImport) {
        for alias in &it.names {
            let place = self.module.imports.len();
            let asname = alias.asname.as_ref();
            self.module.imports.push(PyImport {
                at: it.range().bytes(),
                level: 0,
                module: alias.name.to_string(),
                module_at: alias.name.range().bytes(),
                names: None,
                runs: self.runs(),
                alias: asname.map(|name| name.to_string()),
            });
            let bound = asname.map_or_else(|| first_of(alias.name.as_str()), |name| name.as_str());
            self.bind_import(bound, alias.range().bytes(), Meaning::Import(place, None));
        }
    }

    fn import_from(&mut self, it: &StmtImportFrom) {
        let place = self.module.imports.len();
        let imported = |alias: &ruff_python_ast::Alias| PyImported {
            name: alias.name.to_string(),
            alias: alias.asname.as_ref().map(|name| name.to_string()),
            at: alias.name.range().bytes(),
        };
        self.module.imports.push(PyImport {
            at: it.range().bytes(),
            level: it.level,
            module: it.module.as_ref().map_or_else(String::new, |name| name.to_string()),
            module_at: it.module.as_ref().map_or_else(|| it.range().bytes(), |name| name.range().bytes()),
            names: Some(it.names.iter().map(imported).collect()),
            runs: self.runs(),
            alias: None,
        });
        for alias in it.names.iter().filter(|alias| alias.name.as_str() != "*") {
            let bound = alias.asname.as_ref().unwrap_or(&alias.name);
            let meaning = Meaning::Import(place, Some(alias.name.to_string()));
            self.bind_import(bound.as_str(), alias.range().bytes(), meaning);
        }
    }

    fn bind_import(&mut self, name: &str, at: std::ops::Range<usize>, meaning: Meaning) {
        self.module.binds_anywhere.insert(name.to_owned());
        if let Some(class) = self.class_body() {
            class.members.insert(name.to_owned(), Member::Value);
        } else if self.functions == 0 {
            self.bind_module(name, at, meaning);
        }
    }

    fn attribute(&mut self, it: &ruff_python_ast::ExprAttribute, expr: &Expr) {
        if let Expr::Name(base) = &*it.value {
            let class = self.selves.iter().rev().find(|(name, _)| *name == base.id.as_str());
            let class = class.map(|(_, at)| *at);
            match (class, it.ctx) {
                (Some(at), ExprContext::Store) => {
                    self.classes[at].1.assigned.insert(it.attr.to_string());
                }
                (Some(at), _) if it.attr.as_str() == "__dict__" => self.classes[at].1.dynamic = true,
                (None, ExprContext::Load) if self.functions == 0 => {
                    self.module.runs.push(AttributeRead {
                        base: base.id.to_string(),
                        attribute: it.attr.to_string(),
                        at: it.range().bytes(),
                    });
                }
                _ => {}
            }
            if class.is_none() && it.ctx == ExprContext::Store {
                self.module.outside_attributes.insert(it.attr.to_string());
                self.module.open |= base.id.as_str() == "sys" && it.attr.as_str() == "modules";
            }
        } else if it.ctx == ExprContext::Store {
            self.module.outside_attributes.insert(it.attr.to_string());
        }
        walk_expr(self, expr);
    }

    fn call(&mut self, callee: &Expr, arguments: &Arguments) {
        let Some(name) = py_dotted(callee) else { return };
        match name.as_str() {
            "globals" | "exec" | "extend_path" | "pkgutil.extend_path" => self.module.open = true,
            "vars" | "locals" | "setattr" if self.functions == 0 => self.module.open = true,
            _ => {}
        }
        // The second argument of `setattr(x, "name", …)` and `monkeypatch.setattr(…)`.
        if name.ends_with("setattr") {
            match arguments.args.get(1) {
                Some(Expr::StringLiteral(name)) => {
                    self.module.outside_attributes.insert(name.value.to_str().to_owned());
                }
                _ => self.mark_dynamic(),
            }
            if arguments.args.first().is_some_and(|it| matches!(it, Expr::Subscript(_))) {
                self.module.open = true;
            }
        }
        if matches!(name.as_str(), "vars" | "locals" | "exec" | "object.__setattr__" | "super().__setattr__")
        {
            self.mark_dynamic();
        }
    }

    fn mark_dynamic(&mut self) {
        self.classes.iter_mut().for_each(|(_, class, _)| class.dynamic = true);
    }

    /// `NAME = os.environ.get("VARIABLE")` and its like.
    fn constant(&mut self, name: &str, value: &Expr) {
        self.module.open |= name == "__path__" && self.at_module_level();
        if !self.at_module_level() {
            return;
        }
        let variable = match value {
            Expr::Call(call) => {
                let read = py_dotted(&call.func);
                let reads = read.is_some_and(|it| {
                    matches!(it.as_str(), "os.environ.get" | "os.getenv" | "environ.get" | "getenv")
                });
                call.arguments.args.first().filter(|_| reads)
            }
            Expr::Subscript(it) => {
                let reads = py_dotted(&it.value).is_some_and(|it| it == "os.environ" || it == "environ");
                Some(&*it.slice).filter(|_| reads)
            }
            _ => None,
        };
        if let Some(Expr::StringLiteral(variable)) = variable {
            self.module.environment.push((name.to_owned(), variable.value.to_str().to_owned()));
        }
    }
}

/// How a function with these parameters is called.
pub fn signature(parameters: &Parameters) -> PyFunction {
    let positional = || parameters.posonlyargs.iter().chain(&parameters.args);
    PyFunction {
        is_async: false,
        positional: positional().map(|it| it.parameter.name.to_string()).collect(),
        required: positional().filter(|it| it.default.is_none()).count(),
        keyword_only: parameters.kwonlyargs.iter().map(|it| it.parameter.name.to_string()).collect(),
        has_args: parameters.vararg.is_some(),
        has_kwargs: parameters.kwarg.is_some(),
        decorators: Vec::new(),
    }
}

/// `a.b` of `@a.b` and `@a.b(…)`.
fn decorator_name(decorator: &Decorator) -> Option<String> {
    match &decorator.expression {
        Expr::Call(call) => py_dotted(&call.func),
        other => py_dotted(other),
    }
}

/// `Generic` of `Generic[T]`.
fn base_name(base: &Expr) -> Option<String> {
    match base {
        Expr::Subscript(it) => py_dotted(&it.value),
        other => py_dotted(other),
    }
}

fn first_of(dotted: &str) -> &str {
    dotted.split('.').next().unwrap_or("")
}
