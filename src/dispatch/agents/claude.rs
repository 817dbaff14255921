//! Claude Code: `--output-format stream-json` (or `json`, which is its last line alone).

use std::time::Duration;

use serde_json::Value;

use super::{Evidence, Finish, Signal, call_number, find};
use crate::dispatch::outcome::{Class, by_status};

/// What its error texts say, where its fields do not.
const TEXTS: &[(&str, Class)] = &[
    ("not logged in", Class::Auth),
    ("please run /login", Class::Auth),
    ("invalid api key", Class::Auth),
    ("oauth token has expired", Class::Auth),
    ("credit balance is too low", Class::Billing),
    ("issue with the selected model", Class::ModelNotFound),
    ("prompt is too long", Class::ContextOverflow),
    ("spending cap reached", Class::UsageLimit),
    ("usage limit reached", Class::UsageLimit),
    ("hit your limit", Class::UsageLimit),
    ("hit your usage limit", Class::UsageLimit),
    ("hit your session limit", Class::UsageLimit),
    ("hit your weekly limit", Class::UsageLimit),
    ("hour limit", Class::UsageLimit),
    ("limit · resets", Class::UsageLimit),
    ("limit reached", Class::UsageLimit),
    ("overloaded", Class::Overloaded),
    ("rate limit", Class::RateLimited),
    ("request rejected (429)", Class::RateLimited),
    ("internal server error", Class::ServerError),
    ("reached max turns", Class::MaxTurns),
    ("reached maximum number of turns", Class::MaxTurns),
    ("reached maximum budget", Class::Budget),
];

pub(super) fn by_text(text: &str) -> Option<Class> {
    find(TEXTS, text)
}

pub(super) fn read(event: &Value, evidence: &mut Evidence, hook_denials: &mut usize) -> Option<Signal> {
    if let Some(session) = event["session_id"].as_str() {
        evidence.session = Some(session.to_owned());
    }
    match event["type"].as_str()? {
        "system" => Some(system(event, evidence)),
        "assistant" => {
            if event["error"].is_null() {
                evidence.retrying = None;
                evidence.turns += 1;
            }
            let content = event["message"]["content"].as_array();
            let tool = content.into_iter().flatten().find(|part| part["type"] == "tool_use");
            Some(match tool {
                Some(tool) => {
                    let name = tool["name"].as_str().unwrap_or("tool").to_owned();
                    let call = call_number(&name, &tool["input"]);
                    Signal::ToolStarted { name, call }
                }
                None => Signal::Progress,
            })
        }
        "user" => {
            let content = event["message"]["content"].as_array();
            let mut results = content.into_iter().flatten().filter(|part| part["type"] == "tool_result");
            let denied = |part: &Value| {
                let text = part["content"].as_str().unwrap_or("");
                part["is_error"] == true && text.contains(" hook ") && text.contains("error")
            };
            match results.next() {
                Some(part) => {
                    *hook_denials += usize::from(denied(part));
                    Some(Signal::ToolEnded)
                }
                None => Some(Signal::Progress),
            }
        }
        "stream_event" => Some(Signal::Progress),
        "rate_limit_event" => {
            let info = &event["rate_limit_info"];
            if info["status"] == "rejected" {
                evidence.is_rejected = true;
                evidence.resets_at = info["resetsAt"].as_i64().or(evidence.resets_at);
            }
            Some(Signal::Heartbeat)
        }
        "result" => {
            result(event, evidence, *hook_denials);
            Some(Signal::Finished)
        }
        _ => Some(Signal::Heartbeat),
    }
}

fn system(event: &Value, evidence: &mut Evidence) -> Signal {
    match event["subtype"].as_str() {
        Some("init") => Signal::Progress,
        Some("api_retry") => {
            let class = event["error_status"].as_u64().and_then(by_status);
            let text = event["error"].as_str().unwrap_or("error");
            evidence.retry(class, &format!("retrying after {text}"));
            Signal::Retrying(Duration::from_millis(event["retry_delay_ms"].as_u64().unwrap_or(0)))
        }
        _ => Signal::Heartbeat,
    }
}

fn result(event: &Value, evidence: &mut Evidence, hook_denials: usize) {
    let text = |key: &str| event[key].as_str().map(str::to_owned);
    let errors = || Some(event["errors"].as_array()?.first()?.as_str()?.to_owned());
    let class = match (event["subtype"].as_str(), event["terminal_reason"].as_str()) {
        (Some("error_max_turns"), _) => Some(Class::MaxTurns),
        (Some("error_max_budget_usd"), _) => Some(Class::Budget),
        (_, Some("prompt_too_long")) => Some(Class::ContextOverflow),
        (_, Some("aborted_tools" | "aborted_streaming")) => Some(Class::Interrupted),
        _ => None,
    };
    let told = text("result").or_else(errors).unwrap_or_default();
    // The type of an error is coarser than its text: low credit is an "invalid request".
    let code = text("api_error").or_else(|| {
        let coarse = |code: &String| code != "invalid_request_error" && code != "not_found_error";
        text("api_error_type").filter(coarse)
    });
    let usage = &event["usage"];
    let tokens = ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
    let denials = event["permission_denials"].as_array().map_or(&[][..], Vec::as_slice);
    evidence.denied = denials.len().saturating_sub(hook_denials);
    evidence.denied_tools =
        denials.iter().filter_map(|denial| denial["tool_name"].as_str().map(str::to_owned)).collect();
    evidence.denied_tools.dedup();
    evidence.finish = Some(Finish {
        is_error: event["is_error"] == true,
        text: told,
        code,
        status: event["api_error_status"].as_u64(),
        class,
        turns: event["num_turns"].as_u64(),
        cost_usd: event["total_cost_usd"].as_f64(),
        tokens: tokens.iter().filter_map(|key| usage[*key].as_u64()).sum(),
    });
}
