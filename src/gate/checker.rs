//! friction's own check, asked in one place.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use thiserror::Error;

/// What to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What is staged, as git will commit it.
    Staged,
    /// What a copied index holds, which these variables lead to.
    Copy([(&'static str, OsString); 3]),
    /// What was committed since a revision.
    Since(String),
    /// Files as they are in the work tree, from the root.
    Paths(Vec<String>),
}

/// What a check found at a place; the part of `friction.findings/1` that is used here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Finding {
    pub rule: String,
    #[serde(default)]
    pub family: String,
    /// `error`, `warning` or `info`.
    pub severity: String,
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub message: String,
    #[serde(default)]
    pub help: String,
}

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum CheckError {
    #[error("cannot run friction's own check: {0}")]
    Start(std::io::Error),
    #[error("friction check failed: {0}")]
    Failed(String),
    #[error("friction check gave an answer that cannot be read: {0}")]
    Answer(serde_json::Error),
}

/// Whoever checks.
pub trait Checker {
    /// The findings that are new in `scope`, of a work tree.
    fn check(&self, root: &Path, scope: &Scope) -> Result<Vec<Finding>, CheckError>;
}

/// The running program itself, started again.
pub struct OwnBinary;

impl Checker for OwnBinary {
    fn check(&self, root: &Path, scope: &Scope) -> Result<Vec<Finding>, CheckError> {
        let own = env::current_exe().unwrap_or_else(|_| PathBuf::from("friction"));
        let mut command = Command::new(own);
        command.arg("-C").arg(root).args(["check", "--format", "json"]);
        match scope {
            Scope::Staged => {}
            Scope::Copy(variables) => _ = command.envs(variables.iter().map(|(name, value)| (name, value))),
            Scope::Since(base) => _ = command.arg("--diff").arg(format!("{base}..HEAD")),
            Scope::Paths(paths) if paths.is_empty() => return Ok(Vec::new()),
            Scope::Paths(paths) => _ = command.arg("--").args(paths.iter().map(|path| root.join(path))),
        }
        let output = command.stdin(Stdio::null()).output().map_err(CheckError::Start)?;
        match output.status.code() {
            Some(0 | 1) => read(&output.stdout),
            _ => {
                let told = String::from_utf8_lossy(&output.stderr);
                let line = told.lines().find(|line| !line.is_empty()).unwrap_or("it was ended");
                let line = line.trim_start_matches("friction: ").to_owned();
                Err(CheckError::Failed(line))
            }
        }
    }
}

fn read(answer: &[u8]) -> Result<Vec<Finding>, CheckError> {
    #[derive(Deserialize)]
    struct Answer {
        findings: Vec<Finding>,
    }
    serde_json::from_slice::<Answer>(answer).map(|answer| answer.findings).map_err(CheckError::Answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_read_from_the_contract() {
        let answer = br#"{"schema":"friction.findings/1","findings":[{"rule":"r","family":"mock","severity":"error",
            "path":"a.ts","line":2,"column":3,"end_line":2,"end_column":9,"message":"m","help":"h","fingerprint":"f"}],
            "summary":{},"warnings":[]}"#;
        let found = read(answer).unwrap();
        assert_eq!((found[0].rule.as_str(), found[0].line, found[0].help.as_str()), ("r", 2, "h"));
        assert!(matches!(read(b"nonsense"), Err(CheckError::Answer(_))));
    }
}
