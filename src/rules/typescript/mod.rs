//! Native rules for TypeScript and JavaScript, a file for each kind of mistake.

mod expect;
mod jest;
mod load;
mod matchers;
mod mock_async;
mod mock_constructor;
mod mock_factory;
mod mock_globals;
mod mock_hoisting;
mod mock_place;
mod mock_reset;
mod mock_spies;
mod mock_timers;
mod subject;
mod syntax;

use super::Native;

/// Every rule, by file.
pub(super) static RULES: &[&[Native]] = &[
    syntax::RULES,
    mock_hoisting::RULES,
    mock_place::RULES,
    mock_factory::RULES,
    mock_constructor::RULES,
    mock_reset::RULES,
    mock_timers::RULES,
    mock_async::RULES,
    mock_globals::RULES,
    mock_spies::RULES,
    matchers::RULES,
    jest::RULES,
];
