//! Native rules for TypeScript and JavaScript, a file for each kind of mistake.

mod catch;
mod chains;
mod circular;
mod commonjs;
mod declared;
mod esm;
mod expect;
mod exports;
mod guards;
mod imports;
mod jest;
mod jest_esm;
mod json_imports;
mod load;
mod matchers;
mod members;
mod mock_async;
mod mock_constructor;
mod mock_factory;
mod mock_globals;
mod mock_hoisting;
mod mock_place;
mod mock_reset;
mod mock_spies;
mod mock_timers;
mod narrowing;
mod nearest;
mod place;
mod promises;
mod requests;
mod silence;
mod subject;
mod syntax;
mod undeclared;

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
    jest_esm::RULES,
    catch::RULES,
    chains::RULES,
    circular::RULES,
    esm::RULES,
    exports::RULES,
    imports::RULES,
    json_imports::RULES,
    members::RULES,
    narrowing::RULES,
    promises::RULES,
    undeclared::RULES,
];
