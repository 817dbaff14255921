//! `friction rules`: the catalogue, and a project's own rules.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::check::{RuleSet, flagged};
use crate::report::{clean, to_stdout};
use crate::rules::examples::examples;
use crate::rules::user::{self, QueryRule};
use crate::rules::{CATALOGUE, Rule};

use super::{Global, Outcome};

/// List the rules, start one of your own, or run the examples of all
#[derive(Args)]
#[command(
    after_help = "Examples:\n  friction rules list\n  friction rules new no-sleep-in-tests --language python\n  friction rules test"
)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Every rule: severity, id, what goes wrong
    List,
    /// Write a first version of a rule of your own to .friction/rules/
    New {
        /// Kebab-case; the rule's id and the file's name
        id: String,
        #[arg(long, value_enum, default_value_t = Written::Python)]
        language: Written,
    },
    /// Run every example of the built-in rules and of your own through the checker
    Test {
        /// Only rules whose id contains this
        only: Option<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Written {
    Python,
    Typescript,
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let root = root(global);
    match arguments.action {
        Action::List => list(&root),
        Action::New { id, language } => new(&root, &id, language),
        Action::Test { only } => test(&root, only.as_deref().unwrap_or("")),
    }
}

/// The work tree, or the folder itself where there is no repository.
pub(super) fn root(global: &Global) -> PathBuf {
    let work_tree = global.repo().ok().and_then(|repo| repo.work_tree().map(Path::to_owned));
    work_tree.unwrap_or_else(|| global.dir.clone())
}

fn list(root: &Path) -> Result<Outcome> {
    let own = user::load(root)?;
    let own: Vec<&Rule> = own.iter().map(|own| own.rule).collect();
    let width = CATALOGUE.iter().chain(own.iter().copied()).map(|rule| rule.id.len()).max().unwrap_or(0);
    to_stdout(|out| {
        for rule in CATALOGUE.iter().chain(own.iter().copied()) {
            let (severity, id) = (rule.severity.name(), rule.id);
            writeln!(out, "{severity:7} {id:width$}  {}", clean(rule.title()))?;
        }
        let (built_in, own) = (CATALOGUE.len(), own.len());
        writeln!(out, "{built_in} built-in rules, {own} in {}", user::FOLDER)
    })
    .context("cannot write to standard output")?;
    Ok(Outcome::Fine)
}

fn new(root: &Path, id: &str, language: Written) -> Result<Outcome> {
    if CATALOGUE.iter().any(|rule| rule.id == id) {
        bail!("a built-in rule has the id `{id}`; give yours another");
    }
    let text = match language {
        Written::Python => include_str!("new_python_rule.md"),
        Written::Typescript => include_str!("new_typescript_rule.md"),
    };
    let text = text.replace("RULE-ID", id);
    QueryRule::parse(&text).map_err(|wrong| anyhow::anyhow!("{}", wrong.message))?;
    let folder = root.join(user::FOLDER);
    let path = folder.join(format!("{id}.md"));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    match file {
        Ok(mut file) => file.write_all(text.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("{} is there already", path.display())
        }
        Err(error) => Err(error),
    }
    .with_context(|| format!("cannot write {}", path.display()))?;
    to_stdout(|out| writeln!(out, "{}: edit it, then run friction rules test {id}", path.display()))
        .context("cannot write to standard output")?;
    Ok(Outcome::Fine)
}

fn test(root: &Path, only: &str) -> Result<Outcome> {
    let own = user::load(root)?;
    let rules: Vec<&Rule> = CATALOGUE.iter().chain(own.iter().map(|own| own.rule)).collect();
    let set = RuleSet::new(own, |_| None);
    let (mut tried, mut wrong) = (0, Vec::new());
    for rule in rules.iter().filter(|rule| rule.id.contains(only)) {
        let found = match examples(rule.text) {
            Ok(found) => found,
            Err(error) => {
                wrong.push(format!("{} line {}: {}", rule.id, error.line, error.message));
                continue;
            }
        };
        for example in &found {
            tried += 1;
            let told = flagged(&set, rule.id, example);
            let must = example.flags();
            if !told.iter().map(|(path, line)| (path.as_str(), *line)).eq(must.iter().copied()) {
                wrong.push(format!(
                    "{} line {}, {}: flagged {}, must be {}",
                    rule.id,
                    example.line,
                    example.title,
                    places(told.iter().map(|(path, line)| (path.as_str(), *line))),
                    places(must.iter().copied())
                ));
            }
        }
    }
    to_stdout(|out| {
        for line in &wrong {
            writeln!(out, "{}", clean(line))?;
        }
        writeln!(out, "{tried} examples, {} wrong", wrong.len())
    })
    .context("cannot write to standard output")?;
    Ok(if wrong.is_empty() { Outcome::Fine } else { Outcome::Findings })
}

/// `a.ts:3, b.ts:4`, or `nothing`
fn places<'p>(places: impl Iterator<Item = (&'p str, usize)>) -> String {
    let places: Vec<String> = places.map(|(path, line)| format!("{path}:{line}")).collect();
    if places.is_empty() { "nothing".to_owned() } else { places.join(", ") }
}
