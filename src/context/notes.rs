//! `.friction/notes.md`: what people know of the environment, a section for each matter. A section is told
//! where a path that it names, or two of its words, are those of the question.

use std::fs;
use std::path::Path;

use super::{Note, Question};

/// The file, from the root.
pub(super) const FILE: &str = ".friction/notes.md";

/// Bytes that are read of it, and characters that are told of a section.
const MOST: usize = 256 << 10;
const SECTION: usize = 1200;

pub(super) fn read(root: &Path, question: &Question) -> Vec<Note> {
    let Ok(text) = fs::read_to_string(root.join(FILE)) else { return Vec::new() };
    let end =
        text.char_indices().take_while(|(at, _)| *at < MOST).last().map_or(0, |(at, c)| at + c.len_utf8());
    sections(&text[..end]).into_iter().filter(|note| matters(note, question)).collect()
}

/// Each heading with what stands below it.
fn sections(text: &str) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix('#') {
            notes.push(Note { title: title.trim_start_matches('#').trim().to_owned(), text: String::new() });
        } else if let Some(note) = notes.last_mut()
            && note.text.chars().count() < SECTION
        {
            note.text.push_str(line);
            note.text.push('\n');
        }
    }
    notes.retain(|note| !note.text.trim().is_empty());
    notes
}

fn matters(note: &Note, question: &Question) -> bool {
    let all = format!("{} {}", note.title, note.text);
    // Odd parts stand between backticks.
    let mut named = all.split('`').skip(1).step_by(2).filter(|code| code.contains(['/', '.', '*']));
    // A folder stands for all that is in it.
    let met = |path: &str| {
        let folder = path.trim_end_matches('/');
        question.concerns(folder) || question.is_in(folder) || question.is_in(&format!("{folder}/**"))
    };
    named.any(met) || question.shared(&all) >= 2
}
