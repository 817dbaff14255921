//! The files that workers read, and which of them a repository has.

use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use thiserror::Error;

use super::block::has_block;
use super::whole::{State, state};

/// A kind of file that a worker reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    Claude,
    Agents,
    Gemini,
    Cursor,
    Copilot,
    /// One file for each family, read where its globs match.
    ClaudeRules,
}

/// Where [`Target::ClaudeRules`] puts its files, and what their names begin with.
pub(super) const RULES_DIRECTORY: &str = ".claude/rules";
pub(super) const RULES_PREFIX: &str = "friction-";

/// A `--target` that does not exist.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("unknown target; one of claude, agents, gemini, cursor, copilot, claude-rules")]
pub struct UnknownTarget;

impl Target {
    /// Every target, in the order in which they are written.
    pub const ALL: [Target; 6] = [
        Target::Claude,
        Target::Agents,
        Target::Gemini,
        Target::Cursor,
        Target::Copilot,
        Target::ClaudeRules,
    ];

    /// The name for `--target`.
    pub fn name(self) -> &'static str {
        match self {
            Target::Claude => "claude",
            Target::Agents => "agents",
            Target::Gemini => "gemini",
            Target::Cursor => "cursor",
            Target::Copilot => "copilot",
            Target::ClaudeRules => "claude-rules",
        }
    }

    /// The file, or the directory of files, from the root of the repository.
    pub fn path(self) -> &'static str {
        match self {
            Target::Claude => "CLAUDE.md",
            Target::Agents => "AGENTS.md",
            Target::Gemini => "GEMINI.md",
            Target::Cursor => ".cursor/rules/friction.mdc",
            Target::Copilot => ".github/copilot-instructions.md",
            Target::ClaudeRules => RULES_DIRECTORY,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Target {
    type Err = UnknownTarget;

    /// A name or a path of a target.
    fn from_str(text: &str) -> Result<Target, UnknownTarget> {
        let is_it = |target: &Target| text.eq_ignore_ascii_case(target.name()) || text == target.path();
        Target::ALL.into_iter().find(is_it).ok_or(UnknownTarget)
    }
}

/// The targets that a repository has; CLAUDE.md where it has none.
///
/// No worker should read the same rules twice: a CLAUDE.md that imports AGENTS.md is left to it, and
/// of CLAUDE.md and `.claude/rules`, which are read by the same worker, one is chosen: the one
/// that friction already writes, else CLAUDE.md.
pub fn detect(root: &Path) -> Vec<Target> {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let mut found: Vec<Target> = Target::ALL.into_iter().filter(|target| exists(root, *target)).collect();
    let has = |found: &[Target], target| found.contains(&target);
    let claude = read(Target::Claude.path());
    if has(&found, Target::ClaudeRules) && has(&found, Target::Claude) && !has_block(&claude) {
        let loser = if writes_rules(root) { Target::Claude } else { Target::ClaudeRules };
        found.retain(|target| *target != loser);
    } else if has_block(&claude) && !writes_rules(root) {
        found.retain(|target| *target != Target::ClaudeRules);
    }
    if has(&found, Target::Agents) && !has_block(&claude) && imports(&claude, Target::Agents) {
        found.retain(|target| *target != Target::Claude);
    }
    if found.is_empty() {
        found.push(Target::Claude);
    }
    found
}

/// For Cursor the directory of rules is enough: its file is friction's own.
fn exists(root: &Path, target: Target) -> bool {
    match target {
        Target::Cursor => root.join(".cursor/rules").is_dir(),
        Target::ClaudeRules => root.join(RULES_DIRECTORY).is_dir(),
        _ => root.join(target.path()).is_file(),
    }
}

/// True for text with the line `@AGENTS.md`.
fn imports(text: &str, target: Target) -> bool {
    text.lines().any(|line| line.trim().trim_start_matches("@./").trim_start_matches('@') == target.path())
}

fn writes_rules(root: &Path) -> bool {
    rule_files(root).iter().any(|(_, text)| state(text) != State::Foreign)
}

/// Names and texts of the files in `.claude/rules` that are named like friction's.
pub(super) fn rule_files(root: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(root.join(RULES_DIRECTORY)).into_iter().flatten().flatten();
    let mut files: Vec<(String, String)> = entries
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
        .filter(|(name, _)| name.starts_with(RULES_PREFIX) && name.ends_with(".md"))
        .filter_map(|(name, path)| Some((name, fs::read_to_string(path).ok()?)))
        .collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::{block, whole};

    fn detected(files: &[(&str, &str)]) -> Vec<Target> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        detect(root.path())
    }

    #[test]
    fn targets_are_those_that_exist_and_claude_where_none_does() {
        assert_eq!(detected(&[]), [Target::Claude]);
        assert_eq!(
            detected(&[("AGENTS.md", ""), (".cursor/rules/a.mdc", "")]),
            [Target::Agents, Target::Cursor]
        );
        assert_eq!(detected(&[(".claude/rules/a.md", "")]), [Target::ClaudeRules]);
    }

    #[test]
    fn no_worker_reads_the_same_rules_twice() {
        let block = block::insert("", "rules", false).unwrap();
        let ours = whole::replace(None, "", "rules\n", false).unwrap();
        let rules = (".claude/rules/friction-docs.md", ours.as_str());
        assert_eq!(detected(&[("CLAUDE.md", "a"), (".claude/rules/a.md", "")]), [Target::Claude]);
        assert_eq!(detected(&[("CLAUDE.md", "a"), rules]), [Target::ClaudeRules]);
        assert_eq!(detected(&[("CLAUDE.md", &block), rules]), [Target::Claude, Target::ClaudeRules]);
        assert_eq!(detected(&[("CLAUDE.md", "@AGENTS.md\n"), ("AGENTS.md", "")]), [Target::Agents]);
    }

    #[test]
    fn a_target_is_known_by_its_name_and_by_its_path() {
        for target in Target::ALL {
            assert_eq!(target.name().parse(), Ok(target));
            assert_eq!(target.path().parse(), Ok(target));
        }
        assert_eq!("vim".parse::<Target>(), Err(UnknownTarget));
    }
}
