//! Which commits a shell command would make, and whether it would go past git's hooks.
//!
//! The command is read, never run: see [`crate::shell`]. `cd`, `git -C`, wrappers such as `env` or
//! `timeout`, `sh -c`, `eval` and git's aliases are followed as far as their words are literal.

use std::path::{Path, PathBuf};

use crate::shell::{Piece, Simple, Word, pieces};

/// A commit that would be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// The folder git would run in.
    pub dir: PathBuf,
    /// `-a`, `--all`
    pub all: bool,
    pub amend: bool,
    /// `--dry-run` and its like: nothing is committed.
    pub dry: bool,
    /// `-i`: its paths are added to what is staged.
    pub include: bool,
    /// Paths given to it.
    pub paths: Vec<String>,
    /// `git add …` of the same command line, run before it, each with its folder.
    pub adds: Vec<(PathBuf, Vec<String>)>,
    /// True where some word could not be read, so that what is staged is not known in full.
    pub unclear: bool,
}

/// What a command line holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub commits: Vec<Commit>,
    /// The words by which git's hooks would be passed by.
    pub bypass: Option<String>,
}

/// Wrappers within wrappers that are followed.
const DEPTH: usize = 8;

/// Reads a command line that would run in `cwd`. `alias` tells what git calls a command, by folder.
pub fn read(line: &str, cwd: &Path, alias: &dyn Fn(&Path, &str) -> Option<String>) -> Reading {
    // Most commands have nothing to do with git.
    if !line.contains("git") && !line.contains("eval") {
        return Reading::default();
    }
    let mut reader =
        Reader { reading: Reading::default(), adds: Vec::new(), folders: vec![cwd.to_owned()], alias };
    reader.line(line, 0);
    reader.reading
}

struct Reader<'a> {
    reading: Reading,
    adds: Vec<(PathBuf, Vec<String>)>,
    /// The folder of each scope, innermost last.
    folders: Vec<PathBuf>,
    alias: &'a dyn Fn(&Path, &str) -> Option<String>,
}

impl Reader<'_> {
    fn line(&mut self, line: &str, depth: usize) {
        let outer = self.folders.len();
        for piece in pieces(line) {
            match piece {
                Piece::Enter => self.folders.push(self.folder().to_owned()),
                Piece::Leave => {
                    if self.folders.len() > outer {
                        self.folders.pop();
                    }
                }
                Piece::Command(simple) => self.command(&simple, depth),
            }
        }
        self.folders.truncate(outer);
    }

    fn folder(&self) -> &Path {
        self.folders.last().map_or(Path::new("."), PathBuf::as_path)
    }

    fn command(&mut self, simple: &Simple, depth: usize) {
        let mut words = simple.words.as_slice();
        let mut set: Vec<(String, String)> =
            simple.assignments.iter().map(|(name, word)| (name.clone(), word.text.clone())).collect();
        while let Some(rest) = unwrapped(words, &mut set) {
            words = rest;
        }
        let Some(name) = words.first().map(|word| base(&word.text)) else { return };
        match name {
            "cd" | "pushd" => self.change_folder(&words[1..]),
            "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" if depth < DEPTH => {
                if let Some(script) = script(&words[1..]) {
                    let script = script.to_owned();
                    let folder = self.folder().to_owned();
                    self.folders.push(folder);
                    self.bypassed_by(&set);
                    self.line(&script, depth + 1);
                    self.folders.pop();
                }
            }
            "eval" if depth < DEPTH => {
                let text: Vec<&str> = words[1..].iter().map(|word| word.text.as_str()).collect();
                self.line(&text.join(" "), depth + 1);
            }
            "git" => self.git(&words[1..], &set, depth),
            _ => {}
        }
    }

    fn change_folder(&mut self, words: &[Word]) {
        let target = words.iter().find(|word| !word.text.starts_with('-') || word.text == "-");
        // Where a variable leads is not known: the folder stays.
        let Some(target) = target.filter(|word| word.literal && word.text != "-") else { return };
        let to = match target.text.strip_prefix('~') {
            Some(rest) => std::env::home_dir().unwrap_or_default().join(rest.trim_start_matches('/')),
            None => self.folder().join(&target.text),
        };
        if let Some(folder) = self.folders.last_mut() {
            *folder = to;
        }
    }

    fn bypassed_by(&mut self, set: &[(String, String)]) -> bool {
        let passes = |(name, value): &&(String, String)| match name.as_str() {
            "HUSKY" | "LEFTHOOK" | "HUSKY_SKIP_HOOKS" => {
                ["0", "false"].contains(&value.as_str()) != (name == "HUSKY_SKIP_HOOKS")
            }
            "SKIP" => value.split(',').any(|hook| hook.starts_with("friction")),
            "GIT_CONFIG_PARAMETERS" | "GIT_CONFIG_COUNT" => true,
            name => name.starts_with("GIT_CONFIG_VALUE_") || name.starts_with("GIT_CONFIG_KEY_"),
        };
        let found = set.iter().find(passes).map(|(name, value)| format!("{name}={value}"));
        let is_found = found.is_some();
        self.reading.bypass = self.reading.bypass.take().or(found);
        is_found
    }

    fn git(&mut self, words: &[Word], set: &[(String, String)], depth: usize) {
        let mut dir = self.folder().to_owned();
        let mut bypass: Option<String> = None;
        let mut words = words.iter();
        let command = loop {
            let Some(word) = words.next() else { return };
            match word.text.as_str() {
                "-C" => {
                    if let Some(to) = words.next().filter(|word| word.literal) {
                        dir.push(&to.text);
                    }
                }
                "-c" | "--config-env" => {
                    let value = words.next().map_or("", |word| word.text.as_str());
                    bypass = bypass.or_else(|| hooks_path(value).then(|| format!("{} {value}", word.text)));
                }
                "--git-dir" | "--namespace" | "--super-prefix" | "--attr-source" | "--exec-path" => {
                    _ = words.next()
                }
                "--work-tree" => {
                    if let Some(to) = words.next().filter(|word| word.literal) {
                        dir.push(&to.text);
                    }
                }
                text if text.starts_with("--config-env=") => {
                    bypass = bypass.or_else(|| hooks_path(&text[13..]).then(|| text.to_owned()))
                }
                text if text.starts_with("--work-tree=") => dir.push(&text[12..]),
                text if text.starts_with('-') => {}
                _ => break word,
            }
        };
        let rest: Vec<Word> = words.cloned().collect();
        match command.text.as_str() {
            "commit" => {
                let (mut commit, no_verify) = commit(&rest);
                commit.dir = dir;
                commit.adds.clone_from(&self.adds);
                self.bypassed_by(set);
                self.pass(bypass.or(no_verify));
                self.reading.commits.push(commit);
            }
            "add" | "stage" => {
                let clear = rest.iter().all(|word| word.literal);
                let args = rest.iter().map(|word| word.text.clone());
                // Where a path is not known, all may be meant.
                let args = if clear { args.collect() } else { vec!["-A".to_owned()] };
                self.adds.push((dir, [vec!["add".to_owned()], args].concat()));
            }
            "merge" | "rebase" | "am" | "push" | "cherry-pick" | "revert" | "pull" => {
                let found = rest.iter().find(|word| word.text.starts_with("--no-veri"));
                let told = found.map(|word| format!("git {} {}", command.text, word.text));
                // Hooks that are told to be elsewhere are passed by whatever the command.
                self.pass(bypass.filter(|_| command.text != "push").or(told));
            }
            "config" => {
                // Reading it (`git config core.hooksPath`, `--get`) changes nothing.
                let at = rest.iter().position(|word| word.text.eq_ignore_ascii_case("core.hooksPath"));
                let sets = at.is_some_and(|at| rest.len() > at + 1)
                    && !rest.iter().any(|word| word.text.starts_with("--get"));
                self.pass(sets.then(|| "git config core.hooksPath".to_owned()));
            }
            name if depth < DEPTH && command.literal && !name.is_empty() => {
                if let Some(meaning) = (self.alias)(&dir, name) {
                    let args: Vec<String> =
                        rest.iter().map(|word| format!("'{}'", word.text.replace('\'', "'\\''"))).collect();
                    let line = match meaning.strip_prefix('!') {
                        Some(script) => format!("{script} {}", args.join(" ")),
                        None => format!("git {meaning} {}", args.join(" ")),
                    };
                    self.folders.push(dir);
                    self.bypassed_by(set);
                    self.pass(bypass);
                    self.line(&line, depth + 1);
                    self.folders.pop();
                }
            }
            _ => {}
        }
    }

    fn pass(&mut self, by: Option<String>) {
        self.reading.bypass = self.reading.bypass.take().or(by);
    }
}

/// `core.hooksPath=…`; git does not care for case in it.
fn hooks_path(setting: &str) -> bool {
    setting.get(..14).is_some_and(|name| name.eq_ignore_ascii_case("core.hooksPath"))
        || setting.get(..6).is_some_and(|name| name.eq_ignore_ascii_case("alias."))
}

fn base(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// The command inside of a wrapper, if the words begin with one.
fn unwrapped<'a>(words: &'a [Word], set: &mut Vec<(String, String)>) -> Option<&'a [Word]> {
    // Options of the wrapper that take a value, and positional words in front of the command.
    let (valued, positional): (&[&str], usize) = match base(&words.first()?.text) {
        "command" | "builtin" | "exec" | "nohup" | "setsid" | "caffeinate" | "stdbuf" | "unbuffer"
        | "time" => (&["-a"], 0),
        "env" => (&["-u", "-C", "--unset", "--chdir"], 0),
        "sudo" | "doas" => (&["-u", "-g", "-C", "-D", "-p"], 0),
        "nice" | "ionice" | "chrt" => (&["-n", "-c", "-p"], 0),
        "timeout" | "gtimeout" => (&["-s", "-k", "--signal", "--kill-after"], 1),
        "flock" => (&["-w", "-E"], 1),
        "xargs" => (&["-I", "-n", "-P", "-L", "-d", "-a", "-E", "-s"], 0),
        _ => return None,
    };
    let mut rest = &words[1..];
    let mut left = positional;
    while let Some(word) = rest.first() {
        let text = word.text.as_str();
        if valued.contains(&text) {
            rest = rest.get(2..)?;
        } else if text.starts_with('-') && text.len() > 1 {
            rest = &rest[1..];
        } else if let Some((name, value)) =
            text.split_once('=').filter(|(name, _)| !name.is_empty() && !name.contains('/'))
        {
            set.push((name.to_owned(), value.to_owned()));
            rest = &rest[1..];
        } else if left > 0 {
            left -= 1;
            rest = &rest[1..];
        } else {
            break;
        }
    }
    Some(rest)
}

/// The text after `-c` of a shell.
fn script(words: &[Word]) -> Option<&str> {
    let is_c =
        |word: &Word| word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with('c');
    let at = words.iter().position(is_c)?;
    Some(&words.get(at + 1)?.text)
}

/// The options of `git commit`, and the one that passes hooks by.
fn commit(words: &[Word]) -> (Commit, Option<String>) {
    const VALUED: [&str; 13] = [
        "--message",
        "--file",
        "--author",
        "--date",
        "--template",
        "--reuse-message",
        "--reedit-message",
        "--fixup",
        "--squash",
        "--cleanup",
        "--trailer",
        "--pathspec-from-file",
        "--gpg-sign-with",
    ];
    let mut commit = Commit::default();
    let mut no_verify = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        commit.unclear |= !word.literal && word.text.is_empty();
        let text = word.text.as_str();
        let begins = |option: &str, least: usize| text.len() >= least && option.starts_with(text);
        if text == "--" {
            commit.paths.extend(words.by_ref().map(|word| word.text.clone()));
        } else if text.starts_with("--") {
            // Git takes any beginning of an option that no other begins with.
            commit.all |= begins("--all", 4) && text != "--allow-empty";
            commit.amend |= begins("--amend", 4);
            commit.dry |= begins("--dry-run", 4)
                || ["--short", "--porcelain", "--long", "--interactive"].contains(&text);
            commit.include |= begins("--include", 5);
            if begins("--no-verify", 8) {
                no_verify = Some(format!("git commit {text}"));
            }
            let is_valued = |option: &&str| option.starts_with(text) && text.len() > 4;
            if !text.contains('=') && VALUED.iter().any(is_valued) {
                words.next();
            }
        } else if let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            for (at, letter) in letters.char_indices() {
                match letter {
                    'a' => commit.all = true,
                    'i' => commit.include = true,
                    'n' => no_verify = Some(format!("git commit {text}")),
                    // These take the rest of the word, or the next one.
                    'm' | 'F' | 'C' | 'c' | 't' => {
                        if at + 1 == letters.len() {
                            words.next();
                        }
                        break;
                    }
                    'S' | 'u' => break,
                    _ => {}
                }
            }
        } else if word.literal || !text.is_empty() {
            commit.paths.push(text.to_owned());
        }
    }
    (commit, no_verify)
}

#[cfg(test)]
mod tests;
