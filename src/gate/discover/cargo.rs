//! Rust: `cargo check` with all targets, then the tests of the packages that changed, then all.

use std::collections::BTreeSet;

use crate::facts::join;
use crate::gate::command::on_path;
use crate::gate::ground::Ground;
use crate::gate::step::{Program, Tool};
use crate::model::gate::Kind;

use super::{Finder, told};

pub(super) fn find(finder: &mut Finder) {
    let ground = finder.ground;
    let changed: Vec<&str> = ground.changed.iter().map(|file| file.path.as_str()).collect();
    let mut workspaces: BTreeSet<String> = BTreeSet::new();
    let mut packages: BTreeSet<(String, String)> = BTreeSet::new();
    for path in &changed {
        let Some(package) = Ground::ancestors(path).find(|dir| ground.is_file(&join(dir, "Cargo.toml")))
        else {
            continue;
        };
        let workspace = workspace(ground, package);
        if let Some(name) = package_name(ground, package) {
            packages.insert((workspace.clone(), name));
        }
        workspaces.insert(workspace);
    }
    if changed.is_empty() && ground.is_file("Cargo.toml") {
        workspaces.insert(String::new());
    }
    for dir in workspaces {
        let why = match changed.is_empty() {
            true => "Cargo.toml".to_owned(),
            false => told(
                &changed
                    .iter()
                    .copied()
                    .filter(|path| super::super::ground::inside(path, &dir))
                    .collect::<Vec<_>>(),
            ),
        };
        let members: Vec<&str> = packages
            .iter()
            .filter(|(workspace, _)| *workspace == dir)
            .map(|(_, name)| name.as_str())
            .collect();
        add(finder, &dir, &why, &members);
    }
}

fn add(finder: &mut Finder, dir: &str, why: &str, members: &[&str]) {
    let ground = finder.ground;
    let locked = ground.is_file(&join(dir, "Cargo.lock"));
    let cargo = |words: &[&str]| {
        let words: Vec<&str> = match locked {
            true => [&words[..1], &["--locked"], &words[1..]].concat(),
            false => words.to_vec(),
        };
        let mut program = match on_path("cargo") {
            Some(place) => Program::new(place, &words),
            None => Program::missing("cargo", &words, "cargo is not on PATH; see https://rustup.rs"),
        };
        if ground.is_taken_out() {
            let target = ground.home.join(dir).join("target");
            program.variables.push(("CARGO_TARGET_DIR".to_owned(), target.to_string_lossy().into_owned()));
        }
        program
    };
    let is_workspace = has_section(ground, dir, "[workspace]");
    let all: &[&str] = if is_workspace { &["--workspace"] } else { &[] };
    let check = [&["check", "-q", "--all-targets", "--message-format", "short"], all].concat();
    finder.step("cargo check", Kind::Types, Tool::Cargo, dir, why.to_owned(), cargo(&check));
    if is_workspace && !members.is_empty() {
        let of: Vec<&str> = members.iter().flat_map(|name| ["-p", name]).collect();
        let words = [&["test", "-q", "--no-fail-fast"], &of[..]].concat();
        let why = format!("packages that changed: {}", members.join(", "));
        finder.step("cargo test related", Kind::Related, Tool::Cargo, dir, why, cargo(&words));
    }
    let words = [&["test", "-q", "--no-fail-fast"], all].concat();
    finder.step("cargo test", Kind::Tests, Tool::Cargo, dir, why.to_owned(), cargo(&words));
}

/// The folder of the workspace that a package belongs to, or its own.
fn workspace(ground: &Ground, package: &str) -> String {
    Ground::up(package).find(|dir| has_section(ground, dir, "[workspace]")).unwrap_or(package).to_owned()
}

fn has_section(ground: &Ground, dir: &str, section: &str) -> bool {
    ground.text(&join(dir, "Cargo.toml")).is_some_and(|text| text.lines().any(|line| line.trim() == section))
}

fn package_name(ground: &Ground, dir: &str) -> Option<String> {
    let manifest: toml::Table = ground.text(&join(dir, "Cargo.toml"))?.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}
