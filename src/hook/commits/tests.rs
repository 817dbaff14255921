use proptest::prelude::*;

use super::*;

fn reading(line: &str) -> Reading {
    let alias = |_: &Path, name: &str| match name {
        "ci" => Some("commit -a".to_owned()),
        "yolo" => Some("!git add -A && git commit --no-verify".to_owned()),
        "loop" => Some("loop".to_owned()),
        _ => None,
    };
    read(line, Path::new("/p"), &alias)
}

/// `folder flags [paths] {adds}`, one for each commit, and what passes hooks by.
fn told(line: &str) -> String {
    let reading = reading(line);
    let commit = |commit: &Commit| {
        let flag = |on: bool, name: &str| if on { format!(" {name}") } else { String::new() };
        let adds: String = commit
            .adds
            .iter()
            .map(|(dir, words)| format!(" {{{}: {}}}", dir.display(), words.join(" ")))
            .collect();
        let paths = if commit.paths.is_empty() { String::new() } else { format!(" {:?}", commit.paths) };
        format!(
            "{}{}{}{}{paths}{adds}",
            commit.dir.display(),
            flag(commit.all, "all"),
            flag(commit.amend, "amend"),
            flag(commit.dry, "dry")
        )
    };
    let mut all: Vec<String> = reading.commits.iter().map(commit).collect();
    all.extend(reading.bypass.map(|by| format!("past hooks by {by}")));
    all.join("; ")
}

#[test]
fn commits_are_found_with_their_folder_and_flags() {
    assert_eq!(told("git commit -m x"), "/p");
    assert_eq!(told("cd src && git commit -am 'wip: git push'"), "/p/src all");
    assert_eq!(told("git -C sub commit --amend --no-edit"), "/p/sub amend");
    assert_eq!(told("(cd a; git commit -m x); git commit -F -"), "/p/a; /p");
    assert_eq!(told("git commit -m 'a' -- b.ts c.ts"), "/p [\"b.ts\", \"c.ts\"]");
    assert_eq!(told("git -c user.name=x -c user.email=y commit -mx"), "/p");
    assert_eq!(told("git commit -m \"$(cat <<'EOF'\nfix: it's (a)\n\nCo-authored\nEOF\n)\""), "/p");
    assert_eq!(told("git commit --dry-run"), "/p dry");
    assert_eq!(told("cd /other && npm test && git commit -m x"), "/other");
    assert_eq!(told("cd \"$DIR\" && git commit -m x"), "/p");
}

#[test]
fn what_only_speaks_of_commits_makes_none() {
    for line in [
        "echo git commit",
        "git log --grep commit",
        "grep 'git commit' README.md",
        "git show",
        "git config user.name x",
        "legit commit",
        "git add -A",
        "git stash",
        "echo \"git commit --no-verify\"",
        "git commit-graph write",
        "cat <<'EOF'\ngit commit\nEOF",
        "# git commit",
        "git config --get core.hooksPath",
        "git push -n",
        "git merge -n x",
    ] {
        assert_eq!(told(line), "", "{line}");
    }
}

#[test]
fn wrappers_shells_and_aliases_are_followed() {
    for line in [
        "env A=1 git commit -m x",
        "sudo -u me git commit -m x",
        "timeout -k 5 30 git commit -m x",
        "nohup git commit -m x &",
        "bash -lc 'git commit -m x'",
        "eval 'git commit -m x'",
        "/usr/bin/git commit -m x",
        "xargs -n 1 git commit -m x",
        "time git commit -m x",
        "sh -c \"bash -c 'git commit -m x'\"",
        "A=1 command git commit -m x",
        "'git' \"commit\" -m x",
        "echo $(git commit -m x)",
    ] {
        assert_eq!(told(line), "/p", "{line}");
    }
    assert_eq!(told("git ci -m x"), "/p all");
    assert_eq!(told("git yolo -m x"), "/p {/p: add -A}; past hooks by git commit --no-verify");
    assert_eq!(told("git loop"), "");
    assert_eq!(told("bash -c 'cd a && git commit -m x' && git commit -m y"), "/p/a; /p");
}

#[test]
fn whatever_passes_hooks_by_is_told() {
    for line in [
        "git commit --no-verify -m x",
        "git commit -nm x",
        "git commit -anm x",
        "git commit --no-veri -m x",
        "git push --no-verify",
        "git -c core.hooksPath=/dev/null commit -m x",
        "git -c core.hookspath= commit -m x",
        "HUSKY=0 git commit -m x",
        "env LEFTHOOK=0 git commit -m x",
        "SKIP=friction git commit -m x",
        "GIT_CONFIG_COUNT=1 git commit -m x",
        "git config core.hooksPath /dev/null && git commit -m x",
        "git merge --no-verify b",
        "HUSKY=0 bash -c 'git commit -m x'",
    ] {
        assert!(reading(line).bypass.is_some(), "{line}");
    }
    for line in [
        "git commit -m '--no-verify'",
        "git commit -m -n",
        "git commit -mn",
        "HUSKY=1 git commit -m x",
        "SKIP=ruff git commit -m x",
        "git commit -Fn x",
    ] {
        assert_eq!(reading(line).bypass, None, "{line}");
    }
}

#[test]
fn what_is_added_on_the_same_line_belongs_to_the_commit() {
    assert_eq!(told("git add -A && git commit -m x"), "/p {/p: add -A}");
    assert_eq!(told("cd a && git add b.ts c.ts && git commit -m x"), "/p/a {/p/a: add b.ts c.ts}");
    assert_eq!(told("git add $FILES; git commit -m x"), "/p {/p: add -A}");
    assert_eq!(told("git commit -m x; git add -A"), "/p");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_line_is_read(line in "(git|commit|cd|-C|-c|sh -c|eval|'|\"|\\$\\(|\\)|;|&&| |x|--no-verify|\n|<<E){0,30}") {
        reading(&line);
    }

    /// Quoting and placing change nothing.
    #[test]
    fn a_commit_past_hooks_is_found_however_it_is_written(
        quote in prop::sample::select(vec!["", "'", "\""]),
        before in prop::sample::select(vec!["", "cd a && ", "true; ", "A=1 ", "(", "env B=2 ", "if x; then ", "echo \"$("]),
        option in prop::sample::select(vec!["--no-verify", "-n", "-an", "--no-verif"]),
        global in prop::sample::select(vec!["", "-C b ", "-c a.b=c ", "--no-pager "]),
    ) {
        let line = format!("{before}{quote}git{quote} {global}{quote}commit{quote} -m 'x y' {quote}{option}{quote}");
        let reading = reading(&line);
        prop_assert_eq!(reading.commits.len(), 1, "{}", line);
        prop_assert!(reading.bypass.is_some(), "{}", line);
    }
}
