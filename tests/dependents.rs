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
