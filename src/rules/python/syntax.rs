//! Code that does not parse.

use crate::facts::PythonFile;
use crate::rules::text::conflicts;
use crate::rules::{Check, Hits, Native};

pub(super) static RULES: &[Native] =
    &[Native { id: "py-syntax-error", needs: &[], check: Check::Python(syntax_error) }];

/// The first error only: what follows it is mostly its echo, and all of them are the echo of a committed
/// conflict.
fn syntax_error(file: &PythonFile, hits: &mut Hits) {
    if let Some(error) = file.errors.first()
        && conflicts(file.text).is_empty()
    {
        // As Python does, what was opened is told, not the far place where its end was missed.
        match file.unclosed_bracket() {
            Some(bracket) => {
                let reason = format!("`{}` is never closed", file.slice(bracket.clone()));
                hits.at(bracket).word("reason", reason);
            }
            None => {
                hits.at(error.bytes.clone()).word("reason", error.message.clone());
            }
        }
    }
}
