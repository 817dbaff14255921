//! `tsconfig.json`: the compiler's options for a file, with what they extend.

use std::sync::{Arc, PoisonError};

use fast_glob::glob_match;
use jsonc_parser::ParseOptions;
use serde_json::{Map, Value};

use super::paths::{normalize, split_package};
use super::{Project, folders, join};

/// A configuration with everything it extends.
#[derive(Debug)]
pub struct TsConfig {
    pub path: String,
    /// `compilerOptions`, merged.
    options: Map<String, Value>,
    /// It extends a file that is not in the project, so an option that is not written may be set.
    pub open: bool,
    /// `paths`: pattern and targets from the project's root.
    pub paths: Vec<(String, Vec<String>)>,
    /// `baseUrl`, from the project's root.
    pub base_url: Option<String>,
    /// Configurations that this one refers to.
    references: Vec<String>,
    files: Option<Vec<String>>,
    /// Globs from the project's root.
    include: Option<Vec<String>>,
    exclude: Vec<String>,
    /// `exclude` is written, here or in what it extends.
    excludes: bool,
}

/// No chain of `extends` is longer.
const MAX_EXTENDS: usize = 8;

impl TsConfig {
    /// A flag as it is written.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.options.get(name)?.as_bool()
    }

    /// A flag of the `strict` family: as it is written, else what `strict` says; on where nothing says.
    pub fn strict(&self, name: &str) -> bool {
        self.flag(name).or_else(|| self.flag("strict")).unwrap_or(self.open)
    }

    /// A word such as `module`, in small letters.
    pub fn word(&self, name: &str) -> Option<String> {
        self.options.get(name)?.as_str().map(str::to_ascii_lowercase)
    }

    /// Configurations that it refers to, from the project's root.
    pub fn references(&self) -> &[String] {
        &self.references
    }

    /// True for one that only refers to others.
    pub fn takes_nothing(&self) -> bool {
        self.include.as_ref().is_none_or(Vec::is_empty) && self.files.as_ref().is_some_and(Vec::is_empty)
    }

    /// True for an option that is written.
    pub fn has(&self, name: &str) -> bool {
        self.options.contains_key(name)
    }

    /// True if modules resolve as in node: a package's `type` counts, and so do extensions.
    pub fn is_node(&self) -> bool {
        let node = |word: String| matches!(word.as_str(), "nodenext" | "node16" | "node18" | "node20");
        match self.word("moduleResolution") {
            Some(word) => node(word),
            None => self.word("module").is_some_and(node),
        }
    }

    /// True if the configuration takes a file in by `files`, `include` and `exclude`.
    pub fn covers(&self, path: &str) -> bool {
        if self.files.as_ref().is_some_and(|files| files.iter().any(|file| file == path)) {
            return true;
        }
        let included = match &self.include {
            Some(globs) => matches_any(globs, path),
            None => {
                let folder = self.path.rfind('/').map_or("", |at| &self.path[..at]);
                self.files.is_none() && (folder.is_empty() || path.starts_with(&format!("{folder}/")))
            }
        };
        included && !matches_any(&self.exclude, path)
    }
}

impl Project {
    /// The configuration that governs a file: the nearest `tsconfig.json` that takes it in, itself or by a
    /// project that it refers to; none where no configuration does.
    pub fn tsconfig(&self, path: &str) -> Option<Arc<TsConfig>> {
        let nearest = folders(path).find_map(|folder| self.tsconfig_in(folder))?;
        if nearest.covers(path) {
            return Some(nearest);
        }
        let referred = || nearest.references.iter().filter_map(|path| self.tsconfig_file(path));
        let folder = nearest.path.rfind('/').map_or("", |at| &nearest.path[..at]).to_owned();
        let beside = || self.files().list(&folder).into_iter().filter(|entry| is_variant(&entry.name));
        referred().find(|config| config.covers(path)).or_else(|| {
            beside()
                .filter_map(|entry| self.tsconfig_file(&join(&folder, &entry.name)))
                .find(|config| config.covers(path))
        })
    }

    /// The nearest `tsconfig.json` (`jsconfig.json`), whether or not it takes the file in.
    pub fn nearest_tsconfig(&self, path: &str) -> Option<Arc<TsConfig>> {
        folders(path).find_map(|folder| self.tsconfig_in(folder))
    }

    /// The configuration at a path.
    pub fn tsconfig_at(&self, path: &str) -> Option<Arc<TsConfig>> {
        self.tsconfig_file(path)
    }

    fn tsconfig_in(&self, folder: &str) -> Option<Arc<TsConfig>> {
        self.tsconfig_file(&join(folder, "tsconfig.json"))
            .or_else(|| self.tsconfig_file(&join(folder, "jsconfig.json")))
    }

    fn tsconfig_file(&self, path: &str) -> Option<Arc<TsConfig>> {
        if let Some(known) = self.tsconfigs.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return known.clone();
        }
        let read = self.read_tsconfig(path, MAX_EXTENDS).map(Arc::new);
        let mut known = self.tsconfigs.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(path.to_owned(), read.clone());
        read
    }

    fn read_tsconfig(&self, path: &str, depth: usize) -> Option<TsConfig> {
        let text = self.files().text(path)?;
        let text = text.trim_start_matches('\u{feff}');
        let json: Value =
            jsonc_parser::parse_to_serde_value(text, &ParseOptions::default()).unwrap_or_default();
        let folder = path.rfind('/').map_or("", |at| &path[..at]);
        let mut config = TsConfig {
            path: path.to_owned(),
            options: Map::new(),
            open: json.is_null(),
            paths: Vec::new(),
            base_url: None,
            references: Vec::new(),
            files: None,
            include: None,
            exclude: Vec::new(),
            excludes: false,
        };
        for name in strings(json.get("extends")) {
            let base = self.extended(folder, &name).filter(|_| depth > 0);
            match base.and_then(|base| self.read_tsconfig(&base, depth - 1)) {
                Some(base) => config.inherit(base),
                None => config.open = true,
            }
        }
        config.read(&json, folder);
        let reference = |path: String| {
            let path = normalize(folder, &path)?;
            Some(if path.ends_with(".json") { path } else { join(&path, "tsconfig.json") })
        };
        let listed = json.get("references").and_then(Value::as_array).into_iter().flatten();
        let listed = listed.filter_map(|reference| reference.get("path")?.as_str().map(str::to_owned));
        config.references = listed.filter_map(reference).collect();
        Some(config)
    }

    /// The file that `extends` names: a relative path, or a package of this repository.
    fn extended(&self, folder: &str, name: &str) -> Option<String> {
        let path = if name.starts_with('.') {
            normalize(folder, name)?
        } else {
            let (package, inside) = split_package(name);
            let root = self.workspace_folder(package)?;
            join(&root, if inside.is_empty() { "tsconfig.json" } else { inside })
        };
        [path.clone(), format!("{path}.json"), join(&path, "tsconfig.json")]
            .into_iter()
            .find(|path| self.files().is_file(path))
    }
}

impl TsConfig {
    fn inherit(&mut self, base: TsConfig) {
        self.open |= base.open;
        self.options.extend(base.options);
        if !base.paths.is_empty() {
            self.paths = base.paths;
        }
        self.base_url = base.base_url.or(self.base_url.take());
        self.files = base.files.or(self.files.take());
        self.include = base.include.or(self.include.take());
        self.exclude = base.exclude;
        self.excludes = base.excludes;
    }

    fn read(&mut self, json: &Value, folder: &str) {
        let own = json.get("compilerOptions").and_then(Value::as_object);
        if let Some(base) = own.and_then(|own| own.get("baseUrl")?.as_str()) {
            self.base_url = normalize(folder, base);
        }
        if let Some(paths) = own.and_then(|own| own.get("paths")?.as_object()) {
            let base = self.base_url.as_deref().unwrap_or(folder);
            let targets = |value: &Value| {
                strings(Some(value)).iter().filter_map(|target| normalize(base, target)).collect()
            };
            self.paths = paths.iter().map(|(pattern, value)| (pattern.clone(), targets(value))).collect();
        }
        if let Some(own) = own {
            self.options.extend(own.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        let listed = |name: &str| json.get(name).map(|value| strings(Some(value)));
        if let Some(files) = listed("files") {
            self.files = Some(files.iter().filter_map(|file| normalize(folder, file)).collect());
            self.include = None;
        }
        if let Some(include) = listed("include") {
            self.include = Some(globs(folder, &include));
        }
        if let Some(exclude) = listed("exclude") {
            self.exclude = globs(folder, &exclude);
            self.excludes = true;
        } else if !self.excludes {
            let out = own.and_then(|own| own.get("outDir")?.as_str());
            let default = ["**/node_modules"].into_iter().chain(out).map(str::to_owned);
            self.exclude = globs(folder, &default.collect::<Vec<String>>());
        }
    }
}

/// `tsconfig.test.json` and its kind.
fn is_variant(name: &str) -> bool {
    name.starts_with("tsconfig.") && name.ends_with(".json") && name != "tsconfig.json"
}

/// A string, or a list of them.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => {
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

fn matches_any(globs: &[String], path: &str) -> bool {
    globs.iter().any(|glob| glob_match(glob, path))
}

/// The compiler's globs: a pattern without a wildcard in its last part stands for a folder as well.
fn globs(folder: &str, patterns: &[String]) -> Vec<String> {
    let mut globs = Vec::new();
    for pattern in patterns.iter().filter_map(|pattern| normalize(folder, pattern)) {
        let last = pattern.rsplit('/').next().unwrap_or("");
        if pattern.is_empty() {
            globs.push("**/*".to_owned());
        } else if last == "**" {
            globs.push(format!("{pattern}/*"));
        } else {
            globs.push(format!("{pattern}/**/*"));
            globs.push(pattern);
        }
    }
    globs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::MemoryFiles;

    fn project(files: &[(&str, &str)]) -> Project {
        let mut memory = MemoryFiles::default();
        for (path, text) in files {
            memory.insert(*path, text);
        }
        Project::new(Arc::new(memory))
    }

    #[test]
    fn options_are_inherited_and_comments_and_trailing_commas_read() {
        let project = project(&[
            ("base.json", r#"{ "compilerOptions": { "strict": true, "module": "NodeNext" } }"#),
            (
                "app/tsconfig.json",
                "{ // mine\n \"extends\": \"../base\", \"compilerOptions\": { \"useUnknownInCatchVariables\": false, }, }",
            ),
        ]);
        let config = project.tsconfig("app/a.ts").unwrap();
        assert!(config.is_node() && config.strict("strictNullChecks"));
        assert!(!config.strict("useUnknownInCatchVariables"));
    }

    #[test]
    fn a_file_is_governed_by_the_project_that_takes_it_in() {
        let project = project(&[
            ("tsconfig.json", r#"{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }"#),
            ("tsconfig.app.json", r#"{ "include": ["src"], "exclude": ["src/old"] }"#),
        ]);
        assert_eq!(project.tsconfig("src/deep/a.ts").unwrap().path, "tsconfig.app.json");
        assert!(project.tsconfig("src/old/a.ts").is_none() && project.tsconfig("test/a.ts").is_none());
    }

    #[test]
    fn what_a_package_outside_may_set_counts_as_strict() {
        let project = project(&[("tsconfig.json", r#"{ "extends": "@tsconfig/node22/tsconfig.json" }"#)]);
        let config = project.tsconfig("a.ts").unwrap();
        assert!(config.open && config.strict("strict"));
    }
}
