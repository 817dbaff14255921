//! `friction explain`: why is this rule there?

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::report::to_stdout;
use crate::rules::user;
use crate::rules::{CATALOGUE, Rule, rule};

use super::{Global, Outcome};

/// Print a rule: what goes wrong, why, how to mend it, and the examples that prove it
#[derive(Args)]
#[command(after_help = "Example:\n  friction explain vi-mock-factory-tdz")]
pub struct Arguments {
    /// A rule's id; `friction rules list` names all
    id: String,
}

pub fn run(global: &Global, arguments: Arguments) -> Result<Outcome> {
    let Some(rule) = find(global, &arguments.id)? else {
        let near = CATALOGUE.iter().map(|rule| rule.id).find(|id| id.contains(&arguments.id));
        let hint =
            near.map_or("`friction rules list` names all".to_owned(), |id| format!("did you mean `{id}`?"));
        bail!("there is no rule `{}`; {hint}", crate::report::clean(&arguments.id));
    };
    let Rule { id, severity, family, always, never, help, .. } = rule;
    to_stdout(|out| {
        writeln!(out, "{id} ({}, {family})\n", severity.name())?;
        writeln!(out, "ALWAYS {always}\nNEVER {never}\nMend: {help}\n")?;
        out.write_all(rule.prose().as_bytes())
    })
    .context("cannot write to standard output")?;
    Ok(Outcome::Fine)
}

fn find(global: &Global, id: &str) -> Result<Option<&'static Rule>> {
    if let Some(rule) = rule(id) {
        return Ok(Some(rule));
    }
    let own = user::load(&super::rules::root(global))?;
    Ok(own.into_iter().map(|own| own.rule).find(|rule| rule.id == id))
}
