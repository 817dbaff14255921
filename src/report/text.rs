//! Text that came from a repository, made safe to show and cut to fit.
//!
//! Whoever wrote a commit message or a path may have put terminal escapes, line breaks or
//! direction overrides into it. [`clean`] turns each of them into characters that can be seen.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a character can move the cursor, start a terminal command, turn the reading direction
/// or hide: such a character never reaches an output as it is.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with every unsafe character written out, e.g. `\x1b`, `\n`, `\u{202e}`; one line.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if is_unsafe(c) && c <= '\u{ff}' => {
                write!(safe, "\\x{:02x}", c as u32).expect("a string takes it")
            }
            c if is_unsafe(c) => write!(safe, "\\u{{{:x}}}", c as u32).expect("a string takes it"),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// A line of code, cleaned, with tabs as four columns so that indentation stays readable.
pub(super) fn clean_code(line: &str) -> String {
    clean(&line.replace('\t', "    ")).into_owned()
}

/// How many terminal columns the text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// Characters looked at for each column: enough for joined emoji and accents, and a bound for text made of
/// nothing but combining marks.
const CHARACTERS_PER_COLUMN: usize = 8;

/// The longest start of `text` that takes at most `width` columns.
fn start_of(text: &str, width: usize) -> &str {
    let mut end = 0;
    for (at, c) in text.char_indices().take(width * CHARACTERS_PER_COLUMN) {
        // The whole start is measured, since an emoji joined from several characters takes two columns.
        let next = at + c.len_utf8();
        if text[..next].width() > width {
            break;
        }
        end = next;
    }
    text[..end].trim_end_matches('\u{200d}')
}

/// The longest end of `text` that takes at most `width` columns.
fn end_of(text: &str, width: usize) -> &str {
    let mut start = text.len();
    let mut taken = 0;
    for (at, c) in text.char_indices().rev().take(width * CHARACTERS_PER_COLUMN) {
        taken += c.width().unwrap_or(0);
        if taken > width {
            break;
        }
        start = at;
    }
    text[start..].trim_start_matches(['\u{200d}', '\u{fe0f}'])
}

/// The text in at most `width` columns; what is cut off at the end is told by `ellipsis`.
pub(super) fn cut(text: &str, width: usize, ellipsis: &str) -> String {
    if columns(text) <= width {
        return text.to_string();
    }
    format!("{}{ellipsis}", start_of(text, width.saturating_sub(columns(ellipsis))).trim_end())
}

/// The path in at most `width` columns; folders are dropped from the front, since the file name tells most.
pub(super) fn cut_path(path: &str, width: usize, ellipsis: &str) -> String {
    if columns(path) <= width {
        return path.to_string();
    }
    let end = end_of(path, width.saturating_sub(columns(ellipsis)));
    let whole = end.find('/').map_or(end, |slash| &end[slash..]);
    // A file name longer than the room is better cut inside than shown as a bare ellipsis.
    format!("{ellipsis}{}", if columns(whole) * 2 >= columns(end) { whole } else { end })
}

/// The words of `text` in lines of at most `width` columns; a longer word is broken.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for mut word in text.split(' ').filter(|word| !word.is_empty()) {
        if let Some(line) = lines.last_mut()
            && columns(line) + 1 + columns(word) <= width
        {
            line.push(' ');
            line.push_str(word);
            continue;
        }
        while columns(word) > width {
            let part = start_of(word, width);
            if part.is_empty() {
                break;
            }
            lines.push(part.to_string());
            word = &word[part.len()..];
        }
        lines.push(word.to_string());
    }
    lines
}

/// The text followed by spaces up to `width` columns.
pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_overrides_become_visible() {
        assert_eq!(clean("a\x1b[31mb\nc\td\u{9b}e"), "a\\x1b[31mb\\nc\\td\\x9be");
        assert_eq!(clean("x\u{202e}y\u{200b}z\u{feff}"), "x\\u{202e}y\\u{200b}z\\u{feff}");
        assert!(matches!(clean("größe 漢字 👩‍💻"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_cut_text_counts_columns_not_characters() {
        assert_eq!(cut("漢字漢字漢字", 7, "…"), "漢字漢…");
        assert_eq!(cut("abc", 3, "…"), "abc");
        assert_eq!(cut("abcd", 3, "…"), "ab…");
        assert_eq!(cut("👩‍💻👩‍💻", 3, "…"), "👩‍💻…");
        assert_eq!(cut("abcdef", 4, "..."), "a...");
    }

    #[test]
    fn a_text_of_combining_marks_is_cut_too() {
        let zalgo = format!("e{} and more words", "\u{301}".repeat(100_000));
        assert!(cut(&zalgo, 4, "…").chars().count() <= 4 * CHARACTERS_PER_COLUMN);
    }

    #[test]
    fn a_cut_path_keeps_its_file_name() {
        assert_eq!(cut_path("packages/cli/src/config/config.test.ts", 24, "…"), "…/config/config.test.ts");
        assert_eq!(cut_path("src/a.ts", 24, "…"), "src/a.ts");
        assert_eq!(cut_path("src/a_very_long_file_name_indeed.ts", 12, "…"), "…e_indeed.ts");
    }

    #[test]
    fn wrapped_lines_keep_to_the_width() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("漢字 漢字", 8), ["漢字", "漢字"]);
        assert_eq!(wrap("a 漢字漢字漢字", 5), ["a", "漢字", "漢字", "漢字"]);
    }
}
