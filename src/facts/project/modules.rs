//! What the modules of a project export and import, read when it is first asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, PoisonError};

use oxc_allocator::Allocator;
use oxc_ast::ast::{
    BindingPattern, Declaration, ExportDefaultDeclarationKind, Expression, ImportDeclarationSpecifier,
    ModuleExportName, Program, Statement, TSModuleReference,
};
use oxc_parser::Parser;

use super::Project;
use super::paths::{is_code, is_declaration};
use crate::facts::Place;
use crate::facts::typescript::source_type;

/// What a module exports and imports.
#[derive(Debug, Default)]
pub struct Module {
    pub path: String,
    /// By name; `default` is one of them. Names that come by `export *` are not among them.
    pub exports: BTreeMap<String, ModuleExport>,
    /// The specifiers of `export * from`.
    pub stars: Vec<String>,
    pub imports: Vec<ModuleImport>,
    /// Some export cannot be known: a declaration file, a syntax error, `export =`, CommonJS, no module.
    pub open: bool,
    /// It has `import` or `export`.
    pub is_module: bool,
}

/// A name that a module exports.
#[derive(Clone, Debug)]
pub struct ModuleExport {
    /// Where it is declared, or where the export names it.
    pub bytes: Range<usize>,
    pub kind: ExportedKind,
    /// `export type`.
    pub type_only: bool,
    /// The module and its name that it is taken from.
    pub from: Option<ExportSource>,
}

/// Another module's export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportSource {
    pub specifier: String,
    /// `*` is the whole namespace.
    pub name: String,
}

/// What an exported name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportedKind {
    /// An interface or a type alias, and nothing else of that name.
    Type,
    Variable,
    Function,
    Class,
    Enum,
    /// An expression behind `export default`, a namespace, or what another module knows.
    Other,
}

/// A name that a module imports; one for each name, and one without a name for `import './x'`.
#[derive(Clone, Debug)]
pub struct ModuleImport {
    pub specifier: String,
    /// The name in the other module: `default`, or `*` for the namespace; none for a bare import.
    pub name: Option<String>,
    pub local: Option<String>,
    pub type_only: bool,
    pub bytes: Range<usize>,
}

/// The answer to whether a module exports a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exported {
    Yes(ExportedKind),
    No,
    /// Some export of it, or of a module that it re-exports, cannot be known.
    Unknown,
}

/// No chain of re-exports is followed further.
const MAX_REEXPORTS: usize = 12;

impl Project {
    /// What a file exports and imports; none for what is no code of the project.
    pub fn module(&self, path: &str) -> Option<Arc<Module>> {
        if let Some(known) = self.modules.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return known.clone();
        }
        let read = || Some(Arc::new(Module::parse(path, &self.files().text(path)?)));
        let module = if is_code(path) { read() } else { None };
        let mut known = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(path.to_owned(), module.clone());
        module
    }

    /// Whether a file exports a name, by itself or through what it re-exports.
    pub fn exported(&self, path: &str, name: &str) -> Exported {
        self.exported_within(path, name, MAX_REEXPORTS)
    }

    fn exported_within(&self, path: &str, name: &str, depth: usize) -> Exported {
        let Some(module) = self.module(path).filter(|_| depth > 0) else { return Exported::Unknown };
        if let Some(export) = module.exports.get(name) {
            let kind = match &export.from {
                Some(from) if !export.type_only && from.name != "*" => {
                    match self.first_party(path, &from.specifier) {
                        Some(next) => match self.exported_within(&next, &from.name, depth - 1) {
                            Exported::Yes(kind) => kind,
                            Exported::No | Exported::Unknown => ExportedKind::Other,
                        },
                        None => ExportedKind::Other,
                    }
                }
                _ if export.type_only => ExportedKind::Type,
                _ => export.kind,
            };
            return Exported::Yes(kind);
        }
        let mut unknown = module.open;
        if name != "default" {
            for star in &module.stars {
                let Some(next) = self.first_party(path, star) else {
                    unknown = true;
                    continue;
                };
                if next == path {
                    continue;
                }
                match self.exported_within(&next, name, depth - 1) {
                    Exported::No => {}
                    Exported::Unknown => unknown = true,
                    yes => return yes,
                }
            }
        }
        if unknown { Exported::Unknown } else { Exported::No }
    }

    /// Every name that a file exports, with those that come by `export *`; none where some cannot be known.
    pub fn export_names(&self, path: &str) -> Option<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        let mut seen = BTreeSet::from([path.to_owned()]);
        let mut open = vec![path.to_owned()];
        while let Some(path) = open.pop() {
            let module = self.module(&path).filter(|module| !module.open)?;
            let first = seen.len() == 1;
            names.extend(module.exports.keys().filter(|name| first || *name != "default").cloned());
            for star in &module.stars {
                let next = self.first_party(&path, star)?;
                if seen.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        Some(names)
    }

    /// What the text of a file plainly declares as the export of a name: a cheap look before a parse. A value
    /// of the same name may stand beside a type.
    pub fn plain_export(&self, path: &str, name: &str) -> Option<ExportedKind> {
        let bytes = self.files().read(path).filter(|_| !is_declaration(path))?;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$';
        memchr::memmem::find_iter(&bytes, name.as_bytes()).find_map(|at| {
            let line = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |at| at + 1);
            let is_whole = !bytes.get(at + name.len()).is_some_and(|&byte| is_word(byte));
            let before = std::str::from_utf8(&bytes[line..at]).ok().filter(|_| is_whole)?;
            declared_by(before)
        })
    }
}

/// What the words between the start of a line and a name declare.
fn declared_by(before: &str) -> Option<ExportedKind> {
    let words: Vec<&str> = before.split_ascii_whitespace().collect();
    let (last, first) = words.split_last()?;
    let is_modifier = |word: &&str| matches!(*word, "declare" | "abstract" | "async" | "const" | "default");
    let is_export = first.first() == Some(&"export") && first[1..].iter().all(is_modifier);
    if !is_export || !before.ends_with(' ') || first.contains(&"default") {
        return None;
    }
    match *last {
        "interface" | "type" => Some(ExportedKind::Type),
        "function" | "function*" => Some(ExportedKind::Function),
        "class" => Some(ExportedKind::Class),
        "enum" => Some(ExportedKind::Enum),
        "const" | "let" | "var" => Some(ExportedKind::Variable),
        _ => None,
    }
}

impl Module {
    /// Reads a module's text.
    pub fn parse(path: &str, text: &str) -> Module {
        let arena = Allocator::default();
        let parsed = Parser::new(&arena, text, source_type(path)).parse();
        let mut module = Module { path: path.to_owned(), ..Module::default() };
        module.is_module = parsed.module_record.has_module_syntax;
        module.open = is_declaration(path)
            || parsed.diagnostics.errors().next().is_some()
            || !parsed.module_record.has_module_syntax
            || memchr::memmem::find(text.as_bytes(), b"module.exports").is_some();
        module.read(&parsed.program);
        module
    }

    fn read(&mut self, program: &Program) {
        let mut declared: BTreeMap<String, ExportedKind> = BTreeMap::new();
        for statement in &program.body {
            if let Statement::ImportDeclaration(import) = statement {
                self.import(import);
            }
            let declaration = match statement {
                Statement::ExportDeclaration(export) => Some(&export.declaration),
                _ => statement.as_declaration(),
            };
            for (name, _, kind) in declaration.map(declarations).unwrap_or_default() {
                add_kind(&mut declared, name, kind);
            }
        }
        for statement in &program.body {
            self.export(statement, &declared);
        }
    }

    fn import(&mut self, import: &oxc_ast::ast::ImportDeclaration) {
        let specifier = import.source.value.to_string();
        let whole = import.import_kind.is_type();
        let specifiers = import.specifiers.iter().flatten();
        if import.specifiers.as_ref().is_none_or(|specifiers| specifiers.is_empty()) {
            let bytes = import.source.span.bytes();
            self.imports.push(ModuleImport { specifier, name: None, local: None, type_only: whole, bytes });
            return;
        }
        for item in specifiers {
            let (name, type_only) = match item {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    (named.imported.name().to_string(), named.import_kind.is_type())
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => ("default".to_owned(), false),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => ("*".to_owned(), false),
            };
            self.imports.push(ModuleImport {
                specifier: specifier.clone(),
                name: Some(name),
                local: Some(item.local().name.to_string()),
                type_only: whole || type_only,
                bytes: oxc_span::GetSpan::span(item).bytes(),
            });
        }
    }

    fn export(&mut self, statement: &Statement, declared: &BTreeMap<String, ExportedKind>) {
        match statement {
            Statement::ExportAllDeclaration(all) => match &all.exported {
                None => self.stars.push(all.source.value.to_string()),
                Some(name) => {
                    let from = ExportSource { specifier: all.source.value.to_string(), name: "*".to_owned() };
                    self.add(
                        &export_name(name),
                        name_span(name),
                        ExportedKind::Other,
                        all.export_kind.is_type(),
                        Some(from),
                    );
                }
            },
            Statement::ExportDefaultDeclaration(default) => {
                let kind = match &default.declaration {
                    ExportDefaultDeclarationKind::FunctionDeclaration(_) => ExportedKind::Function,
                    ExportDefaultDeclarationKind::ClassDeclaration(_) => ExportedKind::Class,
                    ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => ExportedKind::Type,
                    other => match other.as_expression().map(Expression::get_inner_expression) {
                        Some(Expression::Identifier(name)) => {
                            declared.get(name.name.as_str()).copied().unwrap_or(ExportedKind::Other)
                        }
                        _ => ExportedKind::Other,
                    },
                };
                self.add("default", default.span.bytes(), kind, false, None);
            }
            Statement::ExportDeclaration(export) => {
                for (name, bytes, _) in declarations(&export.declaration) {
                    let kind = declared.get(&name).copied().unwrap_or(ExportedKind::Other);
                    self.add(&name, bytes, kind, false, None);
                }
            }
            Statement::ExportNamedDeclaration(export) => {
                for item in &export.specifiers {
                    let (kind, from, by_type) = self.of_local(&export_name(&item.local), declared);
                    let type_only = by_type || export.export_kind.is_type() || item.export_kind.is_type();
                    let (name, bytes) = (export_name(&item.exported), name_span(&item.exported));
                    self.add(&name, bytes, kind, type_only, from);
                }
            }
            Statement::ExportFromDeclaration(export) => {
                for item in &export.specifiers {
                    let specifier = export.source.value.to_string();
                    let from = ExportSource { specifier, name: export_name(&item.local) };
                    let type_only = export.export_kind.is_type() || item.export_kind.is_type();
                    let (name, bytes) = (export_name(&item.exported), name_span(&item.exported));
                    self.add(&name, bytes, ExportedKind::Other, type_only, Some(from));
                }
            }
            Statement::TSExportAssignment(_) => self.open = true,
            _ => {}
        }
    }

    /// What `export { local }` exports: its own declaration, or what it imports by that name.
    fn of_local(
        &self,
        local: &str,
        declared: &BTreeMap<String, ExportedKind>,
    ) -> (ExportedKind, Option<ExportSource>, bool) {
        if let Some(kind) = declared.get(local) {
            return (*kind, None, false);
        }
        let imported = self.imports.iter().find(|import| import.local.as_deref() == Some(local));
        let from = imported.and_then(|import| {
            Some(ExportSource { specifier: import.specifier.clone(), name: import.name.clone()? })
        });
        (ExportedKind::Other, from, imported.is_some_and(|import| import.type_only))
    }

    fn add(
        &mut self,
        name: &str,
        bytes: Range<usize>,
        kind: ExportedKind,
        type_only: bool,
        from: Option<ExportSource>,
    ) {
        let export = ModuleExport { bytes, kind, type_only, from };
        self.exports.entry(name.to_owned()).or_insert(export);
    }
}

/// A value and a type of the same name are a value.
fn add_kind(declared: &mut BTreeMap<String, ExportedKind>, name: String, kind: ExportedKind) {
    let known = declared.entry(name).or_insert(kind);
    if *known == ExportedKind::Type || (*known == ExportedKind::Other && kind != ExportedKind::Type) {
        *known = kind;
    }
}

/// The names that a declaration binds.
pub(super) fn declarations(declaration: &Declaration) -> Vec<(String, Range<usize>, ExportedKind)> {
    let one = |name: &str, span: oxc_span::Span, kind| vec![(name.to_owned(), span.bytes(), kind)];
    match declaration {
        Declaration::VariableDeclaration(variables) => {
            let mut names = Vec::new();
            for variable in &variables.declarations {
                bound(&variable.id, &mut names);
            }
            names
        }
        Declaration::FunctionDeclaration(function) => {
            function.id.iter().flat_map(|id| one(&id.name, id.span, ExportedKind::Function)).collect()
        }
        Declaration::ClassDeclaration(class) => {
            class.id.iter().flat_map(|id| one(&id.name, id.span, ExportedKind::Class)).collect()
        }
        Declaration::TSTypeAliasDeclaration(alias) => one(&alias.id.name, alias.id.span, ExportedKind::Type),
        Declaration::TSInterfaceDeclaration(interface) => {
            one(&interface.id.name, interface.id.span, ExportedKind::Type)
        }
        Declaration::TSEnumDeclaration(of) => one(&of.id.name, of.id.span, ExportedKind::Enum),
        Declaration::TSNamespaceDeclaration(of) => one(&of.id.name, of.id.span, ExportedKind::Other),
        Declaration::TSImportEqualsDeclaration(import) => {
            let kind = match &import.module_reference {
                TSModuleReference::ExternalModuleReference(_) => ExportedKind::Variable,
                _ => ExportedKind::Other,
            };
            one(&import.id.name, import.id.span, kind)
        }
        Declaration::TSExternalModuleDeclaration(_) | Declaration::TSGlobalDeclaration(_) => Vec::new(),
    }
}

fn bound(pattern: &BindingPattern, names: &mut Vec<(String, Range<usize>, ExportedKind)>) {
    for id in pattern.get_binding_identifiers() {
        names.push((id.name.to_string(), id.span.bytes(), ExportedKind::Variable));
    }
}

fn export_name(name: &ModuleExportName) -> String {
    name.name().to_string()
}

fn name_span(name: &ModuleExportName) -> Range<usize> {
    oxc_span::GetSpan::span(name).bytes()
}

#[cfg(test)]
mod tests;
