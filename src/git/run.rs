//! Git's own command line, for what is right only when git does it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use thiserror::Error;

/// Git in a folder, with some variables of its own.
#[derive(Clone, Debug)]
pub struct Git {
    dir: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

/// Why git did not answer.
#[derive(Debug, Error)]
pub enum GitError {
    #[error("cannot run git to {doing}: {source}; is it installed and on PATH?")]
    Start { doing: String, source: std::io::Error },
    #[error("git could not {doing} in {}: {message}", dir.display())]
    Failed { doing: String, dir: PathBuf, message: String },
}

/// The variables by which git tells a hook where it is; a program that works elsewhere must not see them.
/// As `git rev-parse --local-env-vars` lists them, and two more that a hook gets.
pub const LOCAL_VARIABLES: [&str; 19] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_EXEC_PATH",
    "GIT_REFLOG_ACTION",
];

impl Git {
    pub fn at(dir: &Path) -> Git {
        Git { dir: dir.to_owned(), variables: Vec::new() }
    }

    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Git {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// A command that takes no optional lock, fetches nothing and asks nobody.
    pub fn command<S: AsRef<OsStr>>(&self, words: &[S]) -> Command {
        let mut command = Command::new("git");
        command.current_dir(&self.dir).args(["-c", "core.fsmonitor=false", "--no-pager"]).args(words);
        command.envs([
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_LFS_SKIP_SMUDGE", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("LC_ALL", "C"),
        ]);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// What git prints. `doing` completes "git could not …".
    pub fn output<S: AsRef<OsStr>>(&self, doing: &str, words: &[S]) -> Result<Vec<u8>, GitError> {
        let output = self
            .command(words)
            .output()
            .map_err(|source| GitError::Start { doing: doing.to_owned(), source })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let told = String::from_utf8_lossy(&output.stderr);
        let first =
            told.lines().map(|line| line.trim().trim_start_matches("fatal: ")).find(|line| !line.is_empty());
        let message = first.map_or_else(|| output.status.to_string(), str::to_owned);
        Err(GitError::Failed { doing: doing.to_owned(), dir: self.dir.clone(), message })
    }

    /// As [`Git::output`], text without its last line break.
    pub fn text<S: AsRef<OsStr>>(&self, doing: &str, words: &[S]) -> Result<String, GitError> {
        let bytes = self.output(doing, words)?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned())
    }
}
