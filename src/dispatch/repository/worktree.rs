//! Worktrees: made, mended, kept under a ref, taken away.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{GitError, Repository, Result};

impl Repository {
    /// A worktree on a branch that starts at a commit; both are made anew.
    pub fn add_worktree(&self, path: &Path, branch: &str, at: &str) -> Result<()> {
        let path = path.as_os_str();
        let (head, branch) = ([OsStr::new("worktree"), OsStr::new("add")], OsStr::new(branch));
        let words = [
            head[0],
            head[1],
            OsStr::new("-q"),
            OsStr::new("--force"),
            OsStr::new("--no-track"),
            OsStr::new("-B"),
            branch,
            path,
            OsStr::new(at),
        ];
        self.run(&self.root, "add a worktree", &words).map(drop)
    }

    /// Whether a folder is a working worktree on this branch.
    pub fn is_worktree(&self, path: &Path, branch: &str) -> bool {
        path.join(".git").is_file()
            && self
                .run(path, "read HEAD", &["symbolic-ref", "--quiet", "HEAD"])
                .is_ok_and(|head| head == format!("refs/heads/{branch}"))
    }

    /// Takes away the locks of git commands that were killed in a worktree. Only for a worktree in which
    /// nothing runs: then a lock belongs to nobody, and that of its branch neither.
    pub fn unlock(&self, worktree: &Path, branch: &str) {
        let branch_lock = self.common.join("refs/heads").join(format!("{branch}.lock"));
        if !branch.is_empty() {
            let _ = std::fs::remove_file(branch_lock);
        }
        let Some(dir) = own_git_dir(worktree) else { return };
        for name in ["index.lock", "HEAD.lock", "ORIG_HEAD.lock", "config.worktree.lock"] {
            let _ = std::fs::remove_file(dir.join(name));
        }
    }

    /// Forgets a rebase, merge or the like that was broken off in a worktree.
    pub fn forget_operation(&self, worktree: &Path) {
        let Some(dir) = own_git_dir(worktree) else { return };
        for name in ["rebase-merge", "rebase-apply", "sequencer"] {
            let _ = std::fs::remove_dir_all(dir.join(name));
        }
        for name in ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD"] {
            let _ = std::fs::remove_file(dir.join(name));
        }
    }

    /// Takes a worktree away, whatever state it is in.
    pub fn remove_worktree(&self, path: &Path) -> Result<()> {
        let words = [
            OsStr::new("worktree"),
            OsStr::new("remove"),
            OsStr::new("--force"),
            OsStr::new("--force"),
            path.as_os_str(),
        ];
        if path.exists() && self.run(&self.root, "remove a worktree", &words).is_err() {
            let _ = std::fs::remove_dir_all(path);
        }
        self.run(&self.root, "prune worktrees", &["worktree", "prune"])?;
        if path.exists() {
            let told = "it is still there; a process may be writing into it".to_owned();
            return Err(GitError { doing: "remove the worktree".to_owned(), dir: path.to_owned(), told });
        }
        Ok(())
    }

    /// Keeps what a worktree holds beyond a commit, uncommitted files too, under a ref of its own.
    pub fn save(&self, worktree: &Path, base: &str, name: &str) -> Result<Option<String>> {
        let head = self.head(worktree)?;
        let dirty = !self.changes(worktree, true)?.is_empty();
        let keep = if dirty {
            self.run(worktree, "stage what is left", &["add", "--all"])?;
            let tree = self.run(worktree, "write what is left", &["write-tree"])?;
            self.commit_tree(worktree, &tree, &[&head], "friction: what an attempt left uncommitted", None)?
        } else if head == base || self.is_ancestor(&head, base) {
            return Ok(None);
        } else {
            head
        };
        let name = format!("refs/friction/saved/{name}");
        self.run(&self.root, "save an attempt", &["update-ref", &name, &keep])?;
        Ok(Some(name))
    }

    /// Makes a worktree exactly what its commit says; ignored files stay.
    pub fn clean(&self, worktree: &Path, at: &str) -> Result<()> {
        self.run(worktree, "reset the worktree", &["reset", "--hard", "--quiet", at])?;
        self.run(worktree, "clean the worktree", &["clean", "-ffdq"]).map(drop)
    }

    /// Checks out a branch as it is moved to a commit.
    pub fn attach(&self, worktree: &Path, branch: &str, at: &str) -> Result<()> {
        self.run(worktree, "check out a branch", &["checkout", "--quiet", "--force", "-B", branch, at])
            .map(drop)
    }

    /// Keeps a link out of every commit, by the repository's own list of exclusions.
    pub fn exclude(&self, name: &str) -> std::io::Result<()> {
        let path = self.common.join("info").join("exclude");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let line = format!("/{name}");
        if text.lines().any(|known| known == line) {
            return Ok(());
        }
        std::fs::create_dir_all(self.common.join("info"))?;
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        std::fs::write(&path, format!("{text}{gap}{line}\n"))
    }
}

/// The git directory of a linked worktree alone; none for a main work tree.
fn own_git_dir(worktree: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(worktree.join(".git")).ok()?;
    Some(worktree.join(text.strip_prefix("gitdir:")?.trim()))
}
