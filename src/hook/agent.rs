//! What agents say on standard input, as one kind of call. Claude Code and Codex speak almost the same,
//! Gemini CLI has other names for events and tools.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// Whose hooks are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    Claude,
    Codex,
    Gemini,
}

/// What an agent is about to do or has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A session begins; `fresh` where what was said before is no longer known.
    Start {
        fresh: bool,
    },
    Prompt(String),
    /// A shell command is about to run.
    Shell(String),
    /// Files were written.
    Edited(Vec<String>),
    /// The agent wants to end its turn; `held` where it was held back before.
    Stop {
        held: bool,
    },
    /// Nothing that friction has a word on.
    Other,
}

/// One call of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub agent: Agent,
    /// The event's name, as the agent says it.
    pub name: String,
    pub event: Event,
    pub session: String,
    pub cwd: PathBuf,
}

/// Why a call is not understood.
#[derive(Debug, Error)]
#[error("the hook's input is not what the agent's protocol says: {0}")]
pub struct CallError(#[from] serde_json::Error);

/// What is used of the input; all else may change.
#[derive(Deserialize)]
struct Input {
    hook_event_name: String,
    #[serde(default)]
    session_id: String,
    cwd: PathBuf,
    #[serde(default)]
    source: String,
    #[serde(default)]
    prompt: String,
    #[serde(default)]
    tool_name: String,
    #[serde(default)]
    tool_input: Value,
    #[serde(default)]
    stop_hook_active: bool,
}

impl Call {
    /// Reads an agent's input.
    pub fn read(agent: Agent, input: &[u8]) -> Result<Call, CallError> {
        let input: Input = serde_json::from_slice(input)?;
        let event = match input.hook_event_name.as_str() {
            "SessionStart" => Event::Start { fresh: input.source != "resume" },
            "UserPromptSubmit" | "BeforeAgent" => Event::Prompt(input.prompt),
            "PreToolUse" | "BeforeTool" => shell(&input.tool_name, &input.tool_input),
            "PostToolUse" | "AfterTool" => edited(&input.tool_name, &input.tool_input),
            "Stop" | "AfterAgent" => Event::Stop { held: input.stop_hook_active },
            _ => Event::Other,
        };
        Ok(Call { agent, name: input.hook_event_name, event, session: input.session_id, cwd: input.cwd })
    }
}

fn shell(tool: &str, input: &Value) -> Event {
    if !["Bash", "run_shell_command", "shell", "local_shell", "exec_command", "PowerShell"].contains(&tool) {
        return Event::Other;
    }
    let command = input.get("command").or_else(|| input.get("cmd"));
    match command {
        Some(Value::String(line)) => Event::Shell(line.clone()),
        // Words of a command that no shell reads: each is quoted so that it stays one word.
        Some(Value::Array(words)) => {
            let words = words.iter().filter_map(Value::as_str);
            let quoted: Vec<String> =
                words.map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
            Event::Shell(quoted.join(" "))
        }
        _ => Event::Other,
    }
}

fn edited(tool: &str, input: &Value) -> Event {
    let text = |key: &str| input.get(key).and_then(Value::as_str);
    let paths: Vec<String> = match tool {
        "Edit" | "Write" | "MultiEdit" | "NotebookEdit" | "write_file" | "replace" => {
            text("file_path").or_else(|| text("notebook_path")).map(str::to_owned).into_iter().collect()
        }
        "apply_patch" => text("command").or_else(|| text("patch")).map(patched).unwrap_or_default(),
        _ => Vec::new(),
    };
    if paths.is_empty() { Event::Other } else { Event::Edited(paths) }
}

/// The files that a patch in Codex's own format writes.
fn patched(patch: &str) -> Vec<String> {
    let written = ["*** Add File: ", "*** Update File: ", "*** Move to: "];
    let path = |line: &str| {
        written.iter().find_map(|begin| line.strip_prefix(begin)).map(|path| path.trim().to_owned())
    };
    patch.lines().filter_map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(agent: Agent, input: &str) -> Event {
        Call::read(agent, input.as_bytes()).unwrap().event
    }

    #[test]
    fn every_agent_is_understood() {
        let bash = r#"{"hook_event_name":"PreToolUse","cwd":"/p","tool_name":"Bash","tool_input":{"command":"git commit"}}"#;
        assert_eq!(event(Agent::Claude, bash), Event::Shell("git commit".into()));
        let patch = r#"{"hook_event_name":"PostToolUse","cwd":"/p","tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Add File: a.ts\n+x\n*** Update File: b.ts\n*** Move to: c.ts\n*** Delete File: d.ts\n*** End Patch\n"}}"#;
        assert_eq!(
            event(Agent::Codex, patch),
            Event::Edited(vec!["a.ts".into(), "b.ts".into(), "c.ts".into()])
        );
        let gemini = r#"{"hook_event_name":"BeforeTool","cwd":"/p","tool_name":"run_shell_command","tool_input":{"command":"ls"}}"#;
        assert_eq!(event(Agent::Gemini, gemini), Event::Shell("ls".into()));
        let words = r#"{"hook_event_name":"PreToolUse","cwd":"/p","tool_name":"shell","tool_input":{"command":["git","commit","-m","it's"]}}"#;
        assert_eq!(event(Agent::Codex, words), Event::Shell(r"'git' 'commit' '-m' 'it'\''s'".into()));
    }

    /// Every event of a recorded session, with its name.
    fn recorded(agent: Agent, lines: &str) -> String {
        let told = |line: &str| {
            let call = Call::read(agent, line.as_bytes()).unwrap();
            assert!(!call.session.is_empty() && call.cwd.is_absolute(), "{line}");
            format!("{}: {:?}\n", call.name, call.event)
        };
        lines.lines().map(told).collect()
    }

    #[test]
    fn recorded_calls_of_claude_code_are_understood() {
        insta::assert_snapshot!(recorded(Agent::Claude, include_str!("recorded/claude.jsonl")));
    }

    #[test]
    fn recorded_calls_of_codex_and_gemini_cli_are_understood() {
        insta::assert_snapshot!(recorded(Agent::Codex, include_str!("recorded/codex.jsonl")));
        insta::assert_snapshot!(recorded(Agent::Gemini, include_str!("recorded/gemini.jsonl")));
    }

    #[test]
    fn what_friction_has_no_word_on_is_let_through() {
        for input in [
            r#"{"hook_event_name":"SessionEnd","cwd":"/p","reason":"other"}"#,
            r#"{"hook_event_name":"PreToolUse","cwd":"/p","tool_name":"Read","tool_input":{"file_path":"a"}}"#,
            r#"{"hook_event_name":"PostToolUse","cwd":"/p","tool_name":"Edit","tool_input":7}"#,
        ] {
            assert_eq!(event(Agent::Claude, input), Event::Other, "{input}");
        }
        assert!(Call::read(Agent::Claude, b"{}").is_err());
    }
}
