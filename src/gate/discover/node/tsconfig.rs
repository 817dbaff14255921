//! Which tsconfig covers a changed file, and so must be checked: read by [`facts`](crate::facts), as the
//! checker reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::facts::{Project, TsConfig, join, normal};
use crate::gate::ground::Ground;

/// Compiler options that change what is written, not what is an error.
const EMIT: [&str; 17] = [
    "outDir",
    "rootDir",
    "declaration",
    "declarationMap",
    "declarationDir",
    "sourceMap",
    "inlineSources",
    "noEmit",
    "emitDeclarationOnly",
    "composite",
    "incremental",
    "tsBuildInfoFile",
    "removeComments",
    "inlineSourceMap",
    "stripInternal",
    "noEmitOnError",
    "importHelpers",
];

/// A config that is to be checked.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) path: String,
    /// Changed files that it covers.
    pub(super) covers: Vec<String>,
    /// It names other projects that must be built before it.
    pub(super) builds: bool,
    /// It keeps what it knows in a file.
    pub(super) incremental: bool,
}

#[derive(Default)]
pub(super) struct Choice {
    pub(super) configs: Vec<Chosen>,
    pub(super) notes: Vec<String>,
}

/// Every config that covers a changed file; the root's where nothing changed.
pub(super) fn choose(ground: &Ground) -> Choice {
    let configs = Configs { ground, project: Project::new(Arc::new(ground.files())) };
    let mut covers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if ground.changed.is_empty() {
        for config in configs.with_referred("tsconfig.json") {
            covers.entry(config.path.clone()).or_default();
        }
    }
    for file in ground.present().filter(|path| is_source(path, true)) {
        for config in configs.covering(file) {
            covers.entry(config).or_default().push(file.to_owned());
        }
    }
    let mut choice = Choice::default();
    for (path, files) in &covers {
        let wider = narrows(ground, path).filter(|wider| {
            covers.get(wider).is_some_and(|covered| files.iter().all(|file| covered.contains(file)))
        });
        if let Some(wider) = wider {
            choice.notes.push(format!("{path} is left out: it narrows {wider}, which is checked"));
            continue;
        }
        let Some(config) = configs.project.tsconfig_at(path) else { continue };
        choice.configs.push(Chosen {
            path: path.clone(),
            covers: files.clone(),
            builds: !config.references().is_empty() && builds_without_output(ground, path),
            incremental: ["incremental", "composite"].iter().any(|name| config.flag(name) == Some(true)),
        });
    }
    choice
}

struct Configs<'a> {
    ground: &'a Ground,
    project: Project,
}

impl Configs<'_> {
    /// The configs of the nearest folder above a file in which one covers it; where none does, the nearest
    /// tsconfig.json, since a file may be part of a program by an import only.
    fn covering(&self, file: &str) -> BTreeSet<String> {
        let mut nearest: Option<Arc<TsConfig>> = None;
        for dir in Ground::ancestors(file) {
            let mut found = BTreeSet::new();
            for name in config_names(self.ground, dir) {
                for config in self.with_referred(&join(dir, &name)) {
                    if is_source(file, takes_javascript(&config)) && config.covers(file) {
                        found.insert(config.path.clone());
                    } else if name == "tsconfig.json" && nearest.is_none() && !config.takes_nothing() {
                        nearest = Some(config);
                    }
                }
            }
            if !found.is_empty() {
                return found;
            }
        }
        let typed = |config: &Arc<TsConfig>| is_source(file, takes_javascript(config));
        nearest.filter(typed).map(|config| config.path.clone()).into_iter().collect()
    }

    /// A config and the projects that it refers to.
    fn with_referred(&self, path: &str) -> Vec<Arc<TsConfig>> {
        let mut met = BTreeSet::new();
        let mut found = Vec::new();
        let mut open = vec![path.to_owned()];
        while let Some(path) = open.pop() {
            if met.len() > MOST || !met.insert(path.clone()) {
                continue;
            }
            if let Some(config) = self.project.tsconfig_at(&path) {
                open.extend(config.references().iter().cloned());
                found.push(config);
            }
        }
        found
    }
}

/// Projects that are followed from one config.
const MOST: usize = 64;

/// tsconfig.json and its like; bases and those of a linter check nothing.
fn config_names(ground: &Ground, dir: &str) -> Vec<String> {
    let entries = std::fs::read_dir(ground.root.join(dir)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with("tsconfig") && name.ends_with(".json"))
        .filter(|name| !["base", "common", "shared", "eslint", "lint"].iter().any(|word| name.contains(word)))
        .collect();
    names.sort();
    names
}

/// Whether the installed compiler can build what is referred to without writing it: 5.6 and newer.
fn builds_without_output(ground: &Ground, path: &str) -> bool {
    let version = Ground::ancestors(path).find_map(|dir| {
        let text = ground.text(&join(dir, "node_modules/typescript/package.json"))?;
        let json: Value = serde_json::from_str(&text).ok()?;
        Some(json.get("version")?.as_str()?.to_owned())
    });
    let Some(version) = version else { return false };
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (5, 6)
}

/// The config of the same folder that a config extends, if it changes nothing but what is written.
fn narrows(ground: &Ground, path: &str) -> Option<String> {
    let text = ground.text(path)?;
    let own: Value =
        jsonc_parser::parse_to_serde_value(&text, &jsonc_parser::ParseOptions::default()).ok()?;
    let base = match own.get("extends")? {
        Value::Array(bases) => bases.last()?.as_str()?,
        base => base.as_str()?,
    };
    let dir = Ground::ancestors(path).next().unwrap_or("");
    let base = normal(dir, base);
    let base = if ground.is_file(&base) { base } else { format!("{base}.json") };
    let no_options = Map::new();
    let options = own.get("compilerOptions").and_then(Value::as_object).unwrap_or(&no_options);
    let only_emits = options.keys().all(|key| EMIT.contains(&key.as_str()));
    (only_emits && Ground::ancestors(&base).next() == Some(dir)).then_some(base)
}

fn takes_javascript(config: &TsConfig) -> bool {
    ["allowJs", "checkJs"].iter().any(|name| config.flag(name) == Some(true))
}

fn is_source(path: &str, javascript: bool) -> bool {
    let ends = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
    ends(&[".ts", ".tsx", ".mts", ".cts", ".vue"]) || (javascript && ends(&[".js", ".jsx", ".mjs", ".cjs"]))
}
