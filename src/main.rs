//! The `friction` program: parse arguments, run one command, map its outcome to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    friction::cli::main()
}
