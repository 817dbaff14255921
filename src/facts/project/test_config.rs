//! How vitest and jest are configured around a file: the options that change what a mock does.

use std::sync::{Arc, PoisonError};

use oxc_allocator::Allocator;
use oxc_ast::AstKind;
use oxc_ast::ast::Expression;
use serde_json::Value;

use super::{Project, folders, join};
use crate::facts::TypeScriptFile;

/// The options of `test: { … }` in a vitest or vite configuration, and of jest's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestConfig {
    /// vitest's `globals`.
    pub globals: bool,
    /// vitest's `mockReset`, jest's `resetMocks`.
    pub reset_mocks: bool,
    pub restore_mocks: bool,
    /// vitest's `clearMocks`, jest's too.
    pub clear_mocks: bool,
    /// Options for fake timers are given.
    pub fake_timers: bool,
    /// Jest's.
    pub transform: Transform,
}

/// What compiles the files that jest runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transform {
    /// Nothing says.
    #[default]
    Unknown,
    Babel,
    Swc,
    TsJest,
    /// None: files run as native ES modules, where nothing is hoisted.
    Native,
    Other,
}

const VITEST: [&str; 3] = ["vitest.config", "vite.config", "vitest.workspace"];
const ENDINGS: [&str; 6] = ["ts", "mts", "js", "mjs", "cjs", "cts"];

impl Project {
    /// vitest's options for a file: those of the nearest configuration; `globals` of any above it.
    pub fn vitest_config(&self, path: &str) -> Arc<TestConfig> {
        let folder = folders(path).next().unwrap_or_default();
        self.test_config(&format!("vitest\0{folder}"), || {
            let mut found: Option<TestConfig> = None;
            for folder in folders(path) {
                for name in VITEST.iter().flat_map(|name| ENDINGS.map(|end| format!("{name}.{end}"))) {
                    let Some(config) = self.config_at(&join(folder, &name)) else { continue };
                    let nearest = found.get_or_insert_with(|| (*config).clone());
                    nearest.globals |= config.globals;
                }
                // `vitest --globals` in a script.
                if let Some(package) = self.package_in(folder)
                    && package.json.get("scripts").is_some_and(|all| all.to_string().contains("--globals"))
                {
                    found.get_or_insert_default().globals = true;
                }
            }
            found.unwrap_or_default()
        })
    }

    /// jest's options for a file.
    pub fn jest_config(&self, path: &str) -> Arc<TestConfig> {
        let folder = folders(path).next().unwrap_or_default();
        self.test_config(&format!("jest\0{folder}"), || {
            let mut config = folders(path).find_map(|folder| self.jest_in(folder)).unwrap_or_default();
            let packages = self.packages(path);
            let native = |script: &Value| script.to_string().contains("experimental-vm-modules");
            if packages.iter().any(|package| package.json.get("scripts").is_some_and(native)) {
                config.transform = Transform::Native;
            }
            if config.transform == Transform::Unknown {
                let named = [
                    ("@swc/jest", Transform::Swc),
                    ("ts-jest", Transform::TsJest),
                    ("babel-jest", Transform::Babel),
                ];
                let asked = |name: &str| packages.iter().any(|one| one.dependencies.contains_key(name));
                config.transform =
                    named.iter().find(|(name, _)| asked(name)).map_or(Transform::Unknown, |one| one.1);
            }
            config
        })
    }

    /// True if a configuration file of a runner, `vitest` or `jest`, stands beside a file or above it.
    pub fn has_config(&self, path: &str, runner: &str) -> bool {
        let names: Vec<String> =
            ENDINGS.iter().chain(&["json"]).map(|end| format!("{runner}.config.{end}")).collect();
        folders(path).any(|folder| names.iter().any(|name| self.files().is_file(&join(folder, name))))
    }

    fn test_config(&self, key: &str, read: impl FnOnce() -> TestConfig) -> Arc<TestConfig> {
        let known = |project: &Project| {
            project.test_configs.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
        };
        if let Some(config) = known(self) {
            return config;
        }
        let config = Arc::new(read());
        let mut all = self.test_configs.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(key.to_owned()).or_insert(config).clone()
    }

    /// A configuration file, read once.
    fn config_at(&self, path: &str) -> Option<Arc<TestConfig>> {
        let is_there = self.files().is_file(path);
        is_there.then(|| self.test_config(path, || self.read_config(path, 1).unwrap_or_default()))
    }

    fn jest_in(&self, folder: &str) -> Option<TestConfig> {
        for end in ENDINGS {
            if let Some(config) = self.config_at(&join(folder, &format!("jest.config.{end}"))) {
                return Some((*config).clone());
            }
        }
        let json = self.files().text(&join(folder, "jest.config.json"));
        let own = json.and_then(|text| serde_json::from_str(&text).ok());
        let config = own.or_else(|| self.package_in(folder)?.json.get("jest").cloned())?;
        let is_on = |key: &str| config.get(key).and_then(Value::as_bool) == Some(true);
        let text = config.to_string();
        let bare = config.get("transform").and_then(Value::as_object).is_some_and(|all| all.is_empty());
        Some(TestConfig {
            reset_mocks: is_on("resetMocks"),
            restore_mocks: is_on("restoreMocks"),
            clear_mocks: is_on("clearMocks"),
            transform: if bare { Transform::Native } else { transform(&text) },
            ..TestConfig::default()
        })
    }

    /// The options in a configuration file, wherever its objects stand; those of first-party files that it
    /// imports hold where it does not say, be they its own package's or another's of the workspace.
    fn read_config(&self, path: &str, depth: usize) -> Option<TestConfig> {
        let text = self.files().text(path)?;
        let arena = Allocator::default();
        let file = TypeScriptFile::parse(&arena, path, &text, self);
        let mut config = TestConfig { transform: transform(&text), ..TestConfig::default() };
        for node in file.semantic.nodes().iter() {
            let AstKind::ObjectProperty(property) = node.kind() else { continue };
            let Some(name) = property.key.static_name() else { continue };
            let is_on = matches!(&property.value, Expression::BooleanLiteral(value) if value.value);
            match &*name {
                "globals" => config.globals |= is_on,
                "mockReset" | "resetMocks" => config.reset_mocks |= is_on,
                "restoreMocks" => config.restore_mocks |= is_on,
                "clearMocks" => config.clear_mocks |= is_on,
                "fakeTimers" => config.fake_timers = true,
                "transform" => {
                    if let Expression::ObjectExpression(object) = &property.value
                        && object.properties.is_empty()
                    {
                        config.transform = Transform::Native;
                    }
                }
                _ => {}
            }
        }
        if depth > 0 {
            for specifier in file.module.requested_modules.keys().map(|name| name.as_str()) {
                // The runner's own sources are no configuration.
                if ["vite", "@vite", "node:"].iter().any(|start| specifier.starts_with(start)) {
                    continue;
                }
                // node loads a configuration: the compiler's aliases say nothing here.
                let folder = folders(path).next().unwrap_or_default();
                let base = match specifier.starts_with('.') {
                    true => Some(self.target(path, specifier)),
                    false => self.by_package(folder, specifier),
                };
                let Some(base) = base.and_then(|base| self.read_config(&base, depth - 1)) else { continue };
                config.globals |= base.globals;
                config.reset_mocks |= base.reset_mocks;
                config.restore_mocks |= base.restore_mocks;
                config.clear_mocks |= base.clear_mocks;
                config.fake_timers |= base.fake_timers;
            }
        }
        Some(config)
    }
}

fn transform(text: &str) -> Transform {
    let named = [
        ("@swc/jest", Transform::Swc),
        ("ts-jest", Transform::TsJest),
        ("babel-jest", Transform::Babel),
        ("next/jest", Transform::Other),
        ("esbuild", Transform::Other),
    ];
    named.iter().find(|(name, _)| text.contains(name)).map_or(Transform::Unknown, |one| one.1)
}
