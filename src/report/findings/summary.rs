//! The last line of every report that people and agents read: never silent.

use crate::model::Checked;
use crate::report::words::counted;

/// `2 errors, 1 warning in 3 files; 4 older findings not told (--scope file tells)`
pub(super) fn summary(checked: &Checked) -> String {
    let summary = &checked.summary;
    let counts = [(summary.errors, "error"), (summary.warnings, "warning"), (summary.infos, "hint")];
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|&(count, word)| counted(count, word)).collect();
    let counts = if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") };
    let mut told = format!("{counts} in {}", counted(summary.files, "checked file"));
    let mut add = |count: usize, text: String| {
        if count > 0 {
            told += "; ";
            told += &text;
        }
    };
    add(summary.old, format!("{} not told (--scope file tells)", counted(summary.old, "older finding")));
    add(summary.suppressed, format!("{} suppressed", summary.suppressed));
    add(
        summary.suppressions_added,
        format!("this change adds {}", counted(summary.suppressions_added, "suppression")),
    );
    let unchecked = summary.unchecked.len();
    add(unchecked, format!("NOT CHECKED within the budget: {}", counted(unchecked, "file")));
    told
}
