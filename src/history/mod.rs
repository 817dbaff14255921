//! Which commit corrects which: commits → touches → line owners → origin candidates → scored
//! corrections → episodes.
//!
//! Reads text only through [`touch`]; all that follows is pure work on what it kept.

mod ancestors;
mod candidates;
mod episodes;
mod index;
mod judge;
mod layout;
mod owners;
mod paths;
mod read;
mod renames;
mod skip;
mod squash;
mod text;
mod timeline;
mod touch;
mod verdict;
mod volume;
mod words;

pub use ancestors::{Ancestors, Window};
pub use candidates::Candidate;
pub use episodes::{Episode, episodes, minutes_between};
pub use paths::is_judged;
pub use read::expected_volume;
pub use skip::{Skipped, is_under};
pub use squash::repeated_squashes;
pub use timeline::Timeline;
pub use touch::{FileTouch, ParentSide, Touches, touch, volume};
pub use verdict::{Verdict, amended, judge};
pub use volume::Volume;
