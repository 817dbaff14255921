//! What friction says to an agent, in the JSON that this agent obeys.

use serde_json::{Value, json};

use super::{Agent, Call};

/// Characters of one answer: at 10,001 Claude Code shows its model a preview and a file's name instead.
const CAP: usize = 9_900;

/// An answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Nothing,
    /// The tool must not run.
    Deny(String),
    /// It ran, and something is wrong with what it did.
    Object(String),
    /// Something to know.
    Tell(String),
    /// The turn must not end yet.
    Hold(String),
    /// Something for the person who watches.
    Note(String),
}

impl Answer {
    /// What is printed on standard output; nothing for nothing.
    pub fn json(&self, call: &Call) -> Option<Value> {
        let specific = |text: &str| json!({"hookSpecificOutput": {"hookEventName": call.name, "additionalContext": capped(text)}});
        Some(match (self, call.agent) {
            (Answer::Nothing, _) => return None,
            (Answer::Deny(reason), Agent::Gemini) => json!({"decision": "deny", "reason": capped(reason)}),
            (Answer::Deny(reason), _) => json!({"hookSpecificOutput": {
                "hookEventName": call.name,
                "permissionDecision": "deny",
                "permissionDecisionReason": capped(reason),
            }}),
            // Gemini would hide what the tool said.
            (Answer::Object(text), Agent::Gemini) => specific(text),
            (Answer::Object(reason), _) => json!({"decision": "block", "reason": capped(reason)}),
            (Answer::Tell(text), _) => specific(text),
            (Answer::Hold(reason), Agent::Gemini) => json!({"decision": "deny", "reason": capped(reason)}),
            (Answer::Hold(reason), _) => json!({"decision": "block", "reason": capped(reason)}),
            (Answer::Note(text), _) => json!({"systemMessage": capped(text)}),
        })
    }
}

fn capped(text: &str) -> String {
    match text.char_indices().nth(CAP) {
        Some((at, _)) => format!("{}\n[cut here; `friction gate` tells all]", &text[..at]),
        None => text.to_owned(),
    }
}
