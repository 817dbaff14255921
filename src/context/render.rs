//! A context as Markdown that fits a budget.

use crate::model::{Example, short_sha};
use crate::report::clean;

use super::Context;

/// Lines shown of each side of an example.
const LINES: usize = 8;

/// The text; empty where there is nothing to say. What does not fit is left out, the dearest last.
pub fn markdown(context: &Context, budget: usize) -> String {
    if context.is_empty() {
        return String::new();
    }
    let budget = budget.min(super::MOST);
    let mut text = String::from("## What went wrong here before\n\n");
    if let Some(stale) = &context.stale {
        text += &format!("({stale})\n\n");
    }
    let mut left_out = 0;
    let mut left = budget.saturating_sub(text.chars().count() + 80);
    let mut add = |text: &mut String, part: &str| {
        let long = part.chars().count();
        let fits = long <= left;
        if fits {
            left -= long;
            text.push_str(part);
        }
        fits
    };
    for note in &context.notes {
        let part = format!("### {}\n{}\n\n", clean(&note.title), plain(note.text.trim()));
        left_out += usize::from(!add(&mut text, &part));
    }
    for lesson in &context.lessons {
        let rule = format!("- {}\n", lesson.rule);
        let whole = format!("{rule}{}", lesson.example.as_ref().map(example).unwrap_or_default());
        left_out += usize::from(!add(&mut text, &whole) && !add(&mut text, &rule));
    }
    if left_out > 0 {
        text += &format!("({left_out} more: `friction context --budget {}`)\n", super::MOST);
    }
    text
}

/// Lines as they are, without what a terminal or an eye obeys.
fn plain(text: &str) -> String {
    text.lines().map(|line| clean(&line.replace('\t', "    ")).into_owned() + "\n").collect()
}

fn example(example: &Example) -> String {
    let side = |text: &str| {
        let lines: Vec<&str> = text.lines().take(LINES).collect();
        plain(&lines.join("\n"))
    };
    let (before, after) = (side(&example.before), side(&example.after));
    // A fence longer than any in the code cannot be closed by it.
    let longest =
        before.split(|c| c != '`').chain(after.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let sha = short_sha(&example.fix);
    let block = |title: String, code: &str| match code.trim() {
        "" => String::new(),
        _ => {
            let code: String = code.lines().map(|line| format!("  {line}\n")).collect();
            format!("  {title}\n  {fence}\n{code}  {fence}\n")
        }
    };
    let place = clean(&example.path).replace('`', "'");
    block(format!("wrong, in `{place}`:"), &before) + &block(format!("mended ({sha}):"), &after)
}
