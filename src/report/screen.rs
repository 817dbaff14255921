//! What `friction scan` prints for a person: what keeps going wrong here, read top to bottom in twenty seconds.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, TableStyle};

use crate::model::{CommitRef, Episode, Pattern, ROUND_MINUTES, SHORT_SHA, Scan, short_sha};

use super::headline::{headline, lead, scanned, second_sentence, skipped, without_patterns};
use super::terminal::Terminal;
use super::text::{clean, columns, pad, wrap};
use super::words::{count, counted, effort, elapsed, fixes, list, sparkline};

/// Rows of the table of patterns; who wants more reads the JSON.
const PATTERNS_SHOWN: usize = 10;
const LOCAL_SHOWN: usize = 5;
const EPISODES_SHOWN: usize = 3;
const WARNINGS_SHOWN: usize = 5;

/// Columns of a pattern's sentence, over all its lines; one that quotes the repository can be long.
const SENTENCE: usize = 240;

/// From this width on, the place and the rule have columns of their own.
const WIDE: usize = 110;

/// The whole screen, ending in a line break.
pub fn screen(scan: &Scan, terminal: &Terminal) -> String {
    let screen = Screen { terminal };
    let (local, known): (Vec<&Pattern>, Vec<&Pattern>) =
        scan.patterns.iter().partition(|pattern| pattern.local);
    let sections = [
        screen.opening(scan),
        screen.patterns(&known),
        screen.local(&local),
        screen.episodes(&scan.episodes),
        screen.basis(scan),
        screen.next(scan),
    ];
    let drawn: Vec<String> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    drawn.join("\n")
}

struct Screen<'a> {
    terminal: &'a Terminal,
}

impl Screen<'_> {
    fn opening(&self, scan: &Scan) -> String {
        let mut text = self.paragraph(&headline(scan), Terminal::bold);
        if let Some(more) = second_sentence(scan) {
            text += &self.paragraph(&more, |_, line| line.to_string());
        }
        if let Some(sentence) = without_patterns(scan) {
            text += &self.paragraph(sentence, |_, line| line.to_string());
        }
        text
    }

    /// What recurs everywhere, with its price.
    fn patterns(&self, patterns: &[&Pattern]) -> String {
        if patterns.is_empty() {
            return String::new();
        }
        let mut table = self.table();
        let mut header = vec!["", "What goes wrong", "Fixes", "Rounds", "Time", "Trend"];
        if self.is_wide() {
            header.push("Where");
        }
        table.set_header(header.into_iter().map(|title| self.heading_cell(title)));
        for (index, pattern) in patterns.iter().take(PATTERNS_SHOWN).enumerate() {
            self.pattern_rows(&mut table, index + 1, pattern);
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((1, 0));
            if matches!(index, 0 | 2 | 3 | 4) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut text = self.title("What keeps going wrong, costliest first");
        text += &self.drawn(&table);
        if patterns.len() > PATTERNS_SHOWN {
            text += &self.rest(patterns.len() - PATTERNS_SHOWN);
        }
        text + &self.small_print(
            &format!(
                "Rounds: every fix of the episodes it occurs in. Time: from the mistake to the last of them, a pause \
                 of over 8 h counted as 8 h. Ranked by time and {ROUND_MINUTES} min for each round.",
            ),
        )
    }

    fn pattern_rows(&self, table: &mut Table, rank: usize, pattern: &Pattern) {
        let mut row = vec![
            Cell::new(rank),
            Cell::new(self.terminal.fit(&pattern.sentence, SENTENCE)),
            Cell::new(count(pattern.counts.corrections)),
            Cell::new(count(pattern.counts.rounds)),
            Cell::new(effort(pattern.cost.minutes)).fg(Color::DarkYellow),
            Cell::new(sparkline(&self.trend(pattern), self.terminal.unicode)).fg(Color::DarkCyan),
        ];
        let wide = self.is_wide();
        let place =
            self.whereabouts(pattern, if wide { self.terminal.width / 3 } else { self.terminal.width - 38 });
        if wide {
            row.push(self.small_cell(&place));
            table.add_row(row);
        } else {
            table.add_row(row);
            let below = place.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
            table.add_row_if(|_, _| !below.is_empty(), vec![Cell::new(""), self.small_cell(&below)]);
        }
    }

    /// The counts over time; two twelfths make a bar where there is little room.
    fn trend(&self, pattern: &Pattern) -> Vec<usize> {
        let together = if self.is_wide() { 1 } else { 2 };
        pattern.trend.chunks(together).map(|part| part.iter().sum()).collect()
    }

    /// Where a pattern shows and what guards it, on one line if both fit. The name of a rule is whole, as
    /// it is there to be typed.
    fn whereabouts(&self, pattern: &Pattern, width: usize) -> String {
        let place = self.place(&pattern.files, width);
        let Some(rule) = pattern.rules.first().map(|rule| clean(rule)) else { return place };
        let others = pattern.rules.len() - 1;
        let more = if others > 0 { format!(" +{others}") } else { String::new() };
        let guard = format!("guarded by {rule}{more}");
        let line = format!("{place} {} {guard}", self.dot());
        match () {
            _ if place.is_empty() && columns(&guard) <= width => guard,
            _ if !place.is_empty() && columns(&line) <= width => line,
            _ if columns(&guard) <= width => format!("{place}\n{guard}"),
            _ => format!("{place}\nguarded by\n{rule}{more}").trim_start().to_owned(),
        }
    }

    /// What recurs in this repository only: the replacement says it all.
    fn local(&self, patterns: &[&Pattern]) -> String {
        if patterns.is_empty() {
            return String::new();
        }
        let mut text = self.title("Recurring here");
        for pattern in patterns.iter().take(LOCAL_SHOWN) {
            let room = self.terminal.width - 4;
            let sentence = self.terminal.fit(&pattern.sentence, SENTENCE);
            for (index, line) in wrap(&sentence, room).iter().enumerate() {
                text += &format!("{}{line}\n", if index == 0 { "  " } else { "    " });
            }
            let fixes = fixes(pattern.counts.corrections);
            let figures = format!("{fixes} {} {}", self.dot(), effort(pattern.cost.minutes));
            let place = self.place(&pattern.files, room.saturating_sub(columns(&figures) + 6));
            let joint = if place.is_empty() { String::new() } else { format!(" {} ", self.dot()) };
            text += &format!("    {}\n", self.terminal.dim(&format!("{figures}{joint}{place}")));
        }
        if patterns.len() > LOCAL_SHOWN {
            text += &self.rest(patterns.len() - LOCAL_SHOWN);
        }
        text
    }

    fn episodes(&self, episodes: &[Episode]) -> String {
        let shown = &episodes[..episodes.len().min(EPISODES_SHOWN)];
        let mut text = match shown.len() {
            0 => return String::new(),
            1 => self.title("The costliest episode"),
            2 => self.title("The two costliest episodes"),
            _ => self.title("The three costliest episodes"),
        };
        for episode in shown {
            text += &self.episode(episode);
        }
        text
    }

    fn episode(&self, episode: &Episode) -> String {
        let figures = format!(
            "{}, {}, {}",
            elapsed(episode.minutes),
            counted(episode.rounds, "round"),
            counted(episode.lines, "line")
        );
        let room = self.terminal.width.saturating_sub(columns(&figures) + 6);
        let place = episode.paths.first().map(|path| self.terminal.fit_path(path, room)).unwrap_or_default();
        let joint = if place.is_empty() { "" } else { " in " };
        let mut text =
            format!("  {}{}{}\n", self.terminal.yellow(&figures), joint, self.terminal.dim(&place));
        text += &self.commit_line(&episode.origin, "  ", None);
        let between = episode.fixes.len().saturating_sub(2);
        for (index, fix) in episode.fixes.iter().enumerate() {
            let last = index + 1 == episode.fixes.len();
            if index == 0 || last {
                let later = elapsed(fix.time.saturating_sub(episode.origin.time).max(0) / 60);
                let branch = match (last, self.terminal.unicode) {
                    (true, true) => "└ ",
                    (false, true) => "├ ",
                    (true, false) => "`-",
                    (false, false) => "|-",
                };
                text += &self.commit_line(fix, branch, Some(&format!("after {later}")));
            } else if index == 1 {
                let skipped = format!("{} {} more", self.terminal.glyph("┆", "|"), count(between));
                text += &format!("    {}\n", self.terminal.dim(&skipped));
            }
        }
        text
    }

    fn commit_line(&self, commit: &CommitRef, branch: &str, later: Option<&str>) -> String {
        let sha = self.terminal.cyan(&short_sha(&commit.sha));
        let start = format!("    {}{sha}  ", self.terminal.dim(branch));
        let room = self.terminal.width.saturating_sub(4 + 2 + SHORT_SHA + 2);
        match later {
            None => format!("{start}{}\n", self.terminal.fit(&commit.subject, room)),
            Some(later) => {
                let room = room.saturating_sub(2 + "after 99 min".len());
                let subject = pad(&self.terminal.fit(&commit.subject, room), room);
                format!("{start}{subject}  {}\n", self.terminal.dim(later))
            }
        }
    }

    /// What the figures rest on, and what could not be read.
    fn basis(&self, scan: &Scan) -> String {
        let mut text = self.paragraph(
            &format!("Scanned {} in {}.", scanned(scan), clean(&scan.repository.root)),
            Terminal::dim,
        );
        let skipped = skipped(scan);
        if !skipped.is_empty() {
            text += &self.paragraph(&format!("Skipped {}.", list(&skipped)), Terminal::dim);
        }
        for warning in scan.warnings.iter().take(WARNINGS_SHOWN) {
            let sentence = format!("{} {}", lead(warning), self.terminal.fit(&warning.message, SENTENCE));
            text += &self.paragraph(&sentence, Terminal::yellow);
        }
        if scan.warnings.len() > WARNINGS_SHOWN {
            let rest = counted(scan.warnings.len() - WARNINGS_SHOWN, "more warning");
            text += &self.paragraph(&format!("{rest}: friction scan --format json"), Terminal::yellow);
        }
        text
    }

    /// The command to type next.
    fn next(&self, scan: &Scan) -> String {
        let mut commands = Vec::new();
        if !scan.patterns.is_empty() {
            commands.push(("friction learn".to_string(), "teaches this to the next worker"));
        }
        let example = scan.episodes.first().and_then(|episode| episode.fixes.last());
        if let Some(fix) = example.or(scan.corrections.first().map(|correction| &correction.fix)) {
            commands.push((format!("friction show {}", short_sha(&fix.sha)), "explains one verdict"));
        }
        if commands.is_empty() && scan.repository.commits > 0 {
            commands.push(("friction scan --min-confidence 0.2".to_string(), "shows weaker suspicions too"));
        }
        let width = commands.iter().map(|(command, _)| columns(command)).max().unwrap_or(0);
        let lines = commands.iter().enumerate().map(|(index, (command, purpose))| {
            let lead = if index == 0 { "Next: " } else { "      " };
            let room = self.terminal.width.saturating_sub(lead.len() + width + 2);
            let purpose = self.terminal.fit(purpose, room);
            format!("{lead}{}  {}\n", self.terminal.bold(&pad(command, width)), self.terminal.dim(&purpose))
        });
        lines.collect()
    }

    /// Where to read what did not fit.
    fn rest(&self, number: usize) -> String {
        self.small_print(&format!("and {} more: friction scan --format json", count(number)))
    }

    fn table(&self) -> Table {
        let rule = self.terminal.glyph("─", "-").chars().next().unwrap_or('-');
        let mut table = Table::new();
        table
            .load_style(TableStyle::new().header_separator(LineStyle::none().fill(rule).junction(rule)))
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.terminal.width as u16);
        if self.terminal.color {
            table.enforce_styling()
        } else {
            table.force_no_tty()
        };
        table
    }

    fn drawn(&self, table: &Table) -> String {
        format!("{}\n", table.trim_fmt())
    }

    fn heading_cell(&self, title: &str) -> Cell {
        Cell::new(title).add_attribute(Attribute::Dim)
    }

    fn small_cell(&self, text: &str) -> Cell {
        Cell::new(text).add_attribute(Attribute::Dim)
    }

    /// The commonest place, and how many others there are.
    fn place(&self, files: &[String], width: usize) -> String {
        let others = match files.len() {
            0 => return String::new(),
            1 => String::new(),
            more => format!(" +{}", more - 1),
        };
        format!("{}{others}", self.terminal.fit_path(&files[0], width.saturating_sub(columns(&others))))
    }

    fn title(&self, text: &str) -> String {
        format!("{}\n", self.terminal.bold(text))
    }

    fn small_print(&self, text: &str) -> String {
        wrap(text, self.terminal.width - 2)
            .iter()
            .map(|line| format!("  {}\n", self.terminal.dim(line)))
            .collect()
    }

    fn paragraph(&self, text: &str, style: fn(&Terminal, &str) -> String) -> String {
        wrap(text, self.terminal.width)
            .iter()
            .map(|line| format!("{}\n", style(self.terminal, line)))
            .collect()
    }

    fn dot(&self) -> &str {
        self.terminal.glyph("·", "-")
    }

    fn is_wide(&self) -> bool {
        self.terminal.width >= WIDE
    }
}
