//! Which files are tests, by the customs of both languages.

/// Folders of tests and of what only tests use.
const FOLDERS: [&str; 18] = [
    "test",
    "tests",
    "__tests__",
    "__mocks__",
    "testing",
    "testdata",
    "fixture",
    "fixtures",
    "e2e",
    "cypress",
    "spec",
    "specs",
    "test-util",
    "test-utils",
    "test-helpers",
    "test_utils",
    "test_helpers",
    "test-setup",
];

/// True for the path of a test, a fixture or a test helper.
pub fn is_test(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let in_tests = |folder: &str| {
        FOLDERS.contains(&folder)
            || ["-test", "_test", "-tests", "_tests"].iter().any(|ending| folder.ends_with(ending))
    };
    let (stem, rest) = name.split_once('.').unwrap_or((name, ""));
    folders.split('/').any(in_tests)
        || rest.split('.').any(|part| matches!(part, "test" | "spec" | "bench" | "cy" | "e2e"))
        || stem.starts_with("test_")
        || ["_test", "-test", "_spec", "-spec"].iter().any(|ending| stem.ends_with(ending))
        || matches!(stem, "conftest" | "tests")
        || prepares_tests(name)
}

/// `vitest.setup.ts`, `test-utils.tsx`, `jestHelpers.js`.
fn prepares_tests(name: &str) -> bool {
    let runner = ["vitest", "jest", "test"].iter().find_map(|runner| name.strip_prefix(runner));
    let rest = runner.map(|rest| rest.trim_start_matches(['-', '_', '.']));
    rest.is_some_and(|rest| ["setup", "util", "helper"].iter().any(|word| rest.starts_with(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_paths_are_told_by_folder_or_name() {
        for path in [
            "src/a.test.ts",
            "src/a.e2e.ts",
            "src/__tests__/a.ts",
            "tests/unit/a.js",
            "integration-tests/a.ts",
            "a/conftest.py",
            "tests/test_a.py",
            "pkg/a_test.py",
            "Tests/a.py",
            "packages/cli/src/test-utils/render.tsx",
            "src/testUtils.ts",
            "vitest.setup.ts",
        ] {
            assert!(is_test(path), "{path}");
        }
        for path in [
            "src/latest/a.ts",
            "src/contest.py",
            "src/testimony.ts",
            "src/a.ts",
            "src/inspect.ts",
            "vitest.config.ts",
        ] {
            assert!(!is_test(path), "{path}");
        }
    }
}
