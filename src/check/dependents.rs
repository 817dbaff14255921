//! Files that a change breaks without touching them: they import what it takes away.

use std::collections::HashSet;

use memchr::memmem;
use rayon::prelude::*;

use crate::facts::{Earlier, Project, Transform};
use crate::git::{Change, Staging};
use crate::syntax::{Language, is_test};

/// The rules whose findings in unchanged files are told.
pub(super) const RULES: [&str; 7] = [
    "ts-missing-named-export",
    "ts-import-not-found",
    "node-missing-named-export",
    "vitest-import-not-found",
    "py-first-party-name-missing",
    "py-patch-target-missing",
    "jest-esm-mock-missing-export",
];

/// No more files than these, the nearest first, are searched for an import.
const MAX_SEARCHED: usize = 2000;

/// No more files are checked again.
const MAX_CHECKED: usize = 50;

/// Unchanged files whose text may name what is gone, in path order.
pub(super) fn dependents(staging: &Staging, now: &Project, before: &Earlier) -> Vec<String> {
    let poorer = before.poorer_modules(now);
    let needles: Vec<String> = poorer.iter().flat_map(|path| needles(path)).collect();
    let mut found = naming(staging, poorer, &needles, is_code);
    let (poorer, needles) = lost_names(now, before);
    found.extend(naming(staging, &poorer, &needles, is_python));
    let greedy = importing_more(staging, now);
    let needles: &[String] = if greedy.is_empty() { &[] } else { &["unstable_mockModule".to_owned()] };
    found.extend(naming(staging, &greedy, needles, |path| is_code(path) && is_test(path)));
    found.sort();
    found.dedup();
    found
}

/// Unchanged files that hold one of some words.
fn naming(staging: &Staging, poorer: &[String], needles: &[String], reads: fn(&str) -> bool) -> Vec<String> {
    if needles.is_empty() {
        return Vec::new();
    }
    let finders: Vec<memmem::Finder> = needles.iter().map(memmem::Finder::new).collect();
    let changed: HashSet<&str> = staging.changes.iter().map(|change| change.path.as_str()).collect();
    let mut paths = staging.files.paths();
    paths.retain(|path| reads(path) && !changed.contains(path.as_str()));
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

/// Modules with an import line that they did not have, where jest links native ES modules: a test's mock may
/// lack the name.
fn importing_more(staging: &Staging, now: &Project) -> Vec<String> {
    let more = |change: &&Change| {
        let texts = change
            .base
            .as_deref()
            .and_then(|base| staging.base.text(base))
            .zip(staging.files.text(&change.path));
        texts.is_some_and(|(old, new)| {
            let old: HashSet<&str> = old.lines().collect();
            new.lines().any(|line| may_import(line) && !old.contains(line))
        })
    };
    let links = |change: &&Change| now.jest_config(&change.path).transform == Transform::Native;
    let modules = staging.changes.iter().filter(|change| is_code(&change.path) && !is_test(&change.path));
    modules.filter(links).filter(more).map(|change| change.path.clone()).collect()
}

/// `import { a } from 'b'`, or a name in a list on lines of its own.
fn may_import(line: &str) -> bool {
    let word = line.trim().trim_end_matches(',');
    line.contains("import")
        || word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$') && !word.is_empty()
}

/// Python modules that are gone or define less, and the names that are gone with them.
fn lost_names(now: &Project, before: &Earlier) -> (Vec<String>, Vec<String>) {
    let (mut poorer, mut names) = (Vec::new(), Vec::new());
    for path in before.gone(now).filter(|path| is_python(path)) {
        let module = path.trim_end_matches(".py").trim_end_matches("/__init__");
        names.push(module.rsplit('/').next().unwrap_or(module).to_owned());
        poorer.push(path.to_owned());
    }
    for path in before.kept().filter(|path| is_python(path)) {
        let texts = before.project().files().text(path).zip(now.files().text(path));
        let Some((old, new)) = texts else { continue };
        let kept = defined(&new);
        let lost: Vec<String> = defined(&old)
            .difference(&kept)
            .filter(|name| is_telling(name))
            .map(|name| (*name).to_owned())
            .collect();
        if !lost.is_empty() {
            names.extend(lost);
            poorer.push(path.to_owned());
        }
    }
    (poorer, names)
}

/// What a text defines with `def` and `class`, told without parsing.
fn defined(text: &str) -> HashSet<&str> {
    fn name(line: &str) -> Option<&str> {
        let line = line.trim_start();
        let line = line.strip_prefix("async ").unwrap_or(line);
        let rest = line.strip_prefix("def ").or_else(|| line.strip_prefix("class "))?;
        Some(&rest[..rest.find(['(', ':', ' ']).unwrap_or(rest.len())])
    }
    text.lines().filter_map(name).collect()
}

/// A test, a special method or a short word is named by nobody, or by everybody.
fn is_telling(name: &str) -> bool {
    name.len() > 3 && !name.starts_with("test_") && !name.starts_with("__")
}

fn is_python(path: &str) -> bool {
    Language::of_path(path) == Some(Language::Python)
}

fn shared_folders(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).count()
}

fn is_code(path: &str) -> bool {
    Language::of_path(path).is_some_and(Language::is_ecma)
}
