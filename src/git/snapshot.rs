//! What a work tree or an index holds, as a tree: written beside the repository, never into it.
//!
//! New objects go into an object store of friction's own that borrows from the repository's, the index is a
//! copy, and a tree is taken out into a repository of its own: whatever runs there cannot reach the
//! user's index, refs or stash.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::scratch::Scratch;

use super::place::Place;
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
}

impl Places {
    /// Of the work tree that holds `dir`.
    pub fn of(dir: &Path) -> Result<Places, GitError> {
        // Git itself is asked only where the arrangement is odd: starting it costs more than looking.
        match Place::find(dir) {
            Some(Place { root, git_dir, common_dir, index, .. }) => {
                Ok(Places { root, common_dir, git_dir, index })
            }
            None => Places::by_git(dir),
        }
    }

    fn by_git(dir: &Path) -> Result<Places, GitError> {
        let words = [
            "rev-parse",
            "--path-format=absolute",
            "--show-toplevel",
            "--git-common-dir",
            "--git-dir",
            "--git-path",
            "index",
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
        Ok(Places { root: next()?, common_dir: next()?, git_dir: next()?, index: next()? })
    }

    /// Where git looks for hooks, `core.hooksPath` honoured.
    pub fn hooks(&self) -> Result<PathBuf, GitError> {
        let words = ["rev-parse", "--path-format=absolute", "--git-path", "hooks"];
        Git::at(&self.root).text("find the folder of hooks", &words).map(PathBuf::from)
    }

    /// The commit that HEAD names; none before the first.
    fn head(&self) -> Option<String> {
        let by_hand = Place::find(&self.root).and_then(|place| place.head());
        by_hand
            .map(|name| name.to_string())
            .or_else(|| Git::at(&self.root).text("find HEAD", &["rev-parse", "--verify", "-q", "HEAD"]).ok())
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
    /// The commit that HEAD named.
    head: Option<String>,
    pub index: CopiedIndex,
    places: Places,
}

/// A copy of an index, which git commands may change, and a folder for the objects that they write. Both
/// are gone when it is dropped.
pub struct CopiedIndex {
    folder: Scratch,
}

/// What records the work tree in an index: tracked and untracked files, ignored ones not.
const ADD_ALL: [&str; 4] = ["add", "-A", "--", ":/"];

impl Snapshot {
    /// Of the work tree: tracked and untracked files, ignored ones not.
    pub fn of_work_tree(places: &Places, base: Option<&str>) -> Result<Snapshot, GitError> {
        let add = ADD_ALL.map(str::to_owned).to_vec();
        Snapshot::take(places, base, &[(places.root.clone(), add)])
    }

    /// Of the index.
    pub fn of_index(places: &Places, base: Option<&str>) -> Result<Snapshot, GitError> {
        Snapshot::take(places, base, &[])
    }

    /// Of an index that was copied before, against HEAD.
    pub fn of_copy(places: &Places, index: CopiedIndex) -> Result<Snapshot, GitError> {
        Snapshot::read(places, None, index)
    }

    /// Paths that were written or removed in the work tree since it was recorded.
    pub fn moved(&self) -> Result<Vec<String>, GitError> {
        let words = [&["-c", "core.quotePath=false", "add", "-n"], &ADD_ALL[1..]].concat();
        let told =
            self.index.git(&self.places, &self.places.root).text("compare with the work tree", &words)?;
        let path = |line: &str| Some(line.split_once(' ')?.1.trim_matches('\'').to_owned());
        Ok(told.lines().filter_map(path).collect())
    }

    fn take(
        places: &Places,
        base: Option<&str>,
        commands: &[(PathBuf, Vec<String>)],
    ) -> Result<Snapshot, GitError> {
        Snapshot::read(places, base, CopiedIndex::after(places, commands)?)
    }

    fn read(places: &Places, base: Option<&str>, index: CopiedIndex) -> Result<Snapshot, GitError> {
        let git = index.git(places, &places.root);
        let head = places.head();
        let base = match (base, &head) {
            (Some(base), _) => base.to_owned(),
            (None, Some(head)) => head.clone(),
            (None, None) => git.text("name the empty tree", &["hash-object", "-t", "tree", "/dev/null"])?,
        };
        let compare = || {
            let words = ["diff-index", "--cached", "--name-status", "--no-renames", "-z", &base, "--"];
            git.output(&format!("compare with {base}"), &words)
        };
        // Both read the same index, so neither need wait for the other.
        let (tree, listed) = std::thread::scope(|scope| {
            let listed = scope.spawn(compare);
            let tree = git.text("write the tree of the index", &["write-tree"]);
            (tree, listed.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        Ok(Snapshot { tree: tree?, changed: changed(&listed?), head, index, places: places.clone() })
    }

    /// Writes the tree into `dir`, an empty folder, as a repository of its own with the same HEAD.
    pub fn take_out(&self, dir: &Path) -> Result<(), GitError> {
        let failed = |error: io::Error| GitError::Failed {
            doing: "take out the tree that is judged".to_owned(),
            dir: dir.to_owned(),
            message: error.to_string(),
        };
        self.repository(&dir.join(".git")).map_err(failed)?;
        let git = Git::at(dir).with("GIT_INDEX_FILE", dir.join(".git/index"));
        let mut command = git.command(&["read-tree", "--reset", "-u", &self.tree]);
        for name in LOCAL_VARIABLES.iter().filter(|name| **name != "GIT_INDEX_FILE") {
            command.env_remove(name);
        }
        let output = command.output().map_err(failed)?;
        let told = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.success() { Ok(()) } else { Err(failed(io::Error::other(told))) }
    }

    /// What `git init` would make, with HEAD and the objects of the repository.
    fn repository(&self, git_dir: &Path) -> io::Result<()> {
        fs::create_dir_all(git_dir.join("refs/heads"))?;
        fs::create_dir_all(git_dir.join("objects/info"))?;
        let (version, format) = match self.tree.len() {
            64 => (1, "[extensions]\n\tobjectformat = sha256\n"),
            _ => (0, ""),
        };
        let system =
            if cfg!(target_os = "macos") { "\tignorecase = true\n\tprecomposeunicode = true\n" } else { "" };
        let config =
            format!("[core]\n\trepositoryformatversion = {version}\n\tbare = false\n{system}{format}");
        fs::write(git_dir.join("config"), config)?;
        let own = self.index.objects();
        let borrowed = format!("{}\n{}\n", self.places.objects().display(), own.display());
        fs::write(git_dir.join("objects/info/alternates"), borrowed)?;
        let head = self.head.as_deref().unwrap_or("ref: refs/heads/main");
        fs::write(git_dir.join("HEAD"), format!("{head}\n"))
    }
}

impl CopiedIndex {
    /// The index as it will be after some git commands (`add -A`), each with the folder it runs in.
    pub fn after(places: &Places, commands: &[(PathBuf, Vec<String>)]) -> Result<CopiedIndex, GitError> {
        let failed = |doing: &str, error: io::Error| GitError::Failed {
            doing: doing.to_owned(),
            dir: places.root.clone(),
            message: error.to_string(),
        };
        let folder = Scratch::new().map_err(|error| failed("make a temporary folder", error))?;
        let copied = CopiedIndex { folder };
        match fs::copy(&places.index, copied.file()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("copy the index", error));
            }
            _ => {}
        }
        fs::create_dir(copied.objects()).map_err(|error| failed("make a folder for objects", error))?;
        for (dir, words) in commands {
            let quiet =
                ["-c", "advice.addEmbeddedRepo=false", "-c", "core.safecrlf=false"].map(str::to_owned);
            copied
                .git(places, dir)
                .output("record what would be committed", &[&quiet[..], words].concat())?;
        }
        Ok(copied)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    fn objects(&self) -> PathBuf {
        self.folder.path().join("objects")
    }

    /// By these variables git, and friction itself, work with the copy.
    pub fn variables(&self, places: &Places) -> [(&'static str, OsString); 3] {
        [
            ("GIT_INDEX_FILE", self.file().into()),
            ("GIT_OBJECT_DIRECTORY", self.objects().into()),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", alternates(places)),
        ]
    }

    fn git(&self, places: &Places, dir: &Path) -> Git {
        self.variables(places).into_iter().fold(Git::at(dir), |git, (name, value)| git.with(name, value))
    }
}

/// The repository's objects, and those that a hook works with before they are part of it.
fn alternates(places: &Places) -> OsString {
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
