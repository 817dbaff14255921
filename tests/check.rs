//! `friction check`, as it is run: which state is checked, which findings are told, and what is left alone.

mod support;

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use support::{Ran, TestRepo, friction_command, friction_in, tree};

/// `rule path:line` of every finding, and the summary.
#[track_caller]
fn told(repo: &TestRepo, words: &[&str]) -> (Vec<String>, Value) {
    let ran = repo.friction(&[&["check", "--format", "json", "--exit-zero"], words].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let line = |it: &Value| {
        format!("{} {}:{}", it["rule"].as_str().unwrap(), it["path"].as_str().unwrap(), it["line"])
    };
    (json["findings"].as_array().unwrap().iter().map(line).collect(), json)
}

#[track_caller]
fn findings(repo: &TestRepo, words: &[&str]) -> Vec<String> {
    told(repo, words).0
}

fn stage(repo: &TestRepo) {
    repo.git(&["add", "-A"]);
}

/// A repository whose `a.py` has an old mistake in line 1.
fn with_debt() -> TestRepo {
    let repo = TestRepo::new();
    repo.write("a.py", "print(old)\nx = 1\n").commit("Start");
    repo
}

#[test]
fn old_debt_is_not_told_unless_asked_for() {
    let repo = with_debt();
    repo.write("a.py", "print(old)\nx = 1\nprint(new)\n");
    stage(&repo);
    let (new, json) = told(&repo, &[]);
    assert_eq!(new, ["py-undefined-name a.py:3"]);
    assert_eq!(json["summary"]["old"], 1);
    assert_eq!(findings(&repo, &["--scope", "lines"]), ["py-undefined-name a.py:3"]);
    let all = ["py-undefined-name a.py:1", "py-undefined-name a.py:3"];
    assert_eq!(findings(&repo, &["--scope", "file"]), all);
}

#[test]
fn an_old_line_that_the_change_makes_wrong_is_new() {
    let repo = TestRepo::new();
    repo.write("a.py", "import os\n\nprint(os.sep)\n").commit("Start");
    repo.write("a.py", "print(os.sep)\n");
    stage(&repo);
    assert_eq!(findings(&repo, &[]), ["py-undefined-name a.py:1"]);
    assert!(findings(&repo, &["--scope", "lines"]).is_empty());
}

#[test]
fn a_mistake_that_moves_within_its_file_or_with_it_stays_old() {
    let repo = with_debt();
    repo.write("a.py", "y = 2\n\nprint(old)\nx = 1\n");
    stage(&repo);
    assert!(findings(&repo, &[]).is_empty());
    repo.git(&["mv", "a.py", "b.py"]);
    assert!(findings(&repo, &[]).is_empty());
    repo.git(&["rm", "-q", "--cached", "b.py"]);
    repo.write("c.py", "print(old)\nprint(old)\n");
    stage(&repo);
    assert_eq!(findings(&repo, &["--scope", "file"]).len(), 3);
}

#[test]
fn what_is_staged_is_checked_and_not_what_is_on_disk() {
    let repo = TestRepo::new();
    repo.write("a.py", "x = 1\n").write("b.py", "x = 1\n").write("c.py", "x = 1\n").commit("Start");
    repo.write("a.py", "print(staged)\n").write("b.py", "x = 2\n").write("c.py", "print(gone)\n");
    stage(&repo);
    repo.write("a.py", "x = 1\n").write("b.py", "print(unstaged)\n").remove("c.py");
    assert_eq!(findings(&repo, &[]), ["py-undefined-name a.py:1", "py-undefined-name c.py:1"]);
    assert_eq!(findings(&repo, &["--all"]), ["py-undefined-name b.py:1"]);
    assert_eq!(findings(&repo, &["b.py"]), ["py-undefined-name b.py:1"]);
}

#[test]
fn a_range_is_checked_against_its_beginning_or_where_it_parted() {
    let repo = with_debt();
    repo.branch("topic").write("b.py", "print(topic)\n").commit("Topic");
    repo.checkout("main").write("a.py", "x = 1\n").commit("Repair");
    assert_eq!(findings(&repo, &["--diff", "main...topic"]), ["py-undefined-name b.py:1"]);
    let both = ["py-undefined-name a.py:1", "py-undefined-name b.py:1"];
    assert_eq!(findings(&repo, &["--diff", "main..topic"]), both);
    let wrong = repo.friction(&["check", "--diff", "nowhere..topic"]).refused();
    assert!(wrong.contains("\"nowhere\" names no commit"), "{wrong}");
}

#[test]
fn an_unsaved_text_is_checked_in_its_place() {
    let repo = with_debt();
    repo.write("tools.py", "def cut():\n    return 1\n").commit("Tools");
    let text = b"from tools import cutt\nprint(old)\n";
    let words = ["check", "--stdin", "--stdin-filename", "a.py", "--format", "concise"];
    let ran = Ran::with_input(friction_command(repo.root(), &words), text);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.starts_with("a.py:1:19: error py-first-party-name-missing"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 older finding not told"), "{}", ran.stdout);
}

#[test]
fn a_path_that_names_nothing_is_refused_and_one_of_several_is_told() {
    let repo = with_debt();
    let wrong = repo.friction(&["check", "srcc"]).refused();
    assert!(wrong.contains("there is no file or folder \"srcc\""), "{wrong}");
    let (_, json) = told(&repo, &["a.py", "gone.py"]);
    assert_eq!(json["warnings"][0], "there is no file to check at gone.py");
}

#[test]
fn past_its_budget_a_check_names_what_is_left_and_exits_as_configured() {
    const FILES: usize = 400;
    let repo = TestRepo::new();
    for n in 0..FILES {
        repo.write(&format!("m{n}.py"), format!("print(missing_{n})\n").repeat(20));
    }
    stage(&repo);
    let (_, json) = told(&repo, &["--budget", "1ms"]);
    let (checked, left) = (&json["summary"]["files"], json["summary"]["unchecked"].as_array().unwrap());
    assert!(!left.is_empty() && checked.as_u64().unwrap() as usize + left.len() == FILES, "{checked}");
    let ran = repo.friction(&["check", "--budget", "1ms", "--format", "concise"]);
    assert!(ran.stdout.contains(".py: not checked: the time budget was used up\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("; NOT CHECKED within the budget: "), "{}", ran.stdout);
    repo.write("friction.toml", "[check]\nbudget = \"1ms\"\ndisable = [\"py-undefined-name\"]\n");
    assert_eq!(repo.friction(&["check"]).code, 0);
    repo.write("friction.toml", "[check]\nbudget = \"1ms\"\nover-budget = \"fail\"\n");
    assert_eq!(repo.friction(&["check"]).code, 1);
}

#[test]
fn a_baseline_hides_old_debt_and_only_shrinks() {
    let repo = with_debt();
    repo.write("b.py", "print(old)\n").commit("More debt");
    assert_eq!(repo.friction(&["check", "--all", "--scope", "file"]).code, 1);
    assert_eq!(repo.friction(&["check", "--all", "--update-baseline"]).code, 0);
    let first = repo.read(".friction/baseline.json");
    assert!(findings(&repo, &["--all", "--scope", "file"]).is_empty());
    repo.write("b.py", "x = 1\n").write("c.py", "print(new)\n");
    stage(&repo);
    assert_eq!(findings(&repo, &["--all", "--scope", "file"]), ["py-undefined-name c.py:1"]);
    assert_eq!(findings(&repo, &[]), ["py-undefined-name c.py:1"]);
    assert_eq!(repo.read(".friction/baseline.json"), first, "a check adds nothing");
    let ran = repo.friction(&["check", "--all", "--prune-baseline"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert!(ran.stderr.contains("dropped 1 finding from .friction/baseline.json; 1 left"), "{}", ran.stderr);
    assert_eq!(findings(&repo, &["--all", "--scope", "file"]), ["py-undefined-name c.py:1"]);
    repo.write(".friction/baseline.json", "{\n  \"schema\": 1\n}");
    let wrong = repo.friction(&["check"]).refused();
    assert!(wrong.contains("baseline.json:2:"), "{wrong}");
}

#[test]
fn suppressions_silence_with_a_reason_and_are_counted_where_a_change_adds_them() {
    let repo = TestRepo::new();
    repo.write("a.py", "print(a)  # friction-ignore[py-undefined-name]: made by exec\n").commit("Start");
    let text = "print(a)  # friction-ignore[py-undefined-name]: made by exec\n\
                # friction-ignore[py-undefined-name]: made by exec\nprint(b)\n\
                print(c)  # friction-ignore[py-undefined-name]\n\
                x = 1  # friction-ignore[py-undefined-name]: nothing here\n";
    repo.write("a.py", text);
    stage(&repo);
    let (found, json) = told(&repo, &[]);
    let wrong = ["py-undefined-name a.py:4", "suppression-malformed a.py:4", "suppression-unused a.py:5"];
    assert_eq!(found, wrong);
    assert_eq!(
        (&json["summary"]["suppressed"], &json["summary"]["suppressions_added"]),
        (&2.into(), &3.into())
    );
    let ran = repo.friction(&["check", "--format", "concise"]);
    assert!(ran.stdout.contains("this change adds 3 suppressions"), "{}", ran.stdout);
}

const LATE: &str = "import os\nfrom __future__ import annotations\n\nprint(os.sep)\n";
const EARLY: &str = "from __future__ import annotations\nimport os\n\nprint(os.sep)\n";

#[test]
fn a_mend_is_written_to_the_work_tree_on_request_and_left_to_be_staged() {
    let repo = TestRepo::new();
    repo.write("a.py", LATE);
    stage(&repo);
    assert_eq!(repo.friction(&["check"]).code, 1);
    assert_eq!(repo.read("a.py"), LATE);
    let ran = repo.friction(&["check", "--fix", "--format", "concise"]);
    assert_eq!(ran.code, 1, "what is staged still holds the mistake: {}", ran.stdout);
    assert_eq!(repo.read("a.py"), EARLY);
    assert!(ran.stderr.contains("mended a.py (1); stage what you want to commit"), "{}", ran.stderr);
    assert_eq!(repo.git(&["show", ":a.py"]) + "\n", LATE);
    stage(&repo);
    assert_eq!(repo.friction(&["check"]).code, 0);
}

#[test]
fn a_file_that_is_not_as_it_was_staged_is_never_mended() {
    let repo = TestRepo::new();
    repo.write("a.py", LATE);
    stage(&repo);
    let edited = format!("{LATE}# edited since\n");
    repo.write("a.py", &edited);
    let ran = repo.friction(&["check", "--fix", "--unsafe-fixes", "--format", "concise"]);
    assert_eq!((ran.code, repo.read("a.py")), (1, edited));
    assert!(ran.stdout.contains("a.py was not mended: its text on disk is another"), "{}", ran.stdout);
}

#[test]
fn a_check_leaves_every_byte_of_a_work_tree_that_is_edited_meanwhile() {
    let repo = TestRepo::new();
    for n in 0..60 {
        repo.write(&format!("src/m{n}.py"), "x = 1\n".repeat(200));
    }
    repo.commit("Start");
    for n in 0..60 {
        repo.write(&format!("src/m{n}.py"), "x = 1\n".repeat(200) + &format!("print(new_{n})\n"));
    }
    stage(&repo);
    let outside_git =
        || tree(repo.root()).into_iter().filter(|(path, _)| !path.starts_with(repo.path(".git")));
    let before: Vec<_> = outside_git().collect();
    let (running, path) = (AtomicBool::new(true), repo.path("src/edited.py"));
    let (edits, codes) = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut edits = 0;
            while running.load(Ordering::Relaxed) {
                edits += 1;
                fs::write(&path, format!("edit = {edits}\n")).unwrap();
                thread::sleep(Duration::from_millis(1));
            }
            edits
        });
        // Judged below: a panic here would leave the writer running.
        let codes = [&["check"][..], &["check", "--scope", "file"], &["check", "--no-cache"]]
            .map(|words| repo.friction(words).code);
        running.store(false, Ordering::Relaxed);
        (writer.join().unwrap(), codes)
    });
    assert_eq!(codes, [1, 1, 1]);
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("edit = {edits}\n"));
    fs::remove_file(&path).unwrap();
    assert_eq!(outside_git().collect::<Vec<_>>(), before);
}

#[test]
fn the_exit_code_tells_how_bad_it_is() {
    let repo = TestRepo::new();
    repo.write("a.py", "x = 1  # friction-ignore[py-undefined-name]: no need\n");
    stage(&repo);
    assert_eq!(repo.friction(&["check"]).code, 0, "a warning does not stop a commit");
    assert_eq!(repo.friction(&["check", "--fail-on", "warning"]).code, 1);
    assert_eq!(repo.friction(&["check", "--fail-on", "warning", "--exit-zero"]).code, 0);
    assert_eq!(friction_in(repo.beside("").as_path(), &["check"]).code, 2);
}

#[test]
fn code_that_is_too_large_or_packed_is_told() {
    let repo = TestRepo::new();
    repo.write("large.py", "x = 1\n".repeat(200_000)).write("dense.ts", "(".repeat(400_000));
    repo.write("packed.js", "missing();".repeat(1000)).write("notes.txt", "x".repeat(2_000_000));
    stage(&repo);
    let (found, json) = told(&repo, &[]);
    assert!(found.is_empty(), "{found:?}");
    let warnings: Vec<&str> =
        json["warnings"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert_eq!(
        warnings,
        [
            "1 file not checked (larger than 1 MB): large.py",
            "1 file not checked (more than 300,000 tokens, too many to read safely): dense.ts",
            "1 file not checked (minified, so only searched for conflict markers): packed.js",
        ]
    );
}

#[test]
fn a_configuration_turns_rules_off_weighs_them_and_leaves_paths_out() {
    let repo = TestRepo::new();
    repo.write("a.py", "print(new)\n").write("gen/b.py", "print(new)\n");
    stage(&repo);
    repo.write(
        "friction.toml",
        "[check]\nexclude = [\"gen/**\"]\n[check.severity]\npy-undefined-name = \"info\"\n",
    );
    let (found, json) = told(&repo, &[]);
    assert_eq!((found.len(), &json["summary"]["infos"]), (1, &1.into()));
    repo.write("friction.toml", "[check]\ndisable = [\"py-undefined-name\"]\n");
    assert!(findings(&repo, &[]).is_empty());
    repo.write("friction.toml", "[check]\ndisable = [\"py-undefined\"]\n");
    let wrong = repo.friction(&["check"]).refused();
    assert!(wrong.contains("names the rule `py-undefined`, which is not there"), "{wrong}");
}

#[test]
fn a_rule_of_the_projects_own_is_checked_and_a_broken_one_is_told_with_its_place() {
    let repo = TestRepo::new();
    let ran = repo.friction(&["rules", "new", "no-sleep-in-tests", "--language", "python"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let path = ".friction/rules/no-sleep-in-tests.md";
    assert!(repo.friction(&["rules", "test", "no-sleep"]).ok().ends_with(" 0 wrong\n"));
    assert!(repo.friction(&["rules", "list"]).ok().contains("no-sleep-in-tests"));
    let rule = repo.read(path);
    let fails = rule.split("## Fails").nth(1).unwrap();
    let code = fails.split("```").nth(1).unwrap().split_once('\n').unwrap().1;
    repo.write("tests/test_a.py", code);
    stage(&repo);
    let found = findings(&repo, &[]);
    assert!(found.iter().any(|it| it.starts_with("no-sleep-in-tests tests/test_a.py:")), "{found:?}");
    repo.write(path, rule.replacen("severity", "severty", 1));
    let wrong = repo.friction(&["check"]).refused();
    assert!(wrong.contains("no-sleep-in-tests.md:") && wrong.contains("severty"), "{wrong}");
    let without = &rule[..rule.find("## Passes").unwrap()];
    repo.write(path, without);
    let wrong = repo.friction(&["check"]).refused();
    assert!(wrong.contains("a rule needs an example under `## Passes`"), "{wrong}");
}
