//! Native rules for Python, a file for each kind of mistake.

mod attributes;
mod loggers;
mod names;
mod nearest;
mod syntax;

use super::Native;

/// Every rule, by file.
pub(super) static RULES: &[&[Native]] = &[attributes::RULES, loggers::RULES, names::RULES, syntax::RULES];
