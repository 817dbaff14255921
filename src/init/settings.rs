//! The hooks of agents, merged into settings files that people and other tools write too: comments, order
//! and unknown keys stay.

use std::path::Path;

use anyhow::Result;
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstRootNode};

use super::Wiring;

/// An agent's settings file and the events that friction answers.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) agent: &'static str,
    pub(super) path: &'static str,
    /// Event, the tools it is wanted for, seconds.
    events: &'static [(&'static str, &'static str, u32)],
    /// What a second is in its `timeout`.
    second: u32,
}

pub(super) const CLAUDE: Settings = Settings {
    agent: "claude",
    path: ".claude/settings.json",
    events: &[
        ("PreToolUse", "Bash", 900),
        ("PostToolUse", "Edit|Write|MultiEdit|NotebookEdit", 10),
        ("SessionStart", "", 10),
        ("UserPromptSubmit", "", 10),
        ("Stop", "", 900),
    ],
    second: 1,
};

pub(super) const CODEX: Settings = Settings {
    agent: "codex",
    path: ".codex/hooks.json",
    events: &[
        ("PreToolUse", "Bash", 900),
        ("PostToolUse", "apply_patch", 10),
        ("SessionStart", "", 10),
        ("UserPromptSubmit", "", 10),
        ("Stop", "", 900),
    ],
    second: 1,
};

pub(super) const GEMINI: Settings = Settings {
    agent: "gemini",
    path: ".gemini/settings.json",
    events: &[
        ("BeforeTool", "run_shell_command", 900),
        ("AfterTool", "write_file|replace", 10),
        ("SessionStart", "", 10),
        ("BeforeAgent", "", 10),
        ("AfterAgent", "", 900),
    ],
    second: 1000,
};

/// Plans the hooks of an agent.
pub(super) fn wire(root: &Path, agent: Settings, program: &str, wiring: &mut Wiring) -> Result<()> {
    wiring.file(root, agent.path, "hooks that the agent obeys", |before| {
        agent.merged(before.unwrap_or(""), program)
    })
}

impl Settings {
    /// The settings with friction's hooks in them; the same text where they are there.
    fn merged(&self, text: &str, program: &str) -> Result<String, String> {
        let mark = if text.starts_with('\u{feff}') { "\u{feff}" } else { "" };
        let body = &text[mark.len()..];
        let root =
            CstRootNode::parse(if body.trim().is_empty() { "{}\n" } else { body }, &ParseOptions::default())
                .map_err(|error| format!("it is not JSON ({error}); mend it first"))?;
        let wrong = |what: &str, kind: &str| {
            format!("`{what}` in it is no {kind}, so its hooks cannot be merged; mend it first")
        };
        let object =
            root.object_value_or_create().ok_or_else(|| "it holds no object; mend it first".to_owned())?;
        let hooks = object.object_value_or_create("hooks").ok_or_else(|| wrong("hooks", "object"))?;
        let command = format!("{program} hook {}", self.agent);
        for (event, matcher, seconds) in self.events {
            let list =
                hooks.array_value_or_create(event).ok_or_else(|| wrong(&format!("hooks.{event}"), "list"))?;
            if calls(&values(&list.to_string()), self.agent) {
                continue;
            }
            list.ensure_multiline();
            list.append(entry(matcher, &command, seconds * self.second));
        }
        Ok(format!("{mark}{root}"))
    }
}

/// What a part of the settings holds; it was parsed before.
fn values(text: &str) -> serde_json::Value {
    jsonc_parser::parse_to_serde_value(text, &ParseOptions::default()).unwrap_or_default()
}

/// True where something in it runs friction's hook.
fn calls(value: &serde_json::Value, agent: &str) -> bool {
    match value {
        serde_json::Value::String(text) => is_call(text, agent),
        serde_json::Value::Array(items) => items.iter().any(|item| calls(item, agent)),
        serde_json::Value::Object(map) => map.values().any(|item| calls(item, agent)),
        _ => false,
    }
}

/// `friction hook claude`, wherever the program is.
pub(super) fn is_call(command: &str, agent: &str) -> bool {
    let end = format!(" hook {agent}");
    command
        .trim_end()
        .strip_suffix(&end)
        .is_some_and(|program| program.trim_end_matches(['\'', '"']).ends_with("friction"))
}

fn entry(matcher: &str, command: &str, timeout: u32) -> CstInputValue {
    let hook = CstInputValue::Object(vec![
        ("type".to_owned(), CstInputValue::String("command".to_owned())),
        ("command".to_owned(), CstInputValue::String(command.to_owned())),
        ("timeout".to_owned(), CstInputValue::Number(timeout.to_string())),
    ]);
    let mut fields = Vec::new();
    if !matcher.is_empty() {
        fields.push(("matcher".to_owned(), CstInputValue::String(matcher.to_owned())));
    }
    fields.push(("hooks".to_owned(), CstInputValue::Array(vec![hook])));
    CstInputValue::Object(fields)
}
