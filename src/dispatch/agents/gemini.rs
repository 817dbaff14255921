//! Gemini CLI: `-o stream-json`, or `-o json`, where errors stand on standard error alone.

use std::time::Duration;

use serde_json::Value;

use super::{Evidence, Finish, Signal, call_number, find};
use crate::dispatch::outcome::{Class, by_status};

const TEXTS: &[(&str, Class)] = &[
    ("exhausted your daily quota", Class::UsageLimit),
    ("exhausted your capacity", Class::UsageLimit),
    ("api key not valid", Class::Auth),
    ("must specify the gemini_api_key", Class::Auth),
    ("set an auth method", Class::Auth),
    ("model is overloaded", Class::Overloaded),
    ("status 503", Class::Overloaded),
    ("exceeded your current quota", Class::RateLimited),
    ("resource_exhausted", Class::RateLimited),
    ("status 429", Class::RateLimited),
    ("internal error encountered", Class::ServerError),
    ("exceeds the maximum number of tokens", Class::ContextOverflow),
    ("max session turns", Class::MaxTurns),
];

pub(super) fn by_text(text: &str) -> Option<Class> {
    find(TEXTS, text)
}

/// Its own exit codes; all others are HTTP statuses modulo 256, or lies.
pub(super) fn by_exit(rc: Option<i32>) -> Option<Class> {
    match rc? {
        41 => Some(Class::Auth),
        53 => Some(Class::MaxTurns),
        130 => Some(Class::Interrupted),
        _ => None,
    }
}

pub(super) fn read(event: &Value, evidence: &mut Evidence) -> Option<Signal> {
    match event["type"].as_str()? {
        "init" => {
            evidence.session = event["session_id"].as_str().map(str::to_owned);
            Some(Signal::Heartbeat)
        }
        "message" if event["role"] == "assistant" => {
            evidence.retrying = None;
            evidence.turns += 1;
            Some(Signal::Progress)
        }
        "tool_use" => {
            evidence.retrying = None;
            let name = event["tool_name"].as_str().unwrap_or("tool").to_owned();
            let call = call_number(&name, &event["parameters"]);
            Some(Signal::ToolStarted { name, call })
        }
        "tool_result" => Some(Signal::ToolEnded),
        "result" => {
            let error = &event["error"];
            evidence.finish = Some(Finish {
                is_error: event["status"] != "success",
                text: error["message"].as_str().unwrap_or("").to_owned(),
                status: error["code"].as_u64(),
                tokens: event["stats"]["total_tokens"].as_u64().unwrap_or(0),
                ..Finish::default()
            });
            Some(Signal::Finished)
        }
        _ => Some(Signal::Heartbeat),
    }
}

/// It tells on standard error that it asks again, and when.
pub(super) fn read_error(line: &str, evidence: &mut Evidence) -> Option<Signal> {
    if let Some(class) = by_text(line) {
        evidence.retry(Some(class), line);
    }
    let wait = line.rsplit_once("Retrying after ").and_then(|(_, wait)| wait.split_once("ms"));
    if let Some(millis) = wait.and_then(|(millis, _)| millis.parse().ok()) {
        return Some(Signal::Retrying(Duration::from_millis(millis)));
    }
    Some(Signal::Heartbeat)
}

/// `-o json`: one document on standard output, or one on standard error.
pub(super) fn read_whole(stdout: &str, stderr: &str, evidence: &mut Evidence) {
    if let Ok(document) = serde_json::from_str::<Value>(stdout)
        && document["response"].is_string()
    {
        evidence.session = document["session_id"].as_str().map(str::to_owned);
        evidence.finish = Some(Finish { turns: None, ..Finish::default() });
        return;
    }
    let document = stderr.rfind("\n{\n").map_or(stderr, |at| &stderr[at..]);
    if let Ok(document) = serde_json::from_str::<Value>(document.trim())
        && document["error"].is_object()
    {
        let error = &document["error"];
        let status = error["code"].as_u64();
        let text = error["message"].as_str().unwrap_or("").to_owned();
        let class = by_exit(status.and_then(|code| i32::try_from(code).ok()));
        let class = class.or_else(|| by_text(&text)).or_else(|| status.and_then(by_status));
        evidence.finish = Some(Finish { is_error: true, text, status, class, ..Finish::default() });
    }
}
