//! What a path alone tells: code or not, generated.

use crate::syntax::Language;

/// Folders whose content nobody corrects by hand.
const VENDORED: [&str; 9] = [
    "node_modules",
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "bower_components",
    "__generated__",
    "generated",
    "site-packages",
];

/// Folders that tools write, unless they lie among sources, as in `src/build/cli.ts`.
const BUILT: [&str; 3] = ["dist", "build", "out"];

/// Code that friction judges: a language it reads, not generated, vendored, minified or a snapshot.
pub fn is_judged(path: &str) -> bool {
    Language::of_path(path).is_some() && !is_generated(path)
}

/// True for generated, vendored and minified files and test snapshots, by their path.
pub fn is_generated(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.to_ascii_lowercase();
    let outside_sources = folders.split('/').take_while(|folder| *folder != "src");
    folders.split('/').any(|folder| VENDORED.contains(&folder) || folder == "__snapshots__")
        || outside_sources.into_iter().any(|folder| BUILT.contains(&folder))
        || [".min.js", ".min.mjs", ".bundle.js", ".snap", ".lock", ".pb.ts", ".pb.js", "_pb2.py", "_pb.js"]
            .iter()
            .any(|ending| name.ends_with(ending))
        || [".generated.", ".gen."].iter().any(|part| name.contains(part))
}

/// The name that a module and its test share: `src/a/foo.ts`, `foo.test.ts`, `test_foo.py` → `foo`;
/// an index file is named by its folder.
pub fn stem(path: &str) -> &str {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.split('.').next().unwrap_or(name);
    let name = name.strip_prefix("test_").unwrap_or(name);
    let name = name.strip_suffix("_test").unwrap_or(name);
    match name {
        "index" | "__init__" | "mod" => folders.rsplit('/').next().unwrap_or(name),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_shares_its_stem_with_the_module_it_tests() {
        assert_eq!(stem("src/a/foo.ts"), stem("src/a/foo.test.ts"));
        assert_eq!(stem("pkg/foo.py"), stem("tests/test_foo.py"));
        assert_eq!(stem("src/foo/index.ts"), "foo");
    }

    #[test]
    fn snapshots_bundles_and_vendored_files_are_not_judged() {
        for path in ["a/__snapshots__/x.ts", "dist/a.js", "js/a.min.js", "x/node_modules/y/z.ts", "a_pb2.py"]
        {
            assert!(!is_judged(path), "{path}");
        }
        assert!(is_judged("src/distance/build_tool.py"));
        assert!(is_judged("packages/a/src/build/cli.ts"));
    }
}
