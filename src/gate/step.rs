//! A step of the gate before it runs.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::gate::Kind;

/// What would run, and why.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In order of cost.
    pub steps: Vec<Step>,
    /// What was left out, and why.
    pub notes: Vec<String>,
    /// Failed tests are run once more.
    pub retry: bool,
}

/// One thing to run.
#[derive(Clone, Debug)]
pub struct Step {
    /// `tsc`, `vitest related`; with its folder where there are several of the name.
    pub name: String,
    pub kind: Kind,
    pub why: String,
    pub action: Action,
    /// The folder to run in, from the root; empty for the root.
    pub dir: String,
    pub time_limit: Duration,
    /// Who prints, so that failures are understood.
    pub tool: Tool,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Action {
    /// friction's own check of the change.
    Check,
    Run(Program),
}

/// A command without a shell.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// A path, or a name that is looked up on PATH.
    pub program: PathBuf,
    pub args: Vec<String>,
    pub variables: Vec<(String, String)>,
    /// Folders in front of PATH.
    pub path: Vec<PathBuf>,
    /// Why it cannot run, and what to do about it.
    pub missing: Option<String>,
}

impl Program {
    pub fn new(program: impl Into<PathBuf>, args: &[&str]) -> Program {
        Program {
            program: program.into(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            ..Program::default()
        }
    }

    pub fn missing(program: &str, args: &[&str], why: impl Into<String>) -> Program {
        Program { missing: Some(why.into()), ..Program::new(program, args) }
    }

    /// As a person would type it, program first.
    pub fn words(&self) -> Vec<String> {
        let name =
            |path: &PathBuf| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let told = |(name, _): &&(String, String)| !UNTOLD.contains(&name.as_str());
        let set = self.variables.iter().filter(told).map(|(name, value)| format!("{name}={value}"));
        set.chain([name(&self.program)]).chain(self.args.iter().cloned()).collect()
    }
}

/// Variables that follow from where a step runs.
const UNTOLD: [&str; 3] = ["VIRTUAL_ENV", "PYTHONPATH", "CARGO_TARGET_DIR"];

/// Whose output a step prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Friction,
    Tsc,
    Vitest,
    Jest,
    Pytest,
    Cargo,
    Go,
    /// Anything else: every notation is tried.
    Other,
}

impl Step {
    /// The words of its command.
    pub fn words(&self) -> Vec<String> {
        match &self.action {
            Action::Check => vec!["friction".to_owned(), "check".to_owned()],
            Action::Run(program) => program.words(),
        }
    }
}
