//! What teaching would change in a repository: shown, checked or applied.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::model::{Family, PatternFile};
use crate::patterns::{file, write_atomically};

use super::block::{has_block, insert};
use super::place::{PlaceError, resolve};
use super::rules::{Limits, Rule, choose};
use super::target::{RULES_DIRECTORY, RULES_PREFIX, Target, detect, rule_files};
use super::unified::unified;
use super::whole::{self, State};

/// How to teach.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The files to write; those that the repository has where none is named.
    pub targets: Vec<Target>,
    pub limits: Limits,
    /// Overwrite what a person edited.
    pub force: bool,
}

/// Why no plan can be made.
#[derive(Debug, Error)]
pub enum PlanError {
    #[error("cannot read the directory {}: {source}", path.display())]
    Root { path: PathBuf, source: io::Error },
    #[error("cannot read {path}: {source}")]
    Read { path: String, source: io::Error },
}

/// Why a plan was not carried out, or not to its end.
#[derive(Debug, Error)]
pub enum ApplyError {
    #[error("nothing was written: {path}: {reason}")]
    Conflict { path: String, reason: String },
    #[error("{path} was changed while friction was reading it; run `friction learn` again")]
    Changed { path: String },
    #[error("cannot write {path}: {source}")]
    Write { path: String, source: io::Error },
}

/// One file that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From the root, `/`-separated.
    pub path: String,
    /// None where the file is not there yet.
    pub before: Option<String>,
    /// None where the file is to be removed.
    pub after: Option<String>,
    /// Where it really is, links followed.
    place: PathBuf,
}

/// One file that friction must not write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub path: String,
    /// What is in the way and what to do about it.
    pub reason: String,
}

/// What teaching would change.
#[derive(Clone, Debug)]
pub struct Plan {
    /// In the order of the targets, `friction_patterns.json` first.
    pub changes: Vec<Change>,
    pub conflicts: Vec<Conflict>,
    /// Files left as they are though they are no longer needed, each with the reason.
    pub notes: Vec<Conflict>,
    /// What the targets are, or will be, told.
    pub rules: Vec<Rule>,
    pub targets: Vec<Target>,
}

impl Plan {
    /// True where what workers read is not what the patterns say.
    pub fn is_stale(&self) -> bool {
        !self.changes.is_empty() || !self.conflicts.is_empty()
    }

    /// All changes as a unified diff, free of control characters; the long file of patterns, which people
    /// seldom read, comes last.
    pub fn unified_diff(&self) -> String {
        let diff = |change: &Change| unified(&change.path, change.before.as_deref(), change.after.as_deref());
        let (patterns, guides): (Vec<_>, Vec<_>) =
            self.changes.iter().partition(|change| change.path == file::FILE_NAME);
        guides.into_iter().chain(patterns).map(diff).collect()
    }

    /// Writes the changes, each file whole or not at all; writes nothing where there is a conflict.
    pub fn apply(&self) -> Result<(), ApplyError> {
        if let Some(Conflict { path, reason }) = self.conflicts.first().cloned() {
            return Err(ApplyError::Conflict { path, reason });
        }
        let read = |place: &Path| fs::read(place).ok();
        if let Some(changed) = self
            .changes
            .iter()
            .find(|change| read(&change.place).as_deref() != change.before.as_deref().map(str::as_bytes))
        {
            return Err(ApplyError::Changed { path: changed.path.clone() });
        }
        for change in &self.changes {
            match &change.after {
                Some(text) => write_atomically(&change.place, text.as_bytes()),
                None => fs::remove_file(&change.place),
            }
            .map_err(|source| ApplyError::Write { path: change.path.clone(), source })?;
        }
        Ok(())
    }
}

/// What teaching `patterns` would change under `root`, the top of a work tree. Writes nothing.
pub fn plan(root: &Path, patterns: &PatternFile, options: &Options) -> Result<Plan, PlanError> {
    let root = root.canonicalize().map_err(|source| PlanError::Root { path: root.into(), source })?;
    let mut targets = if options.targets.is_empty() { detect(&root) } else { options.targets.clone() };
    targets.sort();
    targets.dedup();
    let plan = Plan {
        changes: Vec::new(),
        conflicts: Vec::new(),
        notes: Vec::new(),
        rules: choose(&patterns.patterns, &options.limits),
        targets,
    };
    let mut planner = Planner { root, force: options.force, planned: BTreeSet::new(), plan };
    planner.file(file::FILE_NAME, |existing, force| pattern_file(existing, patterns, force))?;
    for target in planner.plan.targets.clone() {
        match target {
            Target::ClaudeRules => planner.claude_rules()?,
            Target::Cursor => {
                let body = body(&planner.plan.rules);
                planner.file(target.path(), |existing, force| cursor(existing, &body, force))?;
            }
            _ => {
                let body = body(&planner.plan.rules);
                planner.file(target.path(), |existing, force| managed_block(existing, &body, force))?;
            }
        }
    }
    Ok(planner.plan)
}

/// A file's new text; none where it should stay away.
type NewText = Result<Option<String>, String>;

struct Planner {
    /// Canonical.
    root: PathBuf,
    force: bool,
    /// Places already planned: one file may have several names.
    planned: BTreeSet<PathBuf>,
    plan: Plan,
}

impl Planner {
    /// Plans one file by what `new_text` makes of its present text.
    fn file(
        &mut self,
        path: &str,
        new_text: impl FnOnce(Option<&str>, bool) -> NewText,
    ) -> Result<(), PlanError> {
        let place = match resolve(&self.root, path) {
            Ok(place) => place,
            Err(PlaceError::Io(source)) => return Err(PlanError::Read { path: path.into(), source }),
            Err(refused) => {
                self.conflict(path, refused.to_string());
                return Ok(());
            }
        };
        if !self.planned.insert(place.clone()) {
            return Ok(());
        }
        let before = match fs::read(&place) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Some(text),
                Err(_) => {
                    self.conflict(path, "it is not UTF-8; convert it first".into());
                    return Ok(());
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(PlanError::Read { path: path.into(), source }),
        };
        match new_text(before.as_deref(), self.force) {
            Ok(after) if after != before => self.change(path, before, after, place),
            Ok(_) => {}
            Err(reason) => self.conflict(path, reason),
        }
        Ok(())
    }

    fn change(&mut self, path: &str, before: Option<String>, after: Option<String>, place: PathBuf) {
        self.plan.changes.push(Change { path: path.into(), before, after, place });
    }

    fn conflict(&mut self, path: &str, reason: String) {
        self.plan.conflicts.push(Conflict { path: path.into(), reason });
    }

    /// One file for each family that has rules; those of families without are removed.
    fn claude_rules(&mut self) -> Result<(), PlanError> {
        let mut families: BTreeMap<Family, Vec<Rule>> = BTreeMap::new();
        for rule in &self.plan.rules {
            families.entry(rule.family).or_default().push(rule.clone());
        }
        let mut wanted = BTreeSet::new();
        for (family, rules) in families {
            let name = format!("{RULES_PREFIX}{}.md", family.name().replace('_', "-"));
            let (front, body) = (paths_front_matter(&rules), body(&rules));
            self.file(&format!("{RULES_DIRECTORY}/{name}"), |existing, force| {
                whole::replace(existing, &front, &body, force).map(Some).map_err(|error| error.to_string())
            })?;
            wanted.insert(name);
        }
        for (name, text) in rule_files(&self.root) {
            if wanted.contains(&name) {
                continue;
            }
            let path = format!("{RULES_DIRECTORY}/{name}");
            match whole::state(&text) {
                State::Foreign => {}
                State::Edited if !self.force => self.plan.notes.push(Conflict {
                    path,
                    reason: "no longer needed, but edited by hand, so it stays; remove it, or use --force"
                        .into(),
                }),
                _ => self.file(&path, |_, _| Ok(None))?,
            }
        }
        Ok(())
    }
}

/// The patterns themselves. A file that teaches the same is left alone, so that a commit which corrects
/// nothing (that of the file itself, say) does not make it stale.
fn pattern_file(existing: Option<&str>, patterns: &PatternFile, force: bool) -> NewText {
    let Some(text) = existing else { return Ok(Some(file::render(patterns))) };
    match file::parse(text, Path::new(file::FILE_NAME)) {
        Ok(old) if file::teaches_the_same(&old, patterns) => Ok(Some(text.to_string())),
        Err(_) if !force && !text.contains("friction.patterns/") => {
            Err("it was not written by friction; rename it, or overwrite it with --force".into())
        }
        _ => Ok(Some(file::render(patterns))),
    }
}

/// A block in a file of people's. A file without one gets none as long as there is nothing to say.
fn managed_block(existing: Option<&str>, body: &str, force: bool) -> NewText {
    let text = existing.unwrap_or("");
    if body.is_empty() && !has_block(text) {
        return Ok(existing.map(str::to_string));
    }
    let body = if body.is_empty() { NOTHING } else { body };
    insert(text, body.trim_start(), force).map(Some).map_err(|error| error.to_string())
}

fn cursor(existing: Option<&str>, body: &str, force: bool) -> NewText {
    const FRONT: &str = "---\ndescription: Mistakes that keep being corrected in this repository\nglobs:\nalwaysApply: true\n---\n";
    if body.is_empty() && existing.is_none() {
        return Ok(None);
    }
    let body = if body.is_empty() { NOTHING } else { body };
    whole::replace(existing, FRONT, body, force).map(Some).map_err(|error| error.to_string())
}

const NOTHING: &str = "\nNo mistake has been corrected here often enough to make a rule of it.\n";

/// What a worker reads; empty where there are no rules.
fn body(rules: &[Rule]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let mut text = String::from(
        "\n## Mistakes that keep being corrected here\n\n\
         Learned from this repository's git history, costliest first; \
         `git show` the example to see what was wrong.\n\n",
    );
    for rule in rules {
        text.push_str(&format!("- {}\n", rule.text));
    }
    text
}

/// The globs of all rules, commonest pattern's first; nothing where a rule applies anywhere.
fn paths_front_matter(rules: &[Rule]) -> String {
    if rules.iter().any(|rule| rule.files.is_empty()) {
        return String::new();
    }
    let mut met = BTreeSet::new();
    let globs = rules.iter().flat_map(|rule| &rule.files).filter(|glob| met.insert(glob.as_str()));
    // A JSON string is a double-quoted YAML string.
    let lines: String =
        globs.map(|glob| format!("  - {}\n", serde_json::Value::from(glob.as_str()))).collect();
    format!("---\npaths:\n{lines}---\n")
}

#[cfg(test)]
mod tests;
