//! Native rules for TypeScript and JavaScript, a file for each kind of mistake.

mod catch;
mod chains;
mod circular;
mod commonjs;
mod declared;
mod esm;
mod exports;
mod guards;
mod imports;
mod json_imports;
mod members;
mod narrowing;
mod nearest;
mod place;
mod promises;
mod requests;
mod silence;
mod syntax;
mod undeclared;

use super::Native;

/// Every rule, by file.
pub(super) static RULES: &[&[Native]] = &[
    syntax::RULES,
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
