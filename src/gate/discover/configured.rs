//! `[gate]` of friction.toml: steps of the project's own, in place of or beside those that were found.

use std::time::Duration;

use globset::{GlobBuilder, GlobSetBuilder};

use crate::config::{GateConfig, Run, StepConfig};
use crate::gate::ground::Ground;
use crate::gate::step::{Action, Plan, Program, Step, Tool};
use crate::shell;

/// Adds the configured steps; one of the same name replaces what was found. Leaves out what is to be
/// skipped.
pub(super) fn apply(plan: &mut Plan, ground: &Ground, config: &GateConfig, limit: Duration) {
    for step in &config.step {
        plan.steps.retain(|found| found.name != step.name);
        if !concerned(step, ground) {
            plan.notes.push(format!("{} is left out: none of its paths changed", step.name));
            continue;
        }
        plan.steps.push(planned(step, limit));
    }
    for name in &config.skip {
        plan.steps.retain(|step| step.name != *name);
        plan.notes.push(format!("{name} is left out: friction.toml skips it"));
    }
}

fn planned(step: &StepConfig, limit: Duration) -> Step {
    let mut program = match &step.run {
        Run::Words(words) => program(words.clone()),
        Run::Line(line) => match shell::split(line) {
            Some((variables, words)) => Program { variables, ..program(words) },
            None => Program::missing(
                line,
                &[],
                "it needs a shell, which friction does not start; write it as a list, \
                 e.g. run = [\"sh\", \"-c\", \"…\"], or put it into a script",
            ),
        },
    };
    program.variables.extend(step.env.clone());
    Step {
        name: step.name.clone(),
        kind: step.kind,
        why: "friction.toml names it".to_owned(),
        action: Action::Run(program),
        dir: step.dir.trim_matches('/').trim_start_matches("./").to_owned(),
        time_limit: step.time_limit.unwrap_or(limit),
        tool: tool(step),
    }
}

fn program(words: Vec<String>) -> Program {
    let mut words = words.into_iter();
    Program { program: words.next().unwrap_or_default().into(), args: words.collect(), ..Program::default() }
}

/// By a word of its command, so that its failures are understood.
fn tool(step: &StepConfig) -> Tool {
    let line = match &step.run {
        Run::Words(words) => words.join(" "),
        Run::Line(line) => line.clone(),
    };
    let known = [
        ("vitest", Tool::Vitest),
        ("jest", Tool::Jest),
        ("pytest", Tool::Pytest),
        ("cargo", Tool::Cargo),
        ("tsc", Tool::Tsc),
    ];
    let named = known.into_iter().find(|(word, _)| line.split(['/', ' ']).any(|part| part == *word));
    named.map_or(Tool::Other, |(_, tool)| tool)
}

fn concerned(step: &StepConfig, ground: &Ground) -> bool {
    if step.paths.is_empty() || ground.changed.is_empty() {
        return true;
    }
    let mut set = GlobSetBuilder::new();
    // Globs were read once with the configuration, so that wrong ones are told there.
    for glob in step.paths.iter().filter_map(|glob| GlobBuilder::new(glob).build().ok()) {
        set.add(glob);
    }
    set.build().is_ok_and(|set| ground.changed.iter().any(|file| set.is_match(&file.path)))
}
