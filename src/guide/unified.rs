//! A change as a unified diff, for eyes: characters that a terminal obeys or that deceive
//! are shown by their escapes.

use std::fmt::Write;

use crate::diff::{Hunk, hunks};
use crate::patterns::deceives;

/// Unchanged lines shown around a change.
const CONTEXT: u32 = 3;

/// The diff of one file; none on a side means that the file is not there.
pub(super) fn unified(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let (old, new) = (before.unwrap_or(""), after.unwrap_or(""));
    let old_lines: Vec<&str> = old.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
    let name = |side: char, text: Option<&str>| match text {
        Some(_) => format!("{side}/{path}"),
        None => "/dev/null".to_string(),
    };
    let mut text = format!("--- {}\n+++ {}\n", name('a', before), name('b', after));
    for group in groups(&hunks(old.as_bytes(), new.as_bytes())) {
        write_group(&mut text, group, &old_lines, &new_lines);
    }
    text
}

/// Hunks whose context would touch or overlap are shown together.
fn groups(hunks: &[Hunk]) -> impl Iterator<Item = &[Hunk]> {
    hunks.chunk_by(|above, below| below.old_start - (above.old_start + above.old_lines) <= 2 * CONTEXT)
}

fn write_group(text: &mut String, group: &[Hunk], old: &[&str], new: &[&str]) {
    let (first, last) = (&group[0], &group[group.len() - 1]);
    let above = first.old_start.min(CONTEXT);
    let end = last.old_start + last.old_lines;
    let below = (old.len() as u32 - end).min(CONTEXT);
    let (old_start, new_start) = (first.old_start - above, first.new_start - above);
    let old_count = end + below - old_start;
    let new_count = last.new_start + last.new_lines + below - new_start;
    // An empty side counts from the line before it.
    let at = |start: u32, count: u32| if count == 0 { start } else { start + 1 };
    _ = writeln!(
        text,
        "@@ -{},{old_count} +{},{new_count} @@",
        at(old_start, old_count),
        at(new_start, new_count)
    );
    let mut next = old_start;
    for hunk in group {
        write_lines(text, ' ', &old[next as usize..hunk.old_start as usize]);
        write_lines(text, '-', &old[hunk.old_start as usize..][..hunk.old_lines as usize]);
        write_lines(text, '+', &new[hunk.new_start as usize..][..hunk.new_lines as usize]);
        next = hunk.old_start + hunk.old_lines;
    }
    write_lines(text, ' ', &old[next as usize..(end + below) as usize]);
}

fn write_lines(text: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        text.push(sign);
        for c in line.trim_end_matches('\n').chars() {
            match c {
                c if (c.is_control() && c != '\t') || deceives(c) => text.extend(c.escape_default()),
                c => text.push(c),
            }
        }
        text.push('\n');
        if !line.ends_with('\n') {
            text.push_str("\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_with_three_lines_around_them_and_near_ones_together() {
        let old: String = (1..=30).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n5\n", "\nfive\n").replace("\n10\n", "\n").replace("\n25\n", "\n25\n25b\r\n");
        insta::assert_snapshot!(unified("a.md", Some(&old), Some(&new)), @r"
        --- a/a.md
        +++ b/a.md
        @@ -2,12 +2,11 @@
         2
         3
         4
        -5
        +five
         6
         7
         8
         9
        -10
         11
         12
         13
        @@ -23,6 +22,7 @@
         23
         24
         25
        +25b\r
         26
         27
         28
        ");
    }

    #[test]
    fn new_removed_and_unended_files_are_told() {
        assert_eq!(unified("a", None, Some("x\n")), "--- /dev/null\n+++ b/a\n@@ -0,0 +1,1 @@\n+x\n");
        assert_eq!(unified("a", Some("x\n"), None), "--- a/a\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-x\n");
        let unended = unified("a", Some("x"), Some("x\u{1b}\n"));
        assert!(unended.ends_with("-x\n\\ No newline at end of file\n+x\\u{1b}\n"), "{unended}");
    }
}
