//! The command of an agent: a template of words with places for the prompt and its surroundings.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::Kind;

/// `[dispatch.agents.NAME]`: what differs from the built-in agent of that name, or a new one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct AgentWords {
    /// Whose output it writes.
    pub kind: Option<Kind>,
    /// Tasks whose agents share a provider share its limits.
    pub provider: Option<String>,
    pub command: Option<Vec<String>>,
    /// The command that goes on with a session.
    pub resume: Option<Vec<String>>,
    /// Added to the environment.
    pub env: BTreeMap<String, String>,
}

/// An agent that can be called.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    pub name: String,
    pub kind: Kind,
    pub provider: String,
    command: Vec<String>,
    resume: Option<Vec<String>>,
    pub env: BTreeMap<String, String>,
}

/// What the places of a template are filled with.
pub struct Words<'a> {
    pub prompt: &'a str,
    pub prompt_file: &'a Path,
    pub session: &'a str,
    pub worktree: &'a Path,
    pub git_dir: &'a Path,
    pub task: &'a str,
    pub model: Option<&'a str>,
    pub budget_usd: Option<f64>,
}

const CLAUDE: &[&str] = &[
    "claude",
    "-p",
    "{prompt}",
    "--output-format",
    "stream-json",
    "--verbose",
    "--session-id",
    "{session}",
    "--permission-mode",
    "acceptEdits",
    "--allowedTools",
    "Bash,Edit,Write,NotebookEdit",
];
const CLAUDE_RESUME: &[&str] = &[
    "claude",
    "-p",
    "{prompt}",
    "--output-format",
    "stream-json",
    "--verbose",
    "--resume",
    "{session}",
    "--permission-mode",
    "acceptEdits",
    "--allowedTools",
    "Bash,Edit,Write,NotebookEdit",
];
const CODEX: &[&str] =
    &["codex", "exec", "--json", "--sandbox", "workspace-write", "--add-dir", "{git_dir}", "{prompt}"];
const CODEX_RESUME: &[&str] = &[
    "codex",
    "exec",
    "--json",
    "--sandbox",
    "workspace-write",
    "--add-dir",
    "{git_dir}",
    "resume",
    "{session}",
    "{prompt}",
];
const GEMINI: &[&str] = &["gemini", "-p", "{prompt}", "-o", "stream-json", "--approval-mode", "yolo"];

/// An argument may not be longer than 128 KiB on Linux; the prompt is then given as a file to read.
const LONGEST_ARGUMENT: usize = 100_000;

impl Agent {
    /// The agent of this name: built in, configured, or both.
    pub fn find(name: &str, configured: &BTreeMap<String, AgentWords>) -> Option<Agent> {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let (kind, command, resume) = match name {
            "claude" => (Kind::Claude, Some(own(CLAUDE)), Some(own(CLAUDE_RESUME))),
            "codex" => (Kind::Codex, Some(own(CODEX)), Some(own(CODEX_RESUME))),
            "gemini" => (Kind::Gemini, Some(own(GEMINI)), None),
            _ => (Kind::Plain, None, None),
        };
        let words = configured.get(name).cloned().unwrap_or_default();
        // A command of one's own is not gone on with by the built-in one's words.
        let resume = words.resume.or(if words.command.is_some() { None } else { resume });
        let command = words.command.or(command).filter(|command| !command.is_empty())?;
        let provider = words.provider.unwrap_or_else(|| name.to_owned());
        Some(Agent {
            name: name.to_owned(),
            kind: words.kind.unwrap_or(kind),
            provider,
            command,
            resume,
            env: words.env,
        })
    }

    pub fn can_resume(&self) -> bool {
        self.resume.is_some()
    }

    /// The words to run; no shell reads them.
    pub fn argv(&self, words: &Words, resume: bool) -> Vec<String> {
        let template = self.resume.as_ref().filter(|_| resume).unwrap_or(&self.command);
        let long = format!("Read the file {} and do what it says.", words.prompt_file.display());
        let prompt = if words.prompt.len() > LONGEST_ARGUMENT { &long } else { words.prompt };
        let places = [
            ("{prompt}", prompt.to_owned()),
            ("{prompt_file}", words.prompt_file.display().to_string()),
            ("{session}", words.session.to_owned()),
            ("{worktree}", words.worktree.display().to_string()),
            ("{git_dir}", words.git_dir.display().to_string()),
            ("{task}", words.task.to_owned()),
            ("{model}", words.model.unwrap_or("").to_owned()),
        ];
        let mut argv: Vec<String> = template.iter().map(|word| fill(word, &places)).collect();
        if self.kind == Kind::Claude
            && let Some(budget) = words.budget_usd
        {
            argv.extend(["--max-budget-usd".to_owned(), format!("{budget:.4}")]);
        }
        let names_model = template.iter().any(|word| word.contains("{model}"));
        if let Some(model) = words.model.filter(|_| self.kind != Kind::Plain && !names_model) {
            // Right behind the program and its subcommand, before any prompt.
            let at = if self.kind == Kind::Codex { 2.min(argv.len()) } else { argv.len() };
            argv.splice(at..at, ["--model".to_owned(), model.to_owned()]);
        }
        argv
    }
}

/// Fills each place once, from left to right: what is filled in is not read again.
fn fill(word: &str, places: &[(&str, String)]) -> String {
    let mut filled = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        match places.iter().find(|(place, _)| rest.starts_with(place)) {
            Some((place, value)) => {
                filled.push_str(value);
                rest = &rest[place.len()..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled + rest
}

/// The session id of an attempt: its ulid in the form of a random UUID.
pub fn session_of(ulid: &str) -> String {
    let bits = ulid.parse::<ulid::Ulid>().map_or(0, |ulid| ulid.0);
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<'a>(prompt: &'a str, model: Option<&'a str>) -> Words<'a> {
        Words {
            prompt,
            prompt_file: Path::new("/a/prompt.md"),
            session: "s",
            worktree: Path::new("/w"),
            git_dir: Path::new("/g"),
            task: "T-1",
            model,
            budget_usd: None,
        }
    }

    #[test]
    fn what_a_prompt_says_is_one_word_and_is_not_filled_again() {
        let agent = Agent::find("claude", &BTreeMap::new()).unwrap();
        let argv = agent.argv(&words("$(reboot) {session} '; rm", None), false);
        assert_eq!(argv[2], "$(reboot) {session} '; rm");
        assert_eq!(argv[7], "s");
    }

    #[test]
    fn a_prompt_too_long_for_an_argument_is_given_as_a_file() {
        let agent = Agent::find("gemini", &BTreeMap::new()).unwrap();
        let argv = agent.argv(&words(&"x".repeat(200_000), None), false);
        assert_eq!(argv[2], "Read the file /a/prompt.md and do what it says.");
    }

    #[test]
    fn a_model_is_named_where_each_agent_expects_it() {
        let argv = |name| Agent::find(name, &BTreeMap::new()).unwrap().argv(&words("p", Some("m")), true);
        assert_eq!(argv("codex")[..4], ["codex", "exec", "--model", "m"]);
        assert!(argv("claude").ends_with(&["--model".to_owned(), "m".to_owned()]));
    }

    #[test]
    fn an_unknown_agent_needs_a_command() {
        assert_eq!(Agent::find("mine", &BTreeMap::new()), None);
        let own = AgentWords { command: Some(vec!["mine".to_owned()]), ..AgentWords::default() };
        let agent = Agent::find("mine", &BTreeMap::from([("mine".to_owned(), own)])).unwrap();
        assert_eq!((agent.kind, agent.provider.as_str(), agent.can_resume()), (Kind::Plain, "mine", false));
    }

    #[test]
    fn a_session_is_a_well_formed_uuid() {
        let session = session_of("01ARZ3NDEKTSV4RRFFQ69G5FAV");
        assert_eq!(session.len(), 36);
        assert_eq!(&session[14..15], "4");
        assert!("89ab".contains(&session[19..20]));
    }
}
