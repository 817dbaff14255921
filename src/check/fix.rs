//! Mends that a program can make, written to the work tree.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::git::Files;
use crate::model::{Edit, Finding, Safety};
use crate::patterns::write_atomically;

/// What was mended, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// Findings mended, by path.
    pub files: BTreeMap<String, usize>,
    /// Sentences on files that were left alone.
    pub left: Vec<String>,
}

/// Applies the findings' fixes to the files of a work tree. A file whose text there is another than the one
/// that was checked is left alone: somebody is working on it.
pub fn apply(findings: &[Finding], checked: &dyn Files, root: &Path, unsafe_too: bool) -> Fixed {
    let mut by_path: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    let may =
        |finding: &&Finding| finding.fix.as_ref().is_some_and(|fix| unsafe_too || fix.safety == Safety::Safe);
    for finding in findings.iter().filter(may) {
        by_path.entry(&finding.path).or_default().push(finding);
    }
    let mut fixed = Fixed::default();
    for (path, findings) in by_path {
        match mend(path, &findings, checked, root) {
            Ok(count) => {
                fixed.files.insert(path.to_owned(), count);
            }
            Err(reason) => fixed.left.push(format!("{path} was not mended: {reason}")),
        }
    }
    fixed
}

fn mend(path: &str, findings: &[&Finding], checked: &dyn Files, root: &Path) -> Result<usize, String> {
    let file = root.join(path);
    let text = fs::read(&file).map_err(|error| format!("it cannot be read: {error}"))?;
    if checked.read(path).as_deref() != Some(&text[..]) {
        return Err("its text on disk is another than the one that was checked; stage it first".to_owned());
    }
    let (mended, count) = edited(&text, findings);
    write_atomically(&file, &mended).map_err(|error| format!("it cannot be written: {error}"))?;
    Ok(count)
}

/// The text with every fix that overlaps none before it, and how many those are.
fn edited(text: &[u8], findings: &[&Finding]) -> (Vec<u8>, usize) {
    let mut taken: Vec<&Edit> = Vec::new();
    let mut count = 0;
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        let fits = |edit: &Edit| edit.start <= edit.end && edit.end <= text.len();
        let overlaps =
            |edit: &Edit| taken.iter().any(|other| edit.start < other.end && other.start < edit.end);
        // Two fixes of one file may both need the same import: it is added once.
        let fresh: Vec<&Edit> = fix.edits.iter().filter(|edit| !taken.contains(edit)).collect();
        if fresh.iter().all(|edit| fits(edit) && !overlaps(edit)) {
            taken.extend(fresh);
            count += 1;
        }
    }
    taken.sort_by_key(|edit| (edit.start, edit.end));
    let (mut mended, mut at) = (Vec::with_capacity(text.len()), 0);
    for edit in taken {
        mended.extend_from_slice(&text[at..edit.start]);
        mended.extend_from_slice(edit.text.as_bytes());
        at = edit.end;
    }
    mended.extend_from_slice(&text[at..]);
    (mended, count)
}
