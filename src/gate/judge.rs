//! From a repository to a verdict.

use std::time::Instant;

use anyhow::Result;

use crate::config::Config;
use crate::git::{Places, Snapshot};
use crate::model::gate::{GATE_SCHEMA, Gated, Kind, Status, StepResult, Subject, Verdict};
use crate::scratch;

use super::checker::Checker;
use super::guard::Guard;
use super::memory::{Memory, Way};
use super::outputs::Outputs;
use super::process::Stop;
use super::run::{Run, round};
use super::site::Site;
use super::step::{Plan, Step};

/// How to judge.
#[derive(Clone, Debug)]
pub struct Options {
    pub subject: Subject,
    /// What the change is measured against, in place of HEAD.
    pub base: Option<String>,
    /// Leave the full tests out where something cheaper speaks for the change.
    pub quick: bool,
    /// Run though the same tree was judged before.
    pub fresh: bool,
    pub keep_going: bool,
    /// Names or kinds of the only steps to run; all where empty.
    pub only: Vec<String>,
    /// Names or kinds of steps to leave out.
    pub skip: Vec<String>,
    /// Neither read nor write results and outputs in the git directory.
    pub no_cache: bool,
}

impl Options {
    pub fn of(subject: Subject) -> Options {
        Options {
            subject,
            base: None,
            quick: false,
            fresh: false,
            keep_going: false,
            only: Vec::new(),
            skip: Vec::new(),
            no_cache: false,
        }
    }

    fn snapshot(&self, places: &Places) -> Result<Snapshot> {
        let base = self.base.as_deref();
        Ok(match self.subject {
            Subject::WorkTree => Snapshot::of_work_tree(places, base)?,
            Subject::Staged => Snapshot::of_index(places, base)?,
        })
    }
}

/// What would run.
pub fn plan(places: &Places, config: &Config, options: &Options) -> Result<Plan> {
    let snapshot = options.snapshot(places)?;
    Ok(Site::new(places, &snapshot, config, options)?.plan)
}

/// Judges the work tree or the index. `told` hears of each step before it runs.
pub fn judge(
    places: &Places,
    config: &Config,
    options: &Options,
    checker: &dyn Checker,
    stop: &Stop,
    told: &mut dyn FnMut(&Step),
) -> Result<Gated> {
    let start = Instant::now();
    let snapshot = options.snapshot(places)?;
    let gated = judge_snapshot(places, &snapshot, config, options, checker, stop, told)?;
    Ok(timed(gated, start))
}

/// Judges a state that was recorded before.
pub fn judge_snapshot(
    places: &Places,
    snapshot: &Snapshot,
    config: &Config,
    options: &Options,
    checker: &dyn Checker,
    stop: &Stop,
    told: &mut dyn FnMut(&Step),
) -> Result<Gated> {
    let start = Instant::now();
    let memory = Memory::new(&places.own());
    let way = Way::new(places, snapshot, config, options);
    if !options.fresh
        && !options.no_cache
        && let Some(known) = memory.recall(&snapshot.tree, &way)
    {
        return Ok(timed(Gated { remembered: true, ..known }, start));
    }
    scratch::sweep();
    let site = Site::new(places, snapshot, config, options)?;
    let mut run = Run {
        site: &site,
        places,
        checker,
        stop,
        guard: Guard::new(places),
        outputs: Outputs::new(places, options.no_cache)?,
    };
    let steps = run.steps(options.keep_going, told);
    let (verdict, reason) = verdict(&steps, &site);
    let mut gated = Gated {
        schema: GATE_SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        verdict,
        reason,
        subject: options.subject,
        tree: snapshot.tree.clone(),
        changed: snapshot.changed.len(),
        quick: options.quick,
        steps,
        seconds: 0.0,
        overhead_seconds: 0.0,
        remembered: false,
        notes: site.plan.notes.clone(),
        digest: None,
    };
    let moved = moved(snapshot, options, &gated);
    gated.notes.extend(moved.clone());
    let gated = timed(gated, start);
    let certain = verdict != Verdict::Unjudged && moved.is_none();
    if certain && !options.no_cache && gated.steps.iter().all(|step| step.status != Status::TimedOut) {
        memory.keep(&gated, &way);
    }
    site.leave();
    Ok(gated)
}

/// With the time that it took, and how much of it no step had.
fn timed(mut gated: Gated, start: Instant) -> Gated {
    gated.seconds = round(start.elapsed().as_secs_f64());
    let steps = if gated.remembered { 0.0 } else { gated.steps.iter().map(|step| step.seconds).sum() };
    gated.overhead_seconds = round((gated.seconds - steps).max(0.0));
    gated
}

/// What is to be said where files changed while steps ran over them.
fn moved(snapshot: &Snapshot, options: &Options, gated: &Gated) -> Option<String> {
    let ran = gated.steps.iter().any(|step| step.kind != Kind::Check && step.status != Status::Skipped);
    if options.subject != Subject::WorkTree || !ran {
        return None;
    }
    let paths = snapshot.moved().ok()?;
    let told: Vec<&str> = paths.iter().take(3).map(String::as_str).collect();
    (!paths.is_empty()).then(|| {
        let told = told.join(", ");
        format!("the work tree changed while it was judged ({told}): this result is not remembered")
    })
}

fn verdict(steps: &[StepResult], site: &Site) -> (Verdict, String) {
    let named = |status: &[Status]| -> Vec<&str> {
        steps.iter().filter(|step| status.contains(&step.status)).map(|step| step.name.as_str()).collect()
    };
    let red = named(&[Status::Failed, Status::TimedOut]);
    let interrupted = !named(&[Status::Interrupted]).is_empty();
    let missing: Vec<&StepResult> = steps.iter().filter(|step| step.status == Status::Missing).collect();
    let flaky = named(&[Status::Flaky]);
    if !red.is_empty() {
        return (Verdict::Red, format!("{} failed", red.join(", ")));
    }
    if interrupted {
        return (Verdict::Unjudged, "it was interrupted".to_owned());
    }
    if site.nothing_found {
        let why = "no build and no tests were found; name them in [[gate.step]] of friction.toml";
        return (Verdict::Unjudged, why.to_owned());
    }
    if let Some(step) = missing.first() {
        let why = step.notes.first().map_or("its program is missing", String::as_str);
        return (Verdict::Unjudged, format!("{} cannot run: {why}", step.name));
    }
    let ran = steps.iter().filter(|step| step.status != Status::Skipped).count();
    if ran == 0 {
        return (Verdict::Unjudged, "there was nothing to run".to_owned());
    }
    match flaky.is_empty() {
        true => (Verdict::Green, format!("{ran} step{} passed", if ran == 1 { "" } else { "s" })),
        false => (Verdict::Green, format!("{ran} steps passed, flaky: {}", flaky.join(", "))),
    }
}
