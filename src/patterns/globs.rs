//! From the paths in which a pattern occurs to the few globs that say where it lives.

use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Globs that a pattern may name.
const MOST: usize = 3;

/// Directories kept from the root where none of them is a source root.
const DEPTH: usize = 2;

/// Directories below which a project's code lies in any arrangement.
const SOURCE_ROOTS: [&str; 12] =
    ["src", "lib", "libs", "app", "test", "tests", "__tests__", "spec", "e2e", "scripts", "cmd", "internal"];

/// At most three globs that cover most of `paths`, commonest first, then by name. Folders that no longer
/// stand are named only where all are gone: nobody will work there.
pub(super) fn globs<'a>(paths: impl Iterator<Item = &'a str>, stands: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths {
        *counts.entry(glob(path)).or_default() += 1;
    }
    let standing: BTreeMap<String, usize> = counts
        .iter()
        .filter(|(glob, _)| stands(folder(glob)))
        .map(|(glob, count)| (glob.clone(), *count))
        .collect();
    if !standing.is_empty() {
        counts = standing;
    }
    if counts.len() > MOST {
        counts = one_star_for_siblings(counts);
    }
    let mut ranked: Vec<(String, usize)> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, count)| Reverse(*count));
    ranked.into_iter().take(MOST).map(|(glob, _)| glob).collect()
}

/// The folder that a glob begins with; empty for the root.
fn folder(glob: &str) -> &str {
    let plain = &glob[..glob.find('*').unwrap_or(glob.len())];
    plain.rfind('/').map_or("", |end| &plain[..end])
}

/// `packages/core/src/tools/edit.test.ts` → `packages/core/src/**/*.test.ts`.
fn glob(path: &str) -> String {
    let (directories, name) = path.rsplit_once('/').unwrap_or(("", path));
    let all: Vec<&str> = directories.split('/').filter(|part| !part.is_empty()).collect();
    let plain = all.iter().take_while(|part| is_plain(part)).count();
    let depth = match all[..plain.min(4)].iter().position(|part| SOURCE_ROOTS.contains(part)) {
        Some(root) => root + 1,
        None => plain.min(DEPTH),
    };
    let mut glob = all[..depth].join("/");
    if !all.is_empty() {
        glob.push_str(if depth == 0 { "**/" } else { "/**/" });
    }
    glob.push_str(&name_glob(name));
    glob
}

/// What a file's name says of its kind: `*.test.ts`, `test_*.py`, `conftest.py`, `*.ts`.
fn name_glob(name: &str) -> String {
    if name == "conftest.py" {
        return name.to_string();
    }
    let Some((stem, extension)) = name.rsplit_once('.').filter(|(_, extension)| is_plain(extension)) else {
        return "*".to_string();
    };
    let kind = stem.rsplit_once('.').map(|(_, kind)| kind);
    match kind {
        Some(kind @ ("test" | "spec" | "d" | "e2e" | "stories" | "config")) => {
            format!("*.{kind}.{extension}")
        }
        _ if stem.starts_with("test_") => format!("test_*.{extension}"),
        _ if stem.ends_with("_test") => format!("*_test.{extension}"),
        _ => format!("*.{extension}"),
    }
}

/// True for a name that means itself in a glob and cannot break out of where the glob is written.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '+' | '~'))
}

/// Gathers `packages/a/src/**/x` and `packages/b/src/**/x` under `packages/*/src/**/x`.
fn one_star_for_siblings(counts: BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let mut siblings: BTreeMap<String, usize> = BTreeMap::new();
    for glob in counts.keys() {
        if let Some(starred) = star_second(glob) {
            *siblings.entry(starred).or_default() += 1;
        }
    }
    let mut gathered: BTreeMap<String, usize> = BTreeMap::new();
    for (glob, count) in counts {
        let starred = star_second(&glob).filter(|starred| siblings[starred] > 1);
        *gathered.entry(starred.unwrap_or(glob)).or_default() += count;
    }
    gathered
}

/// The glob with its second directory starred; none where it has no second directory.
fn star_second(glob: &str) -> Option<String> {
    let mut parts: Vec<&str> = glob.split('/').collect();
    if parts.len() < 4 || parts[0].contains('*') || parts[1].contains('*') {
        return None;
    }
    parts[1] = "*";
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_keeps_the_way_to_the_source_root_and_the_kind_of_file() {
        for (path, expected) in [
            ("packages/core/src/tools/edit.test.ts", "packages/core/src/**/*.test.ts"),
            ("src/a.ts", "src/**/*.ts"),
            ("a.ts", "*.ts"),
            ("tests/unit/test_agent.py", "tests/**/test_*.py"),
            ("openhands/core/config/app.py", "openhands/core/**/*.py"),
            ("app/[id]/page.tsx", "app/**/*.tsx"),
            ("web/{x}/page.tsx", "web/**/*.tsx"),
            ("a\"\n/b.ts", "**/*.ts"),
            ("tests/conftest.py", "tests/**/conftest.py"),
            ("Makefile", "*"),
        ] {
            assert_eq!(glob(path), expected);
        }
    }

    #[test]
    fn many_packages_are_gathered_under_one_star() {
        let paths = ["packages/a/src/x.ts", "packages/b/src/x.ts", "packages/c/src/x.ts", "tools/x.ts"];
        assert_eq!(
            globs(paths.into_iter().chain(paths), &|_| true),
            ["packages/*/src/**/*.ts", "tools/**/*.ts"]
        );
    }

    #[test]
    fn the_commonest_comes_first_and_there_are_at_most_three() {
        let paths = ["a/x.py", "b/x.py", "b/y.py", "c/x.py", "d/x.py"];
        assert_eq!(globs(paths.into_iter(), &|_| true), ["b/**/*.py", "a/**/*.py", "c/**/*.py"]);
    }

    #[test]
    fn a_folder_that_is_gone_is_named_only_where_all_are() {
        let paths = ["old/x.py", "old/y.py", "new/x.py", "setup.py"];
        assert_eq!(globs(paths.into_iter(), &|folder| folder != "old"), ["*.py", "new/**/*.py"]);
        assert_eq!(globs(paths[..2].iter().copied(), &|folder| folder != "old"), ["old/**/*.py"]);
    }
}
