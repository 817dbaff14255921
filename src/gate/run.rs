//! Runs the steps of a site, one after the other, and reads what they say.

use std::path::Path;
use std::time::Instant;

use crate::git::Places;
use crate::model::gate::{Output, Problem, Status, StepResult};

use super::checker::{Checker, Finding};
use super::command::command;
use super::guard::Guard;
use super::outputs::Outputs;
use super::process::{self, How, Stop};
use super::site::Site;
use super::step::{Action, Step, Tool};
use super::{output, problems, retry};

/// One run over the steps.
pub(super) struct Run<'a> {
    pub(super) site: &'a Site,
    pub(super) places: &'a Places,
    pub(super) checker: &'a dyn Checker,
    pub(super) stop: &'a Stop,
    pub(super) guard: Guard<'a>,
    pub(super) outputs: Outputs,
}

impl Run<'_> {
    pub(super) fn steps(&mut self, keep_going: bool, told: &mut dyn FnMut(&Step)) -> Vec<StepResult> {
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
                    result.problems.extend(errors.into_iter().map(problem));
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
        if let Some(trespass) = self.guard.trespass(self.outputs.path()) {
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
        let log = self.outputs.path().join(format!("{file}.log"));
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
            path: self.outputs.are_kept().then(|| log.to_string_lossy().into_owned()),
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

fn problem(finding: Finding) -> Problem {
    Problem {
        path: finding.path,
        line: Some(finding.line),
        column: Some(finding.column),
        code: finding.rule,
        message: finding.message,
        help: Some(finding.help).filter(|help| !help.is_empty()),
        test: None,
        pattern: None,
    }
}

/// Seconds to the millisecond.
pub(super) fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
