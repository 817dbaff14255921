//! What the specifier of an import means: a file of the project, a package, a module of node's.
//!
//! Relative paths and the compiler's `paths` are followed here, in a few look-ups; packages of the
//! repository itself and `#imports` by `oxc_resolver`, over the same files.

use std::sync::{Arc, PoisonError};

use super::linked::Resolver;
use super::paths::{is_code, is_javascript, normalize, split_package, written_as};
use super::{Project, join};

/// What a specifier means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A file of the project, by a relative path or an alias.
    File(String),
    /// A file of another package of this repository, by that package's name.
    Workspace(String),
    /// A package that is, or may be, installed.
    Package,
    /// A module of node's own.
    Builtin,
    /// Nothing: no file stands there, and none can be generated there as far as one can see; or no package
    /// of that name is asked for.
    Missing,
    /// An asset, a generated or virtual module, a path that leaves the project: not to be judged.
    Unknown,
}

impl Resolution {
    /// The file, if it is the project's own.
    pub fn file(&self) -> Option<&str> {
        match self {
            Resolution::File(path) | Resolution::Workspace(path) => Some(path),
            _ => None,
        }
    }
}

impl Project {
    /// What a specifier in a file means.
    pub fn resolve(&self, from: &str, specifier: &str) -> Resolution {
        let folder = from.rfind('/').map_or("", |at| &from[..at]);
        // The ending of the importer decides between `m.js` and `m.ts`, so it is part of the key.
        let key = (format!("{folder}\0{}", is_javascript(from)), specifier.to_owned());
        if let Some(known) = self.resolutions.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let resolution = self.resolve_now(from, folder, specifier);
        let mut known = self.resolutions.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(key, resolution.clone());
        resolution
    }

    /// The project's own file that a specifier in a file means.
    pub fn first_party(&self, from: &str, specifier: &str) -> Option<String> {
        self.resolve(from, specifier).file().map(str::to_owned)
    }

    fn resolve_now(&self, from: &str, folder: &str, specifier: &str) -> Resolution {
        if specifier.is_empty() || specifier.contains(['?', '!', '*']) {
            return Resolution::Unknown;
        }
        if specifier.starts_with("./") || specifier.starts_with("../") || matches!(specifier, "." | "..") {
            return match normalize(folder, specifier) {
                Some(target) => self.at(from, &target, specifier.ends_with('/')),
                None => Resolution::Unknown,
            };
        }
        if specifier.starts_with("node:") || is_builtin(specifier) {
            return Resolution::Builtin;
        }
        if specifier.contains(':') || specifier.starts_with('/') {
            return Resolution::Unknown;
        }
        let (package, _) = split_package(specifier);
        if let Some(aliased) = self.by_alias(from, specifier) {
            // What a package shows by its name need not be what the alias leads to.
            return match aliased {
                Resolution::File(path) if self.is_package_around(from, package, &path) => {
                    Resolution::Workspace(path)
                }
                aliased => aliased,
            };
        }
        if specifier.starts_with('#') {
            return self.by_package(folder, specifier).map_or(Resolution::Unknown, Resolution::File);
        }
        if self.workspace_folder(package).is_some() {
            return self.by_package(folder, specifier).map_or(Resolution::Package, Resolution::Workspace);
        }
        self.installed(from, package)
    }

    /// A file at a path, as the importer's language looks for it.
    fn at(&self, from: &str, target: &str, is_folder: bool) -> Resolution {
        let files = self.files();
        if !is_folder && let Some(found) = self.file_at(from, target) {
            return if is_code(&found) || found.ends_with(".json") {
                Resolution::File(found)
            } else {
                Resolution::Unknown
            };
        }
        if files.is_dir(target) {
            let main = self.package_in(target).and_then(|package| {
                let of = |key: &str| package.json.get(key)?.as_str().map(str::to_owned);
                of("types").or_else(|| of("module")).or_else(|| of("main"))
            });
            if let Some(main) = main {
                let found = normalize(target, &main).and_then(|main| self.file_at(from, &main));
                return found.map_or(Resolution::Unknown, Resolution::File);
            }
            if let Some(found) = self.file_at(from, &join(target, "index")) {
                return Resolution::File(found);
            }
        }
        if self.may_be_made(from, target) { Resolution::Unknown } else { Resolution::Missing }
    }

    fn file_at(&self, from: &str, target: &str) -> Option<String> {
        let files = self.files();
        let is_file = |path: &String| files.is_file(path);
        let exact = target.to_owned();
        let written = written_as(target);
        let mapped = || written.iter().find(|path| is_file(path)).cloned();
        let found = if is_javascript(from) {
            Some(exact).filter(is_file).or_else(mapped)
        } else {
            mapped().or_else(|| Some(exact).filter(is_file))
        };
        const ADDED: [&str; 9] = [".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mts", ".mjs", ".cts", ".cjs"];
        found
            .or_else(|| ADDED.iter().map(|end| format!("{target}{end}")).find(is_file))
            .or_else(|| Some(format!("{target}.json")).filter(is_file))
    }

    /// True if a path that is not there may be no mistake: an asset, what a build makes, a variant for a
    /// platform, a folder that the compiler lays over another.
    fn may_be_made(&self, from: &str, target: &str) -> bool {
        let name = target.rsplit('/').next().unwrap_or(target);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        if ASSETS.contains(&ending.to_ascii_lowercase().as_str()) || target.split('/').any(is_built) {
            return true;
        }
        let stem = written_as(target).first().map_or(name, |_| name.rsplit_once('.').map_or(name, |at| at.0));
        let folder = target.rfind('/').map_or("", |at| &target[..at]);
        let beside = self.files().list(folder);
        let variant = |entry: &str| {
            entry.strip_prefix(stem).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| {
                const OTHER: [&str; 7] = ["test", "spec", "stories", "bench", "test-d", "snap", "e2e"];
                !OTHER.contains(&rest.split('.').next().unwrap_or(""))
            })
        };
        beside.iter().any(|entry| !entry.is_dir && variant(&entry.name))
            || self.nearest_tsconfig(from).is_some_and(|config| config.has("rootDirs"))
            || self.is_ignored(target)
            || written_as(target).iter().any(|path| self.is_ignored(path))
            || self.is_ignored(&format!("{target}.ts"))
    }

    /// The file that `paths` or `baseUrl` name; none where no pattern fits.
    fn by_alias(&self, from: &str, specifier: &str) -> Option<Resolution> {
        let config = self.tsconfig(from).or_else(|| self.nearest_tsconfig(from))?;
        let fit = |pattern: &str| -> Option<String> {
            let Some((head, tail)) = pattern.split_once('*') else {
                return (pattern == specifier).then(String::new);
            };
            let long_enough = specifier.len() >= head.len() + tail.len();
            (long_enough && specifier.starts_with(head) && specifier.ends_with(tail))
                .then(|| specifier[head.len()..specifier.len() - tail.len()].to_owned())
        };
        let rank = |pattern: &str| match pattern.split_once('*') {
            None => usize::MAX,
            Some((head, _)) => head.len(),
        };
        let fitting =
            config.paths.iter().filter_map(|(pattern, targets)| Some((pattern, fit(pattern)?, targets)));
        let best = fitting.max_by_key(|(pattern, ..)| rank(pattern));
        if let Some((pattern, star, targets)) = best {
            let paths: Vec<String> = targets.iter().map(|target| target.replacen('*', &star, 1)).collect();
            let found = paths.iter().map(|path| self.at(from, path, false));
            let mut found = found.collect::<Vec<_>>();
            if let Some(at) = found.iter().position(|found| found.file().is_some()) {
                return Some(found.swap_remove(at));
            }
            if pattern.as_str() != "*" {
                let missing = !found.is_empty() && found.iter().all(|found| *found == Resolution::Missing);
                let own = paths.iter().all(|path| !path.split('/').any(|part| part == "node_modules"));
                return Some(if missing && own { Resolution::Missing } else { Resolution::Unknown });
            }
        }
        let base = config.base_url.as_deref()?;
        match self.at(from, &normalize(base, specifier)?, false) {
            Resolution::File(path) => Some(Resolution::File(path)),
            _ => None,
        }
    }

    /// The file of the project that a package's name means to node, whatever the compiler's `paths` say.
    pub(super) fn by_package(&self, folder: &str, specifier: &str) -> Option<String> {
        let resolver =
            self.resolver.get_or_init(|| Resolver::new(Arc::clone(&self.files), self.workspace().clone()));
        resolver.resolve(folder, specifier).filter(|path| self.files().is_file(path))
    }
}

/// Endings that a bundler or a plugin reads.
const ASSETS: [&str; 56] = [
    "css", "scss", "sass", "less", "styl", "pcss", "svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "ico",
    "bmp", "mp3", "mp4", "webm", "ogg", "wav", "woff", "woff2", "ttf", "otf", "eot", "vue", "svelte",
    "astro", "mdx", "md", "html", "htm", "graphql", "gql", "wasm", "node", "txt", "yaml", "yml", "toml",
    "csv", "xml", "pdf", "glsl", "vert", "frag", "wgsl", "ejs", "hbs", "pug", "sql", "proto", "json5",
    "jsonc", "snap", "marko",
];

/// A folder or file that is made by a build or a generator, by its name.
fn is_built(part: &str) -> bool {
    const NAMES: [&str; 15] = [
        "dist",
        "build",
        "out",
        "lib",
        "esm",
        "cjs",
        "gen",
        "coverage",
        "node_modules",
        "+types",
        "target",
        "bundle",
        "es",
        "pkg",
        "temp",
    ];
    NAMES.contains(&part)
        || part.to_ascii_lowercase().contains("generated")
        || (part.starts_with('.') && part.len() > 1)
}

/// A module of node's that may be written without `node:`.
fn is_builtin(name: &str) -> bool {
    const NAMES: [&str; 42] = [
        "assert",
        "async_hooks",
        "buffer",
        "child_process",
        "cluster",
        "console",
        "constants",
        "crypto",
        "dgram",
        "diagnostics_channel",
        "dns",
        "domain",
        "events",
        "fs",
        "http",
        "http2",
        "https",
        "inspector",
        "module",
        "net",
        "os",
        "path",
        "perf_hooks",
        "process",
        "punycode",
        "querystring",
        "readline",
        "repl",
        "stream",
        "string_decoder",
        "sys",
        "timers",
        "tls",
        "trace_events",
        "tty",
        "url",
        "util",
        "v8",
        "vm",
        "wasi",
        "worker_threads",
        "zlib",
    ];
    let root = name.split('/').next().unwrap_or(name);
    NAMES.contains(&root)
        && (root == name
            || matches!(
                name.split_once('/'),
                Some((_, "promises" | "strict" | "web" | "consumers" | "posix" | "win32" | "types"))
            ))
}
