//! From a repository to a verdict.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::config::Config;
use crate::git::{Places, Snapshot};
use crate::model::gate::{GATE_SCHEMA, Gated, Kind, Output, Problem, Status, StepResult, Subject, Verdict};

use super::checker::{Checker, Scope};
use super::command::command;
use super::discover::discover;
use super::ground::Ground;
use super::guard::Guard;
use super::memory::{Environment, Memory, way};
use super::process::{self, How, Stop};
use super::share::TakenOut;
use super::step::{Action, Plan, Step, Tool};
use super::{output, problems, retry};

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
    /// What friction's own check looks at, in place of what the subject says.
    pub scopes: Option<Vec<Scope>>,
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
            scopes: None,
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
    let mut gated = judge_snapshot(places, &snapshot, config, options, checker, stop, told)?;
    gated.seconds = round(start.elapsed().as_secs_f64());
    gated.overhead_seconds = overhead(&gated);
    Ok(gated)
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
    let site = Site::new(places, snapshot, config, options)?;
    let way = way(&site.plan, options.keep_going, &site.environment());
    if !options.fresh
        && !options.no_cache
        && let Some(known) = memory.recall(&snapshot.tree, way)
    {
        let seconds = round(start.elapsed().as_secs_f64());
        return Ok(Gated { remembered: true, seconds, overhead_seconds: seconds, ..known });
    }
    let mut run = Run {
        site: &site,
        places,
        checker,
        stop,
        guard: Guard::new(places),
        folder: run_folder(places, options)?,
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
    let moved = moved(places, snapshot, options, &gated);
    gated.notes.extend(moved.clone());
    gated.seconds = round(start.elapsed().as_secs_f64());
    gated.overhead_seconds = overhead(&gated);
    let certain = verdict != Verdict::Unjudged && moved.is_none();
    if certain && !options.no_cache && gated.steps.iter().all(|step| step.status != Status::TimedOut) {
        memory.keep(&gated, way);
    }
    Ok(gated)
}

fn overhead(gated: &Gated) -> f64 {
    round((gated.seconds - gated.steps.iter().map(|step| step.seconds).sum::<f64>()).max(0.0))
}

/// Seconds to the millisecond.
fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// What is to be said where files changed while steps ran over them.
fn moved(places: &Places, snapshot: &Snapshot, options: &Options, gated: &Gated) -> Option<String> {
    let ran = gated.steps.iter().any(|step| step.kind != Kind::Check && step.status != Status::Skipped);
    if options.subject != Subject::WorkTree || !ran {
        return None;
    }
    let now = Snapshot::of_work_tree(places, Some(&snapshot.tree)).ok()?;
    if now.tree == snapshot.tree {
        return None;
    }
    let paths: Vec<&str> = now.changed.iter().take(3).map(|file| file.path.as_str()).collect();
    Some(format!(
        "the work tree changed while it was judged ({}): this result is not remembered",
        paths.join(", ")
    ))
}

/// Where steps run, and which.
struct Site {
    ground: Ground,
    plan: Plan,
    scopes: Vec<Scope>,
    /// No step but friction's own check was found.
    nothing_found: bool,
    _scratch: tempfile::TempDir,
    _taken: Option<TakenOut>,
}

impl Site {
    fn new(places: &Places, snapshot: &Snapshot, config: &Config, options: &Options) -> Result<Site> {
        let taken = match options.subject {
            Subject::WorkTree => None,
            Subject::Staged => Some(TakenOut::new(places, snapshot, &config.gate.share)?),
        };
        let scratch = tempfile::Builder::new()
            .prefix("friction-")
            .tempdir()
            .context("cannot make a temporary folder")?;
        let ground = Ground {
            root: taken.as_ref().map_or_else(|| places.root.clone(), TakenOut::root),
            home: places.root.clone(),
            changed: snapshot.changed.clone(),
            scratch: scratch.path().to_owned(),
        };
        let mut plan = discover(&ground, &config.gate);
        let nothing_found = plan.steps.is_empty();
        let scopes = options.scopes.clone().unwrap_or_else(|| scopes(&ground, options));
        if !ground.changed.is_empty() && !config.gate.skip.iter().any(|name| name == "check") {
            plan.steps.insert(0, check_step(&ground, config));
        }
        choose(&mut plan, options)?;
        Ok(Site { ground, plan, scopes, nothing_found, _scratch: scratch, _taken: taken })
    }

    /// What the result depends on beside the tree and the commands; and what in the commands differs from
    /// run to run without meaning.
    fn environment(&self) -> Environment<'_> {
        Environment { home: &self.ground.home, root: &self.ground.root, scratch: &self.ground.scratch }
    }
}

/// What friction's own check looks at: what is not committed yet, and with a base what was since.
fn scopes(ground: &Ground, options: &Options) -> Vec<Scope> {
    let own = match options.subject {
        Subject::WorkTree => Scope::Paths(ground.present().map(str::to_owned).collect()),
        Subject::Staged => Scope::Staged,
    };
    options.base.iter().map(|base| Scope::Since(base.clone())).chain([own]).collect()
}

fn check_step(ground: &Ground, config: &Config) -> Step {
    Step {
        name: "check".to_owned(),
        kind: Kind::Check,
        why: format!("{} changed files", ground.changed.len()),
        action: Action::Check,
        dir: String::new(),
        time_limit: config.gate.time_limit.unwrap_or(std::time::Duration::from_secs(600)),
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

/// The folder for outputs; of those of former runs a few stay.
fn run_folder(places: &Places, options: &Options) -> Result<Folder> {
    if options.no_cache {
        let folder = tempfile::Builder::new()
            .prefix("friction-")
            .tempdir()
            .context("cannot make a temporary folder")?;
        return Ok(Folder::Passing(folder));
    }
    let runs = places.own().join("gate/runs");
    let name = format!("{}-{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3f"), std::process::id());
    let folder = runs.join(name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut old: Vec<PathBuf> =
        fs::read_dir(&runs).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    old.sort();
    for folder in old.iter().rev().skip(10) {
        let _ = fs::remove_dir_all(folder);
    }
    Ok(Folder::Kept(folder))
}

enum Folder {
    Kept(PathBuf),
    Passing(tempfile::TempDir),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Folder::Kept(path) => path,
            Folder::Passing(folder) => folder.path(),
        }
    }
}

struct Run<'a> {
    site: &'a Site,
    places: &'a Places,
    checker: &'a dyn Checker,
    stop: &'a Stop,
    guard: Guard<'a>,
    folder: Folder,
}

impl Run<'_> {
    fn steps(&mut self, keep_going: bool, told: &mut dyn FnMut(&Step)) -> Vec<StepResult> {
        let mut results: Vec<StepResult> = Vec::new();
        let mut ended = false;
        for step in &self.site.plan.steps {
            if ended || self.stop.is_raised() {
                results.push(self.blank(step, Status::Skipped));
                continue;
            }
            told(step);
            let result = match &step.action {
                Action::Check => self.check(step),
                Action::Run(_) => self.run(step, results.len()),
            };
            let red = matches!(result.status, Status::Failed | Status::TimedOut | Status::Interrupted);
            ended = result.status == Status::Interrupted || (red && !keep_going);
            results.push(result);
        }
        results
    }

    fn blank(&self, step: &Step, status: Status) -> StepResult {
        StepResult {
            name: step.name.clone(),
            kind: step.kind,
            why: step.why.clone(),
            command: step.words(),
            dir: step.dir.clone(),
            status,
            exit: None,
            seconds: 0.0,
            attempts: usize::from(status != Status::Skipped),
            output: Output::default(),
            problems: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn check(&self, step: &Step) -> StepResult {
        let start = Instant::now();
        let mut result = self.blank(step, Status::Passed);
        let mut warnings = 0;
        for scope in &self.site.scopes {
            match self.checker.check(&self.places.root, scope) {
                Ok(findings) => {
                    let (errors, others): (Vec<_>, Vec<_>) =
                        findings.into_iter().partition(|finding| finding.severity == "error");
                    warnings += others.len();
                    result.problems.extend(errors.into_iter().map(|finding| Problem {
                        path: finding.path,
                        line: Some(finding.line),
                        column: Some(finding.column),
                        code: finding.rule,
                        message: finding.message,
                        help: Some(finding.help).filter(|help| !help.is_empty()),
                        test: None,
                        pattern: None,
                    }));
                }
                Err(error) => {
                    result.status = Status::Missing;
                    result.notes.push(error.to_string());
                }
            }
        }
        if !result.problems.is_empty() {
            result.status = Status::Failed;
        }
        if warnings > 0 {
            result.notes.push(format!("{warnings} more warnings: `friction check` tells them"));
        }
        result.seconds = round(start.elapsed().as_secs_f64());
        result
    }

    fn run(&mut self, step: &Step, number: usize) -> StepResult {
        let mut result = self.attempt(step, &format!("{number}-{}", file_name(&step.name)));
        let wanted = self.site.plan.retry && result.status == Status::Failed;
        if wanted && let Some(again) = retry::again(step, &self.text(&result), &result.problems) {
            let second = self.attempt(&again, &format!("{number}-{}-again", file_name(&step.name)));
            result.attempts = 2;
            result.seconds = round(result.seconds + second.seconds);
            if second.status == Status::Passed {
                result.status = Status::Flaky;
                result.notes.push(
                    "it failed, and what failed passed when it was run again on the same tree".to_owned(),
                );
            }
        }
        if let Some(trespass) = self.guard.trespass(self.folder.path()) {
            result.status = Status::Failed;
            result.notes.push(trespass);
        }
        result
    }

    fn text(&self, result: &StepResult) -> String {
        result
            .output
            .path
            .as_ref()
            .map_or_else(|| result.output.tail.clone(), |path| output::text(Path::new(path)))
    }

    fn attempt(&self, step: &Step, file: &str) -> StepResult {
        let Action::Run(program) = &step.action else { return self.blank(step, Status::Skipped) };
        let mut result = self.blank(step, Status::Passed);
        if let Some(why) = &program.missing {
            result.status = Status::Missing;
            result.notes.push(why.clone());
            return result;
        }
        let ground = &self.site.ground;
        let log = self.folder.path().join(format!("{file}.log"));
        let mut command = command(program, &ground.root.join(&step.dir));
        let ended = match process::run(&mut command, step.time_limit, &log, self.stop) {
            Ok(ended) => ended,
            Err(error) => {
                result.status = Status::Missing;
                result.notes.push(format!("its output cannot be kept in {}: {error}", log.display()));
                return result;
            }
        };
        let text = output::text(&log);
        result.seconds = round(ended.took.as_secs_f64());
        result.output = Output {
            path: matches!(self.folder, Folder::Kept(_)).then(|| log.to_string_lossy().into_owned()),
            bytes: ended.bytes,
            tail: output::tail(&text),
        };
        self.judge(step, &ended.how, &mut result);
        if result.status != Status::Passed {
            result.problems = problems::read(step.tool, &text, &ground.root, &step.dir);
        }
        if ended.left > 0 {
            result.notes.push(format!("{} processes that it left running were ended", ended.left));
        }
        result
    }

    fn judge(&self, step: &Step, how: &How, result: &mut StepResult) {
        match how {
            How::Exited(status) => {
                result.exit = status.code();
                // What a shell and env say of a program that is not there.
                let absent = status.code() == Some(127);
                let no_tests = step.tool == Tool::Pytest && status.code() == Some(5);
                if no_tests {
                    result.notes.push("it found no tests".to_owned());
                } else if absent {
                    result.status = Status::Missing;
                    result.notes.push("a program that it starts is not there (exit 127)".to_owned());
                } else if !status.success() {
                    result.status = Status::Failed;
                    #[cfg(unix)]
                    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(status) {
                        result.notes.push(format!("it was ended by signal {signal}"));
                    }
                }
            }
            How::TimedOut => {
                result.status = Status::TimedOut;
                result.notes.push(format!(
                    "it did not end within {} s and was ended with all its processes; \
                     give it more with time-limit in [gate] of friction.toml",
                    step.time_limit.as_secs_f64()
                ));
            }
            How::Stopped => result.status = Status::Interrupted,
            How::CannotStart(error) => {
                result.status = Status::Missing;
                result.notes.push(format!("it cannot be started: {error}"));
            }
        }
    }
}

/// A name without what a file name cannot hold.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(40).collect()
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
