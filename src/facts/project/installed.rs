//! Packages: those of the repository itself, and those that an installer brings.

use std::collections::HashMap;

use super::paths::is_code;
use super::resolve::Resolution;
use super::{Project, folders, join};

impl Project {
    /// A package that is not of this repository: named by a manifest or lock file, or by nothing.
    pub(super) fn installed(&self, from: &str, name: &str) -> Resolution {
        let types = format!("@types/{}", name.trim_start_matches('@').replace('/', "__"));
        let packages = self.packages(from);
        let listed = packages.iter().any(|package| {
            let is_self = package.json.get("name").and_then(|own| own.as_str()) == Some(name);
            is_self || package.dependencies.contains_key(name) || package.dependencies.contains_key(&types)
        });
        if listed {
            return Resolution::Package;
        }
        if !is_package_name(name) || folders(from).any(|folder| self.mentions(folder, name)) {
            return Resolution::Unknown;
        }
        Resolution::Missing
    }

    /// True if a lock file, an import map or a tool's configuration in a folder says a package's name.
    fn mentions(&self, folder: &str, name: &str) -> bool {
        const OPAQUE: [&str; 2] = ["bun.lockb", "pnpmfile.cjs"];
        if OPAQUE.iter().any(|file| self.files().is_file(&join(folder, file))) {
            return true;
        }
        let word = name.split('/').next().unwrap_or(name);
        self.says(folder, word, |file| LOCKS.contains(&file) || is_configuration(file))
    }

    /// True if the configuration of a bundler, a test runner or a linter around a file says a name: it may be
    /// defined there.
    pub fn is_configured(&self, from: &str, name: &str) -> bool {
        folders(from).any(|folder| self.says(folder, name, is_configuration))
    }

    fn says(&self, folder: &str, word: &str, telling: impl Fn(&str) -> bool) -> bool {
        let entries = self.files().list(folder);
        let paths = entries.iter().filter(|entry| !entry.is_dir && telling(&entry.name));
        paths.map(|entry| join(folder, &entry.name)).any(|path| {
            let bytes = self.files().read(&path);
            bytes.is_some_and(|bytes| memchr::memmem::find(&bytes, word.as_bytes()).is_some())
        })
    }

    /// True if a file belongs to a package of that name, and another file to another.
    pub(super) fn is_package_around(&self, from: &str, name: &str, path: &str) -> bool {
        let package = |path: &str| {
            let packages = self.packages(path);
            packages.first().map(|package| package.folder.clone())
        };
        let is_named = |folder: &String| {
            self.package_in(folder)
                .is_some_and(|it| it.json.get("name").and_then(|own| own.as_str()) == Some(name))
        };
        let own = package(path);
        own != package(from) || own.is_some_and(|folder| is_named(&folder))
    }

    /// The folder of the package of this repository that has a name.
    pub(super) fn workspace_folder(&self, name: &str) -> Option<String> {
        self.workspace().get(name).cloned()
    }

    /// Folders of the packages of this repository, by name.
    pub(super) fn workspace(&self) -> &HashMap<String, String> {
        self.workspace.get_or_init(|| {
            let root = self.package_in("");
            let has_workspaces = root.is_some_and(|root| root.json.get("workspaces").is_some())
                || ["pnpm-workspace.yaml", "lerna.json", "nx.json", "rush.json"]
                    .iter()
                    .any(|file| self.files().is_file(file));
            if !has_workspaces {
                return HashMap::new();
            }
            let manifests = self.files().paths().into_iter().filter(|path| path.ends_with("/package.json"));
            manifests
                .filter_map(|path| {
                    let folder = path.strip_suffix("/package.json")?;
                    let name = self.package_in(folder)?.json.get("name")?.as_str()?.to_owned();
                    Some((name, folder.to_owned()))
                })
                .collect()
        })
    }
}

/// A name that the registry would take.
fn is_package_name(name: &str) -> bool {
    let bare = name.strip_prefix('@').unwrap_or(name);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._/".contains(c);
    bare.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && bare.chars().all(plain)
        && (!name.starts_with('@') || bare.contains('/'))
}

/// Files that name every package which is installed.
const LOCKS: [&str; 10] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "deno.json",
    "deno.jsonc",
    "deno.lock",
    "import_map.json",
    ".pnp.cjs",
];

/// A tool's configuration, by its name.
fn is_configuration(file: &str) -> bool {
    const TOOLS: [&str; 14] = [
        "vite",
        "vitest",
        "webpack",
        "rollup",
        "jest",
        "rspack",
        "rsbuild",
        "esbuild",
        "tsup",
        "tsconfig",
        "babel",
        "next",
        "eslint",
        ".eslintrc",
    ];
    (is_code(file) || file.ends_with(".json") || file.starts_with(".eslintrc"))
        && TOOLS.iter().any(|tool| file.starts_with(tool))
}
