//! Where history begins: HEAD, refs, linked worktrees and reflogs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use git2::Oid;

use super::Repo;

/// A commit from which history is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    pub id: Oid,
    /// Known from a reflog only: an original that was amended, rebased or dropped.
    pub reflog_only: bool,
    /// The number of the pull or merge request whose head it is; the highest of several.
    pub pull: Option<u64>,
}

/// Which starting points are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefFilter {
    HeadOnly,
    /// Refs whose full name fits a glob, e.g. `refs/heads/agent/*`.
    Glob(String),
    /// HEAD, local and remote-tracking branches, pull requests, linked worktrees, reflogs.
    Everything,
}

/// A commit and what was made of it, as a reflog recorded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amend {
    pub old: Oid,
    pub new: Oid,
}

/// The distinct tips that a filter selects, HEAD first, then by id. Tags are left out: what they
/// name has been on a branch.
pub fn tips(repo: &Repo, filter: &RefFilter) -> Result<Vec<Tip>, git2::Error> {
    let mut found: BTreeMap<Oid, Tip> = BTreeMap::new();
    let globs: &[&str] = match filter {
        RefFilter::HeadOnly => &[],
        RefFilter::Glob(glob) => &[glob.as_str()],
        RefFilter::Everything => {
            let entries = reflogs(repo).into_iter().flat_map(|path| reflog_entries(&path));
            for id in entries.flat_map(|entry| [entry.old, entry.new]) {
                found.insert(id, Tip { id, reflog_only: true, pull: None });
            }
            found.extend(worktree_heads(repo).into_iter().map(|id| (id, named(id))));
            &["refs/heads/*", "refs/remotes/*", "refs/pull/*", "refs/merge-requests/*"]
        }
    };
    for glob in globs {
        for reference in repo.inner.references_glob(glob)?.flatten() {
            // A tag may be an object of its own, which names the commit.
            let id = match reference.is_tag() {
                true => reference.target().and_then(|id| repo.objects()?.commit_of(id)),
                false => reference.target(),
            };
            if let Some(id) = id {
                let tip = found.entry(id).or_insert_with(|| named(id));
                tip.reflog_only = false;
                tip.pull = tip.pull.max(pull_number(reference.name_bytes()));
            }
        }
    }
    let head = repo.head().filter(|head| !matches!(filter, RefFilter::Glob(_)) || found.contains_key(head));
    let first = head.map(|id| Tip { reflog_only: false, ..found.remove(&id).unwrap_or(named(id)) });
    let others = found.into_values().filter(|tip| !tip.id.is_zero());
    Ok(first.into_iter().chain(others).collect())
}

/// A tip that something other than a reflog names.
fn named(id: Oid) -> Tip {
    Tip { id, reflog_only: false, pull: None }
}

/// The number in `refs/pull/7/head`, `refs/merge-requests/7/head` and what people fetch them as, e.g.
/// `refs/remotes/origin/pr/7`.
fn pull_number(name: &[u8]) -> Option<u64> {
    let name = std::str::from_utf8(name).ok()?;
    let name = name.strip_suffix("/head").unwrap_or(name);
    let (kind, number) = name.rsplit_once('/')?;
    let kind = kind.rsplit('/').next()?;
    ["pull", "pr", "merge-requests"].contains(&kind).then(|| number.parse().ok())?
}

/// What rewrites one commit; the others only move to one, or put one on top. The branch's own reflog
/// tells of an interactive rebase as a whole, HEAD's of each step.
const REWRITES: [&str; 6] = ["fixup", "squash", "reword", "edit", "pick", "continue"];

fn is_rewrite(message: &str) -> bool {
    let step = |words: &str| {
        let (step, _) = words.trim_start_matches(" -i").strip_prefix(" (")?.split_once(')')?;
        Some(REWRITES.contains(&step))
    };
    message.starts_with("commit (amend)") || message.strip_prefix("rebase").and_then(step).unwrap_or(false)
}

/// The amends recorded in every reflog, and the steps of interactive rebases that may be such, without
/// repeats: who reads them sees whether the two commits have the same parents.
pub fn amends(repo: &Repo) -> Vec<Amend> {
    let mut found: Vec<Amend> = reflogs(repo)
        .iter()
        .flat_map(|path| reflog_entries(path))
        .filter(|entry| is_rewrite(&entry.message))
        .map(|entry| Amend { old: entry.old, new: entry.new })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The reflog files of HEAD, of local branches, and of the heads of linked worktrees.
fn reflogs(repo: &Repo) -> Vec<PathBuf> {
    let common = repo.common_dir();
    let mut files = vec![common.join("logs/HEAD")];
    files_below(&common.join("logs/refs/heads"), &mut files);
    files.extend(worktree_dirs(repo).into_iter().map(|dir| dir.join("logs/HEAD")));
    files
}

fn worktree_dirs(repo: &Repo) -> Vec<PathBuf> {
    let dir = repo.common_dir().join("worktrees");
    let mut dirs: Vec<_> =
        fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    dirs.sort();
    dirs
}

/// Detached heads of the main and the linked worktrees; the others are on a branch, which is a ref.
fn worktree_heads(repo: &Repo) -> Vec<Oid> {
    let dirs = worktree_dirs(repo).into_iter().chain([repo.common_dir().to_owned()]);
    let heads = dirs.filter_map(|dir| fs::read_to_string(dir.join("HEAD")).ok());
    heads.filter_map(|text| Oid::from_str(text.trim()).ok()).collect()
}

fn files_below(dir: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(dir).into_iter().flatten().flatten().collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files_below(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}

struct ReflogEntry {
    old: Oid,
    new: Oid,
    message: String,
}

/// `old new Name <email> seconds zone\tmessage` per line; a line of another shape is passed over.
fn reflog_entries(path: &Path) -> Vec<ReflogEntry> {
    let text = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let entry = |line: &str| {
        let mut words = line.splitn(3, ' ');
        let old = Oid::from_str(words.next()?).ok()?;
        let new = Oid::from_str(words.next()?).ok()?;
        let message = words.next()?.split_once('\t').map_or("", |(_, message)| message);
        Some(ReflogEntry { old, new, message: message.to_owned() })
    };
    text.lines().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_request_is_known_by_the_name_of_its_ref() {
        for name in ["refs/pull/7/head", "refs/merge-requests/7/head", "refs/remotes/origin/pr/7"] {
            assert_eq!(pull_number(name.as_bytes()), Some(7), "{name}");
        }
        for name in ["refs/heads/main", "refs/heads/7", "refs/pull/7/merge", "refs/pull/x/head"] {
            assert_eq!(pull_number(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn steps_that_rewrite_a_commit_are_told_from_those_that_move_to_one() {
        for message in
            ["commit (amend): x", "rebase (fixup): x", "rebase -i (squash): x", "rebase (reword): x"]
        {
            assert!(is_rewrite(message), "{message}");
        }
        for message in [
            "commit: x",
            "rebase (start): checkout x",
            "rebase (finish): x",
            "rebase: x",
            "reset: moving to x",
            "",
        ] {
            assert!(!is_rewrite(message), "{message}");
        }
    }
}
