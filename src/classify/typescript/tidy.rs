//! Files in which only layout, comments or leftovers changed.

use super::case::{Case, Place};
use super::edit::Edit;
use super::score::{confidence, mood};
use crate::model::Side;

/// Judges whether the file's hunks say anything to a compiler at all.
pub fn judge(case: &mut Case) {
    let context = case.context;
    let mut claims = Vec::new();
    let layout = case.edits.iter().filter(|edit| edit.is_layout()).count();
    let comment = case.edits.iter().filter(|edit| edit.is_comment()).count();
    let all = case.edits.len();
    if layout == all || layout >= 3 && layout * 2 > all {
        let place = case.edits.iter().find(|edit| edit.is_layout()).map(start);
        claims.extend(place.map(|p| ("layout-only", confidence(0.6, mood(context, context.says_format)), p)));
    }
    if comment == all {
        let place = start(&case.edits[0]);
        // Comments that go along with code elsewhere were not what was wrong.
        let base = if context.says_docs || context.files == 1 { 0.6 } else { 0.3 };
        claims.push(("comment-corrected", confidence(base, mood(context, context.says_docs)), place));
    }
    for edit in &case.edits {
        for swap in &edit.swaps {
            if let ([was], [is]) = (edit.removed(swap), edit.added(swap))
                && is.text.strip_prefix('_') == Some(was.text)
            {
                let place = Place { hunk: edit.hunk, side: Side::Before, at: was.at };
                let odds = mood(context, context.says_format || context.says_type);
                claims.push(("unused-name", confidence(0.7, odds), place));
            }
        }
    }
    for (pattern, confidence, place) in claims {
        case.claim(pattern, confidence, place);
    }
}

fn start(edit: &Edit) -> Place {
    match edit.new_bytes.is_empty() {
        true => Place { hunk: edit.hunk, side: Side::Before, at: edit.old_bytes.start },
        false => Place { hunk: edit.hunk, side: Side::After, at: edit.new_bytes.start },
    }
}
