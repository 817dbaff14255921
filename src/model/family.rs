//! The closed list of things that can have been wrong *before* a correction.

use serde::{Deserialize, Serialize};

/// What kind of mistake a correction repaired. "None of these" is expressed by no claim at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// A test double was set up wrongly: hoisting, missing export, wrong patch target, reset.
    MockSetup,
    /// A value's type had to be narrowed before use.
    TypeNarrowing,
    /// An import was missing, pointed at the wrong place, or could not be loaded.
    ImportPath,
    /// A member, method, keyword or logger was called by a name that it does not have.
    AttributeName,
    /// Another type error, undeclared identifiers included.
    TypeErrorOther,
    /// Something was read before it was ready: a missing await, a race, a fixed sleep.
    AsyncTiming,
    /// The test expected what the code does not do.
    TestExpectation,
    /// The environment differed: platform, variables, configuration, CI.
    EnvConfig,
    /// Only formatting or a linter's taste changed.
    LintFormat,
    /// Only documentation or comments changed.
    Docs,
}

impl Family {
    /// Every family, in the order in which reports list them.
    pub const ALL: [Family; 10] = [
        Family::MockSetup,
        Family::TypeNarrowing,
        Family::ImportPath,
        Family::AttributeName,
        Family::TypeErrorOther,
        Family::AsyncTiming,
        Family::TestExpectation,
        Family::EnvConfig,
        Family::LintFormat,
        Family::Docs,
    ];

    /// The name used in JSON and in query headers, e.g. `mock_setup`.
    pub fn name(self) -> &'static str {
        match self {
            Family::MockSetup => "mock_setup",
            Family::TypeNarrowing => "type_narrowing",
            Family::ImportPath => "import_path",
            Family::AttributeName => "attribute_name",
            Family::TypeErrorOther => "type_error_other",
            Family::AsyncTiming => "async_timing",
            Family::TestExpectation => "test_expectation",
            Family::EnvConfig => "env_config",
            Family::LintFormat => "lint_format",
            Family::Docs => "docs",
        }
    }
}
