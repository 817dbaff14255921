//! The judge of a commit: a command that is not the agent.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::supervise::{CommandEnd, Room, Spec};
use super::tasks::Task;

/// What a gate says about the commit that is checked out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    pub green: bool,
    /// Why it could not judge; then it is not green.
    pub unjudged: Option<String>,
    /// What failed, for the next attempt to read.
    pub digest: String,
    pub steps: Vec<String>,
}

/// Runs a prepared command in a folder of its own, within a time, to its end.
pub type RunCommand<'a> = &'a mut dyn FnMut(&Room, Spec, Duration) -> io::Result<CommandEnd>;

/// Judges what is checked out in a worktree.
pub trait Gate {
    /// `onto` is the base's commit, `room` a fresh folder for the run's files. None if the dispatcher was told to end at once.
    fn judge(
        &self,
        worktree: &Path,
        onto: &str,
        task: &Task,
        room: &Room,
        run: RunCommand,
    ) -> io::Result<Option<Verdict>>;
}

/// A command. Our own gate: exit 0 green, 1 red, anything else could not judge. Another command: 0 green, anything
/// else red, unless it could not be run to its end.
pub struct CommandGate {
    /// Our own program, whose `gate` is the judge where no other command is named.
    pub program: PathBuf,
    /// The project's command, empty for our own.
    pub command: Vec<String>,
    pub timeout: Duration,
}

/// A gate that somebody kills is run again, but not for ever: it may be what eats all memory.
const KILLED: usize = 3;

/// Characters of a digest that the next attempt is told.
const DIGEST: usize = 6000;

impl Gate for CommandGate {
    fn judge(
        &self,
        worktree: &Path,
        onto: &str,
        task: &Task,
        room: &Room,
        run: RunCommand,
    ) -> io::Result<Option<Verdict>> {
        let own = [&task.gate_command, &self.command].into_iter().find(|command| !command.is_empty());
        let argv = match own {
            Some(command) => command.clone(),
            None => {
                let program = self.program.display().to_string();
                // What is judged is committed already: the change is all that the base does not have.
                let mut argv: Vec<String> =
                    ["gate", "--format", "json", "--base", onto].map(str::to_owned).to_vec();
                argv.insert(0, program);
                argv.extend(task.gate.iter().flat_map(|step| ["--only".to_owned(), step.clone()]));
                argv
            }
        };
        let mut end = CommandEnd::Killed;
        for _ in 0..KILLED {
            let spec = Spec {
                argv: argv.clone(),
                dir: worktree.to_owned(),
                env: BTreeMap::from([("FRICTION_TASK".to_owned(), Some(task.id.clone()))]),
                marker: String::new(),
                grace_ms: 3000,
            };
            end = run(room, spec, self.timeout)?;
            if end != CommandEnd::Killed {
                break;
            }
        }
        if end == CommandEnd::Stopped {
            return Ok(None);
        }
        let stdout = tail_of(&room.stdout())?;
        let stderr = tail_of(&room.stderr())?;
        Ok(Some(verdict(end, own.is_none(), &stdout, &stderr)))
    }
}

fn verdict(end: CommandEnd, is_ours: bool, stdout: &str, stderr: &str) -> Verdict {
    let report: Option<Value> = serde_json::from_str(stdout).ok().filter(Value::is_object);
    let steps = report.as_ref().and_then(|report| report["steps"].as_array()).into_iter().flatten();
    let steps = steps.filter_map(|step| {
        let name = step["name"].as_str().or(step["id"].as_str())?;
        Some(match step["verdict"].as_str().or(step["status"].as_str()) {
            Some(verdict) => format!("{name}: {verdict}"),
            None => name.to_owned(),
        })
    });
    let steps = steps.collect();
    let told = report.as_ref().and_then(|report| report["digest"].as_str()).map(str::to_owned);
    let output = || format!("{stdout}\n{stderr}").trim().to_owned();
    let digest = end_of(&told.unwrap_or_else(output), DIGEST);
    let unjudged = match end {
        CommandEnd::Exit(0 | 1) => None,
        // Compilers and test runners have many codes for "red"; a shell has two for "there is no such program".
        CommandEnd::Exit(rc) if !is_ours && !matches!(rc, 126 | 127) => None,
        CommandEnd::Exit(rc) => Some(format!("exit code {rc}: {}", last_line(stderr, stdout))),
        // What does not come to an end is as bad as what fails, and the next attempt can mend it.
        CommandEnd::OutOfTime => None,
        CommandEnd::Killed | CommandEnd::Stopped => Some("it was killed again and again".to_owned()),
    };
    let late =
        if end == CommandEnd::OutOfTime { "The checks did not come to an end in their time.\n" } else { "" };
    let digest = format!("{late}{digest}");
    Verdict { green: end == CommandEnd::Exit(0), unjudged, digest, steps }
}

fn last_line(stderr: &str, stdout: &str) -> String {
    let mut lines = stderr.lines().rev().chain(stdout.lines().rev());
    let line = lines.find(|line| !line.trim().is_empty()).unwrap_or("no output");
    line.trim().chars().take(200).collect()
}

/// The end of a text, from the start of a line on.
fn end_of(text: &str, characters: usize) -> String {
    let Some((at, _)) = text.char_indices().rev().nth(characters) else { return text.to_owned() };
    let end = &text[at..];
    format!("…\n{}", end.split_once('\n').map_or(end, |(_, whole)| whole))
}

/// As much of an output as is read.
const OUTPUT: u64 = 4 << 20;

/// The end of a file that a command may have filled without bound.
fn tail_of(path: &Path) -> io::Result<String> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(OUTPUT)))?;
    let mut bytes = Vec::new();
    file.take(OUTPUT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_that_cannot_judge_is_never_green() {
        for end in [CommandEnd::Exit(2), CommandEnd::Exit(101), CommandEnd::Killed] {
            let verdict = verdict(end, true, "", "error: unrecognized subcommand");
            assert!(!verdict.green && verdict.unjudged.is_some(), "{end:?}");
        }
        assert!(verdict(CommandEnd::Exit(0), true, "", "").green);
        assert!(verdict(CommandEnd::Exit(127), false, "", "not found").unjudged.is_some());
        assert_eq!(verdict(CommandEnd::Exit(2), false, "a.ts(1,1): error", "").unjudged, None);
    }

    #[test]
    fn a_gate_that_does_not_end_is_red_and_says_so() {
        let late = verdict(CommandEnd::OutOfTime, true, "", "");
        assert!(!late.green && late.unjudged.is_none() && late.digest.contains("did not come to an end"));
    }

    #[test]
    fn the_digest_of_a_report_is_told_and_else_the_end_of_the_output() {
        let report =
            r#"{"schema":"friction.gate/1","digest":"a.ts:1: no","steps":[{"name":"tsc","status":"red"}]}"#;
        let red = verdict(CommandEnd::Exit(1), true, report, "");
        assert_eq!((red.digest.as_str(), red.steps), ("a.ts:1: no", vec!["tsc: red".to_owned()]));
        let long = verdict(CommandEnd::Exit(1), true, &"line\n".repeat(5000), "last").digest;
        assert!(long.starts_with("…\nline") && long.ends_with("last") && long.len() < 7000);
    }
}
