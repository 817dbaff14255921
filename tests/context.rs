//! `friction context`: what a worker is told before a task.

mod support;

use support::*;

fn learned() -> TestRepo {
    let repo = shop();
    repo.friction(&["learn"]).ok();
    repo.commit("docs: learned");
    repo
}

#[test]
fn it_tells_what_matters_for_paths_and_words_with_an_example() {
    let repo = learned();
    let told = repo.friction(&["context", "--paths", "src/cart.ts"]).ok();
    assert!(
        told.contains("**ALWAYS**") && told.contains("wrong, in `src/") && told.contains("mended ("),
        "{told}"
    );
    assert!(told.chars().count() <= 6000);
    let mut command = friction_command(repo.root(), &["context", "--task", "-"]);
    command.env("X", "1");
    let told = Ran::with_input(command, b"Please mend the imports in src/cart.ts.").ok();
    assert!(told.contains("**ALWAYS**"), "{told}");
}

#[test]
fn it_says_nothing_where_nothing_matters() {
    let repo = learned();
    assert_eq!(repo.friction(&["context", "--paths", "docs/poems.md"]).ok(), "");
    assert_eq!(repo.friction(&["context", "--paths", "docs/poems.md", "--format", "claude-hook"]).ok(), "");
    assert_eq!(TestRepo::new().friction(&["context"]).ok(), "");
}

#[test]
fn it_speaks_json_and_the_words_of_a_hook() {
    let repo = learned();
    let json: serde_json::Value =
        serde_json::from_str(&repo.friction(&["context", "--format", "json"]).ok()).unwrap();
    assert!(json["lessons"][0]["id"].is_string());
    let hook: serde_json::Value =
        serde_json::from_str(&repo.friction(&["context", "--format", "claude-hook"]).ok()).unwrap();
    assert_eq!(hook["hookSpecificOutput"]["hookEventName"], "SessionStart");
}

#[test]
fn a_broken_pattern_file_is_told() {
    let repo = learned();
    repo.write("friction_patterns.json", "{");
    assert!(repo.friction(&["context"]).refused().contains("friction learn"));
}
