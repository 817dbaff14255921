//! Native rules for Python, a file for each kind of mistake.

mod syntax;

use super::Native;

/// Every rule, by file.
pub(super) static RULES: &[&[Native]] = &[syntax::RULES];
