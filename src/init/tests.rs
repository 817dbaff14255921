use super::*;

fn merged(settings: &settings::Settings, text: &str) -> Result<String, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(settings.path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    let mut wiring = Wiring::default();
    settings::wire(dir.path(), settings.clone(), "friction", &mut wiring).unwrap();
    match (wiring.refused.pop(), wiring.changes.pop()) {
        (Some((_, reason)), _) => Err(reason),
        (None, Some(change)) => Ok(String::from_utf8(change.after).unwrap()),
        (None, None) => Ok(text.to_owned()),
    }
}

#[test]
fn hooks_are_merged_and_comments_order_and_unknown_keys_stay() {
    let text = "{\n  // ours\n  \"model\": \"x\",\n  \"hooks\": {\n    \"Stop\": [\n      { \"hooks\": [{ \"type\": \"command\", \"command\": \"say done\" }] } // loud\n    ]\n  },\n  \"zzz\": [1, 2,],\n}\n";
    let told = merged(&settings::CLAUDE, text).unwrap();
    insta::assert_snapshot!(told);
    assert_eq!(merged(&settings::CLAUDE, &told).unwrap(), told, "twice is once");
}

#[test]
fn an_empty_file_becomes_settings() {
    insta::assert_snapshot!(merged(&settings::GEMINI, "").unwrap());
    assert!(merged(&settings::CODEX, "{}").unwrap().contains("\"friction hook codex\""));
}

#[test]
fn hostile_settings_are_refused_and_not_overwritten() {
    for text in
        ["{\"hooks\": []}", "{\"hooks\": {\"Stop\": \"x\"}}", "[]", "{", "{\"hooks\": null}", "\"hooks\""]
    {
        assert!(merged(&settings::CLAUDE, text).is_err(), "{text}");
    }
}
