//! Native rules for every text file.

use super::{Check, Hits, Native};
use crate::facts::TextFile;

pub(super) static RULES: &[Native] =
    &[Native { id: "conflict-marker", needs: &["<<<<<<<"], check: Check::Text(conflict_marker) }];

/// A whole conflict: a line of `<<<<<<<`, then `=======`, then `>>>>>>>`. A line of equal signs alone is a
/// heading in many formats, so only the three together count.
fn conflict_marker(file: &TextFile, hits: &mut Hits) {
    let (mut start, mut line_start, mut split) = (None, 0, false);
    for line in file.text.split_inclusive('\n') {
        let text = line.trim_end();
        if text == "<<<<<<<" || text.starts_with("<<<<<<< ") {
            (start, split) = (Some(line_start..line_start + text.len()), false);
        } else if text == "=======" {
            split = start.is_some();
        } else if split && (text == ">>>>>>>" || text.starts_with(">>>>>>> ")) {
            if let Some(bytes) = start.take() {
                hits.at(bytes);
            }
            split = false;
        }
        line_start += line.len();
    }
}
