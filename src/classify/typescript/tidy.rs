//! Being written.

use super::case::Case;

pub fn judge(_case: &mut Case) {}
