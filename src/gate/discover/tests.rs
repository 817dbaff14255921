use std::fs;

use crate::gate::ground::Ground;
use crate::git::ChangedFile;

use super::*;

/// A project of files, some of which changed; programs are files with nothing in them.
fn project(files: &[(&str, &str)], changed: &[&str]) -> (tempfile::TempDir, Ground) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        if path.to_string_lossy().contains("bin/") {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    let changed =
        changed.iter().map(|path| ChangedFile { path: (*path).to_owned(), deleted: false }).collect();
    let root = dir.path().to_owned();
    let ground =
        Ground { home: root.clone(), scratch: root.join("scratch"), kept: root.join("kept"), root, changed };
    (dir, ground)
}

/// `kind name: command (in dir)`, one a line.
fn told(files: &[(&str, &str)], changed: &[&str], config: &str) -> String {
    let (dir, ground) = project(files, changed);
    let config: GateConfig = toml::from_str(config).unwrap();
    let plan = discover(&ground, &config);
    let line = |step: &Step| {
        let Action::Run(program) = &step.action else { return String::new() };
        let missing = program.missing.as_ref().map(|why| format!(" [missing: {why}]")).unwrap_or_default();
        let place = if step.dir.is_empty() { String::new() } else { format!(" (in {})", step.dir) };
        format!("{:?} {}: {}{place}{missing}\n", step.kind, step.name, step.words().join(" "))
    };
    let steps: String = plan.steps.iter().map(line).collect();
    let notes: String = plan.notes.iter().map(|note| format!("note: {note}\n")).collect();
    (steps + &notes).replace(dir.path().to_str().unwrap(), "/p")
}

const BINS: [(&str, &str); 3] =
    [("node_modules/.bin/tsc", ""), ("node_modules/.bin/vitest", ""), ("node_modules/.bin/jest", "")];

#[test]
fn a_vitest_project_is_type_checked_then_its_related_tests_run_then_all() {
    let mut files = vec![
        (
            "package.json",
            r#"{"scripts":{"test":"vitest"},"devDependencies":{"typescript":"5","vitest":"3"}}"#,
        ),
        ("package-lock.json", "{}"),
        ("tsconfig.json", "// strict\n{\"include\": [\"src\",],}"),
        ("src/a.ts", ""),
    ];
    files.extend(BINS);
    insta::assert_snapshot!(told(&files, &["src/a.ts", "README.md"], ""), @r"
    Types tsc: tsc --noEmit -p tsconfig.json --pretty false
    Related vitest related: vitest related --run --passWithNoTests src/a.ts
    Tests vitest: vitest run
    ");
    insta::assert_snapshot!(told(&files, &[], ""), @r"
    Types tsc: tsc --noEmit -p tsconfig.json --pretty false
    Tests vitest: vitest run
    ");
}

#[test]
fn every_config_that_covers_a_changed_file_is_checked_and_one_that_only_narrows_another_is_not() {
    let mut files = vec![
        ("package.json", r#"{"devDependencies":{"typescript":"5"}}"#),
        ("tsconfig.json", r#"{"include": ["src"], "exclude": ["**/*.test.ts"]}"#),
        (
            "tsconfig.test.json",
            r#"{"extends": "./tsconfig.json", "compilerOptions": {"types": ["vitest"]}, "include": ["src", "tests"], "exclude": []}"#,
        ),
        (
            "tsconfig.build.json",
            r#"{"extends": "./tsconfig.json", "compilerOptions": {"outDir": "dist", "noEmit": false}}"#,
        ),
        ("tsconfig.base.json", "{}"),
    ];
    files.extend(BINS);
    insta::assert_snapshot!(told(&files, &["src/a.ts", "src/a.test.ts"], ""), @r"
    Types tsc: tsc --noEmit -p tsconfig.json --pretty false
    Types tsc test: tsc --noEmit -p tsconfig.test.json --pretty false
    note: tsconfig.build.json is left out: it narrows tsconfig.json, which is checked
    note: package.json names no test runner
    ");
    insta::assert_snapshot!(told(&files, &["tests/b.test.ts"], ""), @r"
    Types tsc test: tsc --noEmit -p tsconfig.test.json --pretty false
    note: package.json names no test runner
    ");
}

#[test]
fn projects_that_a_solution_refers_to_are_checked_in_its_place() {
    let mut files = vec![
        ("package.json", r#"{"devDependencies":{"typescript":"5"}}"#),
        (
            "tsconfig.json",
            r#"{"files": [], "references": [{"path": "./tsconfig.app.json"}, {"path": "./server"}]}"#,
        ),
        ("tsconfig.app.json", r#"{"include": ["src"], "compilerOptions": {"composite": true}}"#),
        ("server/tsconfig.json", "{}"),
    ];
    files.extend(BINS);
    insta::assert_snapshot!(told(&files, &["src/a.ts"], ""), @r"
    Types tsc app: tsc --noEmit -p tsconfig.app.json --pretty false --tsBuildInfoFile /p/scratch/tsconfig.app.json.tsbuildinfo
    note: package.json names no test runner
    ");
    assert!(
        told(&files, &["server/b.ts"], "")
            .starts_with("Types tsc server: tsc --noEmit -p server/tsconfig.json")
    );
}

#[test]
fn packages_that_depend_on_a_changed_one_are_tested_too() {
    let mut files = vec![
        ("package.json", r#"{"workspaces":["packages/*"],"devDependencies":{"typescript":"5"}}"#),
        ("pnpm-lock.yaml", ""),
        ("packages/a/package.json", r#"{"name":"@x/a","scripts":{"test":"jest"}}"#),
        (
            "packages/b/package.json",
            r#"{"name":"@x/b","dependencies":{"@x/a":"*"},"scripts":{"test":"vitest run --config v.ts"}}"#,
        ),
        ("packages/c/package.json", r#"{"name":"@x/c","scripts":{"test":"vitest"}}"#),
    ];
    files.extend(BINS);
    insta::assert_snapshot!(told(&files, &["packages/a/i.js"], ""), @r"
    Related jest related: jest --passWithNoTests --findRelatedTests i.js (in packages/a)
    Tests jest: jest (in packages/a)
    Tests vitest: vitest run --config v.ts (in packages/b)
    ");
}

#[test]
fn what_is_not_installed_is_told_with_the_command_that_installs_it() {
    let files = [
        ("package.json", r#"{"scripts":{"test":"vitest"},"devDependencies":{"typescript":"5"}}"#),
        ("pnpm-lock.yaml", ""),
        ("tsconfig.json", "{}"),
    ];
    insta::assert_snapshot!(told(&files, &["a.ts"], ""), @r"
    Types tsc: tsc --noEmit -p tsconfig.json --pretty false [missing: tsc is not installed in node_modules; run `pnpm install --frozen-lockfile`]
    Related vitest related: vitest related --run --passWithNoTests a.ts [missing: vitest is not installed in node_modules; run `pnpm install --frozen-lockfile`]
    Tests vitest: vitest run [missing: vitest is not installed in node_modules; run `pnpm install --frozen-lockfile`]
    ");
}

#[test]
fn python_tests_are_collected_then_those_that_name_the_changed_module_run() {
    let files = [
        ("pyproject.toml", "[project]\nname = 'shop'\n[tool.pytest.ini_options]\n"),
        (".venv/bin/python", ""),
        (".venv/lib/python3.11/site-packages/pytest/__init__.py", ""),
        ("src/shop/cart.py", ""),
        ("tests/test_cart.py", ""),
        ("tests/test_orders.py", "from shop.cart import total\n"),
        ("tests/test_other.py", "import shop.carton\n"),
    ];
    insta::assert_snapshot!(told(&files, &["src/shop/cart.py"], ""), @r"
    Collect pytest collect: python -m pytest -o cache_dir=/p/scratch/pytest --collect-only -q
    Related pytest related: python -m pytest -o cache_dir=/p/scratch/pytest -q tests/test_cart.py tests/test_orders.py
    Tests pytest: python -m pytest -o cache_dir=/p/scratch/pytest -q
    ");
    let without = [files[0], files[1], files[4], (".venv/lib/python3.11/site-packages/x/__init__.py", "")];
    assert!(
        told(&without, &[], "").contains("pytest is not installed in /p/.venv"),
        "{}",
        told(&without, &[], "")
    );
}

#[test]
fn python_types_are_checked_where_a_checker_is_configured_and_installed() {
    let mypy = ".venv/lib/python3.11/site-packages/mypy/__init__.py";
    let tests = ("tests/test_a.py", "import a\n");
    let changed = ["a.py", "tests/test_a.py"];
    let configured = |name, text| {
        let files = [
            (name, text),
            (".venv/bin/python", ""),
            (mypy, ""),
            (".venv/bin/pyright", ""),
            tests,
            ("a.py", ""),
        ];
        let told = told(&files, &changed, "");
        let types = told.lines().filter(|line| line.starts_with("Types"));
        types.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(configured("pyproject.toml", "[tool.mypy]\nstrict = true\n[tool.pyright]\n"), @r"
    Types mypy: python -m mypy --no-error-summary --no-pretty --cache-dir /p/kept/mypy --follow-imports=silent a.py tests/test_a.py
    Types pyright: pyright
    ");
    insta::assert_snapshot!(configured("setup.cfg", "[mypy]\nfiles = src\n"), @"Types mypy: python -m mypy --no-error-summary --no-pretty --cache-dir /p/kept/mypy");
    insta::assert_snapshot!(configured("mypy.ini", "[mypy]\n"), @"Types mypy: python -m mypy --no-error-summary --no-pretty --cache-dir /p/kept/mypy --follow-imports=silent a.py tests/test_a.py");
    insta::assert_snapshot!(configured("pyrightconfig.json", "{}"), @"Types pyright: pyright");
    assert_eq!(configured("pyproject.toml", "[tool.black]\n[tool.mypy.overrides]\n"), "");
    let absent = [("mypy.ini", "[mypy]\n"), (".venv/bin/python", ""), tests, ("a.py", "")];
    assert!(!told(&absent, &changed, "").contains("mypy"));
}

#[test]
fn a_configured_step_replaces_a_found_one_and_a_skipped_one_is_left_out() {
    let mut files = vec![
        ("package.json", r#"{"scripts":{"test":"vitest"},"devDependencies":{"typescript":"5"}}"#),
        ("tsconfig.json", "{}"),
    ];
    files.extend(BINS);
    let config = r#"
skip = ["vitest"]
[[step]]
name = "tsc"
kind = "types"
run = "A=1 npm run typecheck"
[[step]]
name = "docs"
run = ["mdbook", "test"]
dir = "book"
paths = ["book/**"]
[[step]]
name = "chained"
run = "a && b"
"#;
    insta::assert_snapshot!(told(&files, &["a.ts"], config), @r#"
    Types tsc: A=1 npm run typecheck
    Related vitest related: vitest related --run --passWithNoTests a.ts
    Tests chained: a && b [missing: it needs a shell, which friction does not start; write it as a list, e.g. run = ["sh", "-c", "…"], or put it into a script]
    note: docs is left out: none of its paths changed
    note: vitest is left out: friction.toml skips it
    "#);
}

#[test]
fn nothing_that_is_known_means_no_step() {
    assert_eq!(told(&[("Makefile", "test:\n")], &["Makefile"], ""), "");
}
