//! What to do next: the order of the tasks, and what each waits for. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{Phase, State};
use super::tasks::Task;

/// What the dispatcher does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Begin an attempt of this task.
    Run(String),
    /// Nothing can be done before this moment.
    Wait { until: i64, reason: String },
    /// Nothing is left that could be done by itself.
    Finished,
}

/// A circle of tasks that wait for each other, as `a → b → a`; none if there is no such circle.
pub fn cycle(tasks: &[Task]) -> Option<String> {
    let by_id: BTreeMap<&str, &Task> = tasks.iter().map(|task| (task.id.as_str(), task)).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for task in tasks {
        let mut path: Vec<(&str, usize)> = vec![(&task.id, 0)];
        while let Some((id, next)) = path.pop() {
            let Some(further) = by_id.get(id).and_then(|task| task.depends_on.get(next)) else {
                done.insert(id);
                continue;
            };
            path.push((id, next + 1));
            if let Some(at) = path.iter().position(|(id, _)| id == further) {
                let names: Vec<&str> = path[at..].iter().map(|(id, _)| *id).collect();
                return Some(format!("{} → {further}", names.join(" → ")));
            }
            if !done.contains(further.as_str()) {
                path.push((further, 0));
            }
        }
    }
    None
}

/// Dependencies that are neither in the queue nor known to be done, as `task needs other`.
pub fn missing(tasks: &[Task], state: &State) -> Vec<(String, String)> {
    let given: BTreeSet<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    let is_done = |id: &str| state.task(id).is_some_and(|task| task.phase == Phase::Done);
    let needs = tasks.iter().flat_map(|task| task.depends_on.iter().map(move |other| (task, other)));
    needs
        .filter(|(_, other)| !given.contains(other.as_str()) && !is_done(other))
        .map(|(task, other)| (task.id.clone(), other.clone()))
        .collect()
}

/// The order in which tasks would run if all went well: dependencies first, then priority, then as given.
pub fn order(tasks: &[Task]) -> Vec<&Task> {
    let given: BTreeSet<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    let mut left: Vec<&Task> = sorted(tasks.iter().collect());
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let free = |task: &&Task| {
            let is_free = |other: &String| done.contains(other.as_str()) || !given.contains(other.as_str());
            task.depends_on.iter().all(is_free)
        };
        let at = left.iter().position(free).unwrap_or(0);
        let task = left.remove(at);
        done.insert(&task.id);
        ordered.push(task);
    }
    ordered
}

fn sorted(mut tasks: Vec<&Task>) -> Vec<&Task> {
    tasks.sort_by_key(|task| (-i64::from(task.priority), task.order));
    tasks
}

/// Why a task will never run as things stand: it, or what it needs, has failed.
pub fn blocker(id: &str, state: &State) -> Option<String> {
    let task = state.task(id)?;
    for other in &task.task.depends_on {
        match state.task(other).map(|other| other.phase) {
            Some(Phase::Dead) => return Some(format!("needs {other}, which failed")),
            Some(Phase::Cancelled) => return Some(format!("needs {other}, which was cancelled")),
            Some(Phase::Held) => return Some(format!("needs {other}, which needs a human")),
            Some(Phase::Done) | None => {}
            Some(_) => {
                if blocker(other, state).is_some() {
                    return Some(format!("needs {other}, which cannot run"));
                }
            }
        }
    }
    None
}

/// Decides among the tasks of this run. `provider_of` names whose limits a task shares.
pub fn next(state: &State, chosen: &[String], now: i64, provider_of: &dyn Fn(&Task) -> String) -> Next {
    let queued = chosen.iter().filter_map(|id| state.task(id)).filter(|task| task.phase == Phase::Queued);
    let mut waits: Vec<(i64, String)> = Vec::new();
    for task in sorted(queued.map(|task| &task.task).collect()) {
        let is_done = |id: &String| state.task(id).is_none_or(|task| task.phase == Phase::Done);
        if !task.depends_on.iter().all(is_done) {
            continue;
        }
        let scope = provider_of(task);
        let provider = state.providers.get(&scope);
        if provider.is_some_and(|provider| provider.paused.is_some()) {
            continue;
        }
        let not_before = state.tasks[&task.id].not_before;
        let until = provider.map_or(0, |provider| provider.until);
        if until <= now && not_before <= now {
            return Next::Run(task.id.clone());
        }
        let reason = match provider.filter(|_| until > not_before) {
            Some(provider) => {
                format!("{scope}: {}", provider.class.map_or("limit", super::outcome::Class::words))
            }
            None => format!("{} is tried again", task.id),
        };
        waits.push((until.max(not_before), reason));
    }
    match waits.into_iter().min() {
        Some((until, reason)) => Next::Wait { until, reason },
        None => Next::Finished,
    }
}

/// Tasks that may share the attempt of `lead`: as small, for the same agent and base, and free to run.
pub fn batch(state: &State, chosen: &[String], lead: &str, now: i64) -> Vec<String> {
    let Some(first) = state.task(lead).map(|task| &task.task) else { return Vec::new() };
    let size = first.batch.unwrap_or(1) as usize;
    let is_fresh = |id: &str| state.task(id).is_some_and(|task| task.runs == 0 && task.not_before <= now);
    if size < 2 || !is_fresh(lead) {
        return Vec::new();
    }
    let mut members: Vec<String> = vec![lead.to_owned()];
    let queued = chosen.iter().filter_map(|id| state.task(id)).filter(|task| task.phase == Phase::Queued);
    for task in sorted(queued.map(|task| &task.task).collect()) {
        if members.len() == size {
            break;
        }
        // What a member needs must be done already, or be done in the same attempt before it.
        let is_ready =
            |id: &String| members.contains(id) || state.task(id).is_none_or(|task| task.phase == Phase::Done);
        let alike = task.batch.unwrap_or(1) > 1
            && (&task.agent, &task.base, &task.model) == (&first.agent, &first.base, &first.model);
        if task.id != lead && alike && is_fresh(&task.id) && task.depends_on.iter().all(is_ready) {
            members.push(task.id.clone());
        }
    }
    members.remove(0);
    members
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
