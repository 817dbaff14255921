//! A repository with a queue, an agent that plays scripts, and a gate that hates the word "bad".

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::*;

/// Plays `plays/<task>.<call>` if there is such a script, else makes a commit. Each call leaves a line.
const AGENT: &str = r#"#!/bin/sh
here=$(dirname "$0")
echo "$FRICTION_TASK" >> "$here/calls"
call=$(grep -cx "$FRICTION_TASK" "$here/calls")
printf '%s' "$1" > "$here/prompt.$FRICTION_TASK.$call"
commit() { echo "${1:-good}" > "$FRICTION_TASK.txt"; git add -A && git commit -qm "do $FRICTION_TASK"; }
if [ -f "$here/plays/$FRICTION_TASK.$call" ]; then . "$here/plays/$FRICTION_TASK.$call"; else commit; fi
"#;

const GATE: &str =
    "#!/bin/sh\nif grep -rqs bad --include='*.txt' .; then echo 'a.txt:1: bad word'; exit 1; fi\n";

pub struct Stage {
    pub repo: TestRepo,
}

impl Stage {
    /// Tasks with nothing but their names, in this order.
    pub fn new(tasks: &[&str]) -> Stage {
        let stage = Stage { repo: TestRepo::new() };
        stage.repo.git(&["config", "user.name", "Worker"]);
        stage.repo.git(&["config", "user.email", "worker@example.com"]);
        stage.script("agent", AGENT);
        stage.script("gate", GATE);
        fs::create_dir_all(stage.repo.beside("plays")).unwrap();
        stage.config("", "");
        stage.repo.write("a.txt", "one\n").commit("begin");
        for task in tasks {
            stage.task(task, "");
        }
        stage
    }

    /// Further lines for `[dispatch]` and for the agent.
    pub fn config(&self, dispatch: &str, agent: &str) -> &Stage {
        let (program, gate) = (self.repo.beside("agent"), self.repo.beside("gate"));
        let text = format!(
            "[dispatch]\nagent = \"player\"\ngate = [{gate:?}]\ngrace = \"1s\"\n{dispatch}\n\
             [dispatch.agents.player]\ncommand = [{program:?}, \"{{prompt}}\"]\n{agent}\n"
        );
        self.repo.write("friction.toml", text);
        self
    }

    pub fn task(&self, id: &str, front: &str) -> &Stage {
        self.repo.write(&format!("tasks/{id}.md"), format!("---\nid: {id}\n{front}\n---\nDo {id}.\n"));
        self
    }

    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.repo.beside(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// What the agent does at its n-th call for a task.
    pub fn play(&self, task: &str, call: usize, script: &str) -> &Stage {
        fs::write(self.repo.beside("plays").join(format!("{task}.{call}")), script).unwrap();
        self
    }

    pub fn gate(&self, script: &str) -> &Stage {
        self.script("gate", script);
        self
    }

    pub fn dispatch(&self, words: &[&str]) -> Ran {
        Ran::of(self.command(words))
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let words = [&["dispatch", "--allow-dirty"], words].concat();
        friction_command(self.repo.root(), &words)
    }

    /// A dispatcher that runs beside the test.
    pub fn start(&self, words: &[&str]) -> Child {
        self.command(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.repo.friction(&["status", "--json"]).ok()).unwrap()
    }

    /// `state` of each task.
    pub fn states(&self) -> Vec<(String, String)> {
        let status = self.status();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        status["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|task| (text(&task["id"]), text(&task["state"])))
            .collect()
    }

    pub fn row(&self, id: &str) -> serde_json::Value {
        let status = self.status();
        status["tasks"].as_array().unwrap().iter().find(|task| task["id"] == id).unwrap().clone()
    }

    /// How often the agent was called for a task.
    pub fn calls(&self, task: &str) -> usize {
        let calls = fs::read_to_string(self.repo.beside("calls")).unwrap_or_default();
        calls.lines().filter(|line| *line == task).count()
    }

    pub fn prompt(&self, task: &str, call: usize) -> String {
        fs::read_to_string(self.repo.beside(&format!("prompt.{task}.{call}"))).unwrap()
    }

    /// The journal's records of one kind.
    pub fn records(&self, event: &str) -> Vec<serde_json::Value> {
        let path = self.repo.path(".git/friction/dispatch/journal.jsonl");
        let text = fs::read_to_string(path).unwrap_or_default();
        let records = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        records.filter(|record| record["ev"] == event).collect()
    }

    /// Subjects on main that carry a trailer, oldest first.
    pub fn landed(&self) -> Vec<String> {
        let format = "--format=%s|%(trailers:key=Friction-Attempt,valueonly,separator=%x2C)";
        let log = self.repo.git(&["log", "--reverse", format, "main"]);
        let landed =
            log.lines().filter_map(|line| line.split_once('|')).filter(|(_, trailer)| !trailer.is_empty());
        landed.map(|(subject, _)| subject.to_owned()).collect()
    }

    /// Nothing of the dispatcher's is left: no worktree, no process that carries its mark.
    #[track_caller]
    pub fn assert_clean(&self) {
        let worktrees = self.repo.git(&["worktree", "list"]);
        assert_eq!(worktrees.lines().count(), 1, "{worktrees}");
        assert!(!self.repo.beside("repo.worktrees").exists());
        let left = self.processes();
        assert!(left.is_empty(), "{left:?}");
    }

    /// Processes that carry the mark of one of this queue's attempts.
    pub fn processes(&self) -> Vec<String> {
        let claimed = self.records("attempt.claimed");
        let marks: Vec<String> = claimed
            .iter()
            .map(|record| format!("FRICTION_ATTEMPT={}", record["data"]["ulid"].as_str().unwrap()))
            .collect();
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let environment = String::from_utf8_lossy(&environment);
            if environment.split('\0').any(|variable| marks.iter().any(|mark| variable.starts_with(mark))) {
                let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
                found.push(stat.split(' ').take(3).collect::<Vec<_>>().join(" "));
            }
        }
        found
    }
}

/// Waits until something is true.
#[track_caller]
pub fn until(what: &str, is_true: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} did not come true");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn interrupt(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}
