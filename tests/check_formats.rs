//! What `friction check` says, in every format, and of files whose names are meant to deceive.

mod support;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use serde_json::Value;
use support::{Ran, TestRepo, friction_command, problems};

const FORMATS: [&str; 9] =
    ["full", "concise", "agent", "json", "jsonl", "github", "gitlab", "sarif", "junit"];

/// An error with a mend and another place, a warning, a suppression, and a file that is too large.
fn story() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("package.json", "{ \"devDependencies\": { \"vitest\": \"^4.0.0\" } }\n").commit("Start");
    repo.write(
        "src/größe.test.ts",
        "import { expect, test } from 'vitest'\n\ntest('größe', () => {\n\tconst f = /* ü */ vi.fn()\n\texpect(f()).toBe(undefined)\n})\n",
    );
    repo.write(
        "app.py",
        "import os\n\n\ndef size(path):\n    return os.path.getsize(paht)  # friction-ignore[a-rule]: none\n",
    );
    repo.write("large.py", "x = 1\n".repeat(200_000));
    repo.git(&["add", "-A"]);
    repo
}

#[track_caller]
fn printed(repo: &TestRepo, words: &[&str]) -> String {
    let ran = repo.friction(&[&["check", "--exit-zero"], words].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    ran.stdout
}

#[test]
fn every_format_says_the_same_in_its_own_words() {
    let repo = story();
    for format in FORMATS {
        insta::assert_snapshot!(format, printed(&repo, &["--format", format]));
    }
    let narrow = friction_command(repo.root(), &["check", "--format", "full", "--exit-zero"]);
    let mut narrow = narrow;
    narrow.env("COLUMNS", "50");
    insta::assert_snapshot!("full_at_fifty_columns", Ran::of(narrow).ok());
}

#[test]
fn a_check_that_finds_nothing_still_speaks() {
    let repo = TestRepo::new();
    repo.write("a.py", "x = 1\n");
    repo.git(&["add", "-A"]);
    for format in ["full", "concise", "agent", "github"] {
        assert!(
            printed(&repo, &["--format", format]).contains("nothing found in 1 checked file"),
            "{format}"
        );
    }
    repo.git(&["rm", "-q", "--cached", "a.py"]);
    assert!(printed(&repo, &["--format", "agent"]).contains("nothing found in 0 checked files"));
}

#[test]
fn the_json_keeps_to_the_printed_schema() {
    let repo = story();
    assert_eq!(problems("findings", &printed(&repo, &["--format", "json"])), [] as [String; 0]);
    assert_eq!(
        problems("findings", &printed(&repo, &["--format", "json", "--budget", "1ms"])),
        [] as [String; 0]
    );
    let lines = printed(&repo, &["--format", "jsonl"]);
    let types: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].clone()).collect();
    assert_eq!(types, ["finding", "finding", "finding", "warning", "summary"]);
}

/// What the schema of SARIF 2.1.0 says against a document.
fn against_sarif(document: &Value) -> Vec<String> {
    // The published schema has a stray bracket in one pattern, which is then no regular expression.
    let schema = include_str!("fixtures/sarif/sarif-2.1.0.json").replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn sarif_is_valid_and_its_places_are_true() {
    let repo = story();
    let document: Value = serde_json::from_str(&printed(&repo, &["--format", "sarif"])).unwrap();
    assert_eq!(against_sarif(&document), [] as [String; 0]);
    let results = document["runs"][0]["results"].as_array().unwrap();
    let of_test = results.iter().find(|it| it["ruleId"] == "vitest-global-not-imported").unwrap();
    let place = &of_test["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/gr%C3%B6%C3%9Fe.test.ts");
    // Characters, not bytes: `\tconst f = /* ü */ vi` has `vi` at the twentieth.
    let region = &place["region"];
    assert_eq!([&region["startLine"], &region["startColumn"], &region["endColumn"]], [4, 20, 22]);
    let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
    }
    let budget: Value =
        serde_json::from_str(&printed(&repo, &["--format", "sarif", "--budget", "1ms"])).unwrap();
    assert_eq!(against_sarif(&budget), [] as [String; 0]);
}

#[test]
fn an_agent_is_recognised_by_its_environment_and_told_in_short_lines() {
    let repo = TestRepo::new();
    for n in 10..50 {
        repo.write(&format!("{}/m{n}.py", "deep/folders".repeat(9)), format!("print(missing_{n})\n"));
    }
    repo.git(&["add", "-A"]);
    for name in [
        "AI_AGENT",
        "CLAUDECODE",
        "GEMINI_CLI",
        "CODEX_SANDBOX",
        "CODEX_THREAD_ID",
        "CURSOR_AGENT",
        "COPILOT_CLI",
        "OPENCODE",
    ] {
        let run = || {
            let mut command = friction_command(repo.root(), &["check"]);
            command.env(name, "1");
            Ran::of(command)
        };
        let (ran, again) = (run(), run());
        assert_eq!(ran, again, "the same bytes for the same findings");
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!((ran.code, lines.len()), (1, 32), "{name}: {}", ran.stdout);
        assert!(lines.iter().all(|line| line.len() <= 160), "{}", ran.stdout);
        assert_eq!(lines[30], "10 findings more of py-undefined-name");
        assert_eq!(lines[31], "friction check: 40 errors in 40 checked files");
    }
}

/// Names that end a line, a string, a command, an element, or begin an option or a terminal's command.
const HOSTILE: [&str; 8] = [
    "new\nline.py",
    "quo\"te'.py",
    "a::error file=b%0A,c.py",
    "-rf.py",
    "esc\u{1b}[31m\u{7}.py",
    "<tag>&amp;.py",
    "right\u{202e}to left.py",
    "back\\slash.py",
];

fn hostile() -> TestRepo {
    let repo = TestRepo::new();
    // Names of their own: one that two files lack may be given by a loader.
    for (n, name) in HOSTILE.iter().enumerate() {
        repo.write(name, format!("print(missing_{n})\n"));
    }
    fs::write(repo.root().join(OsStr::from_bytes(b"not\xffutf8.py")), "print(missing_9)\n").unwrap();
    repo.git(&["add", "-A"]);
    repo
}

#[test]
fn a_hostile_file_name_is_told_and_obeyed_by_nobody() {
    let repo = hostile();
    for format in FORMATS {
        let told = printed(&repo, &["--format", format]);
        let obeyed = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
        assert_eq!(told.chars().find(|c| obeyed(*c)), None, "{format}: {told}");
        assert!(
            told.contains("not\\xffutf8.py")
                || format == "gitlab"
                || format == "junit"
                || told.contains("not\\\\xffutf8.py"),
            "{format}: {told}"
        );
    }
    let concise = printed(&repo, &["--format", "concise"]);
    assert_eq!(concise.lines().count(), HOSTILE.len() + 2, "{concise}");
    let github = printed(&repo, &["--format", "github"]);
    let commands = github.lines().filter(|line| line.starts_with("::error file="));
    assert_eq!(commands.count(), HOSTILE.len(), "{github}");
    assert!(github.contains("file=a%3A%3Aerror file=b%250A%2Cc.py,line=1"), "{github}");
    insta::assert_snapshot!("hostile_names_in_junit", printed(&repo, &["--format", "junit"]));
}

#[test]
fn a_hostile_file_name_comes_back_whole_from_the_formats_for_programs() {
    let repo = hostile();
    let mut names: Vec<&str> = HOSTILE.to_vec();
    names.sort_unstable();
    let json: Value = serde_json::from_str(&printed(&repo, &["--format", "json"])).unwrap();
    let paths = |all: &Value, at: &str| -> Vec<String> {
        all.as_array()
            .unwrap()
            .iter()
            .map(|it| it.pointer(at).unwrap().as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(paths(&json["findings"], "/path"), names);
    let gitlab: Value = serde_json::from_str(&printed(&repo, &["--format", "gitlab"])).unwrap();
    assert_eq!(paths(&gitlab, "/location/path"), names);
    let sarif: Value = serde_json::from_str(&printed(&repo, &["--format", "sarif"])).unwrap();
    assert_eq!(against_sarif(&sarif), [] as [String; 0]);
    let uris = paths(&sarif["runs"][0]["results"], "/locations/0/physicalLocation/artifactLocation/uri");
    assert_eq!(uris.iter().map(|uri| decoded(uri)).collect::<Vec<_>>(), names);
}

/// A percent-encoded URI's text.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        bytes.push(u8::from_str_radix(&after[..2], 16).unwrap());
        rest = &after[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_report_goes_to_a_file_without_colour_and_the_screen_stays_empty() {
    let repo = story();
    let ran = repo.friction(&["check", "--format", "full", "-o", "report.txt", "--color", "always"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    let report = repo.read("report.txt");
    assert!(report.contains("error[vitest-global-not-imported]") && !report.contains('\u{1b}'), "{report}");
}
