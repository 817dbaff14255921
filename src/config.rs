//! `friction.toml` at the root of a repository: a project's own defaults.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use thiserror::Error;

use crate::dispatch::DispatchConfig;
use crate::guide::Target;
use crate::model::Severity;
use crate::model::gate::Kind;
use crate::when;

/// The file's name.
pub const FILE: &str = "friction.toml";

/// What a project may set; the command line wins over it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    pub scan: ScanConfig,
    pub learn: LearnConfig,
    pub check: CheckConfig,
    pub gate: GateConfig,
    pub hook: HookConfig,
    pub context: ContextConfig,
    pub dispatch: DispatchConfig,
}

/// `[scan]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ScanConfig {
    /// Scan what HEAD reaches only.
    pub head_only: Option<bool>,
    /// A glob of full ref names.
    pub refs: Option<String>,
    /// Seconds since 1970; written as a date, or as a time span such as `90 days ago`.
    #[serde(deserialize_with = "moment")]
    pub since: Option<i64>,
    pub max_commits: Option<usize>,
    /// Probability, 0 to 1.
    #[serde(deserialize_with = "probability")]
    pub min_confidence: Option<f64>,
}

/// `[learn]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct LearnConfig {
    /// The files to teach, written as their names, e.g. `claude`.
    #[serde(deserialize_with = "targets")]
    pub targets: Option<Vec<Target>>,
    pub max_rules: Option<usize>,
    /// Characters of a block.
    pub budget: Option<usize>,
}

/// `[check]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct CheckConfig {
    /// Ids of rules that are off.
    pub disable: Vec<String>,
    /// Another severity than a rule's usual one, by its id.
    pub severity: BTreeMap<String, Severity>,
    /// Globs of paths that are not checked.
    #[serde(deserialize_with = "globs")]
    pub exclude: Vec<String>,
    /// Written as `500ms` or `2s`.
    #[serde(deserialize_with = "span")]
    pub budget: Option<Duration>,
    /// Whether files that the budget left unchecked stop the commit.
    pub over_budget: OverBudget,
}

/// What files mean that the time budget left unchecked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverBudget {
    /// They are named, and the check passes if nothing else is wrong.
    #[default]
    Warn,
    /// They are named, and the check fails.
    Fail,
}

/// `[gate]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct GateConfig {
    /// For each step; written as a time span such as `10m`.
    #[serde(deserialize_with = "span")]
    pub time_limit: Option<Duration>,
    /// Run all steps, though one has failed.
    pub keep_going: Option<bool>,
    /// Run failed tests once more, to tell flaky ones.
    pub retry: Option<bool>,
    /// Find steps by the project's files.
    pub discover: Option<bool>,
    /// Names of steps to leave out.
    pub skip: Vec<String>,
    /// Ignored files and folders, from the root, that a throw-away work tree shares with the real one,
    /// beside node_modules and virtual environments.
    pub share: Vec<String>,
    pub step: Vec<StepConfig>,
}

/// `[[gate.step]]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepConfig {
    /// The name of a found step replaces that one.
    pub name: String,
    pub run: Run,
    #[serde(default = "tests")]
    pub kind: Kind,
    /// The folder to run in, from the root.
    #[serde(default)]
    pub dir: String,
    #[serde(default, deserialize_with = "span")]
    pub time_limit: Option<Duration>,
    /// Globs; the step runs where one of them matches a changed file.
    #[serde(default, deserialize_with = "globs")]
    pub paths: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// A command: its words, or a line that is split into words without a shell.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Run {
    Line(String),
    Words(Vec<String>),
}

/// `[hook]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct HookConfig {
    /// What a commit of an agent must pass; friction's check where nobody says otherwise.
    pub commit: Option<Before>,
    /// What an agent must pass before it may say that it is done; the quick gate where nobody says otherwise.
    pub stop: Option<Before>,
    /// What any commit must pass, by git's own hook; friction's check where nobody says otherwise.
    pub git: Option<Before>,
    /// How often an agent is held back at the end of its turn, at most.
    pub max_blocks: Option<usize>,
    /// Let agents commit past git's hooks.
    pub allow_no_verify: bool,
}

/// What must be passed before something is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Before {
    Nothing,
    /// friction's own check.
    Check,
    /// The gate without the full tests.
    Quick,
    Gate,
}

/// `[context]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ContextConfig {
    /// Characters of a context.
    pub budget: Option<usize>,
}

fn tests() -> Kind {
    Kind::Tests
}

fn span<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Duration>, D::Error> {
    when::span(&String::deserialize(value)?).map(Some).map_err(D::Error::custom)
}

fn globs<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    let globs = Vec::<String>::deserialize(value)?;
    match globs.iter().find_map(|glob| globset::Glob::new(glob).err()) {
        Some(error) => Err(D::Error::custom(error)),
        None => Ok(globs),
    }
}

fn moment<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    when::parse(&String::deserialize(value)?).map(Some).map_err(D::Error::custom)
}

fn probability<'de, D: Deserializer<'de>>(value: D) -> Result<Option<f64>, D::Error> {
    let number = f64::deserialize(value)?;
    match (0.0..=1.0).contains(&number) {
        true => Ok(Some(number)),
        false => Err(D::Error::custom(format!("{number} is not a probability; give a number from 0 to 1"))),
    }
}

fn targets<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Vec<Target>>, D::Error> {
    let names = Vec::<String>::deserialize(value)?;
    let target = |name: &String| name.parse().map_err(|error| D::Error::custom(format!("`{name}`: {error}")));
    names.iter().map(target).collect::<Result<_, _>>().map(Some)
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}:{line}:{column}: {message}", path.display())]
    Wrong { path: PathBuf, line: usize, column: usize, message: String },
}

impl Config {
    /// Reads `friction.toml` in a folder; the defaults where there is none.
    pub fn read(root: &Path) -> Result<Config, ConfigError> {
        let path = root.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Config::parse(&text, &path),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Config::default()),
            Err(source) => Err(ConfigError::Unreadable { path, source }),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let before = &text[..start];
            let key =
                text[start..].lines().next().and_then(|line| line.split('=').next()).unwrap_or("").trim();
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            // A wrong value's span is the value: the key stands before it.
            let left = text[line_start..start].split('=').next().unwrap_or("").trim();
            let key = if left.is_empty() { key } else { left };
            let told = error.message();
            let message = if key.is_empty() || told.contains(&format!("`{key}`")) {
                told.to_owned()
            } else {
                format!("`{key}`: {told}")
            };
            ConfigError::Wrong {
                path: path.to_owned(),
                line: before.matches('\n').count() + 1,
                column: text[line_start..start].chars().count() + 1,
                message,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::parse(text, Path::new("friction.toml")).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let told = error("[scan]\nhead-only = true\nsinse = \"1 week ago\"\n");
        assert!(told.starts_with("friction.toml:3:1: unknown field `sinse`, expected one of"), "{told}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_key() {
        let told = error("[learn]\nmax-rules = \"many\"\n");
        assert!(told.starts_with("friction.toml:2:13: `max-rules`: invalid type: string \"many\""), "{told}");
    }

    #[test]
    fn a_syntax_error_is_told_with_its_line() {
        assert!(error("[scan\n").starts_with("friction.toml:1:"));
    }

    #[test]
    fn no_file_means_the_defaults() {
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(Config::read(empty.path()).unwrap(), Config::default());
    }
}
