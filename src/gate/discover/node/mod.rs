//! TypeScript and JavaScript: type checks by every tsconfig that covers a changed file, then vitest, jest
//! or the project's test script, package by package.

mod package;
mod runner;
mod tsconfig;

use std::collections::BTreeSet;

use crate::facts::join;
use crate::gate::ground::{Ground, below, inside};
use crate::gate::step::{Program, Tool};
use crate::model::gate::Kind;

use super::{Finder, told};
use package::{Package, Packages, bin};
use runner::{Runner, Way};

const CODE: [&str; 8] = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

fn is_code(path: &str) -> bool {
    CODE.iter().any(|end| path.ends_with(end)) || path.ends_with(".vue") || path.ends_with(".svelte")
}

pub(super) fn find(finder: &mut Finder) {
    let ground = finder.ground;
    let packages = Packages::find(ground);
    if packages.is_empty() {
        return;
    }
    type_checks(finder, &packages);
    let mut runners: BTreeSet<Runner> = BTreeSet::new();
    for package in packages.affected(ground) {
        match Runner::find(ground, &packages, package) {
            Some(runner) => _ = runners.insert(runner),
            None => finder.note(format!("{} names no test runner", join(&package.dir, "package.json"))),
        }
    }
    for runner in &runners {
        tests(finder, runner);
    }
}

fn type_checks(finder: &mut Finder, packages: &Packages) {
    let ground = finder.ground;
    let chosen = tsconfig::choose(ground);
    for note in chosen.notes {
        finder.note(note);
    }
    for config in chosen.configs {
        let dir = Ground::ancestors(&config.path).next().unwrap_or("").to_owned();
        let package = packages.of(&config.path);
        let dir = package.map_or(dir, |package| package.dir.clone());
        let compiler = match package.is_some_and(|package| package.depends_on("vue-tsc")) {
            true => "vue-tsc",
            false => "tsc",
        };
        let project = below(&config.path, &dir);
        let scratch = ground.scratch.join(format!("{}.tsbuildinfo", config.path.replace('/', "-")));
        let scratch = scratch.to_string_lossy();
        let words: Vec<&str> = match config.builds {
            true => vec!["-b", project, "--noEmit", "--pretty", "false"],
            false if config.incremental => {
                vec!["--noEmit", "-p", project, "--pretty", "false", "--tsBuildInfoFile", &scratch]
            }
            false => vec!["--noEmit", "-p", project, "--pretty", "false"],
        };
        let program = bin(ground, &dir, compiler, &words);
        let declared = packages.all().any(|package| package.depends_on("typescript"));
        if program.missing.is_some() && !declared {
            finder.note(format!("{} is left out: no package.json depends on typescript", config.path));
            continue;
        }
        let why = match config.covers.as_slice() {
            [] => config.path.clone(),
            [one] => format!("{} covers {one}", config.path),
            [one, rest @ ..] => format!("{} covers {one} and {} more", config.path, rest.len()),
        };
        let name = match project {
            "tsconfig.json" => "tsc".to_owned(),
            other => format!(
                "tsc {}",
                other
                    .trim_end_matches("/tsconfig.json")
                    .trim_start_matches("tsconfig.")
                    .trim_end_matches(".json")
            ),
        };
        finder.step(&name, Kind::Types, Tool::Tsc, &dir, why, program);
    }
}

fn tests(finder: &mut Finder, runner: &Runner) {
    let ground = finder.ground;
    let dir = runner.dir.as_str();
    let changed: Vec<&str> = ground.present().filter(|path| inside(path, dir) && is_code(path)).collect();
    let why = match ground.changed.is_empty() {
        true => runner.why.clone(),
        false => format!("{}; {}", runner.why, told(&changed)),
    };
    let (tool, name) = match runner.way {
        Way::Vitest => (Tool::Vitest, "vitest"),
        Way::Jest => (Tool::Jest, "jest"),
        Way::Script => (Tool::Other, "test script"),
    };
    let files: Vec<&str> = changed.iter().map(|path| below(path, dir)).collect();
    let related: Option<(&str, Vec<&str>)> = match runner.way {
        _ if files.is_empty() => None,
        Way::Vitest => {
            Some(("vitest related", [&["related", "--run", "--passWithNoTests"], &files[..]].concat()))
        }
        Way::Jest => {
            Some(("jest related", [&["--passWithNoTests", "--findRelatedTests"], &files[..]].concat()))
        }
        Way::Script => None,
    };
    if let Some((name, words)) = related {
        let program: Program = runner.program(ground, &words, false);
        finder.step(name, Kind::Related, tool, dir, told(&changed), program);
    }
    let all: &[&str] = match runner.way {
        Way::Vitest => &["run"],
        _ => &[],
    };
    finder.step(name, Kind::Tests, tool, dir, why, runner.program(ground, all, true));
}

impl Packages {
    /// Packages that hold a changed file, and those of the same repository that depend on them; all where
    /// nothing changed.
    fn affected(&self, ground: &Ground) -> Vec<&Package> {
        if ground.changed.is_empty() {
            return self.all().collect();
        }
        let mut met: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&Package> = ground.changed.iter().filter_map(|file| self.of(&file.path)).collect();
        let mut found: Vec<&Package> = Vec::new();
        while let Some(package) = open.pop() {
            if met.insert(&package.dir) {
                found.push(package);
                open.extend(
                    self.all()
                        .filter(|other| package.name.as_ref().is_some_and(|name| other.depends_on(name))),
                );
            }
        }
        found.sort_by(|one, other| one.dir.cmp(&other.dir));
        found
    }
}
