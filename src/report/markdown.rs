//! The scan as a comment on a pull request, in GitHub's Markdown.
//!
//! Repository text is escaped so that it can neither format, link, mention, refer nor break the table.

use crate::model::{CommitRef, Episode, Pattern, Scan, short_sha};

use super::headline::{headline, lead, scanned, second_sentence, skipped, without_patterns};
use super::text::{clean, cut};
use super::words::{count, counted, effort, elapsed, fixes, list, sparkline};

const PATTERNS_SHOWN: usize = 10;
const EPISODES_SHOWN: usize = 3;
const FIXES_SHOWN: usize = 12;

/// Columns of a subject or sentence.
const LINE: usize = 240;

/// The whole comment, ending in a line break. Its first line lets a program find it again.
pub fn markdown(scan: &Scan) -> String {
    let (local, known): (Vec<&Pattern>, Vec<&Pattern>) =
        scan.patterns.iter().partition(|pattern| pattern.local);
    let sections =
        [opening(scan), patterns(&known), recurring(&local), episodes(&scan.episodes), basis(scan)];
    let drawn: Vec<String> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    format!("<!-- friction scan -->\n{}", drawn.join("\n"))
}

fn opening(scan: &Scan) -> String {
    let mut text = format!("**{}**\n", headline(scan));
    let more = second_sentence(scan).into_iter().chain(without_patterns(scan).map(str::to_string));
    for sentence in more {
        text += &format!("{sentence}\n");
    }
    text
}

fn patterns(patterns: &[&Pattern]) -> String {
    if patterns.is_empty() {
        return String::new();
    }
    let mut text = "| What goes wrong | Fixes | Rounds | Time | Trend | Where | Guarded by |\n\
                    | :-- | --: | --: | --: | :-- | :-- | :-- |\n"
        .to_string();
    for pattern in patterns.iter().take(PATTERNS_SHOWN) {
        let rules: Vec<String> = pattern.rules.iter().map(|rule| code(rule)).collect();
        text += &row(&[
            prose(&pattern.sentence),
            count(pattern.counts.corrections),
            count(pattern.counts.rounds),
            effort(pattern.cost.minutes),
            sparkline(&pattern.trend, true),
            place(&pattern.files),
            rules.join(", "),
        ]);
    }
    text + &rest(patterns.len(), PATTERNS_SHOWN)
}

fn recurring(patterns: &[&Pattern]) -> String {
    if patterns.is_empty() {
        return String::new();
    }
    let mut text = "| Recurring here | Fixes | Time | Where |\n| :-- | --: | --: | :-- |\n".to_string();
    for pattern in patterns.iter().take(PATTERNS_SHOWN) {
        text += &row(&[
            prose(&pattern.sentence),
            count(pattern.counts.corrections),
            effort(pattern.cost.minutes),
            place(&pattern.files),
        ]);
    }
    text + &rest(patterns.len(), PATTERNS_SHOWN)
}

fn rest(number: usize, shown: usize) -> String {
    match number.saturating_sub(shown) {
        0 => String::new(),
        more => format!("\nand {} more\n", count(more)),
    }
}

fn episodes(episodes: &[Episode]) -> String {
    let shown = &episodes[..episodes.len().min(EPISODES_SHOWN)];
    if shown.is_empty() {
        return String::new();
    }
    let title = if shown.len() == 1 { "The costliest episode" } else { "The costliest episodes" };
    let mut text = format!("<details>\n<summary>{title}</summary>\n\n");
    for episode in shown {
        text += &format!(
            "1. {}, {}, {}{}\n",
            elapsed(episode.minutes),
            counted(episode.rounds, "round"),
            counted(episode.lines, "line"),
            episode.paths.first().map(|path| format!(" in {}", code(path))).unwrap_or_default(),
        );
        text += &format!("   - {}\n", commit(&episode.origin));
        for fix in episode.fixes.iter().take(FIXES_SHOWN) {
            let later =
                elapsed(fix.time.saturating_sub(episode.origin.time).max(0) / 60).replace('<', "&lt;");
            text += &format!("   - {}, after {later}\n", commit(fix));
        }
        if episode.fixes.len() > FIXES_SHOWN {
            text += &format!("   - and {} more\n", fixes(episode.fixes.len() - FIXES_SHOWN));
        }
    }
    text + "\n</details>\n"
}

fn basis(scan: &Scan) -> String {
    let mut text = format!("<sub>Scanned {} by friction {}.", scanned(scan), prose(&scan.version));
    let skipped: Vec<String> = skipped(scan).iter().map(|reason| prose(reason)).collect();
    if !skipped.is_empty() {
        text += &format!(" Skipped {}.", list(&skipped));
    }
    for warning in &scan.warnings {
        text += &format!(" {} {}", lead(warning), prose(&warning.message));
    }
    text + "</sub>\n"
}

fn commit(commit: &CommitRef) -> String {
    format!("{} {}", short_sha(&commit.sha), prose(&commit.subject))
}

fn place(files: &[String]) -> String {
    match files {
        [] => String::new(),
        [only] => code(only),
        [first, others @ ..] => format!("{} +{}", code(first), others.len()),
    }
}

/// A table row. A pipe would end a cell even inside code, so it is escaped here, for all cells alike.
fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "))
}

/// Repository text as code: nothing inside is formatted, linked or mentioned.
fn code(text: &str) -> String {
    let text = cut(&clean(text), LINE, "…");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let room = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{room}{text}{room}{fence}")
}

/// Repository text as prose. Parts between backticks stay code; a word that would link, mention or refer
/// becomes code; everything that formats is escaped.
fn prose(text: &str) -> String {
    let text = cut(&clean(text), LINE, "…");
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return words(&text);
    }
    let written = parts.iter().enumerate().map(|(index, part)| match index % 2 {
        0 => words(part),
        _ if part.trim().is_empty() => String::new(),
        _ => code(part),
    });
    written.collect()
}

fn words(text: &str) -> String {
    text.split(' ')
        .map(|word| if is_active(word) { code(word) } else { escaped(word) })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether GitHub would make a link of the word: an address, a mention, an issue or a commit elsewhere.
fn is_active(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    word.contains('@')
        || word.contains('#')
        || lower.contains("gh-")
        || lower.contains("://")
        || lower.contains("www.")
}

fn escaped(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            // A table row escapes its pipes itself; elsewhere a pipe means nothing.
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_comment_reads_well() {
        insta::assert_snapshot!(markdown(&sample::scan()));
    }

    #[test]
    fn words_that_github_would_link_become_code() {
        assert_eq!(prose("thanks @ada for #12"), "thanks `@ada` for `#12`");
        assert_eq!(prose("see https://evil.example/x"), "see `https://evil.example/x`");
        assert_eq!(prose("Merge (GH-7) www.example.org"), "Merge `(GH-7)` `www.example.org`");
    }

    #[test]
    fn formatting_and_html_are_escaped() {
        assert_eq!(prose("<img src=x> **bold** [a](b)"), "&lt;img src=x&gt; \\*\\*bold\\*\\* \\[a\\](b)");
        assert_eq!(prose("use `vi.mock` here"), "use `vi.mock` here");
        assert_eq!(prose("one ` only"), "one \\` only");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
    }

    #[test]
    fn a_pipe_never_ends_a_cell() {
        assert_eq!(row(&[prose("a|b"), code("c|d")]), "| a\\|b | `c\\|d` |\n");
        // A backslash in front of a pipe must not set it free.
        assert_eq!(row(&[prose("a\\|b")]), "| a\\\\\\|b |\n");
    }
}
