//! The agent's own record of its session: a second witness where its output is silent.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::SystemTime;

use regex::Regex;

use super::agents::Kind;

/// Where an agent keeps the transcript of a session, as far as that can be told.
pub fn path(kind: Kind, session: &str, worktree: &Path, env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let variable = |name: &str| {
        env.get(name).cloned().or_else(|| std::env::var(name).ok()).filter(|value| !value.is_empty())
    };
    let home = || variable("HOME").map(PathBuf::from);
    match kind {
        Kind::Claude => {
            let root =
                variable("CLAUDE_CONFIG_DIR").map(PathBuf::from).or_else(|| Some(home()?.join(".claude")))?;
            let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
            let project: String = worktree.to_str()?.chars().map(plain).collect();
            Some(root.join("projects").join(project).join(format!("{session}.jsonl")))
        }
        Kind::Codex => {
            let root = variable("CODEX_HOME").map(PathBuf::from).or_else(|| Some(home()?.join(".codex")))?;
            newest(&root.join("sessions"), &format!("-{session}.jsonl"), 3)
        }
        Kind::Gemini | Kind::Plain => None,
    }
}

/// The file of that ending in the newest folders, by name, of a tree of dates.
fn newest(folder: &Path, ending: &str, depth: usize) -> Option<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    names.sort();
    if depth == 0 {
        return names.into_iter().rev().find(|path| path.to_string_lossy().ends_with(ending));
    }
    // A session that ran over midnight stands under the day on which it began.
    names.iter().rev().take(2).find_map(|folder| newest(folder, ending, depth - 1))
}

pub fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

static RESET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#""resets_?[aA]t"\s*:\s*(\d{10})\b"#).expect("a literal"));

/// The last end of a limit that stands in a transcript, in seconds since 1970.
pub fn resets_at(path: &Path) -> Option<i64> {
    let mut file = fs::File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(64 << 10))).ok()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    RESET.captures_iter(&text).last()?[1].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transcript_is_found_by_session_and_tells_the_end_of_a_limit() {
        let home = tempfile::tempdir().unwrap();
        let env = BTreeMap::from([
            ("HOME".to_owned(), home.path().display().to_string()),
            ("CODEX_HOME".to_owned(), String::new()),
            ("CLAUDE_CONFIG_DIR".to_owned(), String::new()),
        ]);
        let day = home.path().join(".codex/sessions/2026/11/22");
        fs::create_dir_all(&day).unwrap();
        let rollout = day.join("rollout-2026-11-22T10-00-00-s1.jsonl");
        fs::write(&rollout, "{\"primary\":{\"used_percent\":91.5,\"resets_at\":1795380000}}\n").unwrap();
        let found = path(Kind::Codex, "s1", Path::new("/w"), &env);
        if std::env::var_os("CODEX_HOME").is_none() {
            assert_eq!(found.as_deref(), Some(rollout.as_path()));
        }
        assert_eq!(resets_at(&rollout), Some(1_795_380_000));
        if std::env::var_os("CLAUDE_CONFIG_DIR").is_none() {
            let claude = path(Kind::Claude, "s2", Path::new("/work/my.repo"), &env).unwrap();
            assert_eq!(claude, home.path().join(".claude/projects/-work-my-repo/s2.jsonl"));
        }
    }
}
