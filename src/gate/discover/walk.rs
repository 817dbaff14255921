//! The folders of a project, without those that hold other people's code.

use std::fs;
use std::path::Path;

/// Folders whose files nobody here wrote.
const FOREIGN: [&str; 11] = [
    "node_modules",
    "target",
    "dist",
    "build",
    "vendor",
    "venv",
    "env",
    "__pycache__",
    "site-packages",
    "coverage",
    "out",
];

/// Entries that are looked at; a project beyond that names its steps in friction.toml.
const MOST: usize = 50_000;

/// Every file below `dir` whose name `wanted` likes, from `root`, sorted.
pub(in crate::gate) fn files(
    root: &Path,
    dir: &str,
    depth: usize,
    wanted: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(dir.to_owned(), 0)];
    let mut met = 0;
    while let Some((dir, level)) = open.pop() {
        for entry in fs::read_dir(root.join(&dir)).into_iter().flatten().flatten() {
            met += 1;
            let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else { continue };
            if kind.is_dir() {
                let foreign = name.starts_with('.') || FOREIGN.contains(&name.as_str());
                if !foreign && level < depth && met < MOST {
                    open.push((crate::facts::join(&dir, &name), level + 1));
                }
            } else if kind.is_file() && wanted(&name) {
                found.push(crate::facts::join(&dir, &name));
            }
        }
    }
    found.sort();
    found
}
