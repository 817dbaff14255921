//! Where steps run, and which.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::config::Config;
use crate::git::{Places, Snapshot};
use crate::model::gate::{Kind, Subject};
use crate::scratch::Scratch;

use super::checker::Scope;
use super::discover::discover;
use super::ground::Ground;
use super::judge::Options;
use super::share::TakenOut;
use super::step::{Action, Plan, Step, Tool};

/// A tree with the steps that it is to pass.
pub(super) struct Site {
    pub(super) ground: Ground,
    pub(super) plan: Plan,
    /// What friction's own check looks at.
    pub(super) scopes: Vec<Scope>,
    /// No step but friction's own check was found.
    pub(super) nothing_found: bool,
    _scratch: Scratch,
    taken: Option<TakenOut>,
}

impl Site {
    pub(super) fn new(
        places: &Places,
        snapshot: &Snapshot,
        config: &Config,
        options: &Options,
    ) -> Result<Site> {
        let taken = match options.subject {
            Subject::WorkTree => None,
            Subject::Staged => Some(TakenOut::new(places, snapshot, &config.gate.share)?),
        };
        let scratch = Scratch::new().context("cannot make a temporary folder")?;
        let ground = Ground {
            root: taken.as_ref().map_or_else(|| places.root.clone(), TakenOut::root),
            home: places.root.clone(),
            changed: snapshot.changed.clone(),
            scratch: scratch.path().to_owned(),
            kept: match options.no_cache {
                true => scratch.path().join("kept"),
                false => places.own().join("gate/kept"),
            },
        };
        let mut plan = discover(&ground, &config.gate);
        let nothing_found = plan.steps.is_empty();
        if !ground.changed.is_empty() && !config.gate.skip.iter().any(|name| name == "check") {
            plan.steps.insert(0, check_step(&ground, config));
        }
        choose(&mut plan, options)?;
        // What is not committed yet, and with a base what was since.
        let own = Scope::Copy(snapshot.index.variables(places));
        let scopes = options.base.iter().map(|base| Scope::Since(base.clone())).chain([own]).collect();
        Ok(Site { ground, plan, scopes, nothing_found, _scratch: scratch, taken })
    }

    /// Ends its use; the answer need not wait until all is removed.
    pub(super) fn leave(self) {
        if let Some(taken) = self.taken {
            taken.give_up();
        }
    }
}

fn check_step(ground: &Ground, config: &Config) -> Step {
    Step {
        name: "check".to_owned(),
        kind: Kind::Check,
        why: format!(
            "{} changed file{}",
            ground.changed.len(),
            if ground.changed.len() == 1 { "" } else { "s" }
        ),
        action: Action::Check,
        dir: String::new(),
        time_limit: config.gate.time_limit.unwrap_or(Duration::from_secs(600)),
        tool: Tool::Friction,
    }
}

/// Keeps the steps that are wanted.
fn choose(plan: &mut Plan, options: &Options) -> Result<()> {
    let is = |step: &Step, word: &String| step.name == *word || kind_name(step.kind) == *word;
    if let Some(word) =
        options.only.iter().chain(&options.skip).find(|word| !plan.steps.iter().any(|step| is(step, word)))
    {
        let names: Vec<&str> = plan.steps.iter().map(|step| step.name.as_str()).collect();
        bail!(
            "no step is named `{word}`; there are: {}",
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        );
    }
    plan.steps.retain(|step| options.only.is_empty() || options.only.iter().any(|word| is(step, word)));
    plan.steps.retain(|step| !options.skip.iter().any(|word| is(step, word)));
    if options.quick {
        // Full tests stay where nothing cheaper runs any of them.
        let related: Vec<(Tool, String)> = plan
            .steps
            .iter()
            .filter(|step| step.kind == Kind::Related)
            .map(|step| (step.tool, step.dir.clone()))
            .collect();
        let before = plan.steps.len();
        plan.steps.retain(|step| {
            step.kind != Kind::Tests
                || !related.iter().any(|(tool, dir)| *tool == step.tool && *dir == step.dir)
        });
        if plan.steps.len() < before {
            plan.notes.push("the full tests are left out: a quick gate was asked for".to_owned());
        }
    }
    Ok(())
}

/// `check`, `types`, `collect`, `related`, `tests`
pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Check => "check",
        Kind::Types => "types",
        Kind::Collect => "collect",
        Kind::Related => "related",
        Kind::Tests => "tests",
    }
}
