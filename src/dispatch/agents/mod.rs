//! Agents: how each is called, and what its output says.
//!
//! A reader turns lines into [`Signal`]s for the clocks and gathers [`Evidence`] for the outcome. Words about
//! limits count only where the agent itself reports an error: an agent that *writes about* rate limits is
//! not rate limited.

mod claude;
mod codex;
mod gemini;
mod plain;
mod template;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::outcome::Class;

pub use template::{Agent, AgentWords, Words, session_of};

/// Whose output format an agent speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Claude,
    Codex,
    Gemini,
    /// Any command: its output is only a sign of life.
    #[default]
    Plain,
}

/// What a line means for the clocks.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// The model or a person's words: work goes on.
    Progress,
    ToolStarted {
        name: String,
        call: u64,
    },
    ToolEnded,
    /// Alive, no more.
    Heartbeat,
    /// The agent waits by itself and will ask again.
    Retrying(Duration),
    /// It has given its result and has nothing more to do.
    Finished,
}

/// The agent's own last word.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finish {
    pub is_error: bool,
    pub text: String,
    /// The error's name, as the agent calls it.
    pub code: Option<String>,
    /// The HTTP status behind it.
    pub status: Option<u64>,
    /// Where the agent's own fields leave no doubt.
    pub class: Option<Class>,
    pub turns: Option<u64>,
    pub cost_usd: Option<f64>,
    pub tokens: u64,
}

/// The class that an agent's error text means.
type ByText = fn(&str) -> Option<Class>;

/// The class that an agent's own exit code means.
type ByExit = fn(Option<i32>) -> Option<Class>;

/// What an agent's output has shown so far.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub session: Option<String>,
    /// Lines that were events of the agent's own format.
    pub events: u64,
    pub finish: Option<Finish>,
    /// The provider said that a usage limit is reached.
    pub is_rejected: bool,
    /// When the limit ends, in seconds since 1970.
    pub resets_at: Option<i64>,
    /// Why the agent is asking again, while it does.
    pub retrying: Option<Class>,
    pub retry_text: String,
    /// Tool calls that its permissions denied, and the tools' names.
    pub denied: usize,
    pub denied_tools: Vec<String>,
    /// Cost so far, from agents that tell it as they go.
    pub turns: u64,
    /// Last lines outside of the agent's format.
    plain: Vec<String>,
    pub(super) kind_texts: ByText,
    pub(super) kind_exits: ByExit,
}

/// How many lines of plain text are kept.
const PLAIN: usize = 40;

impl Evidence {
    fn new(kind: Kind) -> Evidence {
        let (kind_texts, kind_exits): (ByText, ByExit) = match kind {
            Kind::Claude => (claude::by_text, no_exits),
            Kind::Codex => (codex::by_text, no_exits),
            Kind::Gemini => (gemini::by_text, gemini::by_exit),
            Kind::Plain => (plain::by_text, plain::by_exit),
        };
        Evidence {
            session: None,
            events: 0,
            finish: None,
            is_rejected: false,
            resets_at: None,
            retrying: None,
            retry_text: String::new(),
            denied: 0,
            denied_tools: Vec::new(),
            turns: 0,
            plain: Vec::new(),
            kind_texts,
            kind_exits,
        }
    }

    fn say(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        if self.plain.len() == PLAIN {
            self.plain.remove(0);
        }
        self.plain.push(line.chars().take(2000).collect());
    }

    /// The last lines that the agent wrote outside of its format, the most telling first.
    pub fn last_words(&self) -> String {
        let telling = |line: &&String| {
            let lower = line.to_ascii_lowercase();
            (self.kind_texts)(line).is_some()
                || ["error", "fatal", "not found"].iter().any(|word| lower.contains(word))
        };
        let line = self.plain.iter().rev().find(telling).or(self.plain.last());
        line.map_or(String::new(), |line| line.trim().chars().take(300).collect())
    }

    /// Cut off while it asked again and again.
    fn retry(&mut self, class: Option<Class>, text: &str) {
        self.retrying = class.or(self.retrying);
        self.retry_text = text.chars().take(300).collect();
    }
}

fn no_exits(_: Option<i32>) -> Option<Class> {
    None
}

/// Reads the output of one attempt.
pub struct Reader {
    kind: Kind,
    pub evidence: Evidence,
    /// Claude: tool results that a hook denied.
    hook_denials: usize,
}

impl Reader {
    pub fn new(kind: Kind) -> Reader {
        Reader { kind, evidence: Evidence::new(kind), hook_denials: 0 }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// A line of standard output.
    pub fn line(&mut self, line: &str) -> Option<Signal> {
        if line.trim().is_empty() {
            return None;
        }
        let event = match self.kind {
            Kind::Plain => None,
            _ => {
                serde_json::from_str::<serde_json::Value>(line).ok().filter(|event| event["type"].is_string())
            }
        };
        let Some(event) = event else {
            self.evidence.say(line);
            return Some(if self.kind == Kind::Plain { Signal::Progress } else { Signal::Heartbeat });
        };
        self.evidence.events += 1;
        match self.kind {
            Kind::Claude => claude::read(&event, &mut self.evidence, &mut self.hook_denials),
            Kind::Codex => codex::read(&event, &mut self.evidence),
            Kind::Gemini => gemini::read(&event, &mut self.evidence),
            Kind::Plain => None,
        }
    }

    /// A line of standard error.
    pub fn error_line(&mut self, line: &str) -> Option<Signal> {
        if line.trim().is_empty() {
            return None;
        }
        self.evidence.say(line);
        match self.kind {
            Kind::Gemini => gemini::read_error(line, &mut self.evidence),
            _ => Some(Signal::Heartbeat),
        }
    }

    /// Both streams have ended.
    pub fn end(&mut self, stdout: &str, stderr: &str) {
        if self.kind == Kind::Gemini && self.evidence.finish.is_none() {
            gemini::read_whole(stdout, stderr, &mut self.evidence);
        }
    }
}

/// A number that equal tool calls share.
fn call_number(name: &str, input: &serde_json::Value) -> u64 {
    let mut hash = u64::from(crc32fast::hash(name.as_bytes())) << 32;
    hash |= u64::from(crc32fast::hash(input.to_string().as_bytes()));
    hash
}

/// The first class whose words stand in a text, in the order of the table; case does not matter.
fn find(table: &[(&str, Class)], text: &str) -> Option<Class> {
    // Agents write typographic apostrophes in some messages and plain ones in others.
    let text = text.to_lowercase().replace('\u{2019}', "'");
    table.iter().find(|(words, _)| text.contains(words)).map(|(_, class)| *class)
}
