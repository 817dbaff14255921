//! Code that does not parse.

use crate::facts::PythonFile;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "py-syntax-error", needs: &[], check: Check::Python(syntax_error) }];

/// The first error only: what follows it is mostly its echo.
fn syntax_error(file: &PythonFile, hits: &mut Hits) {
    if let Some(error) = file.errors.first() {
        hits.at(error.bytes.clone()).word("reason", error.message.clone());
    }
}
