//! Files that are written where they are missing: the configuration, the worker's skill, an example for CI.

use std::path::Path;

use anyhow::Result;

use super::Wiring;

const CONFIGURATION: &str = include_str!("templates/friction.toml");
pub(super) const SKILL: &str = include_str!("templates/SKILL.md");
const WORKFLOW: &str = include_str!("templates/workflow.yml");

pub(super) fn configuration(root: &Path, wiring: &mut Wiring) -> Result<()> {
    wiring.file(root, crate::config::FILE, "what friction does here", |before| {
        Ok(before.unwrap_or(CONFIGURATION).to_owned())
    })
}

pub(super) fn skill(root: &Path, wiring: &mut Wiring) -> Result<()> {
    wiring.file(root, ".claude/skills/worker/SKILL.md", "how a worker goes about a task", |before| {
        Ok(before.unwrap_or(SKILL).to_owned())
    })
}

/// GitHub runs no file of this name: somebody must want it.
pub(super) fn workflow(root: &Path, wiring: &mut Wiring) -> Result<()> {
    if !root.join(".github/workflows").is_dir() {
        return Ok(());
    }
    wiring.file(root, ".github/workflows/friction.yml.example", "an example for CI", |before| {
        Ok(before.unwrap_or(WORKFLOW).to_owned())
    })
}
