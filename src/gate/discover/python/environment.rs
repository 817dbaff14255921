//! Where a Python project's packages are installed: a folder, or a tool that knows.

use std::fs;
use std::path::{Path, PathBuf};

use crate::facts::join;
use crate::gate::command::{is_program, on_path};
use crate::gate::ground::Ground;
use crate::gate::step::Program;

/// Where a project's packages are installed.
pub(super) enum Environment {
    /// A folder with `bin/python`.
    Folder(PathBuf),
    /// A tool that knows: `poetry run`, `uv run`, `pipenv run`.
    Tool(&'static str, &'static [&'static str]),
    /// Whatever `python3` is.
    System,
}

impl Environment {
    pub(super) fn find(ground: &Ground, dir: &str) -> Environment {
        let in_use = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from).filter(|path| is_environment(path));
        for dir in Ground::up(dir) {
            let home = ground.home.join(dir);
            let named = [".venv", "venv", "env"]
                .into_iter()
                .map(|name| home.join(name))
                .find(|path| is_environment(path));
            if let Some(folder) = named.or_else(|| tox(ground, dir)) {
                return Environment::Folder(folder);
            }
            let tools: [(&str, &str, &[&str]); 3] = [
                ("uv.lock", "uv", &["run", "--frozen"]),
                ("poetry.lock", "poetry", &["run"]),
                ("Pipfile.lock", "pipenv", &["run"]),
            ];
            if in_use.is_none()
                && let Some((_, tool, words)) =
                    tools.into_iter().find(|(lock, ..)| ground.is_file(&join(dir, lock)))
            {
                return Environment::Tool(tool, words);
            }
        }
        in_use.map_or(Environment::System, Environment::Folder)
    }

    /// A command of its Python. `needs` is a module that must be installed.
    pub(super) fn python(&self, ground: &Ground, dir: &str, words: &[&str], needs: Option<&str>) -> Program {
        let mut program = match self {
            Environment::Folder(folder) => {
                let place = folder.join("bin/python");
                let lacks = needs.filter(|module| self.has(module) == Some(false));
                match lacks {
                    Some(module) => Program::missing(
                        "python",
                        words,
                        format!(
                            "{module} is not installed in {}; install the project's test dependencies",
                            folder.display()
                        ),
                    ),
                    None => Program { path: vec![folder.join("bin")], ..Program::new(place, words) },
                }
            }
            Environment::Tool(tool, run) => {
                let words: Vec<&str> = run.iter().chain(&["python"]).chain(words).copied().collect();
                match on_path(tool) {
                    Some(place) => Program::new(place, &words),
                    None => Program::missing(
                        tool,
                        &words,
                        format!("{tool} is not on PATH, and no virtual environment is here"),
                    ),
                }
            }
            Environment::System => match on_path("python3").or_else(|| on_path("python")) {
                Some(place) => Program::new(place, words),
                None => Program::missing("python3", words, "no Python is on PATH"),
            },
        };
        if let Environment::Folder(folder) = self {
            program.variables.push(("VIRTUAL_ENV".to_owned(), folder.to_string_lossy().into_owned()));
        }
        if ground.is_taken_out() {
            // An editable install leads back to the user's work tree; what is judged comes first.
            let mut path: Vec<PathBuf> = Vec::new();
            for dir in [dir, ""] {
                path.extend(
                    [ground.root.join(dir).join("src"), ground.root.join(dir)]
                        .into_iter()
                        .filter(|dir| dir.is_dir()),
                );
            }
            path.dedup();
            let joined = std::env::join_paths(path).unwrap_or_default();
            program.variables.push(("PYTHONPATH".to_owned(), joined.to_string_lossy().into_owned()));
        }
        program
    }

    /// Whether a module is installed, where that can be seen.
    pub(super) fn has(&self, module: &str) -> Option<bool> {
        let Environment::Folder(folder) = self else { return None };
        // With the system's packages in sight it may be installed there.
        let settings = fs::read_to_string(folder.join("pyvenv.cfg")).unwrap_or_default();
        let shared =
            settings.lines().any(|line| line.replace(' ', "") == "include-system-site-packages=true");
        let installed = fs::read_dir(folder.join("lib"))
            .ok()?
            .flatten()
            .any(|version| version.path().join("site-packages").join(module).is_dir());
        if installed {
            Some(true)
        } else if shared {
            None
        } else {
            Some(false)
        }
    }

    /// A program that is installed in it, with its folder in front of PATH.
    pub(super) fn program(&self, name: &str, words: &[&str]) -> Option<Program> {
        let Environment::Folder(folder) = self else { return None };
        let place = folder.join("bin").join(name);
        let variables = vec![("VIRTUAL_ENV".to_owned(), folder.to_string_lossy().into_owned())];
        let path = vec![folder.join("bin")];
        is_program(&place).then(|| Program { path, variables, ..Program::new(place, words) })
    }
}

fn is_environment(path: &Path) -> bool {
    is_program(&path.join("bin/python"))
}

/// The first environment that tox made, by name.
fn tox(ground: &Ground, dir: &str) -> Option<PathBuf> {
    if !ground.is_file(&join(dir, "tox.ini")) {
        return None;
    }
    let entries = fs::read_dir(ground.home.join(dir).join(".tox")).ok()?.flatten();
    let mut made: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("py"))
                && is_environment(path)
        })
        .collect();
    made.sort();
    made.into_iter().next_back()
}
