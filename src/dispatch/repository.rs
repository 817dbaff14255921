//! Git, as far as the dispatcher changes it: worktrees, branches, and moving a ref by compare-and-swap.
//!
//! Uses the `git` program, because worktrees, rebasing and sparse or split indexes are its business. Hooks
//! are off: what lands has been judged, and a worker may have written them.

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
        let told = lines[lines.len().saturating_sub(4)..].join("; ");
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

    // ---- worktrees ----

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
    /// nothing runs: then a lock belongs to nobody.
    pub fn unlock(&self, worktree: &Path) {
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

    /// Makes a worktree exactly what its commit says; ignored files stay.
    pub fn clean(&self, worktree: &Path, at: &str) -> Result<()> {
        self.run(worktree, "reset the worktree", &["reset", "--hard", "--quiet", at])?;
        self.run(worktree, "clean the worktree", &["clean", "-ffdq"]).map(drop)
    }

    // ---- commits ----

    /// The commits from (without) one to another, oldest first.
    pub fn commits(&self, from: &str, to: &str) -> Result<Vec<String>> {
        let told = self.run(
            &self.root,
            "list commits",
            &["rev-list", "--reverse", "--topo-order", &format!("{from}..{to}")],
        )?;
        Ok(told.lines().map(str::to_owned).collect())
    }

    pub fn message(&self, sha: &str) -> Result<String> {
        self.run(&self.root, "read a message", &["log", "-1", "--format=%B", sha])
    }

    pub fn tree(&self, sha: &str) -> Result<String> {
        self.run(&self.root, "read a tree", &["rev-parse", &format!("{sha}^{{tree}}")])
    }

    fn commit_tree(
        &self,
        dir: &Path,
        tree: &str,
        parents: &[&str],
        message: &str,
        like: Option<&str>,
    ) -> Result<String> {
        let mut env = Vec::new();
        if let Some(like) = like {
            let told = self.run(
                dir,
                "read an author",
                &["log", "-1", "--format=%an%n%ae%n%ad", "--date=raw", like],
            )?;
            let mut lines = told.lines();
            for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE"] {
                env.push((name, lines.next().unwrap_or("").to_owned()));
            }
        } else {
            let own = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
            env.extend(own.map(|name| (name, "friction".to_owned())));
        }
        let mut words = vec!["commit-tree", tree];
        parents.iter().for_each(|parent| words.extend(["-p", parent]));
        self.run_with(dir, "write a commit", &words, message, &env)
    }

    /// The same commits with the last one carrying a trailer, and none of them one of that name before.
    pub fn with_trailer(&self, from: &str, to: &str, name: &str, value: &str) -> Result<String> {
        let commits = self.commits(from, to)?;
        let mut renamed: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
        for sha in &commits {
            let message = self.message(sha)?;
            let is_last = sha == to;
            let carries = message.lines().any(|line| is_trailer(line, name));
            let parents = self.run(&self.root, "read parents", &["log", "-1", "--format=%P", sha])?;
            let parents: Vec<&str> = parents.split(' ').filter(|parent| !parent.is_empty()).collect();
            if !is_last && !carries && !parents.iter().any(|parent| renamed.contains_key(*parent)) {
                continue;
            }
            let parents: Vec<&str> =
                parents.iter().map(|parent| renamed.get(*parent).map_or(*parent, String::as_str)).collect();
            let mut message: String = message
                .lines()
                .filter(|line| !is_trailer(line, name))
                .fold(String::new(), |text, line| text + line + "\n");
            if is_last {
                let trailer = format!("{name}: {value}");
                message = self.run_with(
                    &self.root,
                    "add a trailer",
                    &["interpret-trailers", "--trailer", &trailer],
                    &message,
                    &[],
                )? + "\n";
            }
            let tree = self.tree(sha)?;
            let new = self.commit_tree(&self.root, &tree, &parents, &message, Some(sha))?;
            renamed.insert(sha.clone(), new);
        }
        Ok(renamed.remove(to).unwrap_or_else(|| to.to_owned()))
    }

    /// Puts the commits after `from` onto another commit, in a worktree; where they do not fit, the files
    /// that are in the way.
    pub fn rebase(
        &self,
        worktree: &Path,
        from: &str,
        to: &str,
        onto: &str,
    ) -> Result<std::result::Result<String, Vec<String>>> {
        let words = [
            "-c",
            "rebase.autoSquash=false",
            "-c",
            "rebase.updateRefs=false",
            "rebase",
            "--quiet",
            "--empty=drop",
            "--onto",
            onto,
            from,
            to,
        ];
        if let Err(error) = self.run(worktree, "rebase", &words) {
            let files = self
                .run(worktree, "list conflicts", &["diff", "--name-only", "--diff-filter=U"])
                .unwrap_or_default();
            let _ = self.run(worktree, "abort the rebase", &["rebase", "--abort"]);
            let files: Vec<String> = files.lines().map(str::to_owned).collect();
            return if files.is_empty() { Err(error) } else { Ok(Err(files)) };
        }
        Ok(Ok(self.head(worktree)?))
    }

    /// Checks out a commit, on no branch.
    pub fn detach(&self, worktree: &Path, at: &str) -> Result<()> {
        self.run(worktree, "check out a commit", &["checkout", "--quiet", "--force", "--detach", at])
            .map(drop)
    }

    /// Checks out a branch as it is moved to a commit.
    pub fn attach(&self, worktree: &Path, branch: &str, at: &str) -> Result<()> {
        self.run(worktree, "check out a branch", &["checkout", "--quiet", "--force", "-B", branch, at])
            .map(drop)
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

/// The git directory of a linked worktree alone; none for a main work tree.
fn own_git_dir(worktree: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(worktree.join(".git")).ok()?;
    Some(worktree.join(text.strip_prefix("gitdir:")?.trim()))
}

fn is_trailer(line: &str, name: &str) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && line[name.len()..].starts_with(':')
}
