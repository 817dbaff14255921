//! Git's own hooks: put in front of whatever is there, run, and taken away without a trace.
//!
//! Where hooks belong to this clone alone, a script of friction's stands in the hook's place and hands over
//! to the former one, which is kept beside it. Where they are part of the project (husky, a folder of the
//! work tree), a block is put into the project's script, and where lefthook writes the scripts, an entry into
//! its configuration.

mod install;
mod lefthook;
mod place;
mod run;
mod script;

pub use install::{HookError, Report, State, install, status, uninstall};
pub use run::{after, commit_message, pre_commit};

/// The hooks that friction answers.
pub const HOOKS: [&str; 2] = ["pre-commit", "commit-msg"];
