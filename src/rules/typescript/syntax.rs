//! Code that does not parse.

use crate::facts::TypeScriptFile;
use crate::rules::text::{conflicts, is_template};
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "ts-syntax-error", needs: &[], check: Check::TypeScript(syntax_error) }];

/// The first error only: what follows it is mostly its echo, and all of them are the echo of a committed
/// conflict.
fn syntax_error(file: &TypeScriptFile, hits: &mut Hits) {
    if let Some(error) = file.errors.first()
        && conflicts(file.text).is_empty()
        && !is_template(file.path, file.text)
    {
        hits.at(error.bytes.clone()).word("reason", error.message.clone());
    }
}
