//! Two texts → hunks, and a line's way through hunks. Pure: knows nothing of git.

mod lines;

pub use lines::{Hunk, hunks, in_both, map_back};
