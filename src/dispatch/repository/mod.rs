//! Git, as far as the dispatcher changes it: worktrees, branches, and moving a ref by compare-and-swap.
//!
//! Uses the `git` program, because worktrees, rebasing and sparse or split indexes are its business. Hooks
//! are off: what lands has been judged, and a worker may have written them.

mod commit;
mod worktree;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use thiserror::Error;

/// A git command that failed.
#[derive(Debug, Error)]
#[error("cannot {doing} in {}: {told}", dir.display())]
pub struct GitError {
    pub doing: String,
    pub dir: PathBuf,
    pub told: String,
}

type Result<T> = std::result::Result<T, GitError>;

/// A repository with its shared git directory.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Where commands are run.
    root: PathBuf,
    common: PathBuf,
    is_bare: bool,
    /// Who commits where nobody is configured, as environment variables.
    identity: Vec<(String, String)>,
}

/// A moved branch whose work tree could not follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftBehind {
    pub worktree: PathBuf,
    pub why: String,
}

impl Repository {
    pub fn open(root: &Path, common: &Path, is_bare: bool) -> Repository {
        let absolute = |path: &Path| std::fs::canonicalize(path).unwrap_or(path.to_owned());
        let mut repo =
            Repository { root: absolute(root), common: absolute(common), is_bare, identity: Vec::new() };
        for role in ["AUTHOR", "COMMITTER"] {
            if repo.run(&repo.root, "read an identity", &["var", &format!("GIT_{role}_IDENT")]).is_err() {
                for (part, value) in [("NAME", "friction"), ("EMAIL", "friction@localhost")] {
                    repo.identity.push((format!("GIT_{role}_{part}"), value.to_owned()));
                }
            }
        }
        repo
    }

    /// Who commits where git knows nobody.
    pub fn identity(&self) -> &[(String, String)] {
        &self.identity
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn common(&self) -> &Path {
        &self.common
    }

    pub fn is_bare(&self) -> bool {
        self.is_bare
    }

    fn run<S: AsRef<OsStr>>(&self, dir: &Path, doing: &str, words: &[S]) -> Result<String> {
        self.run_with(dir, doing, words, "", &[])
    }

    fn run_with<S: AsRef<OsStr>>(
        &self,
        dir: &Path,
        doing: &str,
        words: &[S],
        input: &str,
        env: &[(&str, String)],
    ) -> Result<String> {
        let error = |told: String| GitError { doing: doing.to_owned(), dir: dir.to_owned(), told };
        let mut command = Command::new("git");
        command.args(["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
        command.args([
            "-c",
            "core.fsmonitor=false",
            "-c",
            "advice.detachedHead=false",
            "-c",
            "commit.gpgSign=false",
        ]);
        for name in [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_COMMON_DIR",
            "GIT_PREFIX",
            "GIT_OBJECT_DIRECTORY",
        ] {
            command.env_remove(name);
        }
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_EDITOR", "true").env("LC_ALL", "C");
        command.envs(self.identity.iter().map(|(name, value)| (name, value)));
        command.envs(env.iter().map(|(name, value)| (*name, value)));
        command.current_dir(dir).args(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().map_err(|problem| error(format!("git cannot be started: {problem}")))?;
        // Git may end without reading.
        let _ = std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), input.as_bytes());
        let output = child.wait_with_output().map_err(|problem| error(problem.to_string()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned());
        }
        let told = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = told.lines().filter(|line| !line.starts_with("hint:")).collect();
        let grave: Vec<&str> = lines
            .iter()
            .copied()
            .filter(|line| line.starts_with("fatal:") || line.starts_with("error:"))
            .collect();
        let lines = if grave.is_empty() { &lines[lines.len().saturating_sub(4)..] } else { &grave[..] };
        let told = lines.join("; ");
        Err(error(if told.is_empty() { format!("{}", output.status) } else { told }))
    }

    /// The commit that a name stands for.
    pub fn resolve(&self, name: &str) -> Option<String> {
        let name = format!("{name}^{{commit}}");
        self.run(&self.root, "resolve", &["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).ok()
    }

    /// The branch that is checked out here, as a full ref name.
    pub fn current_branch(&self) -> Option<String> {
        self.run(&self.root, "read HEAD", &["symbolic-ref", "--quiet", "HEAD"]).ok()
    }

    pub fn head(&self, worktree: &Path) -> Result<String> {
        self.run(worktree, "read the head", &["rev-parse", "--verify", "HEAD"])
    }

    /// Files that differ from the commit, untracked ones only if asked for.
    pub fn changes(&self, worktree: &Path, untracked: bool) -> Result<Vec<String>> {
        let untracked = if untracked { "--untracked-files=all" } else { "--untracked-files=no" };
        let words = ["--no-optional-locks", "status", "--porcelain", "-z", untracked];
        let told = self.run(worktree, "read the status", &words)?;
        Ok(told.split('\0').filter(|entry| entry.len() > 3).map(|entry| entry[3..].to_owned()).collect())
    }

    pub fn is_ancestor(&self, ancestor: &str, of: &str) -> bool {
        self.run(&self.root, "compare", &["merge-base", "--is-ancestor", ancestor, of]).is_ok()
    }

    pub fn delete_branch(&self, branch: &str) -> Result<()> {
        let name = format!("refs/heads/{branch}");
        match self.resolve(&name) {
            Some(_) => self.run(&self.root, "delete a branch", &["update-ref", "-d", &name]).map(drop),
            None => Ok(()),
        }
    }

    /// Points a branch at a commit.
    pub fn set_branch(&self, branch: &str, at: &str) -> Result<()> {
        self.run(&self.root, "set a branch", &["update-ref", &format!("refs/heads/{branch}"), at]).map(drop)
    }

    /// Forgets what was saved of a task.
    pub fn drop_saved(&self, task: &str) {
        let pattern = format!("refs/friction/saved/{task}/");
        let refs =
            self.run(&self.root, "list refs", &["for-each-ref", "--format=delete %(refname)", &pattern]);
        if let Ok(refs) = refs.as_ref().map(|refs| refs.trim()).map_err(drop)
            && !refs.is_empty()
        {
            let _ = self.run_with(
                &self.root,
                "drop saved attempts",
                &["update-ref", "--stdin"],
                &format!("{refs}\n"),
                &[],
            );
        }
    }

    // ---- landing ----

    /// Moves a ref if it is where it is expected to be. False if it is elsewhere.
    pub fn move_ref(&self, name: &str, new: &str, old: &str, why: &str) -> Result<bool> {
        match self.run(&self.root, "move a ref", &["update-ref", "-m", why, name, new, old]) {
            Ok(_) => Ok(true),
            Err(_) if self.resolve(name).as_deref() != Some(old) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The commit below a ref, after another, that carries a trailer.
    pub fn find_trailer(&self, after: &str, name: &str, trailer: &str) -> Option<String> {
        let grep = format!("--grep=^{trailer}$");
        let range = format!("{after}..{name}");
        let found =
            self.run(&self.root, "look for a trailer", &["log", "--format=%H", &grep, &range]).ok()?;
        found.lines().next().map(str::to_owned)
    }

    /// The work trees in which a branch is checked out.
    pub fn checked_out(&self, name: &str) -> Result<Vec<PathBuf>> {
        let told = self.run(&self.root, "list worktrees", &["worktree", "list", "--porcelain", "-z"])?;
        let mut found = Vec::new();
        let mut at: Option<PathBuf> = None;
        for line in told.split('\0') {
            if let Some(path) = line.strip_prefix("worktree ") {
                at = Some(PathBuf::from(path));
            } else if line.strip_prefix("branch ") == Some(name) {
                found.extend(at.take());
            }
        }
        Ok(found)
    }

    /// Files of a work tree that stand in the way of moving it from one commit to another; none if it can.
    pub fn in_the_way(&self, worktree: &Path, old: &str, new: &str) -> Option<String> {
        let words = ["read-tree", "--dry-run", "-m", "-u", old, new];
        self.run(worktree, "look ahead", &words).err().map(|error| error.told)
    }

    /// Brings a work tree, whose branch was moved, to the new commit; what was changed beside it stays.
    pub fn follow(&self, worktree: &Path, old: &str, new: &str) -> std::result::Result<(), LeftBehind> {
        let mut told = String::new();
        // Somebody may be committing there this moment.
        for _ in 0..20 {
            match self.run(worktree, "update the work tree", &["read-tree", "-m", "-u", old, new]) {
                Ok(_) => {
                    let _ = self.run(worktree, "refresh", &["update-index", "-q", "--refresh"]);
                    return Ok(());
                }
                Err(error) if error.told.contains("index.lock") => {
                    told = error.told;
                    std::thread::sleep(std::time::Duration::from_millis(100));
                }
                Err(error) => {
                    told = error.told;
                    break;
                }
            }
        }
        Err(LeftBehind { worktree: worktree.to_owned(), why: told })
    }
}
