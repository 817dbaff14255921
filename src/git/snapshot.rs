//! What a work tree or an index holds, as a tree: written beside the repository, never into it.
//!
//! New objects go into an object store of friction's own that borrows from the repository's, the index is a
//! copy, and a tree is taken out into a repository of its own: whatever runs there cannot reach the
//! user's index, refs or stash.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::run::{Git, GitError, LOCAL_VARIABLES};

/// Where a repository keeps what.
#[derive(Clone, Debug)]
pub struct Places {
    /// The top of the work tree.
    pub root: PathBuf,
    /// The git directory that linked worktrees share.
    pub common_dir: PathBuf,
    /// The git directory of this work tree.
    pub git_dir: PathBuf,
    /// The index in use, `GIT_INDEX_FILE` honoured.
    pub index: PathBuf,
    /// Where git looks for hooks, `core.hooksPath` honoured.
    pub hooks: PathBuf,
}

impl Places {
    /// Of the work tree that holds `dir`.
    pub fn of(dir: &Path) -> Result<Places, GitError> {
        let words = [
            "rev-parse",
            "--path-format=absolute",
            "--show-toplevel",
            "--git-common-dir",
            "--git-dir",
            "--git-path",
            "index",
            "--git-path",
            "hooks",
        ];
        let told = Git::at(dir).text("find the work tree", &words)?;
        let mut lines = told.lines().map(PathBuf::from);
        let mut next = || {
            lines.next().ok_or_else(|| GitError::Failed {
                doing: "find the work tree".to_owned(),
                dir: dir.to_owned(),
                message: "its answer was cut short".to_owned(),
            })
        };
        Ok(Places { root: next()?, common_dir: next()?, git_dir: next()?, index: next()?, hooks: next()? })
    }

    /// Friction's own folder in the git directory.
    pub fn own(&self) -> PathBuf {
        self.common_dir.join("friction")
    }

    /// The folder that keeps this work tree's objects, empty where there are none.
    pub fn objects(&self) -> PathBuf {
        self.common_dir.join("objects")
    }
}

/// A file that differs between two states.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangedFile {
    /// From the root, `/`-separated; paths that are not UTF-8 hold replacement characters.
    pub path: String,
    pub deleted: bool,
}

/// A state of the project, kept until it is dropped.
pub struct Snapshot {
    pub tree: String,
    /// Against HEAD, or the base that was asked for; in path order.
    pub changed: Vec<ChangedFile>,
    /// The copied index, and objects that the repository does not have.
    folder: TempDir,
    places: Places,
}

impl Snapshot {
    /// Of the work tree: tracked and untracked files, ignored ones not.
    pub fn of_work_tree(places: &Places, base: Option<&str>) -> Result<Snapshot, GitError> {
        let add = ["add", "-A", "--", ":/"].map(str::to_owned).to_vec();
        Snapshot::take(places, base, &[(places.root.clone(), add)])
    }

    /// Of the index.
    pub fn of_index(places: &Places, base: Option<&str>) -> Result<Snapshot, GitError> {
        Snapshot::take(places, base, &[])
    }

    /// Of the index as it will be after some git commands (`add -A`), each with the folder it runs in.
    pub fn of_index_after(
        places: &Places,
        commands: &[(PathBuf, Vec<String>)],
    ) -> Result<Snapshot, GitError> {
        Snapshot::take(places, None, commands)
    }

    /// Files whose content in the work tree is another than in this state.
    pub fn unlike_work_tree(&self, places: &Places) -> Result<Vec<String>, GitError> {
        let git = Git::at(&places.root).with("GIT_INDEX_FILE", self.folder.path().join("index"));
        let listed = git.output("compare with the work tree", &["diff-files", "--name-only", "-z"])?;
        let text = String::from_utf8_lossy(&listed);
        Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }

    fn take(
        places: &Places,
        base: Option<&str>,
        commands: &[(PathBuf, Vec<String>)],
    ) -> Result<Snapshot, GitError> {
        let failed = |doing: &str, error: std::io::Error| GitError::Failed {
            doing: doing.to_owned(),
            dir: places.root.clone(),
            message: error.to_string(),
        };
        let folder = tempfile::Builder::new()
            .prefix("friction-")
            .tempdir()
            .map_err(|error| failed("make a temporary folder", error))?;
        let index = folder.path().join("index");
        match fs::copy(&places.index, &index) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed("copy the index", error));
            }
            _ => {}
        }
        let objects = folder.path().join("objects");
        fs::create_dir(&objects).map_err(|error| failed("make a folder for objects", error))?;
        let git = |dir: &Path| {
            Git::at(dir)
                .with("GIT_INDEX_FILE", &index)
                .with("GIT_OBJECT_DIRECTORY", &objects)
                .with("GIT_ALTERNATE_OBJECT_DIRECTORIES", alternates(places))
        };
        for (dir, words) in commands {
            let quiet =
                ["-c", "advice.addEmbeddedRepo=false", "-c", "core.safecrlf=false"].map(str::to_owned);
            git(dir).output("record what would be committed", &[&quiet[..], words].concat())?;
        }
        let git = git(&places.root);
        let tree = git.text("write the tree of the index", &["write-tree"])?;
        let base = match base {
            Some(base) => base.to_owned(),
            None => git
                .text("find HEAD", &["rev-parse", "--verify", "-q", "HEAD"])
                .or_else(|_| git.text("name the empty tree", &["hash-object", "-t", "tree", "/dev/null"]))?,
        };
        let words = ["diff-index", "--cached", "--name-status", "--no-renames", "-z", &base, "--"];
        let changed = changed(&git.output(&format!("compare with {base}"), &words)?);
        Ok(Snapshot { tree, changed, folder, places: places.clone() })
    }

    /// Writes the tree into `dir`, an empty folder, as a repository of its own with the same HEAD.
    pub fn take_out(&self, dir: &Path) -> Result<(), GitError> {
        let doing = "take out the tree that is judged";
        let failed = |error: std::io::Error| GitError::Failed {
            doing: doing.to_owned(),
            dir: dir.to_owned(),
            message: error.to_string(),
        };
        let format = if self.tree.len() == 64 { "sha256" } else { "sha1" };
        let run = |words: &[&str]| {
            let git = Git::at(dir).with("GIT_INDEX_FILE", dir.join(".git/index"));
            let mut command = git.command(words);
            for name in LOCAL_VARIABLES.iter().filter(|name| **name != "GIT_INDEX_FILE") {
                command.env_remove(name);
            }
            let output = command.output().map_err(failed)?;
            let told = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            if output.status.success() { Ok(()) } else { Err(failed(std::io::Error::other(told))) }
        };
        let hash = format!("--object-format={format}");
        run(&["-c", "init.templateDir=", "init", "-q", &hash, "."])?;
        let head = Git::at(&self.places.root).text("find HEAD", &["rev-parse", "--verify", "-q", "HEAD"]);
        let borrowed = format!(
            "{}\n{}\n",
            self.places.objects().display(),
            self.folder.path().join("objects").display()
        );
        fs::create_dir_all(dir.join(".git/objects/info")).map_err(failed)?;
        fs::write(dir.join(".git/objects/info/alternates"), borrowed).map_err(failed)?;
        if let Ok(head) = head {
            fs::write(dir.join(".git/HEAD"), head + "\n").map_err(failed)?;
        }
        run(&["read-tree", &self.tree])?;
        run(&["checkout-index", "-a", "-q", "-u"])
    }
}

/// The repository's objects, and those that a hook works with before they are part of it.
fn alternates(places: &Places) -> std::ffi::OsString {
    let mut list = places.objects().into_os_string();
    for name in ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"] {
        if let Some(more) = std::env::var_os(name).filter(|more| !more.is_empty()) {
            list.push(":");
            list.push(more);
        }
    }
    list
}

/// `M\0path\0D\0other\0`
fn changed(listed: &[u8]) -> Vec<ChangedFile> {
    let text = String::from_utf8_lossy(listed);
    let mut parts = text.split('\0');
    let mut found = Vec::new();
    while let (Some(status), Some(path)) = (parts.next(), parts.next()) {
        found.push(ChangedFile { path: path.to_owned(), deleted: status == "D" });
    }
    found
}
