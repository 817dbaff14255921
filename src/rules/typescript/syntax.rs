//! Code that does not parse.

use crate::facts::TypeScriptFile;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "ts-syntax-error", needs: &[], check: Check::TypeScript(syntax_error) }];

/// The first error only: what follows it is mostly its echo.
fn syntax_error(file: &TypeScriptFile, hits: &mut Hits) {
    if let Some(error) = file.errors.first() {
        hits.at(error.bytes.clone()).word("reason", error.message.clone());
    }
}
