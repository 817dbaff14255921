//! What went wrong here before, for the paths and the words of one task: patterns ranked by what they are
//! expected to cost, and the notes that people keep.
//!
//! Everything comes from `friction_patterns.json` and `.friction/notes.md`; nothing relevant gives nothing.

mod near;
mod notes;
mod render;

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use crate::git::Git;
use crate::guide::{Limits, choose};
use crate::model::ROUND_MINUTES;
use crate::model::{Example, Pattern, PatternFile};

pub use near::Question;
pub use render::markdown;

/// Characters of a context, where nobody says otherwise; more is never read as a whole by an agent.
pub const BUDGET: usize = 6_000;
pub const MOST: usize = 9_500;

/// Patterns that are told to a session that has no task yet.
const WITHOUT_TASK: usize = 6;

/// What to know before a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Context {
    /// Dearest first.
    pub lessons: Vec<Lesson>,
    pub notes: Vec<Note>,
    /// Why the patterns may be out of date.
    pub stale: Option<String>,
}

/// A pattern that matters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lesson {
    pub id: String,
    /// Markdown, one line.
    pub rule: String,
    /// Minutes that it is expected to cost, times how near it is.
    pub weight: f64,
    pub example: Option<Example>,
}

/// A section of the notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    pub title: String,
    pub text: String,
}

impl Context {
    pub fn is_empty(&self) -> bool {
        self.lessons.is_empty() && self.notes.is_empty()
    }

    /// What it is known by, so that it is not told twice.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        let notes = self.notes.iter().map(|note| format!("note: {}", note.title));
        self.lessons.iter().map(|lesson| lesson.id.clone()).chain(notes)
    }

    /// Leaves out what was told before.
    pub fn without(mut self, told: &BTreeSet<String>) -> Context {
        self.lessons.retain(|lesson| !told.contains(&lesson.id));
        self.notes.retain(|note| !told.contains(&format!("note: {}", note.title)));
        self
    }
}

/// The context of a question, from what a repository knows.
pub fn context(root: &Path, patterns: Option<&PatternFile>, question: &Question) -> Context {
    let mut lessons: Vec<Lesson> = patterns
        .map(|file| file.patterns.as_slice())
        .unwrap_or_default()
        .iter()
        .filter_map(|pattern| lesson(pattern, question))
        .collect();
    lessons.sort_by(|one, other| other.weight.total_cmp(&one.weight));
    if question.is_open() {
        lessons.truncate(WITHOUT_TASK);
    }
    let notes = notes::read(root, question);
    let stale = patterns.filter(|_| !lessons.is_empty()).and_then(|file| stale(root, file));
    Context { lessons, notes, stale }
}

fn lesson(pattern: &Pattern, question: &Question) -> Option<Lesson> {
    let near = question.nearness(pattern);
    if near == 0.0 {
        return None;
    }
    // Two origins are enough where it is near: the price of telling it is small.
    let limits =
        Limits { max_rules: 1, min_origins: if question.is_open() { 3 } else { 2 }, ..Limits::default() };
    let rule = choose(std::slice::from_ref(pattern), &limits).pop()?;
    let minutes = pattern.cost.minutes + pattern.cost.rounds as i64 * ROUND_MINUTES;
    Some(Lesson {
        id: pattern.id.clone(),
        rule: rule.text,
        weight: minutes as f64 * near,
        example: question.example(pattern).cloned(),
    })
}

/// Commits after which what was learned is called old.
const OLD: usize = 100;

fn stale(root: &Path, file: &PatternFile) -> Option<String> {
    let head = file.scanned.head.as_ref().filter(|head| head.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let most = format!("--max-count={}", OLD + 1);
    let counted =
        Git::at(root).text("count commits", &["rev-list", "--count", &most, "HEAD", &format!("^{head}")]);
    match counted.ok().and_then(|count| count.parse::<usize>().ok()) {
        Some(count) if count < OLD => None,
        Some(_) => Some(format!("learned over {OLD} commits ago; `friction learn` brings it up to date")),
        None => {
            Some("learned from a commit that is not here; `friction learn` brings it up to date".to_owned())
        }
    }
}

#[cfg(test)]
mod tests;
