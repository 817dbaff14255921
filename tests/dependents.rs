//! What a change breaks in files that it does not touch.

mod support;

use serde_json::Value;
use support::TestRepo;

fn findings(repo: &TestRepo) -> Vec<(String, u64, String, String)> {
    let told = support::friction_in(repo.root(), &["check", "--format", "json", "--exit-zero"]).ok();
    let json: Value = serde_json::from_str(&told).unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = json["findings"].as_array().unwrap().iter();
    findings
        .map(|it| (text(it, "path"), it["line"].as_u64().unwrap(), text(it, "rule"), text(it, "severity")))
        .collect()
}

fn importing() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("src/tax.ts", "export const rate = 1\nexport function round(x: number) {\n  return x\n}\n");
    repo.write("src/bill.ts", "import { rate, round } from './tax'\nexport const bill = round(rate)\n");
    repo.write("src/note.ts", "import { rate } from './tax'\nexport const note = rate\n");
    repo.commit("bills");
    repo
}

#[test]
fn an_export_that_goes_is_told_where_an_unchanged_file_imports_it() {
    let repo = importing();
    repo.edit("src/tax.ts", "function round", "function roundUp");
    repo.git(&["add", "-A"]);
    let line = ("src/bill.ts".to_owned(), 1, "ts-missing-named-export".to_owned(), "error".to_owned());
    assert_eq!(findings(&repo), [line]);
}

#[test]
fn a_file_that_goes_is_told_where_unchanged_files_import_it() {
    let repo = importing();
    repo.remove("src/tax.ts");
    repo.git(&["add", "-A"]);
    let line = |path: &str| (path.to_owned(), 1, "ts-import-not-found".to_owned(), "error".to_owned());
    assert_eq!(findings(&repo), [line("src/bill.ts"), line("src/note.ts")]);
}

#[test]
fn importers_that_change_along_are_told_of_nothing() {
    let repo = importing();
    repo.edit("src/tax.ts", "function round", "function roundUp");
    repo.write("src/bill.ts", "import { rate, roundUp } from './tax'\nexport const bill = roundUp(rate)\n");
    repo.git(&["add", "-A"]);
    assert_eq!(findings(&repo), []);
}

#[test]
fn what_is_not_staged_breaks_nothing() {
    let repo = importing();
    repo.remove("src/tax.ts");
    repo.write("src/other.ts", "export const other = 1\n");
    repo.git(&["add", "src/other.ts"]);
    assert_eq!(findings(&repo), []);
}

#[test]
fn a_rule_that_the_project_weighs_keeps_its_weight_in_files_that_a_change_breaks() {
    let repo = importing();
    repo.write("friction.toml", "[check.severity]\nts-import-not-found = \"warning\"\n");
    repo.remove("src/tax.ts");
    repo.git(&["add", "-A"]);
    let told: Vec<String> = findings(&repo).into_iter().map(|found| found.3).collect();
    assert_eq!(told, ["warning", "warning"]);
}

#[test]
fn a_method_that_goes_is_told_where_an_unchanged_test_patches_it() {
    let repo = TestRepo::new();
    repo.write("app/__init__.py", "")
        .write("app/door.py", "class Door:\n    def open_wide(self):\n        return 1\n");
    let test = "from unittest.mock import patch\n\nfrom app.door import Door\n\n\n\
                @patch.object(Door, \"open_wide\")\ndef test_door(mock):\n    assert Door\n";
    repo.write("tests/test_door.py", test).commit("doors");
    repo.edit("app/door.py", "open_wide", "open_up");
    repo.git(&["add", "-A"]);
    let line = ("tests/test_door.py".to_owned(), 6, "py-patch-target-missing".to_owned(), "error".to_owned());
    assert_eq!(findings(&repo), [line]);
}

#[test]
fn a_function_that_goes_is_told_where_unchanged_python_imports_it() {
    let repo = TestRepo::new();
    repo.write("app/__init__.py", "").write("app/tools.py", "def slice_up():\n    return 1\n");
    repo.write("main.py", "from app.tools import slice_up\n\nslice_up()\n").commit("tools");
    repo.edit("app/tools.py", "slice_up", "cut");
    repo.git(&["add", "-A"]);
    let line = ("main.py".to_owned(), 1, "py-first-party-name-missing".to_owned(), "error".to_owned());
    assert_eq!(findings(&repo), [line]);
}
