//! For people: each finding with its code, what to do, and what this mistake has cost the project before.

use std::collections::HashMap;
use std::io::{self, Write};
use std::ops::Range;

use super::summary::summary;
use crate::model::{Checked, Finding, Safety, Severity};
use crate::report::Terminal;
use crate::report::text::{clean, clean_code, columns, wrap};
use crate::report::words::{counted, effort};

/// What is known of a rule from the project's history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Commits that corrected this mistake.
    pub corrections: usize,
    /// Minutes from origin to last fix, over all of them.
    pub minutes: i64,
}

/// Lines of code shown of one finding.
const CODE: usize = 4;

/// Writes every finding and a last line that counts them. `line` gives a line, counted from 1, of a checked
/// file.
pub fn full(
    checked: &Checked,
    line: &dyn Fn(&str, usize) -> Option<String>,
    past: &HashMap<String, Past>,
    terminal: &Terminal,
    out: &mut dyn Write,
) -> io::Result<()> {
    for finding in &checked.findings {
        Drawn { finding, terminal }.write(line, past.get(&finding.rule), out)?;
        writeln!(out)?;
    }
    for path in &checked.summary.unchecked {
        let path = clean(path);
        writeln!(out, "{} {path} was not checked: the time budget was used up", terminal.yellow("warning:"))?;
    }
    for warning in &checked.warnings {
        writeln!(out, "{} {}", terminal.yellow("warning:"), clean(warning))?;
    }
    let line = summary(checked);
    let line = match (checked.summary.errors, checked.summary.warnings) {
        (0, 0) => terminal.green(&line),
        (0, _) => terminal.yellow(&line),
        _ => terminal.red(&line),
    };
    writeln!(out, "{line}")
}

struct Drawn<'a> {
    finding: &'a Finding,
    terminal: &'a Terminal,
}

impl Drawn<'_> {
    fn write(
        &self,
        line: &dyn Fn(&str, usize) -> Option<String>,
        past: Option<&Past>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (finding, terminal) = (self.finding, self.terminal);
        let head = format!("{}[{}]", finding.severity.name(), finding.rule);
        let head = match finding.severity {
            Severity::Error => terminal.red(&head),
            Severity::Warning => terminal.yellow(&head),
            Severity::Info => terminal.cyan(&head),
        };
        writeln!(out, "{head}: {}", terminal.bold(&clean(&finding.message)))?;
        let gutter = finding.end_line.to_string().len();
        let blank = " ".repeat(gutter);
        let place = format!("{}:{}:{}", clean(&finding.path), finding.line, finding.column);
        writeln!(out, "{blank}{} {place}", terminal.dim("-->"))?;
        self.code(line, gutter, out)?;
        for related in &finding.related {
            let place = format!("{}:{}:{}", clean(&related.path), related.line, related.column);
            self.note(&blank, "note", &format!("{} ({place})", clean(&related.message)), out)?;
        }
        self.note(&blank, "help", &clean(&finding.help), out)?;
        match finding.fix.as_ref().map(|fix| fix.safety) {
            Some(Safety::Safe) => self.note(&blank, "fix", "friction check --fix", out)?,
            Some(Safety::Unsafe) => self.note(&blank, "fix", "friction check --fix --unsafe-fixes", out)?,
            None => {}
        }
        if let Some(past) = past {
            let cost = format!(
                "corrected here {} before, {}",
                counted(past.corrections, "time"),
                effort(past.minutes)
            );
            self.note(&blank, "cost", &cost, out)?;
        }
        Ok(())
    }

    /// The lines of the finding, with carets below the first.
    fn code(
        &self,
        line: &dyn Fn(&str, usize) -> Option<String>,
        gutter: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let (finding, terminal) = (self.finding, self.terminal);
        let bar = terminal.dim("|");
        let room = terminal.width.saturating_sub(gutter + 3).max(20);
        for number in finding.line..=finding.end_line {
            if number == finding.line + CODE {
                let dots = terminal.dim(terminal.glyph("⋮", ":"));
                return writeln!(out, "{}{dots}", " ".repeat(gutter - 1));
            }
            let Some(text) = line(&finding.path, number) else { return Ok(()) };
            let number_text = terminal.dim(&format!("{number:>gutter$}"));
            if number > finding.line {
                writeln!(out, "{number_text} {bar} {}", terminal.fit(&clean_code(&text), room))?;
                continue;
            }
            let end = if finding.end_line == finding.line { finding.end_column } else { usize::MAX };
            let shown = Shown::of(&text, finding.column - 1..end.saturating_sub(1), room, terminal);
            writeln!(out, "{number_text} {bar} {}", shown.code)?;
            let carets = terminal.red(&"^".repeat(shown.carets));
            writeln!(out, "{} {bar} {}{carets}", " ".repeat(gutter), " ".repeat(shown.indent))?;
        }
        Ok(())
    }

    fn note(&self, blank: &str, word: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
        let lead = format!("{blank} = {word}: ");
        let room = self.terminal.width.saturating_sub(lead.len()).max(20);
        for (at, part) in wrap(text, room).iter().enumerate() {
            if at == 0 {
                let (equals, word) = (self.terminal.dim("="), self.terminal.cyan(&format!("{word}:")));
                writeln!(out, "{blank} {equals} {word} {part}")?;
            } else {
                writeln!(out, "{}{part}", " ".repeat(lead.len()))?;
            }
        }
        Ok(())
    }
}

/// A line of code with its marked part in sight.
struct Shown {
    code: String,
    /// Columns before the carets.
    indent: usize,
    carets: usize,
}

impl Shown {
    /// `marked` counts characters from 0. The beginning of a line is left out where the mark would stand
    /// beyond the room.
    fn of(text: &str, marked: Range<usize>, room: usize, terminal: &Terminal) -> Shown {
        let part = |range: Range<usize>| -> String {
            clean_code(&text.chars().skip(range.start).take(range.len()).collect::<String>())
        };
        // A far mark is not measured: a packed file may have thousands in one long line.
        let mut lead = if marked.start > room { String::new() } else { part(0..marked.start) };
        if marked.start > room || columns(&lead) + 8 > room {
            let dots = terminal.glyph("…", "...");
            // A character takes at most two columns, or is written out; so this many are enough to look at.
            let near = marked.start.saturating_sub(room / 3);
            lead = format!("{dots}{}", part(near..marked.start));
            if columns(&lead) + 8 > room {
                lead = dots.to_owned();
            }
        }
        let indent = columns(&lead);
        let carets = columns(part(marked.start..marked.end.min(marked.start + room)).trim_end());
        let carets = carets.clamp(1, room.saturating_sub(indent).max(1));
        let rest = part(marked.start..marked.start + room + 1);
        Shown { code: format!("{lead}{}", terminal.fit(&rest, room - indent.min(room))), indent, carets }
    }
}
