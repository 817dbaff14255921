//! Task files: front matter between `---` lines, then the prompt.

use std::fs;
use std::path::{Path, PathBuf};

use globset::Glob;
use serde::Deserialize;
use thiserror::Error;

use super::{OnRetry, Span, StallWords, Task, is_id};

/// Why tasks cannot be taken; nothing was started.
#[derive(Debug, Error)]
pub enum TaskError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{place}: {message}")]
    Malformed { place: String, message: String },
    #[error("the id `{id}` is used by {first} and by {second}; every task needs its own")]
    Twice { id: String, first: String, second: String },
}

impl TaskError {
    pub(super) fn at(source: &str, line: usize, message: impl Into<String>) -> TaskError {
        TaskError::Malformed { place: format!("{source}:{line}"), message: message.into() }
    }
}

/// The keys of a task's front matter, and of a record of a task stream.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FrontMatter {
    pub id: Option<String>,
    pub title: Option<String>,
    pub priority: Option<i32>,
    pub depends_on: Vec<String>,
    pub base: Option<String>,
    pub agent: Option<String>,
    pub model: Option<String>,
    pub paths: Vec<String>,
    pub gate: Vec<String>,
    pub gate_command: Vec<String>,
    pub max_attempts: Option<u32>,
    pub budget_usd: Option<f64>,
    pub timeout: Option<Span>,
    pub stall: StallWords,
    pub on_retry: Option<OnRetry>,
    pub batch: Option<u32>,
}

/// Where higher priorities than this one come first.
pub(super) const PRIORITY: i32 = 50;

/// A file longer than this is no task.
const LONGEST: u64 = 1 << 20;

/// Reads every `*.md` of a folder, in the order of their names. Read-me files are no tasks.
pub fn read_folder(folder: &Path, root: &Path) -> Result<Vec<Task>, TaskError> {
    let unreadable = |source| TaskError::Unreadable { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_task = path.extension().is_some_and(|extension| extension == "md")
            && !path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("readme"));
        if is_task && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    read_files(&paths, root)
}

/// Reads task files in the order given. Paths are shown as seen from `root`.
pub fn read_files(paths: &[PathBuf], root: &Path) -> Result<Vec<Task>, TaskError> {
    paths.iter().map(|path| read_file(path, root)).collect()
}

fn read_file(path: &Path, root: &Path) -> Result<Task, TaskError> {
    let unreadable = |source| TaskError::Unreadable { path: path.to_owned(), source };
    let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
    if fs::metadata(path).map_err(unreadable)?.len() > LONGEST {
        return Err(TaskError::at(&shown, 1, "longer than a megabyte: this is no task"));
    }
    let text = String::from_utf8(fs::read(path).map_err(unreadable)?)
        .map_err(|_| TaskError::at(&shown, 1, "is not UTF-8 text"))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    parse(&text, &shown, &stem)
}

fn parse(text: &str, source: &str, stem: &str) -> Result<Task, TaskError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (front, prompt, first_line) = split(text, source)?;
    let front: FrontMatter = if front.trim().is_empty() {
        FrontMatter::default()
    } else {
        serde_saphyr::from_str(front).map_err(|error| {
            let line = error.location().map_or(0, |place| usize::try_from(place.line()).unwrap_or(0));
            TaskError::at(source, line.max(1) + 1, yaml_message(&error))
        })?
    };
    let line_of = |key: &str| {
        let starts = |line: &str| line.trim_start().starts_with(&format!("{key}:"));
        text.lines().position(starts).map_or(1, |at| at + 1)
    };
    let prompt = prompt.trim().to_owned();
    if prompt.is_empty() {
        return Err(TaskError::at(
            source,
            first_line,
            "has no prompt: write what is to be done below the front matter",
        ));
    }
    finish(front, prompt, source, stem, &line_of)
}

/// One line of what a YAML reader says, without its drawing of the source.
fn yaml_message(error: &serde_saphyr::Error) -> String {
    let told = error.without_snippet().to_string();
    let line = told.lines().find(|line| !line.trim().is_empty()).unwrap_or("not YAML").trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Front matter, prompt, and the line at which the prompt starts.
fn split<'a>(text: &'a str, source: &str) -> Result<(&'a str, &'a str, usize), TaskError> {
    let is_fence = |line: &str| line.trim_end() == "---";
    let Some(first) = text.split_inclusive('\n').next().filter(|line| is_fence(line)) else {
        return Ok(("", text, 1));
    };
    let mut at = first.len();
    for (number, line) in text[at..].split_inclusive('\n').enumerate() {
        if is_fence(line) {
            return Ok((&text[first.len()..at], &text[at + line.len()..], number + 3));
        }
        at += line.len();
    }
    Err(TaskError::at(source, 1, "the front matter has no closing `---` line"))
}

/// Checks what the types cannot say and fills what may be left out. `line_of` finds a key's line.
pub(super) fn finish(
    front: FrontMatter,
    prompt: String,
    source: &str,
    stem: &str,
    line_of: &dyn Fn(&str) -> usize,
) -> Result<Task, TaskError> {
    let wrong = |key: &str, message: String| Err(TaskError::at(source, line_of(key), message));
    let id = front.id.unwrap_or_else(|| stem.to_owned());
    if !is_id(&id) {
        return wrong(
            "id",
            format!("`{id}` cannot be an id: use up to 64 letters, digits, `.`, `_` and `-`"),
        );
    }
    if let Some(other) = front.depends_on.iter().find(|other| !is_id(other)) {
        return wrong("depends_on", format!("`{other}` cannot be the id of a task"));
    }
    if let Some(Err(error)) = front.paths.iter().map(|glob| Glob::new(glob)).find(Result::is_err) {
        return wrong("paths", error.to_string());
    }
    if front.max_attempts == Some(0) {
        return wrong("max_attempts", "`max_attempts` must be at least 1".to_owned());
    }
    if front.budget_usd.is_some_and(|budget| !budget.is_finite() || budget <= 0.0) {
        return wrong("budget_usd", "`budget_usd` must be a positive number of dollars".to_owned());
    }
    let is_name =
        |name: &String| !name.is_empty() && !name.starts_with('-') && !name.contains(char::is_control);
    for (key, names) in [("base", &front.base), ("model", &front.model), ("agent", &front.agent)] {
        if let Some(name) = names.as_ref().filter(|name| !is_name(name)) {
            return wrong(key, format!("`{name}` cannot be a name"));
        }
    }
    if let Some(step) = front.gate.iter().find(|step| !is_id(step)) {
        return wrong("gate", format!("`{step}` cannot be the name of a gate step"));
    }
    let title = front.title.unwrap_or_else(|| headline(&prompt).unwrap_or(&id).to_owned());
    Ok(Task {
        id,
        title: title.split_whitespace().collect::<Vec<_>>().join(" "),
        priority: front.priority.unwrap_or(PRIORITY),
        depends_on: front.depends_on,
        base: front.base,
        agent: front.agent,
        model: front.model,
        paths: front.paths,
        gate: front.gate,
        gate_command: front.gate_command,
        max_attempts: front.max_attempts,
        budget_usd: front.budget_usd,
        timeout: front.timeout,
        stall: front.stall,
        on_retry: front.on_retry,
        batch: front.batch,
        prompt,
        source: source.to_owned(),
        order: 0,
    })
}

/// The first line that says something, without Markdown's marks.
fn headline(prompt: &str) -> Option<&str> {
    let line =
        prompt.lines().map(|line| line.trim_start_matches('#').trim()).find(|line| !line.is_empty())?;
    Some(line.char_indices().nth(80).map_or(line, |(at, _)| &line[..at]))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn error(text: &str) -> String {
        parse(text, "tasks/a.md", "a").unwrap_err().to_string()
    }

    #[test]
    fn a_task_is_its_front_matter_and_its_prompt() {
        let text = "---\nid: T-1\ntitle: Mend it\npriority: 80\ndepends_on: [T-0]\npaths: [\"src/**\"]\n\
                    timeout: 45m\nstall: {silent: 10m, tool: 1h 30m}\non_retry: fresh\n---\n# Do\n\nMend.\n";
        let task = parse(text, "tasks/a.md", "a").unwrap();
        assert_eq!((task.id.as_str(), task.title.as_str(), task.priority), ("T-1", "Mend it", 80));
        assert_eq!(task.timeout.unwrap().0, Duration::from_secs(2700));
        assert_eq!(task.stall.tool.unwrap().0, Duration::from_secs(5400));
        assert_eq!(task.on_retry, Some(OnRetry::Fresh));
        assert_eq!(task.prompt, "# Do\n\nMend.");
    }

    #[test]
    fn a_file_without_front_matter_is_named_after_itself() {
        let task = parse("# Mend the lock\nIt leaks.\n", "tasks/lock.md", "lock").unwrap();
        assert_eq!((task.id.as_str(), task.title.as_str()), ("lock", "Mend the lock"));
    }

    #[test]
    fn a_malformed_task_is_named_with_its_line() {
        for (text, told) in [
            ("---\nid: T-1\n", "tasks/a.md:1: the front matter has no closing"),
            ("---\nid: T-1\ntimeout: soon\n---\ngo\n", "tasks/a.md:3:"),
            ("---\nid: T-1\nprioritty: 3\n---\ngo\n", "tasks/a.md:3:"),
            ("---\nid: [T-1\n---\ngo\n", "tasks/a.md:"),
            ("---\ntitle: x\nid: ../../etc\n---\ngo\n", "tasks/a.md:3: `../../etc` cannot be an id"),
            ("---\nid: T-1; rm -rf ~\n---\ngo\n", "tasks/a.md:2: `T-1; rm -rf ~` cannot be an id"),
            ("---\nid: a\npaths: [\"src/{\"]\n---\ngo\n", "tasks/a.md:3:"),
            ("---\nid: a\nbase: --upload-pack=x\n---\ngo\n", "tasks/a.md:3: `--upload-pack=x`"),
            ("---\nid: a\nmax_attempts: 0\n---\ngo\n", "tasks/a.md:3: `max_attempts` must be"),
            ("---\nid: a\n---\n\n", "tasks/a.md:4: has no prompt"),
        ] {
            let found = error(text);
            assert!(found.starts_with(told), "{text:?}: {found}");
        }
    }

    #[test]
    fn an_unknown_key_is_told_by_name() {
        assert!(error("---\nid: a\nprioritty: 3\n---\ngo\n").contains("prioritty"));
    }
}
