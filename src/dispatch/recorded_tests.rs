//! Every recorded run of a real agent comes to the right class.

use std::fs;
use std::path::Path;

use jiff::tz::TimeZone;

use super::agents::{Kind, Reader, Signal};
use super::limits;
use super::outcome::{Class, Ended, classify, without_commit};

/// The class of a recorded run that left no commit; and that of the ending alone.
fn class_of(kind: Kind, case: &Path) -> (Class, Reader) {
    let read = |name: &str| fs::read_to_string(case.join(name)).unwrap_or_default();
    let (stdout, stderr) = (read("stdout"), read("stderr"));
    let mut reader = Reader::new(kind);
    stdout.lines().for_each(|line| drop(reader.line(line)));
    stderr.lines().for_each(|line| drop(reader.error_line(line)));
    reader.end(&stdout, &stderr);
    let ended = Ended { rc: read("rc").trim().parse().ok(), signal: None };
    let (class, _) = classify(&reader.evidence, ended);
    (if class == Class::Completed { without_commit(&reader.evidence).0 } else { class }, reader)
}

const CLAUDE: &[(&str, Class)] = &[
    ("all-hooks", Class::NoChange),
    ("bad-flag", Class::Crashed),
    ("bad-resume", Class::Crashed),
    ("budget", Class::Budget),
    ("credit-too-low", Class::Billing),
    ("flag-missing", Class::Crashed),
    ("hook-missing", Class::NoChange),
    ("hook-timeout", Class::NoChange),
    ("hook-timeout-blocks", Class::NoChange),
    ("interrupted", Class::Interrupted),
    ("killed", Class::Crashed),
    ("limit-warning", Class::NoChange),
    ("login-expired", Class::Auth),
    ("long-tool", Class::NoChange),
    ("max-turns", Class::MaxTurns),
    ("max-turns-json", Class::MaxTurns),
    ("max-turns-text", Class::MaxTurns),
    ("model-unknown", Class::ModelNotFound),
    ("no-login", Class::Auth),
    ("no-login-json", Class::Auth),
    ("no-login-text", Class::Auth),
    ("no-prompt", Class::Crashed),
    ("ok", Class::NoChange),
    ("ok-json", Class::NoChange),
    ("overloaded", Class::Overloaded),
    ("prompt-blocked-by-hook", Class::HookBlocked),
    ("prompt-too-long", Class::ContextOverflow),
    ("rate-limit-always", Class::RateLimited),
    ("rate-limit-long", Class::RateLimited),
    ("resumed", Class::NoChange),
    ("retried-then-ok", Class::NoChange),
    ("schema", Class::NoChange),
    ("schema-unused", Class::NoChange),
    ("server-error", Class::ServerError),
    ("server-error-few-retries", Class::ServerError),
    ("session-in-use", Class::Crashed),
    ("silent-model", Class::NoChange),
    ("stop-hook-cap", Class::NoChange),
    ("terminated", Class::Crashed),
    ("tool-denied", Class::Permission),
    ("tool-denied-quietly", Class::Permission),
    ("tool-errors", Class::NoChange),
    ("usage-limit", Class::UsageLimit),
    ("usage-limit-1.0.100", Class::UsageLimit),
    ("usage-limit-2.1.197", Class::UsageLimit),
];

const CODEX: &[(&str, Class)] = &[
    ("at-capacity", Class::Overloaded),
    ("context-full", Class::ContextOverflow),
    ("high-demand", Class::Overloaded),
    ("login-refused", Class::Auth),
    ("ok", Class::NoChange),
    ("quota", Class::Billing),
    ("rate-limit", Class::RateLimited),
    ("retried-then-ok", Class::NoChange),
    ("tool-errors", Class::NoChange),
    ("unknown-calls", Class::NoChange),
    ("usage-limit", Class::UsageLimit),
];

const GEMINI: &[(&str, Class)] = &[
    ("daily-quota", Class::UsageLimit),
    ("daily-quota-json", Class::UsageLimit),
    ("key-invalid", Class::Auth),
    ("no-key", Class::Auth),
    ("ok", Class::NoChange),
    ("ok-json", Class::NoChange),
    ("overloaded", Class::Overloaded),
    ("rate-limit", Class::RateLimited),
    ("tool-errors", Class::NoChange),
];

#[test]
fn every_recorded_case_comes_to_its_class() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/agents");
    let mut wrong = Vec::new();
    for (agent, kind, table) in
        [("claude", Kind::Claude, CLAUDE), ("codex", Kind::Codex, CODEX), ("gemini", Kind::Gemini, GEMINI)]
    {
        let mut names: Vec<String> = fs::read_dir(root.join(agent))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, table.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "a row for every case");
        for (name, expected) in table {
            let (class, _) = class_of(kind, &root.join(agent).join(name));
            if class != *expected {
                wrong.push(format!("{agent}/{name}: {class:?}, expected {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_end_of_a_limit_is_found_in_the_stream_or_in_the_text() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/agents");
    let (_, reader) = class_of(Kind::Claude, &root.join("claude/usage-limit"));
    assert_eq!(reader.evidence.resets_at, Some(1_795_376_838));
    let now = 1_795_370_000_000;
    for (kind, case, end) in [
        (Kind::Claude, "claude/usage-limit-1.0.100", "2026-11-22T20:37:00Z"),
        (Kind::Codex, "codex/usage-limit", "2026-11-22T20:40:00Z"),
    ] {
        let (_, reader) = class_of(kind, &root.join(case));
        let until = limits::told(&reader.evidence.finish.unwrap().text, now, &TimeZone::UTC).unwrap();
        assert_eq!(super::clock::text(until), end);
    }
}

#[test]
fn an_agent_that_writes_about_rate_limits_is_not_rate_limited() {
    let mut reader = Reader::new(Kind::Claude);
    let text =
        "API Error: Request rejected (429) · rate limit · You've hit your 5-hour limit · resets 7:47pm (UTC)";
    let said =
        serde_json::json!({"type": "assistant", "message": {"content": [{"type": "text", "text": text}]}});
    let read = serde_json::json!({"type": "user", "message": {"content": [{"type": "tool_result", "content": text}]}});
    let last = serde_json::json!({"type": "result", "is_error": false, "num_turns": 3, "result": text});
    for event in [said, read, last] {
        reader.line(&event.to_string());
    }
    assert_eq!(classify(&reader.evidence, Ended { rc: Some(0), signal: None }).0, Class::Completed);
}

#[test]
fn a_running_tool_sends_heartbeats_and_a_retry_tells_its_delay() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/agents/claude");
    let signals = |case: &str| {
        let mut reader = Reader::new(Kind::Claude);
        let text = fs::read_to_string(root.join(case).join("stdout")).unwrap();
        text.lines().filter_map(|line| reader.line(line)).collect::<Vec<_>>()
    };
    let tool = signals("long-tool");
    assert_eq!(tool.iter().filter(|signal| **signal == Signal::Heartbeat).count(), 5);
    assert!(tool.iter().any(|signal| matches!(signal, Signal::ToolStarted { name, .. } if name == "Bash")));
    let delays: Vec<_> = signals("rate-limit-always")
        .into_iter()
        .filter_map(
            |signal| if let Signal::Retrying(delay) = signal { Some(delay.as_millis()) } else { None },
        )
        .collect();
    assert_eq!(delays.len(), 10);
    assert_eq!(delays[0], 1084);
}
