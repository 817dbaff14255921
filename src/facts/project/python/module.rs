//! What a Python module offers to those who import or patch it.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A module, without its syntax tree.
#[derive(Debug, Default)]
pub struct PyModule {
    pub path: String,
    /// What module level binds.
    pub names: HashMap<String, PyName>,
    /// It may bind names that cannot be read off it: `__getattr__`, `globals()`, `exec`, a `__path__` of
    /// its own.
    pub open: bool,
    /// Every import, wherever it stands, in the order of the text.
    pub imports: Vec<PyImport>,
    /// By name; `Outer.Inner` for a class in a class.
    pub classes: HashMap<String, PyClass>,
    pub functions: HashMap<String, PyFunction>,
    /// Every name that is read, but for the annotations.
    pub reads: HashSet<String>,
    /// Every name that gets a value in some scope.
    pub binds_anywhere: HashSet<String>,
    /// Attributes that are assigned on anything but `self`: `worker.logger = …`.
    pub outside_attributes: HashSet<String>,
    /// `base.attribute` that is read while the module is imported.
    pub runs: Vec<AttributeRead>,
    /// Constants read from the environment: the constant, the variable.
    pub environment: Vec<(String, String)>,
    /// Names of classes that other classes have as a base.
    pub bases: HashSet<String>,
}

/// A name at module level.
#[derive(Clone, Debug)]
pub struct PyName {
    /// The first place.
    pub at: Range<usize>,
    pub meaning: Meaning,
    /// Bound for type checkers only.
    pub typing_only: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    Function,
    Class,
    /// The import of this place in [`PyModule::imports`], and the name in that module; none for the module.
    Import(usize, Option<String>),
    /// Anything else, or several things.
    Value,
}

/// An import statement.
#[derive(Clone, Debug)]
pub struct PyImport {
    /// The whole statement.
    pub at: Range<usize>,
    /// Dots in front.
    pub level: u32,
    /// Empty for `from . import a`.
    pub module: String,
    /// Where the module's name stands.
    pub module_at: Range<usize>,
    /// `from … import` these; none for `import`.
    pub names: Option<Vec<PyImported>>,
    pub runs: Runs,
    /// `import a.b as c`: c; `import a.b`: none.
    pub alias: Option<String>,
}

#[derive(Clone, Debug)]
pub struct PyImported {
    pub name: String,
    pub alias: Option<String>,
    pub at: Range<usize>,
}

/// When an import is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// While the module is imported.
    Always,
    /// In a `try`, an `if` or a `with`: it may be meant to fail.
    Perhaps,
    /// In a function.
    Later,
    /// Under `TYPE_CHECKING`.
    Never,
}

#[derive(Clone, Debug)]
pub struct AttributeRead {
    pub base: String,
    pub attribute: String,
    pub at: Range<usize>,
}

/// A class and what its body and its methods say of its attributes.
#[derive(Clone, Debug, Default)]
pub struct PyClass {
    pub name: Range<usize>,
    /// Dotted; none for what is no name.
    pub bases: Vec<Option<String>>,
    pub has_keywords: bool,
    pub decorators: Vec<String>,
    /// What the body binds.
    pub members: HashMap<String, Member>,
    /// `name: T` in the body.
    pub declared: HashSet<String>,
    /// `self.name = …` in methods.
    pub assigned: HashSet<String>,
    /// `setattr`, `__dict__`, `__getattr__` and the like: it may have any attribute.
    pub dynamic: bool,
}

#[derive(Clone, Debug)]
pub enum Member {
    Method(PyFunction),
    Value,
}

/// How a function is called.
#[derive(Clone, Debug, Default)]
pub struct PyFunction {
    pub is_async: bool,
    /// Positional parameters, the first one of a method included.
    pub positional: Vec<String>,
    /// How many of them have no default.
    pub required: usize,
    pub keyword_only: Vec<String>,
    pub has_args: bool,
    pub has_kwargs: bool,
    pub decorators: Vec<String>,
}

impl PyFunction {
    pub fn is_static(&self) -> bool {
        self.decorators.iter().any(|name| name == "staticmethod")
    }

    pub fn is_class_method(&self) -> bool {
        self.decorators.iter().any(|name| name == "classmethod")
    }
}

impl PyImport {
    /// The module as it is written, with its dots.
    pub fn written(&self) -> String {
        format!("{}{}", ".".repeat(self.level as usize), self.module)
    }

    pub fn is_star(&self) -> bool {
        self.names.as_ref().is_some_and(|names| names.iter().any(|name| name.name == "*"))
    }
}
