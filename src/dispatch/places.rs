//! Where things are: the branch to land on, the worktrees, the files of an attempt.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};

use super::dispatcher::{Dispatcher, Trouble};
use super::files::{self, Durable};
use super::state::Phase;
use super::supervise::Room;
use super::tasks::Task;

/// Bytes that must be free before anything is begun: a worker, a gate and git itself all fail in strange ways on
/// a full disk, and none of that is the task's fault.
const ROOM: u64 = 32 << 20;

impl Dispatcher<'_> {
    /// Refuses to go on where the disk is full or cannot be written.
    pub(super) fn check_disk(&self) -> Result<()> {
        let worktrees = self.worktrees();
        let there = worktrees.ancestors().find(|place| place.exists());
        for place in [Some(self.dir.as_path()), there].into_iter().flatten() {
            let Ok(disk) = rustix::fs::statvfs(place) else { continue };
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            if free < ROOM {
                return Err(anyhow!(
                    "only {} MB are left on the disk of {}: make room and start again; nothing is lost",
                    free >> 20,
                    place.display()
                ));
            }
        }
        let probe = self.dir.join("probe");
        files::write(&probe, b"", Durable::No).map_err(|problem| {
            anyhow!("cannot write {}: {problem}; nothing is lost: mend that and start again", probe.display())
        })
    }

    /// Refuses a base that is checked out with changes: what lands would have to go beside them.
    pub fn check_base(&self, tasks: &[Task]) -> Result<()> {
        // A landing that was broken off looks like a change; it is finished first.
        let is_landing = self.state.tasks.values().any(|task| task.phase == Phase::Merging);
        if self.options.allow_dirty || is_landing {
            return Ok(());
        }
        let bases: BTreeSet<String> = tasks.iter().filter_map(|task| self.base(task).ok()).collect();
        let own = self.options.config.tasks.as_deref().unwrap_or(Path::new("tasks"));
        for base in bases {
            for place in self.repo.checked_out(&base)? {
                let mut changes = self.repo.changes(&place, false)?;
                changes.retain(|path| !Path::new(path).starts_with(own));
                if !changes.is_empty() {
                    let shown = changes.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
                    let name = base.trim_start_matches("refs/heads/");
                    return Err(anyhow!(
                        "{name} is checked out in {} with {} uncommitted change(s) ({shown}{}): commit or stash them, or pass --allow-dirty",
                        place.display(),
                        changes.len(),
                        if changes.len() > 3 { ", …" } else { "" }
                    ));
                }
            }
        }
        Ok(())
    }

    /// The full name of the ref a task lands on.
    pub(super) fn base(&self, task: &Task) -> Result<String, Trouble> {
        let name = task.base.as_deref().or(self.options.config.base.as_deref());
        let Some(name) = name else {
            return self
                .repo
                .current_branch()
                .ok_or_else(|| Trouble::Task("HEAD is on no branch; name one with --base".to_owned()));
        };
        let full = if name.starts_with("refs/") { name.to_owned() } else { format!("refs/heads/{name}") };
        match self.repo.resolve(&full) {
            Some(_) => Ok(full),
            None => Err(Trouble::Task(format!("there is no branch `{name}` to land on"))),
        }
    }

    /// The folder of an attempt's files.
    pub(super) fn room(&self, ulid: &str) -> Room {
        Room::new(&self.dir.join("attempts").join(ulid))
    }

    /// The folder in which worktrees are made: beside the repository, because agents are kept out of `.git`
    /// and a project's own tools would find a copy of everything inside the work tree.
    pub(super) fn worktrees(&self) -> PathBuf {
        if let Some(folder) = &self.options.config.worktrees {
            return self.repo.root().join(folder);
        }
        match (self.repo.is_bare(), self.repo.root().parent(), self.repo.root().file_name()) {
            (false, Some(parent), Some(name)) => parent.join(format!("{}.worktrees", name.to_string_lossy())),
            _ => self.repo.common().join("friction").join("worktrees"),
        }
    }
}
