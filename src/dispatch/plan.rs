//! What a run would do, without doing any of it.

use std::path::Path;

use super::agents::Words;
use super::options::Options;
use super::queue;
use super::repository::Repository;
use super::state::State;
use super::tasks::{Task, TaskError};
use super::{folder, journal};
use crate::model::dispatch::PlanRow;

/// Why a queue cannot be begun.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("there are no tasks; write one a file as tasks/NAME.md")]
    Empty,
    #[error(transparent)]
    Task(#[from] TaskError),
    #[error("tasks wait for each other in a circle: {0}")]
    Cycle(String),
    #[error("{task} needs {needs}, which is neither among the tasks nor done")]
    Missing { task: String, needs: String },
    #[error(
        "{source_of}: no agent `{agent}` is known; describe it in friction.toml as [dispatch.agents.{agent}] with a `command`"
    )]
    Agent { source_of: String, agent: String },
    #[error("{source_of}: there is no branch `{base}` to land on")]
    Base { source_of: String, base: String },
    #[error("HEAD is on no branch; name the branch to land on with --base")]
    Detached,
    #[error(transparent)]
    Journal(#[from] journal::JournalError),
}

/// Refuses what could not be run through to its end, before anything is started.
pub fn check(options: &Options, repo: &Repository, tasks: &[Task]) -> Result<(), PlanError> {
    let state = State::of(&journal::read(&folder(repo.common()))?);
    if tasks.is_empty() && state.tasks.is_empty() {
        return Err(PlanError::Empty);
    }
    for (at, task) in tasks.iter().enumerate() {
        if let Some(first) = tasks[..at].iter().find(|other| other.id.eq_ignore_ascii_case(&task.id)) {
            let (id, first, second) = (task.id.clone(), first.source.clone(), task.source.clone());
            return Err(TaskError::Twice { id, first, second }.into());
        }
        let source_of = task.source.clone();
        if options.agent(task).is_none() {
            return Err(PlanError::Agent { source_of, agent: options.agent_name(task).to_owned() });
        }
        match task.base.as_deref().or(options.config.base.as_deref()) {
            Some(base) => {
                let full =
                    if base.starts_with("refs/") { base.to_owned() } else { format!("refs/heads/{base}") };
                if repo.resolve(&full).is_none() {
                    return Err(PlanError::Base { source_of, base: base.to_owned() });
                }
            }
            None if repo.current_branch().is_none() => return Err(PlanError::Detached),
            None if repo.resolve("HEAD").is_none() => {
                return Err(PlanError::Base { source_of, base: "HEAD (no commit yet)".to_owned() });
            }
            None => {}
        }
    }
    if let Some(cycle) = queue::cycle(tasks) {
        return Err(PlanError::Cycle(cycle));
    }
    match queue::missing(tasks, &state).into_iter().next() {
        Some((task, needs)) => Err(PlanError::Missing { task, needs }),
        None => Ok(()),
    }
}

/// The order of the tasks and the exact command of each.
pub fn plan(
    options: &Options,
    repo: &Repository,
    tasks: &[Task],
) -> Result<Vec<PlanRow>, journal::JournalError> {
    let state = State::of(&journal::read(&folder(repo.common()))?);
    let current = repo.current_branch().unwrap_or_default();
    let rows = queue::order(tasks).into_iter().map(|task| {
        let base = task.base.as_deref().or(options.config.base.as_deref()).unwrap_or(&current);
        let gate = [&task.gate_command, &options.config.gate].into_iter().find(|command| !command.is_empty());
        let argv = options.agent(task).map(|agent| {
            let words = Words {
                prompt: "<prompt>",
                prompt_file: Path::new("<prompt file>"),
                session: "<session>",
                worktree: Path::new("<worktree>"),
                git_dir: repo.common(),
                task: &task.id,
                model: options.model(task),
                budget_usd: options.budget(task),
            };
            agent.argv(&words, false)
        });
        PlanRow {
            id: task.id.clone(),
            title: task.title.clone(),
            source: task.source.clone(),
            base: base.trim_start_matches("refs/heads/").to_owned(),
            agent: options.agent_name(task).to_owned(),
            argv: argv.unwrap_or_default(),
            gate: gate.map_or_else(|| "friction gate".to_owned(), |command| command.join(" ")),
            needs: task.depends_on.clone(),
            state: state.task(&task.id).map_or("new", |known| known.phase.words()).to_owned(),
        }
    });
    Ok(rows.collect())
}
