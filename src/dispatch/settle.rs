//! What follows from how an attempt ended: the gate, another attempt, a wait, a person, or the end.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use super::clock;
use super::dispatcher::{Dispatcher, Trouble};
use super::event::{Claim, Event, Exit, Requeue};
use super::limits;
use super::notify;
use super::outcome::{Class, Remedy};
use super::process;
use super::tasks::OnRetry;

/// Uncounted attempts in a row, after which a task is given up all the same.
const PATIENCE: u32 = 30;

/// Agents in a row that ended without a word, after which a person is asked.
const MUTE: u32 = 3;

impl Dispatcher<'_> {
    /// What follows from how the agent ended.
    pub(super) fn settle(&mut self, id: &str) -> Result<(), Trouble> {
        let state = &self.state.tasks[id];
        let claim = state.claim.clone().unwrap_or_default();
        let exit = state.exit.clone().unwrap_or_default();
        let is_answered = state.is_answered;
        let is_new = exit.head != claim.start_sha;
        let remedy = exit.class.remedy(is_new && !exit.dirty);
        let limited = matches!(remedy, Remedy::Cooldown | Remedy::Backoff | Remedy::Pause);
        if !limited && self.state.providers.get(&claim.provider).is_some_and(|provider| provider.strikes > 0)
        {
            // The probe got through.
            self.record(None, Event::CooldownCleared { scope: claim.provider.clone() })?;
        }
        let (now, class) = (self.clock.now(), exit.class);
        let scope = claim.provider.clone();
        let reason = if exit.detail.is_empty() {
            class.words().to_owned()
        } else {
            format!("{}: {}", class.words(), exit.detail)
        };
        match remedy {
            Remedy::Judge if !claim.members.is_empty() => self.split(id),
            Remedy::Judge if !is_new => {
                let reason = "the batch left no commit of its own for it".to_owned();
                self.put_back(id, Class::NoChange, &reason, feedback(Class::NoChange, &exit), now)
            }
            Remedy::Judge => self.judge(id),
            Remedy::Retry { .. } if is_answered || self.is_mute(&scope) => {
                let reason = format!(
                    "{} times in a row the agent ended without a word; the last time: {}",
                    MUTE, exit.detail
                );
                self.pause(id, scope, class, reason)
            }
            Remedy::Retry { .. } => {
                let feedback = feedback(class, &exit);
                self.put_back(id, class, &reason, feedback, now)
            }
            Remedy::Cooldown | Remedy::Backoff => {
                if !is_answered {
                    self.cool_down(id, scope, &exit)?;
                }
                self.put_back(id, class, &reason, self.state.tasks[id].feedback.clone(), 0)
            }
            Remedy::Pause => self.pause(id, scope, class, exit.detail.clone()),
            Remedy::Hold => Err(Trouble::Task(reason)),
        }
    }

    /// Leaves a provider alone until its limit ends.
    fn cool_down(&mut self, id: &str, scope: String, exit: &Exit) -> Result<(), Trouble> {
        let (now, dice, class) = (self.clock.now(), limits::dice(), exit.class);
        let strikes = self.state.providers.get(&scope).map_or(0, |provider| provider.strikes);
        let is_limit = class.remedy(false) == Remedy::Cooldown;
        let until = match is_limit {
            true => limits::after_limit(now, exit.until, strikes, dice),
            false => limits::after_refusal(now, exit.until, strikes, dice),
        };
        let source = if exit.until.is_some() { "told by the agent" } else { "ladder" };
        let message = format!("{scope}: {}; next try at {}", class.words(), clock::text(until));
        self.record(Some(id), Event::CooldownSet { scope, until, class, source: source.to_owned() })?;
        if is_limit {
            notify::notify(&self.options.config.notify, "limit", &message);
        }
        Ok(())
    }

    /// Asks for a person before anything more is asked of a provider.
    fn pause(&mut self, id: &str, scope: String, class: Class, reason: String) -> Result<(), Trouble> {
        let reason = format!("{scope} {}: {reason}", class.words());
        if !self.state.tasks[id].is_answered {
            notify::notify(&self.options.config.notify, "needs_human", &reason);
            self.record(Some(id), Event::Paused { scope, class, reason: reason.clone() })?;
        }
        // Whatever the class, a pause is not the task's fault.
        let class =
            if matches!(class.remedy(false), Remedy::Retry { .. }) { Class::Interrupted } else { class };
        self.put_back(id, class, &reason, self.state.tasks[id].feedback.clone(), 0)
    }

    /// Nothing more can be done about a task without a person; its worktree stays.
    pub(super) fn hold(&mut self, id: &str, reason: String) -> Result<(), Trouble> {
        self.check_disk().with_context(|| format!("{id}: {reason}"))?;
        notify::notify(&self.options.config.notify, "needs_human", &format!("{id}: {reason}"));
        self.live.running = None;
        Ok(self.record(Some(id), Event::Held { reason })?)
    }

    /// The attempt came to nothing: again, or the end.
    pub(super) fn put_back(
        &mut self,
        id: &str,
        class: Class,
        reason: &str,
        feedback: String,
        not_before: i64,
    ) -> Result<(), Trouble> {
        let task = &self.state.tasks[id];
        let claim = task.claim.clone().unwrap_or_default();
        let counted = matches!(class.remedy(false), Remedy::Retry { counted: true });
        let most = self.options.max_attempts(&task.task);
        let spent = self.options.budget(&task.task).is_some_and(|budget| task.cost_usd() >= budget);
        let given_up = match () {
            () if counted && task.attempts + 1 >= most => {
                Some(format!("{reason} (attempt {most} of {most})"))
            }
            () if counted && spent => Some(format!("{reason}; its budget is used up")),
            () if !counted && task.uncounted + 1 >= PATIENCE => {
                Some(format!("{reason} ({PATIENCE} times in a row)"))
            }
            () => None,
        };
        if let Some(reason) = given_up {
            return self.give_up(id, class, reason);
        }
        let keep = self.options.on_retry(&task.task) == OnRetry::Resume && class != Class::Conflict;
        let can_resume = self.options.agent(&task.task).is_some_and(|agent| agent.can_resume());
        let told = task.exit.as_ref().and_then(|exit| exit.session.clone());
        let session = told.filter(|_| keep && can_resume && !class.needs_new_session());
        if !keep {
            self.discard(id, &claim)?;
        }
        let requeue =
            Requeue { class, reason: reason.to_owned(), counted, not_before, feedback, keep, session };
        Ok(self.record(Some(id), Event::Requeued(Box::new(requeue)))?)
    }

    /// A task failed for good. Its branch stays for a person to look at.
    fn give_up(&mut self, id: &str, class: Class, reason: String) -> Result<(), Trouble> {
        let claim = self.state.tasks[id].claim.clone().unwrap_or_default();
        let worktree = Path::new(&claim.worktree);
        if worktree.join(".git").is_file() {
            self.repo.unlock(worktree, &claim.branch);
            if let Err(error) = self.repo.save(worktree, &claim.base_sha, &format!("{id}/{}", claim.ulid)) {
                self.warnings.push(error.to_string());
            }
            self.remove(worktree)?;
        }
        Ok(self.record(Some(id), Event::Dead { class, reason })?)
    }

    /// Takes away an attempt's worktree and branch; what they held is kept under a ref.
    pub(super) fn discard(&mut self, id: &str, claim: &Claim) -> Result<(), Trouble> {
        let worktree = Path::new(&claim.worktree);
        self.repo.unlock(worktree, &claim.branch);
        if worktree.join(".git").is_file()
            && let Err(error) = self.repo.save(worktree, &claim.base_sha, &format!("{id}/{}", claim.ulid))
        {
            self.warnings.push(error.to_string());
        }
        if !claim.worktree.is_empty() {
            self.remove(worktree)?;
            self.repo.delete_branch(&claim.branch)?;
        }
        Ok(())
    }

    /// Takes a worktree away, and whoever still works in it.
    pub(super) fn remove(&self, worktree: &Path) -> Result<(), Trouble> {
        if worktree.exists() {
            process::end(&|| process::orphans_in(worktree), Duration::from_secs(1), &|| false);
        }
        Ok(self.repo.remove_worktree(worktree)?)
    }

    /// A provider that lets agents end without a word needs a person, not more tasks.
    pub(super) fn is_mute(&self, scope: &str) -> bool {
        self.state.providers.get(scope).is_some_and(|provider| provider.mute >= MUTE)
    }
}

/// What the next attempt is told.
fn feedback(class: Class, exit: &Exit) -> String {
    let what = match class {
        Class::NoChange if exit.dirty => {
            "You left changes but no commit. Look at them with `git status`, finish them, and commit."
        }
        Class::NoChange => {
            "You ended without a new commit. Do the task and commit the result; words are not enough."
        }
        Class::ContextOverflow => "The context ran out. Work in smaller steps and read only what you need.",
        Class::MaxTurns => "The turns ran out before a commit. Finish and commit.",
        Class::Budget => "The budget ran out before a commit. Finish and commit.",
        Class::StalledTool => {
            "A command did not end and was killed. Do not start servers, watchers or prompts that wait for input."
        }
        Class::StalledLoop => "You made the same call again and again. Try another way.",
        Class::Timeout => "The time ran out before a commit. Finish and commit.",
        _ => {
            "The attempt broke off. Look at what is there with `git status` and `git log`, finish it, and commit."
        }
    };
    match class {
        Class::Crashed if !exit.detail.is_empty() => format!("{what}\n({})", exit.detail),
        _ => what.to_owned(),
    }
}
