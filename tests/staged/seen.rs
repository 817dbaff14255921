//! What friction sees in a repository, beside what git says of it.
//!
//! Git's variables are a process's own, so friction looks from a process of its own: this test program
//! again, of which one test does nothing but look when it is told to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use friction::git::{self, Files, Staging};
use serde::{Deserialize, Serialize};

use super::support::{TestRepo, isolate};

/// A state of files: the blob at each path.
pub type State = BTreeMap<String, String>;

/// A staging as plain values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub root: PathBuf,
    pub files: State,
    pub base: State,
    pub changes: Vec<(String, Option<String>)>,
    pub deleted: Vec<String>,
    pub warnings: Vec<String>,
}

impl Told {
    pub fn of(staging: &Staging) -> Told {
        let changes = staging.changes.iter().map(|change| (change.path.clone(), change.base.clone()));
        Told {
            root: staging.root.clone(),
            files: state(&*staging.files),
            base: state(&*staging.base),
            changes: changes.collect(),
            deleted: staging.deleted.clone(),
            warnings: staging.warnings.clone(),
        }
    }

    /// Changes in git's letters; a rename is a deletion and an addition.
    pub fn letters(&self) -> Vec<String> {
        let mut letters: Vec<String> = self.deleted.iter().map(|path| format!("D {path}")).collect();
        for (path, base) in &self.changes {
            match base {
                Some(base) if base == path => letters.push(format!("M {path}")),
                Some(base) => letters.extend([format!("D {base}"), format!("A {path}")]),
                None => letters.push(format!("A {path}")),
            }
        }
        letters.sort();
        letters
    }

    pub fn change(&self, path: &str) -> Option<&Option<String>> {
        self.changes.iter().find(|(changed, _)| changed == path).map(|(_, base)| base)
    }
}

/// Every file's blob, its bytes read and hashed where they are stored in SHA-1.
pub fn state(files: &dyn Files) -> State {
    let paths = files.paths();
    assert!(paths.is_sorted());
    let blob = |path: &String| {
        let id = files.id(path).unwrap();
        let Some(bytes) = files.read(path) else { return (path.clone(), format!("{id} cannot be read")) };
        let hashed = git2::Oid::hash_object(git2::ObjectType::Blob, &bytes).unwrap().to_string();
        assert!(id == hashed || id.len() == 64, "{path}");
        assert!(files.is_file(path) && !files.is_dir(path));
        if let Some((folder, name)) = path.rsplit_once('/') {
            assert!(files.is_dir(folder) && files.list(folder).iter().any(|entry| entry.name == name));
        }
        (path.clone(), id)
    };
    paths.iter().map(blob).collect()
}

/// What both ways see; the first is none where it leaves the answer to git.
#[derive(Debug, Serialize, Deserialize)]
pub struct Seen {
    pub by_hand: Option<Told>,
    pub by_git: Result<Told, String>,
    pub staged: Result<Told, String>,
}

const SEEN: &str = "STAGED_TEST_SEEN";
const LOOK_FROM: &str = "STAGED_TEST_LOOK_FROM";

/// Not a test of its own: how this program looks when another test, or a hook, has it look.
#[test]
fn this_program_looks_when_it_is_told_to() {
    let (Some(to), Some(dir)) = (std::env::var_os(SEEN), std::env::var_os(LOOK_FROM)) else { return };
    let dir = Path::new(&dir);
    let told = |staging: Result<Staging, git::StagingError>| match staging {
        Ok(staging) => Ok(Told::of(&staging)),
        Err(error) => Err(error.to_string()),
    };
    let seen = Seen {
        by_hand: git::staged_by_hand(dir).map(|staging| Told::of(&staging)),
        by_git: told(git::staged_by_git(dir)),
        staged: told(git::staged(dir)),
    };
    fs::write(to, serde_json::to_vec(&seen).unwrap()).unwrap();
}

/// The words of a hook in which this program looks.
pub fn hook(to: &Path) -> String {
    let program = std::env::current_exe().unwrap();
    format!(
        "#!/bin/sh\n{SEEN}='{}' {LOOK_FROM}=. '{}' --exact seen::this_program_looks_when_it_is_told_to >&2\n",
        to.display(),
        program.display()
    )
}

pub fn read(from: &Path) -> Seen {
    serde_json::from_slice(&fs::read(from).expect("the program has looked")).unwrap()
}

/// Looks from a folder, with variables; nothing may be written meanwhile.
pub fn look(repo: &TestRepo, dir: &Path, variables: &[(&str, &str)]) -> Seen {
    let to = repo.beside("seen.json");
    let mut command = Command::new(std::env::current_exe().unwrap());
    isolate(&mut command);
    command.args(["--exact", "seen::this_program_looks_when_it_is_told_to"]).current_dir(dir);
    command.env(SEEN, &to).env(LOOK_FROM, ".").envs(variables.iter().copied());
    let before = written(repo.root());
    let output = command.output().unwrap();
    let after = written(repo.root());
    assert!(after == before, "written: {:?}", after.iter().find(|file| !before.contains(file)));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    read(&to)
}

/// Everything below a folder, with sizes and the times at which it was written.
fn written(root: &Path) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        let known = fs::symlink_metadata(&path).unwrap();
        if known.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        // Whoever reads a split index makes git keep the shared part by renewing its time.
        let is_shared = path.to_string_lossy().contains("/sharedindex.");
        let time = if is_shared { std::time::UNIX_EPOCH } else { known.modified().unwrap() };
        found.push((path, known.len(), time));
    }
    found.sort();
    found
}

/// What git says of the index in a folder.
pub fn expected(repo: &TestRepo, dir: &Path) -> (State, State, Vec<String>) {
    let committed = repo.beside("index-to-write");
    let index = dir.join(repo.git_in(dir, &["rev-parse", "--git-path", "index"]));
    let objects = dir.join(repo.git_in(dir, &["rev-parse", "--git-path", "objects"]));
    fs::copy(index, &committed).unwrap();
    fs::create_dir_all(repo.beside("objects-to-write")).unwrap();
    let mut write = Command::new("git");
    isolate(&mut write);
    write.current_dir(dir).env("GIT_INDEX_FILE", &committed);
    write.env("GIT_OBJECT_DIRECTORY", repo.beside("objects-to-write"));
    write.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects).args([
        "-c",
        "alias.written=!git ls-tree -r -z $(git write-tree)",
        "written",
    ]);
    let output = write.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let base = match repo.git_in(dir, &["rev-list", "-n", "1", "--all"]).is_empty() {
        true => State::new(),
        false => tree_state(&repo.git_in(dir, &["ls-tree", "-r", "-z", "--full-tree", "HEAD"])),
    };
    let raw = repo.git_in(dir, &["diff", "--cached", "--raw", "-z", "--no-renames", "--abbrev=64"]);
    (tree_state(&String::from_utf8_lossy(&output.stdout)), base, letters(&raw))
}

/// The regular files of `git ls-tree -r -z`.
pub fn tree_state(printed: &str) -> State {
    let file = |line: &str| {
        let (head, path) = line.split_once('\t')?;
        let mut words = head.split(' ');
        let is_file = words.next()?.starts_with("100") && !path.contains('\u{fffd}');
        is_file.then(|| (path.to_owned(), words.nth(1).unwrap_or_default().to_owned()))
    };
    printed.split('\0').filter_map(file).collect()
}

/// Changes of regular files' contents, of `git diff --raw -z`.
pub fn letters(raw: &str) -> Vec<String> {
    let mut letters = Vec::new();
    let mut parts = raw.split('\0');
    while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
        let words: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
        let [old_mode, new_mode, old, new, _] = words[..] else { panic!("{head}") };
        let letter = match (old_mode.starts_with("100"), new_mode.starts_with("100")) {
            (true, true) if old == new => continue,
            (true, true) => 'M',
            (true, false) => 'D',
            (false, true) => 'A',
            (false, false) => continue,
        };
        if !path.contains('\u{fffd}') {
            letters.push(format!("{letter} {path}"));
        }
    }
    letters.sort();
    letters
}

/// What is staged, as git and both ways agree on.
#[track_caller]
pub fn agreed(repo: &TestRepo) -> Told {
    agreed_in(repo, repo.root())
}

#[track_caller]
pub fn agreed_in(repo: &TestRepo, dir: &Path) -> Told {
    let seen = look(repo, dir, &[]);
    let by_hand = seen.by_hand.expect("it is read by hand");
    assert_eq!(Ok(&by_hand), seen.by_git.as_ref());
    assert_eq!(Ok(&by_hand), seen.staged.as_ref());
    is_what_git_says(repo, dir, &by_hand);
    by_hand
}

/// As [`agreed`], where only git itself can read.
#[track_caller]
pub fn left_to_git(repo: &TestRepo) -> Told {
    let seen = look(repo, repo.root(), &[]);
    assert_eq!(seen.by_hand, None);
    assert_eq!(seen.by_git, seen.staged);
    let told = seen.staged.unwrap();
    is_what_git_says(repo, repo.root(), &told);
    told
}

#[track_caller]
pub fn is_what_git_says(repo: &TestRepo, dir: &Path, told: &Told) {
    let (files, base, letters) = expected(repo, dir);
    assert_eq!((&told.files, &told.base), (&files, &base));
    assert_eq!(told.letters(), letters);
    assert_eq!(told.root, fs::canonicalize(repo.git_in(dir, &["rev-parse", "--show-toplevel"])).unwrap());
}
