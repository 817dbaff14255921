//! What became of an attempt, and what follows from it. Pure: evidence in, class out.
//!
//! Exit codes and the word "success" of an agent prove nothing: a usage limit is a success with a flag, a
//! prompt that a hook blocked is a success without one. So the agent only tells how it *ended*; whether the
//! task is done is decided by git and the gate.

use serde::{Deserialize, Serialize};

use super::agents::{Evidence, Finish};

/// The outcome classes of an attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A new commit that the gate accepted.
    Success,
    /// The agent ended by itself; git has not been asked yet.
    #[default]
    Completed,
    GateFailed,
    NoChange,
    /// Its commits do not fit onto the base as it is now.
    Conflict,
    /// The gate could not judge.
    Unjudged,
    ContextOverflow,
    MaxTurns,
    Budget,
    UsageLimit,
    RateLimited,
    Overloaded,
    ServerError,
    Auth,
    Billing,
    ModelNotFound,
    Permission,
    HookBlocked,
    /// The agent's program cannot be run at all.
    CannotStart,
    StalledStartup,
    StalledModel,
    StalledTool,
    StalledLoop,
    Timeout,
    Crashed,
    /// Ended from outside: a person, a shutdown, or a death of the whole machine.
    Interrupted,
}

/// What the dispatcher does about a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Ask git and the gate.
    Judge,
    /// Back into the queue at once, with what went wrong as feedback.
    Retry { counted: bool },
    /// Leave the provider alone until its limit ends.
    Cooldown,
    /// Leave the provider alone for a moment that grows.
    Backoff,
    /// A person has to act before this provider is asked again.
    Pause,
    /// A person has to act before this task can go on.
    Hold,
}

impl Class {
    /// What follows if the attempt left a new commit and nothing half done beside it, or if it did not.
    pub fn remedy(self, has_finished_work: bool) -> Remedy {
        use Class::*;
        match self {
            Success | Completed => Remedy::Judge,
            // The agent was cut short, but a commit without anything half done beside it may be all of it.
            ContextOverflow | MaxTurns | Budget | StalledStartup | StalledModel | StalledTool
            | StalledLoop | Timeout | Crashed | Interrupted
                if has_finished_work =>
            {
                Remedy::Judge
            }
            Interrupted => Remedy::Retry { counted: false },
            GateFailed | NoChange | Conflict | ContextOverflow | MaxTurns | Budget | StalledStartup
            | StalledModel | StalledTool | StalledLoop | Timeout | Crashed => Remedy::Retry { counted: true },
            UsageLimit => Remedy::Cooldown,
            RateLimited | Overloaded | ServerError => Remedy::Backoff,
            Auth | Billing | ModelNotFound | Permission | HookBlocked | CannotStart => Remedy::Pause,
            Unjudged => Remedy::Hold,
        }
    }

    /// Whether going on in the same session would meet the same wall.
    pub fn needs_new_session(self) -> bool {
        matches!(self, Class::ContextOverflow | Class::StalledLoop | Class::StalledStartup | Class::Conflict)
    }

    /// A few words for a person.
    pub fn words(self) -> &'static str {
        use Class::*;
        match self {
            Success => "done",
            Completed => "ended",
            GateFailed => "the gate is red",
            NoChange => "no new commit",
            Conflict => "does not fit onto the base",
            Unjudged => "the gate could not judge",
            ContextOverflow => "ran out of context",
            MaxTurns => "ran out of turns",
            Budget => "ran out of budget",
            UsageLimit => "usage limit",
            RateLimited => "rate limited",
            Overloaded => "provider overloaded",
            ServerError => "provider error",
            Auth => "not logged in",
            Billing => "billing",
            ModelNotFound => "model not found",
            Permission => "tools denied",
            HookBlocked => "a hook blocked the prompt",
            CannotStart => "agent cannot be started",
            StalledStartup => "silent from the start",
            StalledModel => "stalled waiting for the model",
            StalledTool => "stalled in a tool",
            StalledLoop => "stalled in a loop",
            Timeout => "out of time",
            Crashed => "crashed",
            Interrupted => "interrupted",
        }
    }
}

/// How the process ended, as far as anybody saw it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    pub rc: Option<i32>,
    pub signal: Option<i32>,
}

/// The class of an agent that ended by itself, and one line that says why.
pub fn classify(evidence: &Evidence, ended: Ended) -> (Class, String) {
    match &evidence.finish {
        Some(finish) if finish.is_error => failed(evidence, finish),
        Some(finish) if finish.turns == Some(0) => (Class::HookBlocked, first_line(&finish.text)),
        Some(finish) => (Class::Completed, first_line(&finish.text)),
        None => unfinished(evidence, ended),
    }
}

/// The class of an attempt that left no new commit although its agent ended well.
pub fn without_commit(evidence: &Evidence) -> (Class, String) {
    match evidence.denied {
        0 => (Class::NoChange, "the agent ended without a new commit".to_owned()),
        count => {
            let tools = evidence.denied_tools.join(", ");
            (
                Class::Permission,
                format!("{count} tool call(s) were denied ({tools}); allow them in the agent's command"),
            )
        }
    }
}

fn failed(evidence: &Evidence, finish: &Finish) -> (Class, String) {
    let told = first_line(&finish.text);
    if let Some(class) = finish.class {
        return (class, told);
    }
    if evidence.is_rejected {
        return (Class::UsageLimit, told);
    }
    let by_text = || (evidence.kind_texts)(&finish.text);
    // "rate limit" is told of usage limits too: the text knows better than the code then.
    let class = match (finish.code.as_deref().and_then(by_code), finish.status.and_then(by_status)) {
        (Some(Class::RateLimited), _) | (None, Some(Class::RateLimited)) => {
            by_text().filter(|class| *class == Class::UsageLimit).or(Some(Class::RateLimited))
        }
        (Some(class), _) => Some(class),
        (None, status) => by_text().or(status),
    };
    (class.unwrap_or(Class::Crashed), told)
}

fn unfinished(evidence: &Evidence, ended: Ended) -> (Class, String) {
    let said = evidence.last_words();
    if let Some(class) = (evidence.kind_exits)(ended.rc) {
        return (class, said);
    }
    if let Some(class) = (evidence.kind_texts)(&said).filter(|_| ended.rc != Some(0)) {
        return (class, said);
    }
    // It died while it was asking again and again: what made it ask is what went wrong.
    if let Some(class) = evidence.retrying {
        return (class, evidence.retry_text.clone());
    }
    match (ended.rc, ended.signal) {
        (Some(0), _) => (Class::Completed, said),
        (Some(rc), _) if said.is_empty() => (Class::Crashed, format!("exit code {rc}")),
        (Some(rc), _) => (Class::Crashed, format!("exit code {rc}: {said}")),
        (None, Some(signal)) => (Class::Crashed, format!("killed by signal {signal}")),
        (None, None) => (Class::Crashed, "gone without an exit code".to_owned()),
    }
}

/// The error names that agents give.
fn by_code(code: &str) -> Option<Class> {
    Some(match code {
        "authentication_failed"
        | "authentication_error"
        | "oauth_org_not_allowed"
        | "account_on_hold"
        | "permission_error" => Class::Auth,
        "billing_error" => Class::Billing,
        "usage_limit_reached" => Class::UsageLimit,
        "rate_limit" | "rate_limit_error" => Class::RateLimited,
        "overloaded" | "overloaded_error" => Class::Overloaded,
        "model_not_found" => Class::ModelNotFound,
        "server_error" | "api_error" => Class::ServerError,
        "max_output_tokens" => Class::ContextOverflow,
        _ => return None,
    })
}

/// The class of an HTTP status.
pub fn by_status(status: u64) -> Option<Class> {
    Some(match status {
        401 | 403 => Class::Auth,
        402 => Class::Billing,
        404 => Class::ModelNotFound,
        429 => Class::RateLimited,
        503 | 529 => Class::Overloaded,
        500..=599 => Class::ServerError,
        _ => return None,
    })
}

fn first_line(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
    line.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_of_the_work_itself_count_as_attempts() {
        use Class::*;
        for class in [GateFailed, NoChange, ContextOverflow, MaxTurns, Budget, StalledTool, Timeout, Crashed]
        {
            assert_eq!(class.remedy(false), Remedy::Retry { counted: true }, "{class:?}");
        }
        for class in
            [UsageLimit, RateLimited, Overloaded, ServerError, Auth, Billing, Interrupted, HookBlocked]
        {
            assert_ne!(class.remedy(false), Remedy::Retry { counted: true }, "{class:?}");
        }
    }

    #[test]
    fn a_dead_worker_with_a_commit_is_judged_and_not_run_again() {
        assert_eq!(Class::Crashed.remedy(true), Remedy::Judge);
        assert_eq!(Class::StalledModel.remedy(true), Remedy::Judge);
    }

    #[test]
    fn a_worker_that_met_a_limit_goes_on_later_even_if_it_has_committed_something() {
        assert_eq!(Class::UsageLimit.remedy(true), Remedy::Cooldown);
    }
}
