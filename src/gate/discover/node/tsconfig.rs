//! Which tsconfig covers a file: `files`, `include`, `exclude`, `extends` and `references`, read as the
//! compiler reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use globset::{GlobBuilder, GlobMatcher};
use serde_json::Value;

use crate::facts::join;
use crate::gate::ground::Ground;

/// Folders and files of `extends` and `references` that are followed from one config.
const DEPTH: usize = 8;

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
    let mut choice = Choice::default();
    let mut configs: BTreeMap<String, Option<Tsconfig>> = BTreeMap::new();
    let mut covers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if ground.changed.is_empty() && ground.is_file("tsconfig.json") {
        for path in roots(ground, "tsconfig.json", &mut configs) {
            covers.entry(path).or_default();
        }
    }
    for file in ground.present().filter(|path| is_source(path, true)) {
        for path in covering(ground, file, &mut configs) {
            covers.entry(path).or_default().push(file.to_owned());
        }
    }
    let paths: Vec<String> = covers.keys().cloned().collect();
    for (path, files) in &covers {
        let Some(Some(config)) = configs.get(path) else { continue };
        if let Some(wider) = config
            .narrows
            .as_ref()
            .filter(|wider| paths.contains(wider) && files.iter().all(|file| covers[*wider].contains(file)))
        {
            choice.notes.push(format!("{path} is left out: it narrows {wider}, which is checked"));
            continue;
        }
        choice.configs.push(Chosen {
            path: path.clone(),
            covers: files.clone(),
            builds: !config.references.is_empty() && builds_without_output(ground, path),
            incremental: config.incremental,
        });
    }
    choice
}

/// The configs of the nearest folder above a file in which one covers it; where none does, the nearest
/// tsconfig.json, since a file may be part of a program by an import only.
fn covering(
    ground: &Ground,
    file: &str,
    configs: &mut BTreeMap<String, Option<Tsconfig>>,
) -> BTreeSet<String> {
    let mut nearest: Option<String> = None;
    for dir in Ground::ancestors(file) {
        let mut found = BTreeSet::new();
        for name in config_names(ground, dir) {
            for path in roots(ground, &join(dir, &name), configs) {
                if let Some(Some(config)) = configs.get(&path) {
                    if config.covers(file) {
                        found.insert(path);
                    } else if name == "tsconfig.json" && nearest.is_none() && !config.is_empty() {
                        nearest = Some(path);
                    }
                }
            }
        }
        if !found.is_empty() {
            return found;
        }
    }
    let typed =
        |path: &String| is_source(file, configs[path].as_ref().is_some_and(|config| config.javascript));
    nearest.filter(typed).into_iter().collect()
}

/// A config and the projects that it refers to.
fn roots(ground: &Ground, path: &str, configs: &mut BTreeMap<String, Option<Tsconfig>>) -> Vec<String> {
    let mut met = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        if met.contains(&path) || met.len() > 64 {
            continue;
        }
        let config = configs.entry(path.clone()).or_insert_with(|| Tsconfig::read(ground, &path));
        if let Some(config) = config {
            open.extend(config.references.iter().cloned());
        }
        met.push(path);
    }
    met
}

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

/// What a config covers. Paths are from the root.
#[derive(Clone, Debug)]
struct Tsconfig {
    files: Vec<String>,
    include: Vec<GlobMatcher>,
    exclude: Vec<GlobMatcher>,
    references: Vec<String>,
    javascript: bool,
    incremental: bool,
    /// The config of the same folder that it extends, if it changes nothing but what is written.
    narrows: Option<String>,
}

impl Tsconfig {
    fn read(ground: &Ground, path: &str) -> Option<Tsconfig> {
        let chain = chain(ground, path);
        let (_, own) = chain.first()?;
        let list = |key: &str| {
            chain.iter().find_map(|(path, json)| {
                let items = json.get(key)?.as_array()?;
                let dir = Ground::ancestors(path).next().unwrap_or("");
                let own_dir = Ground::ancestors(&chain[0].0).next().unwrap_or("");
                let resolved = items.iter().filter_map(Value::as_str).filter_map(|item| {
                    match item.strip_prefix("${configDir}") {
                        Some(rest) => normal(own_dir, rest.trim_start_matches('/')),
                        None => normal(dir, item),
                    }
                });
                Some(resolved.collect::<Vec<String>>())
            })
        };
        let option = |key: &str| chain.iter().find_map(|(_, json)| json.get("compilerOptions")?.get(key));
        let on = |key: &str| option(key).and_then(Value::as_bool) == Some(true);
        let files = list("files");
        let dir = Ground::ancestors(path).next().unwrap_or("");
        let include = list("include")
            .unwrap_or_else(|| if files.is_some() { Vec::new() } else { vec![join(dir, "**/*")] });
        let mut exclude = list("exclude").unwrap_or_else(|| {
            ["node_modules", "bower_components", "jspm_packages"]
                .iter()
                .map(|name| join(dir, &format!("**/{name}")))
                .collect()
        });
        exclude.extend(
            option("outDir")
                .and_then(Value::as_str)
                .and_then(|out| normal(dir, out))
                .filter(|out| !out.is_empty()),
        );
        let reference = |value: &Value| {
            let path = normal(dir, value.get("path")?.as_str()?)?;
            let path = if path.ends_with(".json") { path } else { join(&path, "tsconfig.json") };
            ground.is_file(&path).then_some(path)
        };
        let references =
            own.get("references").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Some(Tsconfig {
            files: files.unwrap_or_default(),
            include: include.iter().filter_map(|pattern| glob(&whole_folder(pattern))).collect(),
            exclude: exclude
                .iter()
                .flat_map(|pattern| [glob(pattern), glob(&join(pattern, "**"))])
                .flatten()
                .collect(),
            references: references.iter().filter_map(reference).collect(),
            javascript: on("allowJs") || on("checkJs"),
            incremental: on("incremental") || on("composite"),
            narrows: narrows(&chain),
        })
    }

    fn covers(&self, file: &str) -> bool {
        self.files.iter().any(|path| path == file)
            || (is_source(file, self.javascript)
                && self.include.iter().any(|glob| glob.is_match(file))
                && !self.exclude.iter().any(|glob| glob.is_match(file)))
    }

    /// True for one that only refers to others.
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.include.is_empty()
    }
}

/// A config and those it extends, nearest first. Those of packages are not followed: they say nothing of
/// this project's files.
fn chain(ground: &Ground, path: &str) -> Vec<(String, Value)> {
    let mut chain = Vec::new();
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        let parsed = ground.text(&path).and_then(|text| {
            jsonc_parser::parse_to_serde_value::<Value>(&text, &jsonc_parser::ParseOptions::default()).ok()
        });
        let Some(json) = parsed.filter(|_| chain.len() < DEPTH) else { continue };
        let dir = Ground::ancestors(&path).next().unwrap_or("").to_owned();
        let bases: Vec<&str> = match json.get("extends") {
            Some(Value::String(base)) => vec![base],
            Some(Value::Array(bases)) => bases.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        // The last base wins over the ones before it.
        for base in bases.into_iter().filter(|base| base.starts_with('.')) {
            if let Some(base) = normal(&dir, base) {
                open.push(if ground.is_file(&base) { base } else { format!("{base}.json") });
            }
        }
        chain.push((path, json));
    }
    chain
}

fn narrows(chain: &[(String, Value)]) -> Option<String> {
    let [(path, own), (base, _), ..] = chain else { return None };
    let dir = |path: &str| Ground::ancestors(path).next().unwrap_or("").to_owned();
    let no_options = serde_json::Map::new();
    let options = own.get("compilerOptions").and_then(Value::as_object).unwrap_or(&no_options);
    let only_emits = options.keys().all(|key| EMIT.contains(&key.as_str()));
    (dir(path) == dir(base) && only_emits).then(|| base.clone())
}

/// `dir` and a path from it as one path from the root, without `.` and `..`; `None` out of the root.
fn normal(dir: &str, path: &str) -> Option<String> {
    let joined = join(dir, path);
    let mut parts: Vec<&str> = Vec::new();
    for part in Path::new(&joined).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::ParentDir => _ = parts.pop()?,
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(parts.join("/"))
}

/// `src` means all below it.
fn whole_folder(pattern: &str) -> String {
    let last = pattern.rsplit('/').next().unwrap_or(pattern);
    let is_folder = !last.contains(['*', '?', '.']) || last == "**";
    match is_folder {
        true => join(pattern, "**/*").replace("**/**/", "**/"),
        false => pattern.to_owned(),
    }
}

fn glob(pattern: &str) -> Option<GlobMatcher> {
    let escaped = pattern.replace('[', "[[]").replace('{', "[{]").replace('}', "[}]");
    Some(GlobBuilder::new(&escaped).literal_separator(true).build().ok()?.compile_matcher())
}

fn is_source(path: &str, javascript: bool) -> bool {
    let ends = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
    ends(&[".ts", ".tsx", ".mts", ".cts", ".vue"]) || (javascript && ends(&[".js", ".jsx", ".mjs", ".cjs"]))
}
