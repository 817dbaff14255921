//! What is staged, and what differs between two commits, as git's own command line tells it: right for
//! every format of index, refs and objects that git knows.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blobs::Blobs;
use super::changes::{Changed, Difference, Leaf, changed};
use super::command::{Git, printed_path};
use super::listing::{Stored, StoredFiles};
use super::name::ObjectName;
use super::{Staging, StagingError};

/// The trees without entries that every repository has.
const EMPTY_SHA1: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const EMPTY_SHA256: &str = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";

/// What `git commit` would commit now.
pub fn staged_by_git(dir: &Path) -> Result<Staging, StagingError> {
    let git = Git::new(dir);
    let root = work_tree_root(&git)?;
    let head = head_tree(&git)?;
    let differences = differences(
        &git,
        "compare the index with HEAD",
        &["diff-index", "--cached", "--ita-invisible-in-index", "--raw", "-z", "--no-renames", &head, "--"],
    )?;
    staging(git, root, &head, &differences)
}

/// What a commit-ish changed since another.
pub fn between_by_git(dir: &Path, from: &str, to: &str) -> Result<Staging, StagingError> {
    let git = Git::new(dir);
    let root = match work_tree_root(&git) {
        Err(StagingError::NoWorkTree { .. }) => {
            let printed = git.output("find its folder", &["rev-parse", "--absolute-git-dir"])?;
            printed_path(printed.trim_ascii_end())
        }
        root => root?,
    };
    let (from, to) = (commit(&git, from)?, commit(&git, to)?);
    let differences = differences(
        &git,
        "compare two commits",
        &["diff-tree", "-r", "--raw", "-z", "--no-renames", &from, &to, "--"],
    )?;
    staging(git, root, &from, &differences)
}

/// The merge base of two commits, by name; the one that git finds best, where there are several.
pub(super) fn merge_base(dir: &Path, left: &str, right: &str) -> Result<String, StagingError> {
    let git = Git::new(dir);
    let (left_id, right_id) = (commit(&git, left)?, commit(&git, right)?);
    let found = git.answer(&["merge-base", &left_id, &right_id]).ok_or_else(|| {
        let (left, right) = (left.to_owned(), right.to_owned());
        StagingError::NoMergeBase { left, right, path: dir.to_owned() }
    })?;
    Ok(line(&found))
}

/// The top folder of the work tree.
pub(super) fn work_tree_root(git: &Git) -> Result<PathBuf, StagingError> {
    let printed = git.output("find its work tree", &["rev-parse", "--show-toplevel"])?;
    Ok(printed_path(printed.strip_suffix(b"\n").unwrap_or(&printed)))
}

/// The tree of HEAD, by name; the empty tree on an unborn branch.
pub(super) fn head_tree(git: &Git) -> Result<String, StagingError> {
    if git.answer(&["rev-parse", "-q", "--verify", "HEAD"]).is_some() {
        return Ok(line(&git.output("read HEAD", &["rev-parse", "--verify", "HEAD^{tree}"])?));
    }
    let format = line(&git.output("tell its format", &["rev-parse", "--show-object-format"])?);
    Ok(if format == "sha256" { EMPTY_SHA256 } else { EMPTY_SHA1 }.to_owned())
}

fn commit(git: &Git, revision: &str) -> Result<String, StagingError> {
    let words = ["rev-parse", "-q", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")];
    let found = git.answer(&words).ok_or_else(|| StagingError::Revision {
        revision: revision.to_owned(),
        path: git.dir().to_owned(),
    })?;
    Ok(line(&found))
}

fn line(printed: &[u8]) -> String {
    String::from_utf8_lossy(printed).trim_end().to_owned()
}

/// A state and the one before it, made from the older one's tree and what differs.
fn staging(git: Git, root: PathBuf, tree: &str, differences: &[Difference]) -> Result<Staging, StagingError> {
    let base = files_of(&git, tree)?;
    let news: Vec<_> = differences.iter().map(|one| (one.path.clone(), one.new_file())).collect();
    let listing = base.patched(&news);
    let blobs = Arc::new(Blobs::of_git(git));
    let Changed { changes, deleted, warnings } = changed(differences, &blobs);
    Ok(Staging {
        root,
        files: Arc::new(StoredFiles::new(Arc::clone(&blobs), || listing)),
        base: Arc::new(StoredFiles::new(blobs, || base)),
        changes,
        deleted,
        warnings,
        identity: None,
    })
}

/// Every regular file of a tree.
pub(super) fn files_of(git: &Git, tree: &str) -> Result<Stored, StagingError> {
    let doing = "list the files of a commit";
    let printed = git.output(doing, &["ls-tree", "-r", "-z", "--full-tree", tree, "--"])?;
    let mut listing = Stored::new(Arc::new(printed));
    let text = listing.text();
    let mut start = 0;
    while let Some(length) = memchr::memchr(0, &text[start..]) {
        let (blob, path) =
            tree_line(&text[start..start + length]).ok_or_else(|| git.failed(doing, "odd output"))?;
        if let Some(blob) = blob {
            listing.push(start + path.start..start + path.end, blob);
        }
        start += length + 1;
    }
    Ok(listing)
}

/// `100644 blob 0123…<tab>path`: the blob, if it is a regular file, and where in the line its path is.
fn tree_line(line: &[u8]) -> Option<(Option<ObjectName>, Range<usize>)> {
    let tab = memchr::memchr(b'\t', line)?;
    let mut words = line[..tab].split(|byte| *byte == b' ');
    let mode = octal(words.next()?)?;
    let leaf = Leaf { mode, id: ObjectName::from_hex(words.nth(1)?)? };
    Some((leaf.file(), tab + 1..line.len()))
}

fn octal(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

/// Runs a command that prints raw differences, NUL-terminated.
fn differences(git: &Git, doing: &str, words: &[&str]) -> Result<Vec<Difference>, StagingError> {
    let printed = git.output(doing, words)?;
    let mut parts = printed.split(|byte| *byte == 0);
    let mut differences = Vec::new();
    while let Some(head) = parts.next().filter(|head| !head.is_empty()) {
        let path = parts.next().filter(|path| !path.is_empty());
        let difference = path.and_then(|path| difference(head, path));
        differences.push(difference.ok_or_else(|| git.failed(doing, "odd output"))?);
    }
    // An unmerged path may be told twice, once as modified.
    differences.sort_by(|left, right| left.path.cmp(&right.path).then(right.unmerged.cmp(&left.unmerged)));
    differences.dedup_by(|later, earlier| later.path == earlier.path);
    Ok(differences)
}

/// `:100644 100644 0123… 4567… M` and a path.
fn difference(head: &[u8], path: &[u8]) -> Option<Difference> {
    let mut words = head.strip_prefix(b":")?.split(|byte| *byte == b' ');
    let (old_mode, new_mode) = (octal(words.next()?)?, octal(words.next()?)?);
    let (old, new) = (ObjectName::from_hex(words.next()?)?, ObjectName::from_hex(words.next()?)?);
    let leaf = |mode, id| (mode != 0).then_some(Leaf { mode, id });
    let unmerged = words.next()?.starts_with(b"U");
    let new = if unmerged { None } else { leaf(new_mode, new) };
    Some(Difference { path: path.to_owned(), old: leaf(old_mode, old), new, unmerged })
}

/// The files of HEAD's tree.
pub(super) fn head_files(git: &Git, blobs: Arc<Blobs>) -> Result<StoredFiles, StagingError> {
    let listing = files_of(git, &head_tree(git)?)?;
    Ok(StoredFiles::new(blobs, || listing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_lines_are_read_in_both_formats_and_an_unmerged_path_has_no_new_state() {
        let (old, new) = ("1".repeat(64), "2".repeat(64));
        let read = difference(format!(":100644 120000 {old} {new} T").as_bytes(), b"a b").unwrap();
        assert_eq!((read.old_file().unwrap().to_string(), read.new_file()), (old, None));
        let zero = "0".repeat(40);
        let read = difference(format!(":100644 000000 {zero} {zero} U").as_bytes(), b"a").unwrap();
        assert!(read.unmerged && read.new.is_none() && read.old.is_some());
        assert!(difference(b":100644 100644 12 34 M", b"a").is_none());
        assert!(difference(b"", b"a").is_none());
    }
}
