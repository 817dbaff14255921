//! Imports that a change leaves as they were are not asked about again, unless the change may have broken them.

mod support;

use serde_json::Value;
use support::TestRepo;

/// Rule and path of each finding.
fn findings(repo: &TestRepo) -> Vec<(String, String)> {
    let told = support::friction_in(repo.root(), &["check", "--format", "json", "--exit-zero"]).ok();
    let json: Value = serde_json::from_str(&told).unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    json["findings"].as_array().unwrap().iter().map(|it| (text(it, "rule"), text(it, "path"))).collect()
}

fn one(rule: &str, path: &str) -> Vec<(String, String)> {
    vec![(rule.to_owned(), path.to_owned())]
}

fn typescript() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("src/tax.ts", "export const rate = 1\nexport const base = 2\n");
    repo.write("src/bill.ts", "import { rate } from './tax'\n\nexport const bill = rate\n");
    repo.commit("bills");
    repo
}

#[test]
fn an_old_import_of_a_name_that_the_same_change_removes_is_told() {
    let repo = typescript();
    repo.edit("src/tax.ts", "export const rate = 1\n", "");
    repo.edit("src/bill.ts", "bill = rate", "bill = rate * 2");
    repo.git(&["add", "-A"]);
    assert_eq!(findings(&repo), one("ts-missing-named-export", "src/bill.ts"));
}

#[test]
fn an_old_import_of_a_name_that_leaves_a_list_is_told() {
    let repo = TestRepo::new();
    repo.write("src/tax.ts", "const rate = 1\nconst base = 2\nexport {\n  rate,\n  base,\n}\n");
    repo.write("src/bill.ts", "import { rate } from './tax'\n\nexport const bill = rate\n");
    repo.commit("bills");
    repo.edit("src/tax.ts", "  rate,\n", "");
    repo.edit("src/bill.ts", "bill = rate", "bill = rate * 2");
    repo.git(&["add", "-A"]);
    assert_eq!(findings(&repo), one("ts-missing-named-export", "src/bill.ts"));
}

#[test]
fn an_import_that_was_a_comment_is_asked_about() {
    let repo = typescript();
    repo.write("src/bill.ts", "// import { gone } from './tax'\nexport const bill = 1\n");
    repo.commit("nothing imported");
    repo.write("src/bill.ts", "import { gone } from './tax'\nexport const bill = gone\n");
    repo.git(&["add", "-A"]);
    assert_eq!(findings(&repo), one("ts-missing-named-export", "src/bill.ts"));
}

#[test]
fn a_comment_that_silences_an_old_import_is_not_idle() {
    let repo = typescript();
    let silenced =
        "// friction-ignore[ts-missing-named-export]: made by the build\nimport { gone } from './tax'\n";
    repo.write("src/bill.ts", format!("{silenced}export const bill = gone\n"));
    repo.commit("silenced");
    repo.edit("src/bill.ts", "bill = gone", "bill = gone + 1");
    repo.git(&["add", "-A"]);
    assert_eq!(findings(&repo), []);
}

#[test]
fn an_old_import_that_new_options_make_wrong_is_told() {
    let repo = TestRepo::new();
    repo.write("tsconfig.json", r#"{ "compilerOptions": { "verbatimModuleSyntax": false } }"#);
    repo.write("src/tax.ts", "export interface Rate { of: number }\n");
    repo.write("src/bill.ts", "import { Rate } from './tax'\nexport const bill = (rate: Rate) => rate.of\n");
    repo.commit("bills");
    repo.write("tsconfig.json", r#"{ "compilerOptions": { "verbatimModuleSyntax": true } }"#);
    repo.edit("src/bill.ts", "rate.of", "rate.of + 1");
    repo.git(&["add", "-A"]);
    assert_eq!(findings(&repo), one("ts-verbatim-type-import", "src/bill.ts"));
}

#[test]
fn an_old_python_import_of_a_name_that_the_same_change_removes_is_told() {
    let repo = TestRepo::new();
    repo.write("shop/__init__.py", "");
    repo.write("shop/tax.py", "RATE = 1\n\n\ndef base():\n    return 2\n");
    repo.write("shop/bill.py", "from shop.tax import RATE\n\nbill = RATE\n");
    repo.commit("bills");
    repo.edit("shop/tax.py", "RATE = 1\n", "");
    repo.edit("shop/bill.py", "bill = RATE", "bill = RATE * 2");
    repo.git(&["add", "-A"]);
    assert_eq!(findings(&repo), one("py-first-party-name-missing", "shop/bill.py"));
}

#[test]
fn a_cycle_that_another_file_closes_is_told_at_the_import_that_is_too_early() {
    let repo = TestRepo::new();
    repo.write("main.py", "import shop.tax\n");
    repo.write("shop/__init__.py", "");
    repo.write("shop/tax.py", "RATE = 1\n");
    repo.write("shop/bill.py", "from shop.tax import RATE\n\nbill = RATE\n");
    repo.commit("bills");
    repo.write("shop/tax.py", "from shop.bill import bill\n\nRATE = 1\nprint(bill)\n");
    repo.edit("shop/bill.py", "bill = RATE", "bill = RATE * 2");
    repo.git(&["add", "-A"]);
    let told = findings(&repo);
    assert!(told.contains(&("py-circular-import".to_owned(), "shop/bill.py".to_owned())), "{told:?}");
}

#[test]
fn an_old_import_that_was_wrong_before_is_not_told() {
    let repo = typescript();
    repo.write("src/bill.ts", "import { gone } from './tax'\nexport const bill = gone\n");
    repo.commit("wrong");
    repo.edit("src/bill.ts", "bill = gone", "bill = gone + 1");
    repo.git(&["add", "-A"]);
    assert_eq!(findings(&repo), []);
}
