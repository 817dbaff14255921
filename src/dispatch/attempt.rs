//! The beginning of an attempt: claim, worktree, agent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::agents::{Agent, Words, session_of};
use super::command::reap;
use super::dispatcher::{Dispatcher, Trouble};
use super::event::{Claim, Event, Member};
use super::process::{self, Identity};
use super::prompt::{self, Prompt};
use super::supervise::{CommandEnd, Room, Spec};
use super::tasks::Task;

impl Dispatcher<'_> {
    pub(super) fn agent(&self, task: &Task) -> Result<Agent, Trouble> {
        self.options.agent(task).ok_or_else(|| {
            Trouble::Task(format!("no agent `{}` is configured", self.options.agent_name(task)))
        })
    }

    /// Begins an attempt: from here on it will be brought to an end, by whichever dispatcher.
    pub(super) fn claim(&mut self, id: &str, members: Vec<String>) -> Result<(), Trouble> {
        self.check_disk()?;
        let state = &self.state.tasks[id];
        let task = state.task.clone();
        let agent = self.agent(&task)?;
        let base = self.base(&task)?;
        let tip =
            self.repo.resolve(&base).ok_or_else(|| Trouble::Task(format!("the branch {base} is gone")))?;
        let ulid = ulid::Ulid::generate().to_string();
        let (branch, worktree) = (task.branch(), self.worktrees().join(id));
        let before = state.claim.clone();
        let resumed = state.keep && self.repo.is_worktree(&worktree, &branch);
        let session = state.session.clone().filter(|_| resumed);
        let (base_sha, start_sha) = match before.as_ref().filter(|_| resumed) {
            Some(before) => (before.base_sha.clone(), self.repo.head(&worktree)?),
            None => (tip.clone(), tip),
        };
        let members =
            members.into_iter().map(|task| Member { task, ulid: ulid::Ulid::generate().to_string() });
        let claim = Claim {
            session: session.or_else(|| Some(session_of(&ulid))),
            ulid,
            agent: agent.name,
            provider: agent.provider,
            branch,
            worktree: worktree.display().to_string(),
            base,
            base_sha,
            start_sha,
            resumed,
            members: members.collect(),
        };
        Ok(self.record(Some(id), Event::Claimed(Box::new(claim)))?)
    }

    /// Makes the worktree, or finds the one to go on in.
    pub(super) fn prepare(&mut self, id: &str) -> Result<(), Trouble> {
        let claim = self.state.tasks[id].claim.clone().unwrap_or_default();
        self.show(id, "preparing", None);
        let worktree = PathBuf::from(&claim.worktree);
        self.repo.unlock(&worktree, &claim.branch);
        if !claim.resumed {
            self.discard(id, &claim)?;
            if let Some(parent) = worktree.parent() {
                std::fs::create_dir_all(parent)
                    .map_err(|error| Trouble::Task(format!("cannot create {}: {error}", parent.display())))?;
            }
            self.repo.add_worktree(&worktree, &claim.branch, &claim.base_sha)?;
            self.furnish(&claim, &worktree)?;
        }
        Ok(self.record(Some(id), Event::WorktreeReady {})?)
    }

    /// Gives a new worktree what git does not: links to ignored folders, and the project's own preparation.
    fn furnish(&mut self, claim: &Claim, worktree: &Path) -> Result<(), Trouble> {
        if self.repo.is_bare() && !self.options.config.share.is_empty() {
            return Err(Trouble::Task("`share` needs a work tree; this repository is bare".to_owned()));
        }
        for name in &self.options.config.share {
            let (from, to) = (self.repo.root().join(name), worktree.join(name));
            let inside =
                Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
            if inside && from.exists() && !to.exists() && to.parent().is_some_and(Path::exists) {
                std::os::unix::fs::symlink(&from, &to)
                    .map_err(|error| Trouble::Task(format!("cannot link {}: {error}", to.display())))?;
                self.repo
                    .exclude(name)
                    .map_err(|error| Trouble::Task(format!("cannot exclude the link {name}: {error}")))?;
            }
        }
        if self.options.config.setup.is_empty() {
            return Ok(());
        }
        let room = Room::new(&self.room(&claim.ulid).dir().join("setup"));
        let spec = Spec {
            argv: self.options.config.setup.clone(),
            dir: worktree.to_owned(),
            env: BTreeMap::new(),
            marker: format!("{}-gate", claim.ulid),
            grace_ms: 3000,
        };
        match self.run_to_end(&room, spec, self.options.gate_timeout())? {
            CommandEnd::Exit(0) => Ok(()),
            CommandEnd::Stopped => Err(Trouble::Stop),
            end => Err(Trouble::Task(format!(
                "the setup command failed ({end:?}); see {}",
                room.stderr().display()
            ))),
        }
    }

    /// Starts the agent under a supervisor.
    pub(super) fn spawn(&mut self, id: &str) -> Result<(), Trouble> {
        let state = &self.state.tasks[id];
        let (task, claim) = (state.task.clone(), state.claim.clone().unwrap_or_default());
        let agent = self.agent(&task)?;
        let room = self.room(&claim.ulid);
        let worktree = PathBuf::from(&claim.worktree);
        std::fs::create_dir_all(room.dir())
            .map_err(|error| Trouble::Task(format!("cannot create {}: {error}", room.dir().display())))?;
        let in_session = claim.resumed && state.session.is_some() && agent.can_resume();
        let mut tasks = vec![&task];
        tasks.extend(claim.members.iter().filter_map(|member| Some(&self.state.task(&member.task)?.task)));
        let context = prompt::context(&self.options.program, &worktree, &task, room.dir());
        let prompt = Prompt {
            tasks: &tasks,
            branch: &claim.branch,
            context: &context,
            feedback: &state.feedback,
            in_session,
        };
        let prompt = prompt.text().replace('\0', "");
        let prompt_file = room.dir().join("prompt.md");
        let spent = state.cost_usd();
        let argv = agent.argv(
            &Words {
                prompt: &prompt,
                prompt_file: &prompt_file,
                session: claim.session.as_deref().unwrap_or(""),
                worktree: &worktree,
                git_dir: self.repo.common(),
                task: id,
                model: self.options.model(&task),
                budget_usd: self.options.budget(&task).map(|budget| (budget - spent).max(0.01)),
            },
            in_session,
        );
        let mut env: BTreeMap<String, Option<String>> =
            agent.env.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        env.insert("FRICTION_TASK".to_owned(), Some(id.to_owned()));
        env.extend(self.repo.identity().iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
        let grace_ms = u64::try_from(self.options.grace().as_millis()).unwrap_or(u64::MAX);
        let spec = Spec { argv: argv.clone(), dir: worktree, env, marker: claim.ulid.clone(), grace_ms };
        let prepared = std::fs::write(&prompt_file, &prompt).and_then(|()| room.prepare(&spec));
        prepared
            .map_err(|error| Trouble::Task(format!("cannot write into {}: {error}", room.dir().display())))?;
        self.record(Some(id), Event::SpawnIntent { argv: vec![argv.first().cloned().unwrap_or_default()] })?;
        let child = room
            .start(&self.options.program, &claim.ulid)
            .with_context(|| format!("cannot start {}", self.options.program.display()))?;
        let supervisor =
            process::process(child.id()).map_or(Identity { pid: child.id(), start: 0 }, |process| process.id);
        reap(child);
        self.record(Some(id), Event::Spawned { supervisor })?;
        Ok(())
    }
}
