//! What is wired, what is broken, and how to mend it.

use std::fs;

use serde::Serialize;

use crate::config::Config;
use crate::gate::{self, Action, Options};
use crate::git::{Git, Places};
use crate::hook::git::{State, status};
use crate::model::gate::Subject;
use crate::patterns::file;

use super::settings::{CLAUDE, CODEX, GEMINI, is_call};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    pub what: &'static str,
    /// `fine`, `off` (not wired, which may be meant) or `broken`.
    pub state: &'static str,
    pub detail: String,
    /// What to do, or empty.
    pub mend: String,
}

fn health(what: &'static str, state: &'static str, detail: impl Into<String>, mend: &str) -> Health {
    Health { what, state, detail: detail.into(), mend: mend.to_owned() }
}

/// Looks at everything.
pub fn diagnose(places: &Places) -> Vec<Health> {
    let config = Config::read(&places.root);
    let mut found = vec![git(places)];
    found.push(match &config {
        Ok(_) if places.root.join(crate::config::FILE).exists() => health("friction.toml", "fine", "", ""),
        Ok(_) => health("friction.toml", "off", "the defaults hold", "friction init writes one"),
        Err(error) => health("friction.toml", "broken", error.to_string(), "mend that line"),
    });
    found.push(patterns(places));
    found.extend(git_hooks(places));
    for settings in [CLAUDE, CODEX, GEMINI] {
        found.extend(agent(places, settings.path, settings.agent));
    }
    found.extend(gate(places, &config.unwrap_or_default()));
    found.extend(failures(places));
    found
}

fn git(places: &Places) -> Health {
    match Git::at(&places.root).text("tell its version", &["--version"]) {
        Ok(version) => health("git", "fine", version, ""),
        Err(error) => health("git", "broken", error.to_string(), "install git"),
    }
}

fn patterns(places: &Places) -> Health {
    let path = places.root.join(file::FILE_NAME);
    if !path.exists() {
        return health("friction_patterns.json", "off", "nothing was learned yet", "friction learn");
    }
    match file::read(&path) {
        Ok(file) => health("friction_patterns.json", "fine", format!("{} patterns", file.patterns.len()), ""),
        Err(error) => health("friction_patterns.json", "broken", error.to_string(), "friction learn"),
    }
}

fn git_hooks(places: &Places) -> Vec<Health> {
    let reports = match status(places) {
        Ok(reports) => reports,
        Err(error) => return vec![health("git hooks", "broken", error.to_string(), "friction hook install")],
    };
    let told = |report: &crate::hook::git::Report| {
        let path = report.path.display().to_string();
        match report.state {
            State::Installed => health(report.hook, "fine", path, ""),
            State::Absent | State::Foreign => {
                health(report.hook, "off", format!("{path} does not run friction"), "friction hook install")
            }
            State::Stale => health(
                report.hook,
                "broken",
                format!("{path} runs a friction that is gone"),
                "friction hook install",
            ),
            State::Disabled => {
                health(report.hook, "broken", format!("{path} is not executable"), "friction hook install")
            }
        }
    };
    reports.iter().map(told).collect()
}

fn agent(places: &Places, path: &str, name: &'static str) -> Option<Health> {
    let text = fs::read_to_string(places.root.join(path)).ok()?;
    let parsed = jsonc_parser::parse_to_serde_value::<serde_json::Value>(
        &text,
        &jsonc_parser::ParseOptions::default(),
    );
    let value = match parsed {
        Ok(value) => value,
        Err(error) => {
            return Some(health(
                name,
                "broken",
                format!("{path} is not JSON: {error}"),
                "mend it, then friction init",
            ));
        }
    };
    let mut commands = Vec::new();
    strings(value.get("hooks").unwrap_or(&serde_json::Value::Null), &mut commands);
    let Some(command) = commands.iter().find(|command| is_call(command, name)) else {
        return Some(health(name, "off", format!("{path} does not call friction"), "friction init"));
    };
    let program = command.trim_end().trim_end_matches(&format!(" hook {name}")).trim_matches(['\'', '"']);
    let there = match program.contains('/') {
        true => std::path::Path::new(program).is_file(),
        false => gate::program_on_path(program).is_some(),
    };
    Some(match there {
        true => health(name, "fine", format!("{path} calls {program}"), ""),
        false => health(
            name,
            "broken",
            format!("{path} calls {program}, which is not there"),
            "put friction on PATH, or friction init",
        ),
    })
}

fn strings<'a>(value: &'a serde_json::Value, found: &mut Vec<&'a str>) {
    match value {
        serde_json::Value::String(text) => found.push(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        serde_json::Value::Object(map) => map.values().for_each(|item| strings(item, found)),
        _ => {}
    }
}

fn gate(places: &Places, config: &Config) -> Vec<Health> {
    let plan = match gate::plan(places, config, &Options::of(Subject::WorkTree)) {
        Ok(plan) => plan,
        Err(error) => return vec![health("gate", "broken", format!("{error:#}"), "")],
    };
    let programs: Vec<_> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::Run(program) => Some((step, program)),
            Action::Check => None,
        })
        .collect();
    if programs.is_empty() {
        return vec![health(
            "gate",
            "off",
            "no build and no tests were found",
            "name them in [[gate.step]] of friction.toml",
        )];
    }
    let missing = programs
        .iter()
        .filter_map(|(step, program)| Some(format!("{}: {}", step.name, program.missing.as_ref()?)));
    let missing: Vec<Health> =
        missing.map(|why| health("gate", "broken", why, "install what is missing")).collect();
    match missing.is_empty() {
        true => vec![health("gate", "fine", format!("{} steps", programs.len()), "")],
        false => missing,
    }
}

/// Hooks that let something through since they failed themselves.
fn failures(places: &Places) -> Option<Health> {
    let text = fs::read_to_string(places.own().join("hook.jsonl")).ok()?;
    let failed: Vec<&str> = text.lines().filter(|line| line.contains("\"what\":\"failed open\"")).collect();
    let last: serde_json::Value = serde_json::from_str(failed.last()?).ok()?;
    let detail = format!(
        "{} calls failed and let something through, the last: {}",
        failed.len(),
        last["detail"].as_str().unwrap_or("")
    );
    Some(health("hook record", "broken", detail, "mend its cause, then remove .git/friction/hook.jsonl"))
}
