//! How pytest and the packaging tools of a project are configured, as far as imports depend on it.

use crate::facts::{join, normal};
use crate::git::Files;

/// What the configuration of pytest says; its defaults where there is none.
#[derive(Clone, Debug, Default)]
pub struct Pytest {
    /// The folder with the configuration file.
    pub folder: String,
    pub importlib: bool,
    /// Folders that are put on `sys.path`.
    pub pythonpath: Vec<String>,
    /// `asyncio_mode`.
    pub asyncio_mode: Option<String>,
    pub files: Vec<String>,
    pub classes: Vec<String>,
    pub functions: Vec<String>,
    /// The text of every configuration and requirements file in the folder, to ask for plugins.
    pub mentions: String,
}

impl Pytest {
    /// True if a plugin is named in the project's configuration or requirements.
    pub fn mentions(&self, plugin: &str) -> bool {
        self.mentions.contains(plugin)
    }
}

/// The settings of pytest in a folder, if there are any.
pub(super) fn pytest(files: &dyn Files, folder: &str) -> Option<Pytest> {
    let ini = |name: &str, section: &str| {
        let text = files.text(&join(folder, name))?;
        ini_section(&text, section)
    };
    let settings = ini("pytest.ini", "pytest")
        .or_else(|| ini(".pytest.ini", "pytest"))
        .or_else(|| pyproject_pytest(&files.text(&join(folder, "pyproject.toml"))?))
        .or_else(|| ini("tox.ini", "pytest"))
        .or_else(|| ini("setup.cfg", "tool:pytest"))?;
    let mut pytest = Pytest { folder: folder.to_owned(), ..Pytest::default() };
    for (key, value) in settings {
        let words = || value.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        match key.as_str() {
            "addopts" => pytest.importlib = value.replace('=', " ").contains("--import-mode importlib"),
            "pythonpath" => {
                pytest.pythonpath = words().iter().map(|path| normal(folder, path)).collect();
            }
            "asyncio_mode" => pytest.asyncio_mode = Some(value),
            "python_files" => pytest.files = words(),
            "python_classes" => pytest.classes = words(),
            "python_functions" => pytest.functions = words(),
            _ => {}
        }
    }
    Some(pytest)
}

/// The text in which a plugin would be named.
pub(super) fn mentions(files: &dyn Files, folder: &str) -> String {
    let is_list = |name: &str| {
        matches!(name, "pyproject.toml" | "setup.cfg" | "setup.py" | "tox.ini" | "pytest.ini" | "Pipfile")
            || name.contains("requirements") && name.ends_with(".txt")
            || name == "conftest.py"
    };
    let names = files.list(folder).into_iter().filter(|entry| !entry.is_dir && is_list(&entry.name));
    names.filter_map(|entry| files.text(&join(folder, &entry.name))).collect()
}

/// The keys of a section of an ini file; a value goes on over indented lines.
fn ini_section(text: &str, section: &str) -> Option<Vec<(String, String)>> {
    let mut lines = text.lines();
    lines.find(|line| line.trim() == format!("[{section}]"))?;
    let mut settings: Vec<(String, String)> = Vec::new();
    for line in lines.take_while(|line| !line.starts_with('[')) {
        let code = line.split(" #").next().unwrap_or("").trim_end();
        if code.trim_start().starts_with(['#', ';']) || code.is_empty() {
            continue;
        }
        if code.starts_with([' ', '\t'])
            && let Some((_, value)) = settings.last_mut()
        {
            value.push(' ');
            value.push_str(code.trim());
        } else if let Some((key, value)) = code.split_once(['=', ':']) {
            settings.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    Some(settings)
}

fn pyproject_pytest(text: &str) -> Option<Vec<(String, String)>> {
    let root: toml::Table = text.parse().ok()?;
    let pytest = root.get("tool")?.get("pytest")?;
    let options = pytest.get("ini_options").unwrap_or(pytest).as_table()?;
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(values) => {
            values.iter().filter_map(|value| value.as_str()).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    };
    Some(options.iter().map(|(key, value)| (key.clone(), text(value))).collect())
}

/// The folders that a `pyproject.toml`, `setup.cfg` or `setup.py` makes importable beside its own and `src`.
pub(super) fn package_roots(files: &dyn Files, folder: &str) -> Vec<String> {
    let mut roots = Vec::new();
    if let Some(text) = files.text(&join(folder, "pyproject.toml"))
        && let Ok(table) = text.parse::<toml::Table>()
        && let Some(tool) = table.get("tool")
    {
        let setuptools = tool.get("setuptools");
        if let Some(dirs) = setuptools.and_then(|it| it.get("package-dir")).and_then(toml::Value::as_table) {
            roots.extend(dirs.get("").and_then(toml::Value::as_str).map(|it| normal(folder, it)));
        }
        let find = setuptools.and_then(|it| it.get("packages")?.get("find")?.get("where")?.as_array());
        roots.extend(find.into_iter().flatten().filter_map(toml::Value::as_str).map(|it| normal(folder, it)));
        let poetry = tool.get("poetry").and_then(|it| it.get("packages")?.as_array());
        let from = poetry.into_iter().flatten().filter_map(|it| it.get("from")?.as_str());
        roots.extend(from.map(|it| normal(folder, it)));
    }
    let cfg = files.text(&join(folder, "setup.cfg")).and_then(|text| ini_section(&text, "options"));
    if let Some((_, value)) = cfg.into_iter().flatten().find(|(key, _)| key == "package_dir") {
        roots.extend(value.split('=').nth(1).map(|it| normal(folder, it.trim())));
    }
    if let Some(text) = files.text(&join(folder, "setup.py")) {
        // `package_dir={"": "lib"}`
        if let Some(after) = text.split("package_dir").nth(1)
            && let Some(value) = after.split(['"', '\'']).nth(3)
            && value.len() < 40
        {
            roots.push(normal(folder, value));
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ini_value_goes_on_over_indented_lines() {
        let text = "[pytest]\naddopts = -q\n  --import-mode=importlib\npythonpath = . lib\n[other]\na = b\n";
        let settings = ini_section(text, "pytest").unwrap();
        assert_eq!(settings[0].1, "-q --import-mode=importlib");
        assert_eq!(settings[1].1, ". lib");
        assert_eq!(settings.len(), 2);
    }
}
