//! A check that was made before is not made again: of the same staged blobs, over the same tree, by the same
//! rules.
//!
//! Rules look at other files too, so the whole state is the key, not the file alone.

use std::fs;
use std::path::PathBuf;

use super::{BASELINE, Options, RuleSet, check};
use crate::config;
use crate::git::Staging;
use crate::kept;
use crate::model::Checked;
use crate::rules::user;

/// Results kept.
const KEPT: usize = 32;

/// Like [`check`], but takes the result of an equal check where there is one.
pub fn cached_check(staging: &Staging, rules: &RuleSet, options: &Options) -> Checked {
    let Some(place) = place(staging, options) else { return check(staging, rules, options) };
    if let Some(found) = kept::kept(&place) {
        return found;
    }
    let found = check(staging, rules, options);
    // What the budget cut short is no answer to keep. Failing to keep one loses nothing.
    if found.summary.unchecked.is_empty() {
        let _ = kept::keep(&place, &found, KEPT);
    }
    found
}

/// Where the result belongs; none where the states have no cheap name.
fn place(staging: &Staging, options: &Options) -> Option<PathBuf> {
    let identity = staging.identity.as_ref()?;
    let mut key = format!("{} {:?} {}", env!("FRICTION_SOURCES"), options.scope, identity.name);
    // Read from the work tree, beside the state that is checked.
    for file in [config::FILE, BASELINE] {
        key += &format!(" {:?}", fs::read(staging.root.join(file)).ok());
    }
    for entry in fs::read_dir(staging.root.join(user::FOLDER)).into_iter().flatten().flatten() {
        key += &format!(" {:?} {:?}", entry.file_name(), fs::read(entry.path()).ok());
    }
    Some(kept::place(&identity.cache, "check", &key))
}
