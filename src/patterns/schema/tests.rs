use serde_json::{Value, json};

use super::schema;
use crate::model::*;
use crate::patterns::samples::{claiming, correction, episode, pattern, pattern_file, sha};

fn problems(name: &str, value: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema(name).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn scan() -> Scan {
    let fix = claiming(correction(11, 1, 60), Family::ImportPath, "no-import", "src/a.ts");
    let mut unknown = correction(12, 2, 60);
    (unknown.origins, unknown.gap_seconds) = (Vec::new(), None);
    Scan {
        schema: SCAN_SCHEMA.into(),
        version: "0.1.0".into(),
        repository: Repository {
            root: "/r".into(),
            head: Some(sha(9)),
            skipped: [("merge".to_string(), 3)].into(),
            ..Default::default()
        },
        episodes: vec![episode(1, &[&fix])],
        corrections: vec![fix, unknown],
        patterns: vec![pattern(Family::ImportPath, "no-import", 4, 90)],
        warnings: vec![Warning { kind: "shallow".into(), count: 1, message: "cut".into() }],
    }
}

#[test]
fn a_pattern_file_is_valid_by_its_schema() {
    let patterns = Family::ALL.map(|family| pattern(family, "some-name", 3, 30));
    assert_eq!(problems("patterns", &json!(pattern_file(patterns.into()))), Vec::<String>::new());
    let mut empty = pattern_file(Vec::new());
    (empty.scanned.head, empty.scanned.since) = (None, None);
    assert_eq!(problems("patterns", &json!(empty)), Vec::<String>::new());
}

#[test]
fn a_scan_is_valid_by_its_schema() {
    assert_eq!(problems("scan", &json!(scan())), Vec::<String>::new());
}

#[test]
fn a_field_that_the_schema_does_not_know_or_misses_is_a_problem() {
    let mut file = json!(pattern_file(vec![pattern(Family::Docs, "a", 3, 30)]));
    file["patterns"][0]["mood"] = json!("bad");
    file["patterns"][0]["counts"].as_object_mut().unwrap().remove("rounds");
    assert_eq!(problems("patterns", &file).len(), 2);
    let mut scan = json!(scan());
    scan["corrections"][0]["families"][0]["family"] = json!("bad_luck");
    assert_eq!(problems("scan", &scan).len(), 1);
}

#[test]
fn only_known_names_have_a_schema() {
    assert!(schema("patterns").is_some() && schema("scan").is_some());
    assert!(schema("nothing").is_none());
}
