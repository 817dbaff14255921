//! What a file declares, imports, calls and refers to, and how files of a project refer to each other.
//!
//! TypeScript and JavaScript are read by oxc's parser and scope analysis, Python by ruff's parser and the
//! scopes of this room. Rules ask here; nothing here knows a rule.

mod place;
mod project;
mod python;
mod typescript;

pub use place::Place;
pub use project::{
    Attributes, Binds, Earlier, Found, Meaning, Member, Package, Project, PyFunction, PyImport, PyImported,
    PyModule, Pytest, Python, Runs, folders, is_builtin_module, is_loaded_by_pytest, is_stdlib, join, normal,
    signature,
};
pub use project::{Export, ExportKind, Outline, TestConfig, Transform};
pub use project::{
    ExportSource, Exported, ExportedKind, Module, ModuleExport, ModuleImport, Resolution, TsConfig,
};
pub use python::{Binding, BindingKind, PyNodeId, PyScope, PyScopeId, PyScopeKind, PythonFile, py_dotted};
pub use typescript::{
    Block, BlockKind, Call, Dotted, FunctionNode, Import, Imported, Library, Load, MockCall, MockChain,
    MockObject, Mocks, ModuleObject, TopLevel, TopUse, TypeScriptFile, dotted, literal,
};

use std::ops::Range;

/// A file of any language.
pub struct TextFile<'a> {
    pub path: &'a str,
    pub text: &'a str,
}

/// Why a file does not parse.
#[derive(Clone, Debug)]
pub struct SyntaxError {
    pub bytes: Range<usize>,
    pub message: String,
}
