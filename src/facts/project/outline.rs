//! The outline of a first-party module, for rules about those who import it: what it loads, what its
//! functions surely do when they are called, what it constructs.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::{Declaration, ExportDefaultDeclarationKind, Expression, Statement};

use super::Project;
use super::paths::is_code;
use super::straight::{Use, straight};
use crate::facts::typescript::{FunctionNode, Imported, TypeScriptFile};

/// Modules followed from one test, at most.
const MAX_REACH: usize = 300;

/// What a module does.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// What it loads at once: targets, as [`Project::target`] names them.
    pub loads: Vec<String>,
    /// What it constructs: the target and the export of an import.
    pub constructs: HashSet<(String, String)>,
    /// By exported name.
    pub exports: HashMap<String, Export>,
    /// True if it makes mocks itself.
    pub makes_mocks: bool,
    /// By local name: the target and the export.
    imports: HashMap<String, (String, String)>,
    /// What every run of a top-level function does, by local name.
    functions: HashMap<String, Vec<Use>>,
    /// What loading it does.
    at_load: Vec<Use>,
}

/// What is exported under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    pub local: String,
    pub kind: ExportKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportKind {
    Function,
    /// An object literal, and which of its members are functions.
    Object(HashSet<String>),
    Other,
}

impl Outline {
    /// The exports of other modules that are surely used by a function, or by loading the module (`None`);
    /// targets and names.
    pub fn surely_uses(&self, function: Option<&str>) -> HashSet<(String, String)> {
        let mut found = HashSet::new();
        let mut seen: HashSet<&str> = HashSet::new();
        let mut open: Vec<&Use> = match function {
            Some(name) => self.functions.get(name).into_iter().flatten().collect(),
            None => self.at_load.iter().collect(),
        };
        while let Some(one) = open.pop() {
            match self.imports.get(&one.name) {
                Some((target, export)) if export == "*" => {
                    found.extend(one.member.clone().map(|member| (target.clone(), member)));
                }
                Some(import) => {
                    found.insert(import.clone());
                }
                None if one.called && seen.insert(&one.name) => {
                    open.extend(self.functions.get(&one.name).into_iter().flatten());
                }
                None => {}
            }
        }
        found
    }

    /// True if a run of one function surely calls another of the module.
    pub fn calls_inside(&self, function: &str, other: &str) -> bool {
        let uses = self.functions.get(function).into_iter().flatten();
        uses.into_iter().any(|one| one.called && one.name == other)
    }
}

impl Project {
    /// The outline of a file of the project; none for what is no module.
    pub fn outline(&self, path: &str) -> Option<Arc<Outline>> {
        let known = |project: &Project| {
            project.outlines.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
        };
        if let Some(outline) = known(self) {
            return outline;
        }
        let outline = self.read_outline(path).map(Arc::new);
        self.outlines.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), outline.clone());
        outline
    }

    /// True if loading a module loads another, without passing through those that `stop` names.
    pub fn loads(&self, from: &str, wanted: &str, stop: &dyn Fn(&str) -> bool) -> bool {
        let mut seen = HashSet::from([from.to_owned()]);
        let mut open = vec![from.to_owned()];
        while let Some(path) = open.pop() {
            if path == wanted {
                return true;
            }
            if seen.len() > MAX_REACH || stop(&path) {
                continue;
            }
            let Some(outline) = self.outline(&path) else { continue };
            open.extend(outline.loads.iter().filter(|target| seen.insert((*target).clone())).cloned());
        }
        false
    }

    fn read_outline(&self, path: &str) -> Option<Outline> {
        if !is_code(path) {
            return None;
        }
        let text = self.files().text(path)?;
        let arena = Allocator::default();
        let file = TypeScriptFile::parse(&arena, path, &text, self);
        Some(read(&file))
    }
}

fn read(file: &TypeScriptFile) -> Outline {
    let made = !file.calls("fn").is_empty() || !file.calls("spyOn").is_empty();
    let makes_mocks = made && ["vi", "vitest", "jest", "sinon"].iter().any(|name| file.text.contains(name));
    let mut outline = Outline { makes_mocks, ..Outline::default() };
    let top = file.top();
    outline.loads = top.loads.iter().map(|load| file.target(load.specifier)).collect();
    for import in top.imports.iter().filter(|import| !import.is_type) {
        let name = match import.name {
            Imported::Name(name) => name,
            Imported::Namespace => "*",
        };
        outline.imports.insert(import.local.to_owned(), (file.target(import.specifier), name.to_owned()));
    }
    for node in file.semantic.nodes().iter() {
        if let AstKind::NewExpression(new) = node.kind() {
            outline.constructs.extend(constructed(file, &new.callee));
        }
    }
    for statement in &file.program.body {
        outline.statement(file, statement);
    }
    outline.at_load = straight(file, &file.program.body);
    for export in &file.module.local_export_entries {
        let Some(local) = export.local_name.name() else { continue };
        let exported = match &export.export_name {
            oxc_syntax::module_record::ExportExportName::Name(name) => name.name.as_str(),
            oxc_syntax::module_record::ExportExportName::Default(_) => "default",
            oxc_syntax::module_record::ExportExportName::Null => continue,
        };
        outline.export(exported, local.as_str());
    }
    outline
}

/// The import that `new` is applied to.
fn constructed(file: &TypeScriptFile, callee: &Expression) -> Option<(String, String)> {
    match callee.get_inner_expression() {
        Expression::Identifier(name) => {
            let import = file.top().import_of(file.symbol_of(name)?)?;
            match import.name {
                Imported::Name(name) => Some((file.target(import.specifier), name.to_owned())),
                Imported::Namespace => None,
            }
        }
        Expression::StaticMemberExpression(member) => {
            let Expression::Identifier(name) = member.object.get_inner_expression() else { return None };
            let import = file.top().import_of(file.symbol_of(name)?)?;
            let whole = matches!(import.name, Imported::Namespace | Imported::Name("default"));
            whole.then(|| (file.target(import.specifier), member.property.name.to_string()))
        }
        _ => None,
    }
}

impl Outline {
    fn statement<'a>(&mut self, file: &TypeScriptFile<'a>, statement: &'a Statement<'a>) {
        match statement {
            Statement::ExportDeclaration(export) => self.declaration(file, &export.declaration),
            Statement::ExportDefaultDeclaration(export) => {
                if let ExportDefaultDeclarationKind::FunctionDeclaration(function) = &export.declaration {
                    let name = function.id.as_ref().map_or("default", |id| id.name.as_str());
                    self.function(file, name, FunctionNode::Function(function));
                    self.kind("default", name, ExportKind::Function);
                }
            }
            statement => {
                if let Some(declaration) = statement.as_declaration() {
                    self.declaration(file, declaration);
                }
            }
        }
    }

    fn declaration<'a>(&mut self, file: &TypeScriptFile<'a>, declaration: &'a Declaration<'a>) {
        match declaration {
            Declaration::FunctionDeclaration(function) => {
                if let Some(id) = &function.id {
                    self.function(file, id.name.as_str(), FunctionNode::Function(function));
                    self.kind(id.name.as_str(), id.name.as_str(), ExportKind::Function);
                }
            }
            Declaration::VariableDeclaration(variables) => {
                for variable in &variables.declarations {
                    let Some(name) = variable.id.get_identifier_name() else { continue };
                    let Some(init) = &variable.init else { continue };
                    if let Some(function) = FunctionNode::of(init) {
                        self.function(file, name.as_str(), function);
                        self.kind(name.as_str(), name.as_str(), ExportKind::Function);
                    } else if let Expression::ObjectExpression(object) = init.get_inner_expression() {
                        let object = crate::facts::typescript::ModuleObject(object);
                        let functions =
                            object.properties().filter(|(_, one)| FunctionNode::of(&one.value).is_some());
                        let members = functions.map(|(name, _)| name).collect();
                        self.kind(name.as_str(), name.as_str(), ExportKind::Object(members));
                    }
                }
            }
            _ => {}
        }
    }

    fn function<'a>(&mut self, file: &TypeScriptFile<'a>, name: &str, function: FunctionNode<'a>) {
        let uses = match (function.block(), function.expression()) {
            (Some(body), _) => straight(file, &body.statements),
            (None, Some(expr)) => super::straight::straight_expression(file, expr),
            (None, None) => return,
        };
        self.functions.insert(name.to_owned(), uses);
    }

    /// Remembers what a local name is; `export` makes those exports that are exported.
    fn kind(&mut self, exported: &str, local: &str, kind: ExportKind) {
        self.exports.insert(format!("\0{exported}"), Export { local: local.to_owned(), kind });
    }

    fn export(&mut self, exported: &str, local: &str) {
        let known =
            self.exports.get(&format!("\0{local}")).or_else(|| self.exports.get(&format!("\0{exported}")));
        let export = known.cloned().unwrap_or(Export { local: local.to_owned(), kind: ExportKind::Other });
        self.exports.insert(exported.to_owned(), export);
    }
}
