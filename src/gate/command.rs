//! From a planned program to a command of the operating system, in an environment that makes tools plain:
//! no colours, no prompts, no snapshots written, no caches left in the tree.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::git::LOCAL_VARIABLES;

use super::step::Program;

/// Said by tools in front of people only, or changing what they print.
const UNWANTED: [&str; 4] = ["FORCE_COLOR", "CLICOLOR_FORCE", "NODE_V8_COVERAGE", "PYTEST_ADDOPTS"];

/// The command of a program, in a folder.
pub(super) fn command(program: &Program, dir: &Path) -> Command {
    let mut command = Command::new(&program.program);
    command.args(&program.args).current_dir(dir);
    for name in LOCAL_VARIABLES.iter().chain(&UNWANTED) {
        command.env_remove(name);
    }
    command.envs([
        ("CI", "true"),
        ("NO_COLOR", "1"),
        ("TERM", "dumb"),
        // pytest cuts its summary to the width.
        ("COLUMNS", "250"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("npm_config_fund", "false"),
        ("npm_config_update_notifier", "false"),
    ]);
    command.env("PATH", path(&program.path));
    command.envs(program.variables.iter().map(|(name, value)| (name, value)));
    command
}

/// Where a graphical client, which knows no shell's PATH, finds the plainest programs all the same.
const PLAIN: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// The folders of PATH, and behind them those that it must not lack.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    for plain in PLAIN.iter().filter(|_| cfg!(unix)).map(PathBuf::from) {
        if !folders.contains(&plain) {
            folders.push(plain);
        }
    }
    folders
}

fn path(first: &[PathBuf]) -> OsString {
    let all = first.iter().cloned().chain(folders());
    env::join_paths(all).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
}

/// The place of a program on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    folders().into_iter().map(|dir| dir.join(name)).find(|place| is_program(place))
}

pub(super) fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    path.is_file()
}
