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
    // git's own files are never links; one on disk may lead out of the project.
    if fs::canonicalize(&file).ok() != fs::canonicalize(root).ok().map(|root| root.join(path)) {
        return Err("on disk it is gone, or a link".to_owned());
    }
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
        let apart = fix.edits.is_sorted_by(|a, b| a.end <= b.start);
        if apart && fresh.iter().all(|edit| fits(edit) && !overlaps(edit)) {
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::git::MemoryFiles;
    use crate::model::{Fix, Severity};

    fn finding(edits: &[(usize, usize, &str)], safety: Safety) -> Finding {
        let edit = |&(start, end, text): &(usize, usize, &str)| Edit { start, end, text: text.to_owned() };
        Finding {
            rule: "a-rule".into(),
            family: "own".into(),
            severity: Severity::Error,
            path: "src/a.py".into(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 2,
            message: String::new(),
            help: String::new(),
            fix: Some(Fix { safety, edits: edits.iter().map(edit).collect() }),
            related: Vec::new(),
            fingerprint: "f".into(),
        }
    }

    fn safe(edits: &[(usize, usize, &str)]) -> Finding {
        finding(edits, Safety::Safe)
    }

    fn mended(text: &str, findings: &[Finding]) -> (String, usize) {
        let (bytes, count) = edited(text.as_bytes(), &findings.iter().collect::<Vec<_>>());
        (String::from_utf8(bytes).unwrap(), count)
    }

    #[test]
    fn the_later_of_two_overlapping_mends_waits_for_the_next_run() {
        let both = [safe(&[(0, 3, "one")]), safe(&[(2, 5, "two")]), safe(&[(5, 6, "!")])];
        assert_eq!(mended("abcdef", &both), ("onede!".to_owned(), 2));
    }

    #[test]
    fn an_import_that_two_mends_need_is_added_once() {
        let import = (0, 0, "import a\n");
        let both = [safe(&[import, (0, 1, "x")]), safe(&[import, (2, 3, "z")])];
        assert_eq!(mended("abc", &both), ("import a\nxbz".to_owned(), 2));
    }

    #[test]
    fn a_mend_beyond_the_text_or_out_of_order_is_left_out() {
        let wrong = [safe(&[(2, 9, "")]), safe(&[(2, 1, "")]), safe(&[(2, 3, ""), (0, 1, "")])];
        assert_eq!(mended("abc", &wrong), ("abc".to_owned(), 0));
    }

    /// A project whose `src/a.py` holds `abc`, as it was checked.
    fn project() -> (tempfile::TempDir, MemoryFiles) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/a.py"), "abc").unwrap();
        let mut checked = MemoryFiles::default();
        checked.insert("src/a.py", "abc");
        (folder, checked)
    }

    #[test]
    fn a_file_that_differs_from_what_was_checked_is_left_alone() {
        let (folder, checked) = project();
        fs::write(folder.path().join("src/a.py"), "abcd").unwrap();
        let fixed = apply(&[safe(&[(0, 1, "x")])], &checked, folder.path(), false);
        assert!(fixed.files.is_empty() && fixed.left[0].starts_with("src/a.py was not mended"), "{fixed:?}");
        assert_eq!(fs::read(folder.path().join("src/a.py")).unwrap(), b"abcd");
    }

    #[test]
    fn a_link_is_not_followed_out_of_the_project() {
        let (folder, checked) = project();
        let outside = tempfile::tempdir().unwrap();
        fs::rename(folder.path().join("src/a.py"), outside.path().join("a.py")).unwrap();
        let mend = [safe(&[(0, 1, "x")])];
        symlink(outside.path().join("a.py"), folder.path().join("src/a.py")).unwrap();
        assert!(apply(&mend, &checked, folder.path(), false).files.is_empty());
        fs::remove_dir_all(folder.path().join("src")).unwrap();
        symlink(outside.path(), folder.path().join("src")).unwrap();
        assert!(apply(&mend, &checked, folder.path(), false).files.is_empty());
        assert_eq!(fs::read(outside.path().join("a.py")).unwrap(), b"abc");
    }

    #[test]
    fn unsafe_mends_are_made_on_request_and_a_file_keeps_its_permissions() {
        let (folder, checked) = project();
        let path = folder.path().join("src/a.py");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        let both = [safe(&[(0, 1, "x")]), finding(&[(2, 3, "z")], Safety::Unsafe)];
        assert_eq!(apply(&both, &checked, folder.path(), true).files["src/a.py"], 2);
        assert_eq!(fs::read(&path).unwrap(), b"xbz");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o750);
        fs::write(&path, "abc").unwrap();
        assert_eq!(apply(&both, &checked, folder.path(), false).files["src/a.py"], 1);
        assert_eq!(fs::read(&path).unwrap(), b"xbc");
    }

    proptest::proptest! {
        /// Every byte of the text is a letter, every edit writes digits: the letters that no edit covers are
        /// still there, in order.
        #[test]
        fn mends_never_lose_bytes_outside_their_ranges(
            text in "[a-z]{0,40}",
            fixes in proptest::collection::vec(proptest::collection::vec((0usize..45, 0usize..5, "[0-9]{0,3}"), 0..3), 0..6),
        ) {
            let findings: Vec<Finding> = fixes
                .iter()
                .map(|edits| {
                    let edits: Vec<_> = edits.iter().map(|(at, len, text)| (*at, at + len, text.as_str())).collect();
                    safe(&edits)
                })
                .collect();
            let (mended, _) = mended(&text, &findings);
            let covered = |at: usize| fixes.iter().flatten().any(|(start, len, _)| (*start..start + len).contains(&at));
            let must: String = text.char_indices().filter(|(at, _)| !covered(*at)).map(|(_, c)| c).collect();
            let mut letters = mended.chars().filter(char::is_ascii_alphabetic);
            proptest::prop_assert!(must.chars().all(|c| letters.any(|letter| letter == c)), "{text} {mended}");
        }
    }
}
