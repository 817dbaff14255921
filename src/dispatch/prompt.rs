//! What a worker is told: the task, how to deliver it, what is known here, and why it failed last time.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::tasks::Task;

/// The first words of an attempt.
pub struct Prompt<'a> {
    /// The attempt's tasks; more than one in a batch.
    pub tasks: &'a [&'a Task],
    pub branch: &'a str,
    /// What `friction context` says.
    pub context: &'a str,
    pub feedback: &'a str,
    /// The agent goes on in a session that has the task already.
    pub in_session: bool,
}

impl Prompt<'_> {
    pub fn text(&self) -> String {
        let mut text = String::new();
        if !self.in_session {
            match self.tasks {
                [task] => text.push_str(&format!("# Task {}: {}\n\n{}\n", task.id, task.title, task.prompt)),
                tasks => {
                    text.push_str(&format!("You have {} small tasks. Do them in this order.\n", tasks.len()));
                    for task in tasks {
                        text.push_str(&format!("\n# Task {}: {}\n\n{}\n", task.id, task.title, task.prompt));
                    }
                }
            }
        }
        if !self.feedback.is_empty() {
            let head = if self.in_session { "" } else { "\n" };
            text.push_str(&format!(
                "{head}## The last attempt was not accepted\n\n{}\n",
                self.feedback.trim()
            ));
        }
        text.push_str("\n## How to deliver\n\n");
        text.push_str(&format!(
            "You work alone in a git worktree of your own, on the branch `{}`. When you are done, commit your work \
             there; only what is committed counts. Do not push, do not switch branches, do not rewrite commits that \
             were there before, and leave other worktrees alone. The commit is accepted only if the project's checks \
             and tests pass on it.\n",
            self.branch
        ));
        if self.tasks.len() > 1 {
            text.push_str(
                "\nMake one commit for each task, in their order, each with its task's id in a last line \
                 `Friction-Task: <id>` of the message.\n",
            );
        }
        if !self.context.trim().is_empty() && !self.in_session {
            text.push_str(&format!("\n## What is known here\n\n{}\n", self.context.trim()));
        }
        text
    }
}

/// How long `friction context` may take; it answers in milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// What our own `context` command says about a task; nothing if it says nothing or is not there.
pub fn context(program: &Path, worktree: &Path, task: &Task, dir: &Path) -> String {
    let file = dir.join("task.md");
    let front = serde_json::json!({ "title": task.title, "paths": task.paths });
    let document = format!("---\n{front}\n---\n{}\n", task.prompt);
    let answer = dir.join("context");
    let run = || -> std::io::Result<String> {
        std::fs::write(&file, document)?;
        let mut command = Command::new(program);
        command.arg("-C").arg(worktree).args(["context", "--task"]).arg(&file);
        let mut child =
            command.stdin(Stdio::null()).stdout(File::create(&answer)?).stderr(Stdio::null()).spawn()?;
        let start = Instant::now();
        loop {
            match child.try_wait()? {
                Some(status) if status.success() => return std::fs::read_to_string(&answer),
                Some(_) => return Ok(String::new()),
                None if start.elapsed() > PATIENCE => {
                    child.kill()?;
                    child.wait()?;
                    return Ok(String::new());
                }
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    };
    run().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_goes_on_is_told_only_what_went_wrong() {
        let task = Task {
            id: "T-1".to_owned(),
            title: "Mend".to_owned(),
            prompt: "Mend it.".to_owned(),
            ..Task::default()
        };
        let tasks = [&task];
        let mut prompt = Prompt {
            tasks: &tasks,
            branch: "friction/T-1",
            context: "Use vi.hoisted.",
            feedback: "a.ts:1: no",
            in_session: true,
        };
        let text = prompt.text();
        assert!(text.starts_with("## The last attempt was not accepted\n\na.ts:1: no\n"), "{text}");
        assert!(!text.contains("Mend it.") && !text.contains("hoisted"));
        prompt.in_session = false;
        let text = prompt.text();
        assert!(text.starts_with("# Task T-1: Mend\n\nMend it.\n"), "{text}");
        assert!(text.contains("Use vi.hoisted."));
    }
}
