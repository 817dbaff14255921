//! Names that a project declares for all its files.

use std::collections::HashSet;

use oxc_allocator::Allocator;
use oxc_ast::ast::{Declaration, Statement};
use oxc_parser::Parser;
use oxc_span::SourceType;

use super::Project;
use super::modules::declarations;

/// No more files than this are searched for `declare global`.
const MAX_SEARCHED: usize = 4000;

impl Project {
    /// True if a declaration file, or a `declare global` anywhere, declares this name for all files.
    pub fn is_ambient(&self, name: &str) -> bool {
        self.ambient.get_or_init(|| self.read_ambient()).contains(name)
    }

    fn read_ambient(&self) -> HashSet<String> {
        let paths = self.files().paths();
        let is_declaration =
            |path: &String| [".d.ts", ".d.mts", ".d.cts"].iter().any(|end| path.ends_with(end));
        let is_typescript = |path: &String| {
            [".ts", ".tsx", ".mts", ".cts"].iter().any(|end| path.ends_with(end)) && !is_declaration(path)
        };
        let searched = paths.iter().filter(|path| is_typescript(path)).take(MAX_SEARCHED);
        let mut names = HashSet::new();
        for path in paths.iter().filter(|path| is_declaration(path)).chain(searched) {
            let Some(bytes) = self.files().read(path) else { continue };
            let has = |word: &str| memchr::memmem::find(&bytes, word.as_bytes()).is_some();
            let declares = ["declare global", "declare const", "declare var"].iter().any(|words| has(words));
            if !is_declaration(path) && !declares {
                continue;
            }
            if let Ok(text) = std::str::from_utf8(&bytes) {
                collect(path, text, &mut names);
            }
        }
        names
    }
}

fn collect(path: &str, text: &str, names: &mut HashSet<String>) {
    let arena = Allocator::default();
    let source_type = SourceType::from_path(path).unwrap_or_default();
    let parsed = Parser::new(&arena, text, source_type).parse();
    let is_script = !parsed.module_record.has_module_syntax;
    for statement in &parsed.program.body {
        match statement {
            Statement::TSGlobalDeclaration(global) => add(&global.body.body, names),
            Statement::TSNamespaceExportDeclaration(export) => drop(names.insert(export.id.name.to_string())),
            Statement::TSExternalModuleDeclaration(module) => {
                let inner = module.body.iter().flat_map(|block| block.body.iter());
                for statement in inner {
                    if let Statement::TSGlobalDeclaration(global) = statement {
                        add(&global.body.body, names);
                    }
                }
            }
            statement if is_script => {
                if let Some(declaration) = statement.as_declaration() {
                    names.extend(bound(declaration));
                }
            }
            _ => {}
        }
    }
}

fn add(statements: &[Statement], names: &mut HashSet<String>) {
    for statement in statements {
        let declaration = match statement {
            Statement::ExportDeclaration(export) => Some(&export.declaration),
            statement => statement.as_declaration(),
        };
        names.extend(declaration.map(bound).unwrap_or_default());
    }
}

fn bound(declaration: &Declaration) -> Vec<String> {
    declarations(declaration).into_iter().map(|(name, ..)| name).collect()
}
