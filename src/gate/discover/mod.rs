//! Which steps a project has, found by the files that its tools read, and what `friction.toml` says of them.

mod cargo;
mod configured;
mod go;
mod node;
mod python;
mod walk;

use std::time::Duration;

use crate::config::GateConfig;
use crate::model::gate::Kind;

use super::ground::Ground;
use super::step::{Action, Plan, Program, Step, Tool};
pub(super) use walk::files as files_below;

/// Time that a step gets where nobody says otherwise.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// The steps for what changed, in order of cost; those for the whole where nothing did.
pub fn discover(ground: &Ground, config: &GateConfig) -> Plan {
    let limit = config.time_limit.unwrap_or(TIME_LIMIT);
    let mut finder =
        Finder { ground, limit, plan: Plan { retry: config.retry != Some(false), ..Plan::default() } };
    if config.discover != Some(false) {
        node::find(&mut finder);
        python::find(&mut finder);
        cargo::find(&mut finder);
        go::find(&mut finder);
    }
    let mut plan = finder.plan;
    configured::apply(&mut plan, ground, config, limit);
    plan.steps.sort_by_key(|step| step.kind);
    name_apart(&mut plan.steps);
    plan
}

/// What finds steps adds them here.
struct Finder<'a> {
    ground: &'a Ground,
    limit: Duration,
    plan: Plan,
}

impl Finder<'_> {
    fn step(&mut self, name: &str, kind: Kind, tool: Tool, dir: &str, why: String, program: Program) {
        self.plan.steps.push(Step {
            name: name.to_owned(),
            kind,
            why,
            action: Action::Run(program),
            dir: dir.to_owned(),
            time_limit: self.limit,
            tool,
        });
    }

    fn note(&mut self, note: String) {
        if !self.plan.notes.contains(&note) {
            self.plan.notes.push(note);
        }
    }
}

/// Steps of one name get their folder behind it, and a number if that is not enough.
fn name_apart(steps: &mut [Step]) {
    let names: Vec<String> = steps.iter().map(|step| step.name.clone()).collect();
    for at in 0..steps.len() {
        if names.iter().filter(|name| **name == names[at]).count() > 1 && !steps[at].dir.is_empty() {
            steps[at].name = format!("{} in {}", names[at], steps[at].dir);
        }
    }
    for at in 1..steps.len() {
        let same = steps[..at].iter().filter(|step| step.name == steps[at].name).count();
        if same > 0 {
            steps[at].name = format!("{} ({})", steps[at].name, same + 1);
        }
    }
}

/// `3 changed files, e.g. src/a.ts`
fn told(paths: &[&str]) -> String {
    match paths {
        [] => "nothing".to_owned(),
        [one] => format!("{one} changed"),
        [first, ..] => format!("{first} and {} more changed", paths.len() - 1),
    }
}

#[cfg(test)]
mod tests;
