//! What a project says about its queue, and the plain options of one run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::agents::{Agent, AgentWords};
use super::span::Span;
use super::stall::Limits;
use super::tasks::{OnRetry, StallWords, Task};

/// `[dispatch]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct DispatchConfig {
    /// The folder of task files [default: tasks].
    pub tasks: Option<PathBuf>,
    /// The branch to land on [default: the one that is checked out].
    pub base: Option<String>,
    /// The agent of tasks that name none [default: claude].
    pub agent: Option<String>,
    pub model: Option<String>,
    pub max_attempts: Option<u32>,
    /// US dollars of a task.
    pub budget_usd: Option<f64>,
    pub timeout: Option<Span>,
    pub stall: StallWords,
    pub on_retry: Option<OnRetry>,
    /// Small tasks share an attempt with up to this many in all.
    pub batch: Option<u32>,
    /// The gate's command [default: friction gate].
    pub gate: Vec<String>,
    pub gate_timeout: Option<Span>,
    /// Where worktrees are made [default: beside the repository].
    pub worktrees: Option<PathBuf>,
    /// Ignored folders of the work tree that worktrees get a link to, e.g. `node_modules`.
    pub share: Vec<String>,
    /// A command that prepares a new worktree, e.g. `["npm", "ci"]`.
    pub setup: Vec<String>,
    /// A command that is told, by its last argument, when all is done, a human is needed or a limit is met.
    pub notify: Vec<String>,
    /// Between asking a worker to end and killing it.
    pub grace: Option<Span>,
    pub agents: BTreeMap<String, AgentWords>,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Options {
    pub config: DispatchConfig,
    /// Our own program: supervisor, gate, context.
    pub program: PathBuf,
    /// Stop at the first limit instead of waiting for its end.
    pub no_wait: bool,
    /// Begin although the base is checked out somewhere with changes.
    pub allow_dirty: bool,
}

impl Options {
    pub fn agent_name<'a>(&'a self, task: &'a Task) -> &'a str {
        task.agent.as_deref().or(self.config.agent.as_deref()).unwrap_or("claude")
    }

    pub fn agent(&self, task: &Task) -> Option<Agent> {
        Agent::find(self.agent_name(task), &self.config.agents)
    }

    pub fn model<'a>(&'a self, task: &'a Task) -> Option<&'a str> {
        task.model.as_deref().or(self.config.model.as_deref())
    }

    pub fn max_attempts(&self, task: &Task) -> u32 {
        task.max_attempts.or(self.config.max_attempts).unwrap_or(3).max(1)
    }

    pub fn budget(&self, task: &Task) -> Option<f64> {
        task.budget_usd.or(self.config.budget_usd)
    }

    pub fn on_retry(&self, task: &Task) -> OnRetry {
        task.on_retry.or(self.config.on_retry).unwrap_or_default()
    }

    pub fn limits(&self, task: &Task) -> Limits {
        let timeout = task.timeout.or(self.config.timeout).map_or(Duration::from_secs(3600), |span| span.0);
        Limits::new(task.stall.or(self.config.stall), timeout)
    }

    pub fn grace(&self) -> Duration {
        self.config.grace.map_or(Duration::from_secs(10), |span| span.0)
    }

    pub fn gate_timeout(&self) -> Duration {
        self.config.gate_timeout.map_or(Duration::from_secs(3600), |span| span.0)
    }
}
