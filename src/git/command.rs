//! Git's own command line: what is asked where reading by hand would not be right.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::StagingError;

/// Git, run in a folder. It inherits the environment, so that it sees the repository and the index which a
/// hook was given; it takes no lock, fetches nothing and starts no program of the repository's.
#[derive(Clone)]
pub(super) struct Git {
    dir: PathBuf,
}

impl Git {
    pub(super) fn new(dir: &Path) -> Git {
        Git { dir: dir.to_owned() }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A command that is talked to through its standard input and output.
    pub(super) fn piped(&self, words: &[&str]) -> Command {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.current_dir(&self.dir).args(["-c", "core.fsmonitor=false", "--no-pager"]).args(words);
        command.envs([
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("LC_ALL", "C"),
        ]);
        for setting in ["LITERAL", "GLOB", "NOGLOB", "ICASE"] {
            command.env_remove(format!("GIT_{setting}_PATHSPECS"));
        }
        command.stdin(Stdio::null());
        command
    }

    /// What a command prints. `doing` says what for: "cannot {doing} in …".
    pub(super) fn output(&self, doing: &str, words: &[&str]) -> Result<Vec<u8>, StagingError> {
        match self.ran(words) {
            Ok(Ok(printed)) => Ok(printed),
            Ok(Err(told)) if told.contains("not a git repository") => {
                Err(StagingError::NotFound { path: self.dir.clone() })
            }
            Ok(Err(told)) if told.contains("must be run in a work tree") => {
                Err(StagingError::NoWorkTree { path: self.dir.clone() })
            }
            Ok(Err(message)) => Err(self.failed(doing, message)),
            Err(error) => Err(self.failed(doing, format!("cannot run git: {error}"))),
        }
    }

    /// What a command prints, if it succeeds.
    pub(super) fn answer(&self, words: &[&str]) -> Option<Vec<u8>> {
        self.ran(words).ok()?.ok()
    }

    pub(super) fn failed(&self, doing: &str, message: impl Into<String>) -> StagingError {
        StagingError::Git { doing: doing.to_owned(), path: self.dir.clone(), message: message.into() }
    }

    /// Its output, or what it says of its failure in one line.
    fn ran(&self, words: &[&str]) -> std::io::Result<Result<Vec<u8>, String>> {
        let output = self.command(words).output()?;
        if output.status.success() {
            return Ok(Ok(output.stdout));
        }
        let told = String::from_utf8_lossy(&output.stderr);
        let first = told.lines().find(|line| !line.trim().is_empty());
        Ok(Err(first.map_or_else(|| output.status.to_string(), str::to_owned)))
    }
}

/// A path that git printed in a line of its own.
pub(super) fn printed_path(line: &[u8]) -> PathBuf {
    #[cfg(unix)]
    return <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(line).into();
    #[cfg(not(unix))]
    return String::from_utf8_lossy(line).into_owned().into();
}
