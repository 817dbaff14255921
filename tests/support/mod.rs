//! Real git repositories in temporary folders, told as a short story, and friction run on them.
//!
//! Dates, names and contents are fixed, and no configuration of the user's is read, so that the same
//! story gives the same commit ids everywhere.

// Each test program uses a part of this.
#![allow(dead_code, unused_imports)]

mod stories;

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use friction::model::{Correction, Family, Scan};
use friction::syntax::Language;
use tempfile::TempDir;

pub use stories::*;

/// Monday, 5 January 2026, 09:00 UTC.
pub const START: i64 = 1_767_603_600;

/// A repository with a clock: every commit is made ten minutes after the one before.
pub struct TestRepo {
    folder: TempDir,
    root: PathBuf,
    clock: Cell<i64>,
    author: RefCell<(String, String)>,
}

impl TestRepo {
    pub fn new() -> TestRepo {
        TestRepo::init(&[])
    }

    /// With further words for `git init`.
    pub fn init(words: &[&str]) -> TestRepo {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("repo");
        let author = RefCell::new(("Ada Lovelace".to_owned(), "ada@example.com".to_owned()));
        let repo = TestRepo { root, folder, clock: Cell::new(START), author };
        let root = repo.root.to_str().unwrap();
        let words: Vec<&str> =
            ["init", "-q", "-b", "main"].into_iter().chain(words.iter().copied()).collect();
        repo.git_in(repo.folder.path(), &[&words[..], &[root]].concat());
        repo
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A place beside the repository, inside the same temporary folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    // ---- telling the story ----

    pub fn author(&self, name: &str, email: &str) -> &TestRepo {
        *self.author.borrow_mut() = (name.to_owned(), email.to_owned());
        self
    }

    /// Lets time pass.
    pub fn minutes(&self, minutes: i64) -> &TestRepo {
        self.clock.set(self.clock.get() + 60 * minutes);
        self
    }

    pub fn days(&self, days: i64) -> &TestRepo {
        self.minutes(days * 24 * 60)
    }

    pub fn now(&self) -> i64 {
        self.clock.get()
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &TestRepo {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Replaces a part of a file that must be there.
    pub fn edit(&self, path: &str, from: &str, to: &str) -> &TestRepo {
        let text = self.read(path);
        assert!(text.contains(from), "{path} does not hold {from:?}");
        self.write(path, text.replace(from, to))
    }

    pub fn remove(&self, path: &str) -> &TestRepo {
        fs::remove_file(self.root.join(path)).unwrap();
        self
    }

    /// Commits everything in the work tree; the new commit's name.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.record(&["commit", "-q", "--allow-empty", "-m", message])
    }

    /// Runs a git command that makes a commit, ten minutes later; the new HEAD's name.
    pub fn record(&self, words: &[&str]) -> String {
        self.minutes(10);
        self.git(words);
        self.head()
    }

    pub fn head(&self) -> String {
        self.sha("HEAD")
    }

    pub fn sha(&self, revision: &str) -> String {
        self.git(&["rev-parse", revision])
    }

    pub fn branch(&self, name: &str) -> &TestRepo {
        self.git(&["checkout", "-q", "-b", name]);
        self
    }

    pub fn checkout(&self, name: &str) -> &TestRepo {
        self.git(&["checkout", "-q", name]);
        self
    }

    /// Runs git in the work tree; its output without the last line break.
    pub fn git(&self, words: &[&str]) -> String {
        self.git_in(&self.root, words)
    }

    pub fn git_in(&self, dir: &Path, words: &[&str]) -> String {
        self.git_with(dir, words, b"")
    }

    /// Runs git with some bytes on its standard input.
    pub fn git_with(&self, dir: &Path, words: &[&str], input: &[u8]) -> String {
        let mut command = Command::new("git");
        command.current_dir(dir).args(words);
        isolate(&mut command);
        let (name, email) = self.author.borrow().clone();
        let date = format!("@{} +0000", self.clock.get());
        command.envs([("GIT_AUTHOR_NAME", &name), ("GIT_COMMITTER_NAME", &name)]);
        command.envs([("GIT_AUTHOR_EMAIL", &email), ("GIT_COMMITTER_EMAIL", &email)]);
        command.envs([("GIT_AUTHOR_DATE", &date), ("GIT_COMMITTER_DATE", &date)]);
        let output = run(command, input);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {words:?} failed: {told}");
        String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()
    }

    /// Commits the index as it is, with an author time and a committer time of its own.
    pub fn commit_dated(&self, message: &str, author_time: i64, commit_time: i64) -> String {
        self.git(&["add", "-A"]);
        let mut command = Command::new("git");
        command.current_dir(&self.root).args(["commit", "-q", "-m", message]);
        isolate(&mut command);
        let (name, email) = self.author.borrow().clone();
        command.envs([("GIT_AUTHOR_NAME", &name), ("GIT_COMMITTER_NAME", &name)]);
        command.envs([("GIT_AUTHOR_EMAIL", &email), ("GIT_COMMITTER_EMAIL", &email)]);
        command.env("GIT_AUTHOR_DATE", format!("@{author_time} +0000"));
        command.env("GIT_COMMITTER_DATE", format!("@{commit_time} +0000"));
        assert!(run(command, b"").status.success());
        self.head()
    }

    /// Deletes a loose object, as a damaged or a partial clone lacks it.
    pub fn lose(&self, object: &str) {
        let path = self.root.join(format!(".git/objects/{}/{}", &object[..2], &object[2..]));
        fs::remove_file(path).unwrap();
    }

    // ---- running friction ----

    /// Runs friction in the work tree.
    pub fn friction(&self, words: &[&str]) -> Ran {
        friction_in(&self.root, words)
    }

    /// Scans, expects success, reads the JSON.
    pub fn scan(&self, words: &[&str]) -> Scan {
        self.friction(&[&["scan", "--format", "json"], words].concat()).scan()
    }
}

/// A command that reads no configuration but the repository's own.
pub fn isolate(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("GIT_")) {
            command.env_remove(name);
        }
    }
    for name in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE", "LC_CTYPE"] {
        command.env_remove(name);
    }
    command.envs([
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_TEMPLATE_DIR", ""),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_EDITOR", "true"),
        ("HOME", "/nonexistent"),
        ("XDG_CONFIG_HOME", "/nonexistent"),
        ("LC_ALL", "C.UTF-8"),
        ("TZ", "UTC"),
    ]);
    let settings = [
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
        ("core.autocrlf", "false"),
        ("protocol.file.allow", "always"),
        ("advice.detachedHead", "false"),
    ];
    command.env("GIT_CONFIG_COUNT", settings.len().to_string());
    for (at, (key, value)) in settings.into_iter().enumerate() {
        command.env(format!("GIT_CONFIG_KEY_{at}"), key).env(format!("GIT_CONFIG_VALUE_{at}"), value);
    }
}

fn run(mut command: Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that reads no input may have closed it.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// The program under test, in a folder.
pub fn friction_command(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_friction"));
    command.current_dir(dir).args(words);
    isolate(&mut command);
    command
}

pub fn friction_in(dir: &Path, words: &[&str]) -> Ran {
    Ran::of(friction_command(dir, words))
}

/// What a run of friction gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(command: Command) -> Ran {
        Ran::with_input(command, b"")
    }

    pub fn with_input(command: Command, input: &[u8]) -> Ran {
        let output = run(command, input);
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("friction writes UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("friction writes UTF-8"),
        }
    }

    /// The output of a run that must have gone well.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        self.stdout
    }

    /// The message of a run that must have refused its arguments or its surroundings.
    #[track_caller]
    pub fn refused(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (2, ""), "{}", self.stderr);
        self.stderr
    }

    #[track_caller]
    pub fn scan(self) -> Scan {
        serde_json::from_str(&self.ok()).unwrap()
    }
}

/// The correction that a commit was called.
#[track_caller]
pub fn correction<'a>(scan: &'a Scan, fix: &str) -> &'a Correction {
    let found = find(scan, fix);
    found.unwrap_or_else(|| panic!("{fix} is not among the corrections: {:#?}", scan.corrections))
}

pub fn find<'a>(scan: &'a Scan, fix: &str) -> Option<&'a Correction> {
    scan.corrections.iter().find(|correction| correction.fix.sha == fix)
}

/// The likeliest origin of a correction.
#[track_caller]
pub fn origin<'a>(scan: &'a Scan, fix: &str) -> &'a str {
    correction(scan, fix).origins.first().map_or("", |origin| &origin.sha)
}

pub fn families(correction: &Correction) -> Vec<Family> {
    correction.families.iter().map(|claim| claim.family).collect()
}

/// How many commits were left out for a reason.
pub fn skipped(scan: &Scan, reason: &str) -> usize {
    scan.repository.skipped.get(reason).copied().unwrap_or(0)
}

/// How often a warning of this kind was counted.
pub fn warned(scan: &Scan, kind: &str) -> usize {
    scan.warnings.iter().find(|warning| warning.kind == kind).map_or(0, |warning| warning.count)
}

/// Every path below a folder with its bytes, links not followed.
pub fn tree(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
                found.push((entry.path(), Vec::new()));
            } else {
                found.push((entry.path(), fs::read(entry.path()).unwrap_or_default()));
            }
        }
    }
    found.sort();
    found
}

/// The files below a folder that are code in some language, sorted, links not followed.
pub fn code_files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let below = |path: PathBuf| match path.is_dir() {
        true => code_files(&path),
        false => vec![path],
    };
    let found = entries.into_iter().filter(|path| !path.is_symlink()).flat_map(below);
    found.filter(|path| Language::of_path(&path.to_string_lossy()).is_some()).collect()
}

/// The same text wherever the temporary folder is: the paragraph that names it is told in one line.
pub fn without_place(text: &str, repo: &TestRepo) -> String {
    let root = repo.root().to_str().unwrap();
    let paragraphs = text.split("\n\n").map(|paragraph| match paragraph.contains("Scanned ") {
        true => paragraph.split_whitespace().collect::<Vec<_>>().join(" "),
        false => paragraph.to_owned(),
    });
    paragraphs.collect::<Vec<_>>().join("\n\n").replace(root, "/repo")
}

/// What a JSON schema that friction prints says against a document.
pub fn problems(schema: &str, document: &str) -> Vec<String> {
    let printed = friction_in(Path::new("."), &["schema", schema]).ok();
    let schema = serde_json::from_str(&printed).unwrap();
    let document = serde_json::from_str(document).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
