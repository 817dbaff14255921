//! `friction learn`: what it writes, what it leaves alone, when it refuses.

mod support;

use std::fs;

use support::*;

const WRITTEN: [(&str, &str); 6] = [
    ("claude", "CLAUDE.md"),
    ("agents", "AGENTS.md"),
    ("gemini", "GEMINI.md"),
    ("cursor", ".cursor/rules/friction.mdc"),
    ("copilot", ".github/copilot-instructions.md"),
    ("claude-rules", ".claude/rules/friction-import-path.md"),
];

#[test]
fn a_dry_run_shows_the_difference_and_writes_nothing() {
    let repo = shop();
    let before = repo.git(&["status", "--porcelain"]);
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let told = repo.friction(&["learn", "--dry-run"]).ok();
    insta::assert_snapshot!(told.replace(&version, "\"version\": \"(this)\""));
    assert_eq!(repo.git(&["status", "--porcelain"]), before);
}

#[test]
fn rules_and_patterns_are_written_and_valid_by_the_printed_schema() {
    let repo = shop();
    insta::assert_snapshot!(repo.friction(&["learn"]).ok());
    insta::assert_snapshot!(repo.read("CLAUDE.md"));
    assert_eq!(problems("patterns", &repo.read("friction_patterns.json")), Vec::<String>::new());
}

#[test]
fn learning_twice_changes_nothing() {
    let repo = shop();
    repo.friction(&["learn"]).ok();
    let written = (repo.read("CLAUDE.md"), repo.read("friction_patterns.json"));
    let told = repo.friction(&["learn"]).ok();
    assert!(told.starts_with("Everything is up to date.\n"), "{told}");
    assert_eq!((repo.read("CLAUDE.md"), repo.read("friction_patterns.json")), written);
    assert_eq!(repo.friction(&["learn", "--dry-run"]).ok(), "Nothing would change.\n");
}

#[test]
fn a_check_fails_until_what_was_learned_is_written_and_holds_once_it_is_committed() {
    let repo = shop();
    let stale = repo.friction(&["learn", "--check"]);
    assert_eq!((stale.code, stale.stdout.as_str()), (1, "Stale: friction_patterns.json, CLAUDE.md\n"));
    assert!(!repo.path("CLAUDE.md").exists());
    repo.friction(&["learn"]).ok();
    assert_eq!(repo.friction(&["learn", "--check"]).ok(), "Up to date.\n");
    repo.commit("docs: what friction learned");
    assert_eq!(repo.friction(&["learn", "--check"]).ok(), "Up to date.\n");
    repo.remove("CLAUDE.md");
    assert_eq!(repo.friction(&["learn", "--check"]).code, 1);
}

#[test]
fn text_outside_of_the_markers_is_left_untouched() {
    let repo = shop();
    let (above, below) = ("# House rules\r\n\r\n- Be kind.\r\n", "\r\n## More\r\n\ttabs, no last newline");
    repo.write("CLAUDE.md", above);
    repo.friction(&["learn"]).ok();
    let block = repo.read("CLAUDE.md").strip_prefix(above).expect("kept").to_owned();
    assert!(block.contains("friction:begin") && block.contains("ALWAYS"), "{block}");
    repo.write("CLAUDE.md", format!("{above}{block}{below}"));
    repo.friction(&["learn", "--max-rules", "0"]).ok();
    let text = repo.read("CLAUDE.md");
    assert!(text.starts_with(above) && text.ends_with(below), "{text:?}");
    assert_ne!(text, format!("{above}{block}{below}"));
}

#[test]
fn a_block_edited_by_hand_is_overwritten_with_force_only() {
    let repo = shop();
    repo.friction(&["learn"]).ok();
    let edited = repo.read("CLAUDE.md").replace("ALWAYS", "SOMETIMES");
    repo.write("CLAUDE.md", &edited);
    let told = repo.friction(&["learn", "--max-rules", "1"]).refused();
    assert!(
        told.contains("CLAUDE.md") && told.contains("edited by hand") && told.contains("--force"),
        "{told}"
    );
    assert_eq!(repo.read("CLAUDE.md"), edited);
    let checked = repo.friction(&["learn", "--max-rules", "1", "--check"]);
    assert_eq!(checked.code, 1);
    assert!(checked.stdout.contains("edited by hand"), "{}", checked.stdout);
    repo.friction(&["learn", "--max-rules", "1", "--force"]).ok();
    assert!(repo.read("CLAUDE.md").contains("ALWAYS"));
}

#[test]
fn every_target_is_written_where_its_readers_look() {
    for (target, path) in WRITTEN {
        let repo = shop();
        repo.friction(&["learn", "--target", target]).ok();
        assert!(repo.read(path).contains("mport every name"), "{path}");
        for (_, other) in WRITTEN.iter().filter(|(other, _)| *other != target) {
            assert!(!repo.path(other).exists(), "{target} wrote {other}");
        }
        assert_eq!(repo.friction(&["learn", "--target", target, "--check"]).code, 0);
    }
}

#[test]
fn targets_that_the_repository_has_are_taught_and_no_others() {
    let repo = shop();
    repo.write("AGENTS.md", "# Agents\n").write("GEMINI.md", "# Gemini\n");
    repo.friction(&["learn"]).ok();
    assert!(repo.read("AGENTS.md").contains("ALWAYS") && repo.read("GEMINI.md").contains("ALWAYS"));
    assert!(!repo.path("CLAUDE.md").exists());
}

#[test]
fn an_unknown_target_is_refused_with_those_there_are() {
    let told = shop().friction(&["learn", "--target", "vim"]).refused();
    assert!(told.contains("vim") && told.contains("claude-rules"), "{told}");
}

#[test]
fn rules_are_capped_by_number_and_by_characters() {
    let repo = shop();
    let rules = |words: &[&str]| {
        repo.friction(&[&["learn", "--force"], words].concat()).ok();
        repo.read("CLAUDE.md").lines().filter(|line| line.starts_with("- ")).count()
    };
    let all = rules(&[]);
    assert!(all >= 1);
    assert_eq!(rules(&["--max-rules", "1"]), 1);
    assert_eq!(rules(&["--max-rules", "0"]), 0);
    assert_eq!(rules(&["--budget", "20"]), 0);
}

#[test]
fn a_single_mistake_teaches_nothing() {
    let (repo, _) = with_mistake();
    repair(&repo);
    let told = repo.friction(&["learn"]).ok();
    assert!(told.contains("0 rules"), "{told}");
    assert!(!repo.path("CLAUDE.md").exists());
}

#[test]
fn an_empty_repository_is_taught_nothing_in_a_valid_file() {
    let repo = TestRepo::new();
    repo.friction(&["learn"]).ok();
    assert_eq!(problems("patterns", &repo.read("friction_patterns.json")), Vec::<String>::new());
    assert!(!repo.path("CLAUDE.md").exists());
    assert_eq!(repo.friction(&["learn", "--check"]).code, 0);
}

#[test]
fn from_any_folder_it_writes_at_the_root() {
    let repo = shop();
    friction_in(&repo.path("src"), &["learn"]).ok();
    assert!(repo.path("CLAUDE.md").exists());
    assert!(!repo.path("src/CLAUDE.md").exists());
}

#[test]
fn quiet_says_nothing() {
    assert_eq!(shop().friction(&["learn", "--quiet"]).ok(), "");
}

#[test]
fn what_the_configuration_says_is_done() {
    let repo = shop();
    repo.write("friction.toml", "[learn]\ntargets = [\"agents\"]\nmax-rules = 0\n");
    repo.friction(&["learn", "--max-rules", "1"]).ok();
    assert!(repo.read("AGENTS.md").contains("ALWAYS"), "the command line wins over the configuration");
    repo.friction(&["learn"]).ok();
    assert!(!repo.read("AGENTS.md").contains("ALWAYS"));
    assert!(!repo.path("CLAUDE.md").exists());
}

#[test]
fn a_link_out_of_the_repository_is_not_written_through() {
    let repo = shop();
    let outside = repo.beside("outside.md");
    fs::write(&outside, "theirs\n").unwrap();
    std::os::unix::fs::symlink(&outside, repo.path("CLAUDE.md")).unwrap();
    let told = repo.friction(&["learn"]).refused();
    assert!(told.contains("CLAUDE.md"), "{told}");
    assert_eq!(fs::read_to_string(&outside).unwrap(), "theirs\n");
}
