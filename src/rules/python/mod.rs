//! Native rules for Python, a file for each kind of mistake.

mod assertions;
mod asynchronous;
mod attributes;
mod collection;
mod cycles;
mod decorators;
mod doubles;
mod fixtures;
mod imports;
mod loggers;
mod methods;
mod names;
mod nearest;
mod patching;
mod paths;
mod search_path;
mod syntax;
mod targets;

use super::Native;

/// Every rule, by file.
pub(super) static RULES: &[&[Native]] = &[
    assertions::RULES,
    asynchronous::RULES,
    attributes::RULES,
    collection::RULES,
    cycles::RULES,
    decorators::RULES,
    fixtures::RULES,
    imports::RULES,
    loggers::RULES,
    methods::RULES,
    names::RULES,
    patching::RULES,
    paths::RULES,
    search_path::RULES,
    syntax::RULES,
];
