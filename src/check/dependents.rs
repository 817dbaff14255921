//! Files that a change breaks without touching them: they import what it takes away.

use std::collections::HashSet;

use memchr::memmem;
use rayon::prelude::*;

use crate::facts::{Earlier, Project};
use crate::git::Staging;
use crate::syntax::Language;

/// The rules whose findings in unchanged files are told.
pub(super) const RULES: [&str; 4] = [
    "ts-missing-named-export",
    "ts-import-not-found",
    "node-missing-named-export",
    "vitest-import-not-found",
];

/// No more files than these, the nearest first, are searched for an import.
const MAX_SEARCHED: usize = 2000;

/// No more files are checked again.
const MAX_CHECKED: usize = 50;

/// Unchanged files whose text may import a module that is gone or exports less, in path order.
pub(super) fn dependents(staging: &Staging, now: &Project, before: &Earlier) -> Vec<String> {
    let poorer = before.poorer_modules(now);
    if poorer.is_empty() {
        return Vec::new();
    }
    let needles: Vec<String> = poorer.iter().flat_map(|path| needles(path)).collect();
    let finders: Vec<memmem::Finder> = needles.iter().map(memmem::Finder::new).collect();
    let changed: HashSet<&str> = staging.changes.iter().map(|change| change.path.as_str()).collect();
    let mut paths = staging.files.paths();
    paths.retain(|path| is_code(path) && !changed.contains(path.as_str()));
    paths.sort_by_cached_key(|path| {
        let shared = poorer.iter().map(|other| shared_folders(path, other)).max();
        (std::cmp::Reverse(shared), path.clone())
    });
    paths.truncate(MAX_SEARCHED);
    let mut found: Vec<String> = paths
        .into_par_iter()
        .filter(|path| {
            let text = staging.files.read(path);
            text.is_some_and(|text| finders.iter().any(|finder| finder.find(&text).is_some()))
        })
        .collect();
    found.truncate(MAX_CHECKED);
    found.sort();
    found
}

/// What stands in the text of a file that imports a module.
fn needles(path: &str) -> Vec<String> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let file = name(path);
    let stem = file.split('.').next().unwrap_or(&file);
    let folder = path.rfind('/').map_or("", |at| &path[..at]);
    match stem {
        "index" if folder.is_empty() => vec!["'.".to_owned(), "\".".to_owned()],
        "index" => {
            vec!["/index".to_owned(), format!("/{}", name(folder)), "'.'".to_owned(), "\".\"".to_owned()]
        }
        stem => vec![format!("/{stem}")],
    }
}

fn shared_folders(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).count()
}

fn is_code(path: &str) -> bool {
    matches!(Language::of_path(path), Some(Language::TypeScript | Language::Tsx | Language::JavaScript))
}
