//! What `friction show SHA` prints: one verdict, with everything that it rests on.

use crate::classify::pattern_info;
use crate::model::{Claim, Evidence, Excerpt, Kind, SHORT_SHA, Shown, Side, Signal, short_sha};

use super::terminal::Terminal;
use super::text::{clean, clean_code, columns, pad, wrap};
use super::words::{elapsed, moment, percent};

/// Places named for one family, and lines shown of one side of an excerpt.
const EVIDENCE_SHOWN: usize = 4;
const LINES_SHOWN: usize = 12;

/// Columns of the subject, over all its lines.
const SUBJECT: usize = 400;

/// Columns of the bar for the strongest signal on either side.
const BAR: usize = 14;

/// The whole explanation, ending in a line break.
pub fn show(shown: &Shown, terminal: &Terminal) -> String {
    let page = Page { shown, terminal };
    let sections =
        [page.header(), page.verdict(), page.signals(), page.origins(), page.families(), page.excerpts()];
    let drawn: Vec<String> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    drawn.join("\n")
}

struct Page<'a> {
    shown: &'a Shown,
    terminal: &'a Terminal,
}

impl Page<'_> {
    fn header(&self) -> String {
        let fix = &self.shown.correction.fix;
        let mut text = format!("{}\n", self.terminal.cyan(&self.terminal.fit(&fix.sha, self.terminal.width)));
        text += &self.paragraph("", &self.terminal.fit(&fix.subject, SUBJECT), Terminal::bold);
        let by = [clean(&fix.author).into_owned(), moment(fix.time)];
        let by: Vec<String> = by.into_iter().filter(|part| !part.is_empty()).collect();
        text + &self.paragraph("", &by.join(", "), Terminal::dim)
    }

    fn verdict(&self) -> String {
        let correction = &self.shown.correction;
        let what = match correction.kind {
            Kind::SelfCorrection => "this commit repairs recent work",
            Kind::Revert => "this commit takes an earlier one back",
            Kind::Fixup => "this commit amends an earlier one",
            Kind::CiFix => "this commit repairs what a build, a check or a test reported",
        };
        let after = match correction.gap_seconds {
            Some(gap) => format!(", {} after the mistake", elapsed(gap / 60)),
            None => String::new(),
        };
        let lead = if correction.confidence < 0.5 { "Probably not a correction: only " } else { "" };
        let sentence = format!("{lead}{} sure that {what}{after}.", percent(correction.confidence));
        self.paragraph("", &sentence, Terminal::bold)
    }

    /// Bars to the right speak for the verdict, bars to the left against it.
    fn signals(&self) -> String {
        let signals = &self.shown.correction.signals;
        if signals.is_empty() {
            return String::new();
        }
        let strongest = signals.iter().map(|signal| signal.weight.abs()).fold(f64::MIN_POSITIVE, f64::max);
        // What the weight, both bars and the gaps between leave of a line.
        let room = self.terminal.width.saturating_sub(15 + 2 * BAR);
        let name = |signal: &Signal| self.terminal.fit(&signal.name.replace(['_', '-'], " "), room);
        let names: Vec<String> = signals.iter().map(name).collect();
        let width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
        let legend = format!("  {}  {:>6}  {:>BAR$} {} for", pad("", width), "", "against", self.axis());
        let mut text = format!("{}\n{}\n", self.terminal.bold("Why"), self.terminal.dim(&legend));
        for (signal, name) in signals.iter().zip(&names) {
            text += &self.signal_line(signal, &pad(name, width), strongest);
        }
        text
    }

    fn signal_line(&self, signal: &Signal, name: &str, strongest: f64) -> String {
        let length = ((signal.weight.abs() / strongest * BAR as f64).round() as usize).clamp(1, BAR);
        let bar = self.terminal.glyph("█", "#").repeat(length);
        let (left, right) = if signal.weight < 0.0 { (bar, String::new()) } else { (String::new(), bar) };
        let blank = " ".repeat(BAR - columns(&left));
        let axis = self.axis();
        let line = format!(
            "  {name}  {:>+6.1}  {blank}{} {axis} {}",
            signal.weight,
            self.terminal.red(&left),
            self.terminal.green(&right)
        );
        format!("{}\n", line.trim_end())
    }

    fn origins(&self) -> String {
        let correction = &self.shown.correction;
        if correction.origins.is_empty() {
            return String::new();
        }
        let mut text = format!("{}\n", self.terminal.bold("What it repairs"));
        for origin in &correction.origins {
            let certainty = format!("{:>5}", percent(origin.confidence));
            let sha = self.terminal.cyan(&short_sha(&origin.sha));
            let Some(commit) = self.shown.origins.iter().find(|commit| commit.sha == origin.sha) else {
                text += &format!("  {certainty}  {sha}  {}\n", self.terminal.dim("(not readable here)"));
                continue;
            };
            let subject = self
                .terminal
                .fit(&commit.subject, self.terminal.width.saturating_sub(2 + 5 + 2 + SHORT_SHA + 2));
            text += &format!("  {certainty}  {sha}  {subject}\n");
            let before = elapsed(correction.fix.time.saturating_sub(commit.time).max(0) / 60);
            let by = self.terminal.fit(&commit.author, self.terminal.width / 2);
            text += &format!("{}{}\n", " ".repeat(18), self.terminal.dim(&format!("{by}, {before} before")));
        }
        text
    }

    fn families(&self) -> String {
        let title = self.terminal.bold("What was wrong");
        if self.shown.correction.families.is_empty() {
            return format!("{title}\n  None of the mistakes that friction can name.\n");
        }
        let claims = self.shown.correction.families.iter().map(|claim| self.claim(claim));
        format!("{title}\n{}", claims.collect::<String>())
    }

    fn claim(&self, claim: &Claim) -> String {
        let mut text = match pattern_info(&claim.pattern) {
            Some(info) => self.paragraph("  ", &clean(&info.sentence), |_, line| line.to_string()),
            None => String::new(),
        };
        let name = format!("{}/{}", claim.family.name(), clean(&claim.pattern));
        text += &self.paragraph("  ", &format!("{name}, {} sure", percent(claim.confidence)), Terminal::dim);
        for Evidence { path, line, side } in claim.evidence.iter().take(EVIDENCE_SHOWN) {
            let side = match side {
                Side::Before => "before",
                Side::After => "after",
            };
            let place = format!(":{line} ({side})");
            let path = self.terminal.fit_path(path, self.terminal.width.saturating_sub(4 + columns(&place)));
            text += &format!("    {path}{place}\n");
        }
        if claim.evidence.len() > EVIDENCE_SHOWN {
            let rest = format!("and {} more places", claim.evidence.len() - EVIDENCE_SHOWN);
            text += &format!("    {}\n", self.terminal.dim(&rest.replace("1 more places", "1 more place")));
        }
        text
    }

    fn excerpts(&self) -> String {
        if self.shown.excerpts.is_empty() {
            return String::new();
        }
        let drawn: Vec<String> = self.shown.excerpts.iter().map(|excerpt| self.excerpt(excerpt)).collect();
        format!("{}\n{}", self.terminal.bold("Before and after"), drawn.join("\n"))
    }

    /// Lines that both sides begin or end with are shown once.
    fn excerpt(&self, excerpt: &Excerpt) -> String {
        let before: Vec<&str> = excerpt.before.lines().collect();
        let after: Vec<&str> = excerpt.after.lines().collect();
        let head = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
        let same_end = before[head..].iter().rev().zip(after[head..].iter().rev());
        let tail = same_end.take_while(|(a, b)| a == b).count();
        let (removed, added) = (&before[head..before.len() - tail], &after[head..after.len() - tail]);
        let number = |start: u32, index: usize| start as usize + index;
        let (old, new) = (excerpt.start_line_before, excerpt.start_line_after);

        let path = self.terminal.fit_path(&excerpt.path, self.terminal.width.saturating_sub(2));
        let mut text = format!("  {}\n", self.terminal.dim(&path));
        text += &self.code(' ', &after[..head], number(new, 0));
        text += &self.code('-', removed, number(old, head));
        text += &self.code('+', added, number(new, head));
        text + &self.code(' ', &after[after.len() - tail..], number(new, after.len() - tail))
    }

    fn code(&self, sign: char, lines: &[&str], first: usize) -> String {
        let mut text = String::new();
        for (index, line) in lines.iter().take(LINES_SHOWN).enumerate() {
            let code = self.terminal.fit(&clean_code(line), self.terminal.width.saturating_sub(10));
            let line = format!("{sign} {code}");
            let line = match sign {
                '-' => self.terminal.red(line.trim_end()),
                '+' => self.terminal.green(line.trim_end()),
                _ => line.trim_end().to_string(),
            };
            text += format!("  {} {line}", self.terminal.dim(&format!("{:>5}", first + index))).trim_end();
            text.push('\n');
        }
        if lines.len() > LINES_SHOWN {
            let rest = format!("{} {} more lines", self.terminal.glyph("┆", "|"), lines.len() - LINES_SHOWN);
            text += &format!("{}{}\n", " ".repeat(8), self.terminal.dim(&rest));
        }
        text
    }

    fn paragraph(&self, indent: &str, text: &str, style: fn(&Terminal, &str) -> String) -> String {
        let lines = wrap(text, self.terminal.width.saturating_sub(columns(indent)));
        lines.iter().map(|line| format!("{indent}{}\n", style(self.terminal, line))).collect()
    }

    fn axis(&self) -> &str {
        self.terminal.glyph("│", "|")
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_verdict_is_explained_at_eighty_columns() {
        insta::assert_snapshot!(show(&sample::shown(), &Terminal::plain(80)));
    }

    #[test]
    fn an_unlikely_correction_without_evidence_says_so() {
        let mut shown = sample::shown();
        shown.correction.confidence = 0.12;
        shown.correction.gap_seconds = None;
        shown.correction.origins.clear();
        shown.correction.families.clear();
        shown.correction.signals.clear();
        shown.excerpts.clear();
        insta::assert_snapshot!(show(&shown, &Terminal { unicode: false, ..Terminal::plain(60) }));
    }
}
