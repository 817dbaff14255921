//! A gate's result: as a table for people, and as a digest for the agent that must mend it.

use std::collections::BTreeMap;

use crate::model::gate::{Gated, Problem, Status, StepResult, Verdict};
use crate::model::{Pattern, short_sha};

use super::terminal::Terminal;
use super::text::{clean, clean_code, columns, cut, pad, wrap};

/// Problems shown of a step, and lines of each.
const SHOWN: usize = 10;
const LINES: usize = 4;

/// The table, and under it what failed.
pub fn gate(gated: &Gated, terminal: &Terminal) -> String {
    let mut text = String::new();
    let width = gated.steps.iter().map(|step| columns(&step.name)).max().unwrap_or(0).min(40);
    for step in &gated.steps {
        let (glyph, word) = told(step.status, terminal);
        let seconds =
            if step.status == Status::Skipped { String::new() } else { format!("{:.1} s", step.seconds) };
        let name = pad(&terminal.fit(&step.name, 40), width);
        text += format!("{glyph} {name}  {:>8}  {word}", seconds).trim_end();
        text.push('\n');
        if matches!(step.status, Status::Passed | Status::Skipped) && step.notes.is_empty() {
            continue;
        }
        text += &problems(step, terminal);
    }
    let verdict = match gated.verdict {
        Verdict::Green => terminal.green("Green"),
        Verdict::Red => terminal.red("Red"),
        Verdict::Unjudged => terminal.yellow("Not judged"),
    };
    let remembered = if gated.remembered { ", as remembered (--fresh runs it again)" } else { "" };
    text += &format!(
        "{verdict}: {}{remembered}. Tree {}, {:.1} s.\n",
        clean(&gated.reason),
        short_sha(&gated.tree),
        gated.seconds
    );
    for note in &gated.notes {
        text += &format!("  note: {}\n", clean(note));
    }
    text
}

fn told(status: Status, terminal: &Terminal) -> (String, &'static str) {
    let glyph = |unicode, ascii| terminal.glyph(unicode, ascii);
    match status {
        Status::Passed => (terminal.green(glyph("✓", "+")), ""),
        Status::Flaky => (terminal.yellow(glyph("~", "~")), "flaky"),
        Status::Failed => (terminal.red(glyph("✗", "x")), "failed"),
        Status::TimedOut => (terminal.red(glyph("✗", "x")), "timed out"),
        Status::Missing => (terminal.yellow("?"), "cannot run"),
        Status::Interrupted => (terminal.yellow("?"), "interrupted"),
        Status::Skipped => (glyph("·", "-").to_owned(), "not run"),
    }
}

fn problems(step: &StepResult, terminal: &Terminal) -> String {
    let mut text = String::new();
    for note in &step.notes {
        text += &format!("    {}\n", clean(note));
    }
    for problem in step.problems.iter().take(SHOWN) {
        let lines = wrap(&line(problem), terminal.width.saturating_sub(6).max(20));
        for (number, line) in lines.iter().take(LINES).enumerate() {
            let more =
                if number + 1 == LINES && lines.len() > LINES { terminal.glyph("…", "...") } else { "" };
            let indent = if number == 0 { "    " } else { "      " };
            text += &format!("{indent}{line}{more}\n");
        }
    }
    if step.problems.len() > SHOWN {
        text += &format!("    and {} more\n", step.problems.len() - SHOWN);
    }
    if step.problems.is_empty() && !matches!(step.status, Status::Passed | Status::Missing) {
        for line in last(&step.output.tail, 12) {
            text += &format!("    {}\n", clean_code(line));
        }
    }
    if let Some(path) =
        step.output.path.as_ref().filter(|_| !matches!(step.status, Status::Passed | Status::Missing))
    {
        text += &format!("    all of it: {}\n", clean(path));
    }
    text
}

fn last(text: &str, count: usize) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.into_iter().rev().take(count).rev()
}

/// `src/a.ts:3:5: TS2339 message (in cart > adds)`
fn line(problem: &Problem) -> String {
    let at = |number: Option<usize>| number.map(|number| format!(":{number}")).unwrap_or_default();
    let place = format!("{}{}{}", problem.path, at(problem.line), at(problem.column));
    let code = if problem.code.is_empty() { String::new() } else { format!("{} ", problem.code) };
    let test = problem.test.as_ref().map(|test| format!(" (in {test})")).unwrap_or_default();
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    clean(&format!("{place}{code}{}{test}", problem.message)).into_owned()
}

/// Bytes of a digest; an agent's hook output has a cap of 10,000 characters.
const DIGEST: usize = 8000;

/// What failed, where, and how it was mended here before, for problems that name their pattern.
pub fn gate_digest(gated: &Gated, patterns: &[Pattern]) -> String {
    let mut text = match gated.verdict {
        Verdict::Green => format!("friction gate: green: {}\n", clean(&gated.reason)),
        Verdict::Red => format!("friction gate: RED: {}. Mend this, then try again.\n", clean(&gated.reason)),
        Verdict::Unjudged => format!("friction gate: could not judge: {}\n", clean(&gated.reason)),
    };
    let mut lessons: BTreeMap<&str, &Pattern> = BTreeMap::new();
    for step in gated.steps.iter().filter(|step| !matches!(step.status, Status::Passed | Status::Skipped)) {
        text +=
            &format!("\n{} ({}): {}\n", clean(&step.name), clean(&step.command.join(" ")), word(step.status));
        for note in &step.notes {
            text += &format!("  {}\n", clean(note));
        }
        for problem in step.problems.iter().take(SHOWN) {
            text += &format!("  {}\n", cut(&line(problem), 400, "…"));
            if let Some(help) = &problem.help {
                text += &format!("    fix: {}\n", cut(&clean(help), 300, "…"));
            }
            let known = problem.pattern.as_ref();
            if let Some(pattern) = known.and_then(|id| patterns.iter().find(|pattern| pattern.id == *id)) {
                text += &format!("    known here as {}, see below\n", clean(&pattern.id));
                lessons.insert(&pattern.id, pattern);
            }
        }
        if step.problems.len() > SHOWN {
            text += &format!("  and {} more\n", step.problems.len() - SHOWN);
        }
        if step.problems.is_empty() && step.status != Status::Missing {
            for line in last(&step.output.tail, 25) {
                text += &format!("  {}\n", cut(&clean_code(line), 200, "…"));
            }
        }
        if let Some(path) = &step.output.path {
            text += &format!("  all of it: {}\n", clean(path));
        }
    }
    for pattern in lessons.values() {
        let told = lesson(pattern);
        if text.len() + told.len() < DIGEST {
            text += &told;
        }
    }
    text
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Failed => "failed",
        Status::Flaky => "flaky",
        Status::TimedOut => "timed out",
        Status::Missing => "cannot run",
        Status::Interrupted => "interrupted",
        Status::Skipped => "not run",
    }
}

/// How a pattern was mended here before.
fn lesson(pattern: &Pattern) -> String {
    let mut text = format!(
        "\n{}: corrected here {} times. {} {}\n",
        clean(&pattern.id),
        pattern.counts.corrections,
        clean(&pattern.always),
        clean(&pattern.never)
    );
    if let Some(example) = pattern.examples.first() {
        let lines = |sign: char, side: &str| -> String {
            side.lines()
                .take(6)
                .map(|line| format!("  {sign} {}\n", cut(&clean_code(line), 160, "…")))
                .collect()
        };
        text += &format!("  {} mended it in {}:\n", short_sha(&example.fix), clean(&example.path));
        text += &lines('-', &example.before);
        text += &lines('+', &example.after);
    }
    text
}
