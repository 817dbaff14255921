//! What the compiler was told to leave alone.

use crate::facts::TypeScriptFile;

/// True if `@ts-nocheck` stands in the file, or `@ts-ignore` or `@ts-expect-error` on the line before a byte.
pub(super) fn is_silenced(file: &TypeScriptFile, byte: usize) -> bool {
    let comments = file.semantic.comments();
    if comments.is_empty() {
        return false;
    }
    let before = &file.text[..byte.min(file.text.len())];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    comments.iter().any(|comment| {
        let span = comment.content_span();
        let text = &file.text[span.start as usize..span.end as usize];
        if !text.contains("@ts-") {
            return false;
        }
        let below = || file.text[span.end as usize..].find('\n').map(|at| span.end as usize + at + 1);
        text.contains("@ts-nocheck")
            || ((text.contains("@ts-ignore") || text.contains("@ts-expect-error"))
                && below() == Some(line_start))
    })
}
