//! The packages of a repository, their manager and their programs.

use serde_json::Value;

use crate::facts::join;
use crate::gate::command::{is_program, on_path};
use crate::gate::discover::walk;
use crate::gate::ground::{Ground, inside};
use crate::gate::step::Program;

/// Folders below the root in which packages are looked for.
const DEPTH: usize = 4;

/// A package.json.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Package {
    pub(super) dir: String,
    pub(super) name: Option<String>,
    json: Value,
}

impl Package {
    fn read(ground: &Ground, dir: &str) -> Option<Package> {
        let json: Value = serde_json::from_str(&ground.text(&join(dir, "package.json"))?).ok()?;
        let name = json.get("name").and_then(Value::as_str).map(str::to_owned);
        Some(Package { dir: dir.to_owned(), name, json })
    }

    pub(super) fn script(&self, name: &str) -> Option<&str> {
        self.json.get("scripts")?.get(name)?.as_str()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.json.get(key).is_some()
    }

    pub(super) fn depends_on(&self, name: &str) -> bool {
        ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]
            .iter()
            .any(|kind| self.json.get(kind).and_then(|kind| kind.get(name)).is_some())
    }
}

/// All of a repository, the root's first.
pub(super) struct Packages(Vec<Package>);

impl Packages {
    pub(super) fn find(ground: &Ground) -> Packages {
        let paths = match ground.is_file("package.json") || !ground.changed.is_empty() {
            true => walk::files(&ground.root, "", DEPTH, &|name| name == "package.json"),
            false => Vec::new(),
        };
        let mut all: Vec<Package> =
            paths.iter().filter_map(|path| Package::read(ground, Ground::ancestors(path).next()?)).collect();
        all.sort_by(|one, other| one.dir.cmp(&other.dir));
        Packages(all)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Package> {
        self.0.iter()
    }

    /// The nearest package above a file.
    pub(super) fn of(&self, path: &str) -> Option<&Package> {
        self.0.iter().filter(|package| inside(path, &package.dir)).max_by_key(|package| package.dir.len())
    }

    pub(super) fn at(&self, dir: &str) -> Option<&Package> {
        self.0.iter().find(|package| package.dir == dir)
    }
}

/// The package manager in use, by the nearest lock file.
pub(super) fn manager(ground: &Ground, dir: &str) -> &'static str {
    const LOCKS: [(&str, &str); 6] = [
        ("package-lock.json", "npm"),
        ("npm-shrinkwrap.json", "npm"),
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun"),
        ("bun.lockb", "bun"),
    ];
    let named =
        |dir: &str| LOCKS.iter().find(|(lock, _)| ground.is_file(&join(dir, lock))).map(|(_, name)| *name);
    Ground::up(dir).find_map(named).unwrap_or("npm")
}

/// What installs the dependencies exactly as locked.
pub(super) fn install(manager: &str) -> &'static str {
    match manager {
        "pnpm" => "pnpm install --frozen-lockfile",
        "yarn" => "yarn install --immutable",
        "bun" => "bun install --frozen-lockfile",
        _ => "npm ci",
    }
}

/// A program of an installed package, from the nearest `node_modules/.bin`.
pub(super) fn bin(ground: &Ground, dir: &str, name: &str, words: &[&str]) -> Program {
    let folders: Vec<_> = Ground::up(dir)
        .map(|dir| ground.root.join(dir).join("node_modules/.bin"))
        .filter(|dir| dir.is_dir())
        .collect();
    if let Some(place) = folders.iter().map(|folder| folder.join(name)).find(|place| is_program(place)) {
        return Program { path: folders, ..Program::new(place, words) };
    }
    if Ground::up(dir).any(|dir| ground.is_file(&join(dir, ".pnp.cjs")))
        && let Some(yarn) = on_path("yarn")
    {
        return Program::new(yarn, &[&["run", name], words].concat());
    }
    let mend = install(manager(ground, dir));
    Program::missing(name, words, format!("{name} is not installed in node_modules; run `{mend}`"))
}
