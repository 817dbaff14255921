//! Codex: `codex exec --json`.

use std::time::Duration;

use serde_json::Value;

use super::{Evidence, Finish, Signal, call_number, find};
use crate::dispatch::outcome::Class;

const TEXTS: &[(&str, Class)] = &[
    ("hit your usage limit", Class::UsageLimit),
    ("usage limit reached", Class::UsageLimit),
    ("quota exceeded", Class::Billing),
    ("billing details", Class::Billing),
    ("401 unauthorized", Class::Auth),
    ("not logged in", Class::Auth),
    ("incorrect api key", Class::Auth),
    ("403 forbidden", Class::Auth),
    ("context window", Class::ContextOverflow),
    ("at capacity", Class::Overloaded),
    ("experiencing high demand", Class::Overloaded),
    ("503 service unavailable", Class::Overloaded),
    ("429 too many requests", Class::RateLimited),
    ("rate limit", Class::RateLimited),
    ("500 internal server error", Class::ServerError),
    ("502 bad gateway", Class::ServerError),
    ("stream disconnected", Class::ServerError),
    ("model_not_found", Class::ModelNotFound),
    ("does not exist or you do not have access", Class::ModelNotFound),
];

pub(super) fn by_text(text: &str) -> Option<Class> {
    find(TEXTS, text)
}

pub(super) fn read(event: &Value, evidence: &mut Evidence) -> Option<Signal> {
    let item = &event["item"];
    match event["type"].as_str()? {
        "thread.started" => {
            evidence.session = event["thread_id"].as_str().map(str::to_owned);
            Some(Signal::Heartbeat)
        }
        "item.started" if is_tool(item) => {
            evidence.retrying = None;
            let name = item["type"].as_str().unwrap_or("tool").to_owned();
            let call = call_number(&name, &item["command"]);
            Some(Signal::ToolStarted { name, call })
        }
        "item.completed" if is_tool(item) => Some(Signal::ToolEnded),
        "item.completed" if item["type"] == "error" => Some(Signal::Heartbeat),
        "item.completed" | "item.started" | "item.updated" => {
            evidence.retrying = None;
            evidence.turns += u64::from(item["type"] == "agent_message");
            Some(Signal::Progress)
        }
        "turn.completed" => {
            let usage = &event["usage"];
            let tokens = ["input_tokens", "output_tokens"];
            let tokens = tokens.iter().filter_map(|key| usage[*key].as_u64()).sum();
            evidence.finish = Some(Finish { tokens, ..Finish::default() });
            Some(Signal::Finished)
        }
        "turn.failed" => {
            let text = event["error"]["message"].as_str().unwrap_or("failed").to_owned();
            evidence.finish = Some(Finish { is_error: true, text, ..Finish::default() });
            Some(Signal::Finished)
        }
        "error" => {
            let text = event["message"].as_str().unwrap_or("");
            evidence.retry(by_text(text), text);
            Some(Signal::Retrying(Duration::ZERO))
        }
        _ => Some(Signal::Heartbeat),
    }
}

fn is_tool(item: &Value) -> bool {
    matches!(
        item["type"].as_str(),
        Some("command_execution" | "file_change" | "mcp_tool_call" | "web_search")
    )
}
