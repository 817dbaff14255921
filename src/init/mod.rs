//! Wires friction into a repository, shows before what it will do, and takes all of it back.
//!
//! [`plan`] says which files would change, [`Wiring::apply`] changes them and remembers each as it was, and
//! [`undo`] puts every one back, byte for byte. [`diagnose`] says what is wired and what is broken.

mod doctor;
mod files;
mod kept;
mod precommit;
mod settings;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::git::Places;
use crate::guide;
use crate::model::PatternFile;

pub use doctor::{Health, diagnose};
pub use kept::{Undone, undo};

/// What to wire.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Agents to wire beside those that the repository shows signs of.
    pub agents: Vec<String>,
    /// How the hooks of agents call friction.
    pub program: String,
}

/// A file that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// From the root.
    pub path: String,
    pub before: Option<Vec<u8>>,
    pub after: Vec<u8>,
    /// What for.
    pub why: &'static str,
}

/// What would be done.
#[derive(Clone, Debug, Default)]
pub struct Wiring {
    pub changes: Vec<Change>,
    /// Files that cannot be wired, and why.
    pub refused: Vec<(String, String)>,
    pub notes: Vec<String>,
    /// True where git's hooks are to be installed.
    pub git_hooks: bool,
}

/// Plans the wiring of a repository. `patterns` are what was learned, for the guide of the agents.
pub fn plan(places: &Places, options: &Options, patterns: Option<&PatternFile>) -> Result<Wiring> {
    let root = &places.root;
    let mut wiring = Wiring { git_hooks: true, ..Wiring::default() };
    files::configuration(root, &mut wiring)?;
    for agent in agents(root, &options.agents)? {
        if agent.agent == settings::CODEX.agent {
            wiring.notes.push(
                "Codex runs these hooks once the project is trusted and its hooks were looked through; it asks \
                 when it starts here"
                    .to_owned(),
            );
        }
        settings::wire(root, agent, &options.program, &mut wiring)?;
    }
    files::skill(root, &mut wiring)?;
    if let Some(patterns) = patterns {
        let taught = guide::plan(root, patterns, &guide::Options::default())?;
        wiring
            .refused
            .extend(taught.conflicts.iter().map(|conflict| (conflict.path.clone(), conflict.reason.clone())));
        wiring.changes.extend(taught.changes.into_iter().filter_map(|change| {
            Some(Change {
                path: change.path,
                before: change.before.map(String::into_bytes),
                after: change.after?.into_bytes(),
                why: "what was learned from the history, for the next worker",
            })
        }));
    }
    precommit::entry(root, options.program == "friction", &mut wiring)?;
    files::workflow(root, &mut wiring)?;
    Ok(wiring)
}

/// Agents that are named, and those whose files are here; Claude Code where there is no sign of any.
fn agents(root: &Path, named: &[String]) -> Result<Vec<settings::Settings>> {
    let signs: [(&settings::Settings, &[&str]); 3] = [
        (&settings::CLAUDE, &[".claude", "CLAUDE.md"]),
        (&settings::CODEX, &[".codex"]),
        (&settings::GEMINI, &[".gemini", "GEMINI.md"]),
    ];
    if let Some(name) = named.iter().find(|name| !signs.iter().any(|(agent, _)| agent.agent == **name)) {
        bail!("there is no agent `{name}`; there are claude, codex and gemini");
    }
    let wanted = |(agent, signs): &(&settings::Settings, &[&str])| {
        named.iter().any(|name| name == agent.agent)
            || (named.is_empty() && signs.iter().any(|sign| root.join(sign).exists()))
    };
    let found: Vec<settings::Settings> =
        signs.iter().filter(|sign| wanted(sign)).map(|(agent, _)| (*agent).clone()).collect();
    Ok(if found.is_empty() { vec![settings::CLAUDE] } else { found })
}

/// A file's bytes, none where it is not there.
fn read(root: &Path, path: &str) -> Result<Option<Vec<u8>>> {
    match std::fs::read(root.join(path)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => bail!("cannot read {path}: {error}"),
    }
}

impl Wiring {
    /// Plans a file, unless it is like that already.
    fn file(
        &mut self,
        root: &Path,
        path: &str,
        why: &'static str,
        text: impl FnOnce(Option<&str>) -> Result<String, String>,
    ) -> Result<()> {
        let before = read(root, path)?;
        let told = match &before {
            None => None,
            Some(bytes) => match std::str::from_utf8(bytes) {
                Ok(told) => Some(told),
                Err(_) => {
                    self.refused.push((path.to_owned(), "it is not UTF-8; convert it first".to_owned()));
                    return Ok(());
                }
            },
        };
        match text(told) {
            Ok(after) if told == Some(after.as_str()) => {}
            Ok(after) => {
                self.changes.push(Change { path: path.to_owned(), before, after: after.into_bytes(), why })
            }
            Err(reason) => self.refused.push((path.to_owned(), reason)),
        }
        Ok(())
    }

    /// Makes the changes. Nothing is changed where something is refused.
    pub fn apply(&self, places: &Places, program: &Path) -> Result<()> {
        if let Some((path, reason)) = self.refused.first() {
            bail!("nothing was changed: {path}: {reason}");
        }
        kept::apply(places, &self.changes)?;
        if self.git_hooks {
            crate::hook::git::install(places, program, false)?;
        }
        Ok(())
    }
}

/// Where a path of the work tree is, links followed, and never outside of it.
fn inside(root: &Path, path: &str) -> Result<PathBuf> {
    let place = root.join(path);
    let mut there = place.as_path();
    while there.symlink_metadata().is_err() {
        there = there.parent().unwrap_or(root);
    }
    let real = there.canonicalize().map_err(|error| anyhow::anyhow!("cannot follow {path}: {error}"))?;
    let top = root.canonicalize()?;
    let git = real
        .strip_prefix(&top)
        .is_ok_and(|inside| inside.components().any(|part| part.as_os_str() == ".git"));
    if !real.starts_with(&top) || git {
        bail!("{path} leads out of the work tree by a symbolic link; replace the link by a file");
    }
    // Joining nothing would add a slash.
    Ok(match place.strip_prefix(there) {
        Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
        _ => real,
    })
}

#[cfg(test)]
mod tests;
