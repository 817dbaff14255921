//! Where a file asks for other modules.

use oxc_ast::AstKind;
use oxc_ast::ast::{Expression, ImportDeclarationSpecifier, Statement};
use oxc_span::{GetSpan, Span};

use crate::facts::TypeScriptFile;

/// One place that names another module.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) specifier: &'a str,
    /// The string, with its quotes.
    pub(super) literal: Span,
    pub(super) kind: RequestKind,
    /// Nothing of it is left when the program runs.
    pub(super) is_erased: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestKind {
    Import,
    /// `import './x'`
    Bare,
    ExportFrom,
    Dynamic,
    /// `import('./x').T` in a type
    Type,
}

impl Request<'_> {
    pub(super) fn is_relative(&self) -> bool {
        self.specifier.starts_with("./")
            || self.specifier.starts_with("../")
            || matches!(self.specifier, "." | "..")
    }
}

/// Every static import and re-export, then the imports in expressions and types.
pub(super) fn requests<'a>(file: &TypeScriptFile<'a>) -> Vec<Request<'a>> {
    let mut found: Vec<Request<'a>> =
        file.program.body.iter().filter_map(|it| of_statement(file, it)).collect();
    if !has_import_call(file.text) {
        return found;
    }
    for node in file.semantic.nodes().iter() {
        match node.kind() {
            AstKind::ImportExpression(import) => {
                if let Expression::StringLiteral(source) = &import.source {
                    let kind = RequestKind::Dynamic;
                    found.push(Request {
                        specifier: source.value.as_str(),
                        literal: source.span,
                        kind,
                        is_erased: false,
                    });
                }
            }
            AstKind::TSImportType(import) => {
                let source = &import.source;
                let kind = RequestKind::Type;
                found.push(Request {
                    specifier: source.value.as_str(),
                    literal: source.span,
                    kind,
                    is_erased: true,
                });
            }
            _ => {}
        }
    }
    found
}

/// True if the text has `import` before a parenthesis.
fn has_import_call(text: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), b"import")
        .any(|at| text[at + 6..].trim_start().starts_with('('))
}

fn of_statement<'a>(file: &TypeScriptFile<'a>, statement: &'a Statement<'a>) -> Option<Request<'a>> {
    let (source, kind, is_erased) = match statement {
        Statement::ImportDeclaration(import) => {
            let kind = match import.specifiers {
                Some(_) => RequestKind::Import,
                None => RequestKind::Bare,
            };
            let specifiers = import.specifiers.as_ref();
            let erased = import.import_kind.is_type()
                || specifiers.is_some_and(|all| {
                    !all.is_empty() && all.iter().all(|specifier| !is_used_as_value(file, specifier))
                });
            (&import.source, kind, erased)
        }
        Statement::ExportFromDeclaration(export) => {
            (&export.source, RequestKind::ExportFrom, export.export_kind.is_type())
        }
        Statement::ExportAllDeclaration(export) => {
            (&export.source, RequestKind::ExportFrom, export.export_kind.is_type())
        }
        _ => return None,
    };
    Some(Request { specifier: source.value.as_str(), literal: source.span(), kind, is_erased })
}

/// True if an imported name is a value somewhere in the file; always for JavaScript, where nothing is erased.
fn is_used_as_value(file: &TypeScriptFile, specifier: &ImportDeclarationSpecifier) -> bool {
    if file.program.source_type.is_javascript() {
        return true;
    }
    if let ImportDeclarationSpecifier::ImportSpecifier(named) = specifier
        && named.import_kind.is_type()
    {
        return false;
    }
    let symbol = specifier.local().symbol_id();
    file.semantic.scoping().get_resolved_references(symbol).any(|reference| reference.is_value())
}
