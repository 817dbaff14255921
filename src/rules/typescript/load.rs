//! Whether a mocked module is loaded at once, by the test's static imports.

use crate::facts::{MockCall, TypeScriptFile};

/// True if a static import of the file loads a mocked module, directly or through first-party modules that no
/// factory replaces.
pub(super) fn loads_early(file: &TypeScriptFile, mock: &MockCall) -> bool {
    mock.target.as_deref().is_some_and(|target| reaches(file, target))
}

/// True if a static import of the file loads a module.
pub(super) fn reaches(file: &TypeScriptFile, target: &str) -> bool {
    let loads: Vec<String> = file.top().loads.iter().map(|load| file.target(load.specifier)).collect();
    if loads.iter().any(|load| load == target) {
        return true;
    }
    let replaced = |path: &str| {
        file.mocks().calls.iter().any(|mock| mock.factory.is_some() && mock.target.as_deref() == Some(path))
    };
    loads.iter().any(|load| file.project.loads(load, target, &replaced))
}
