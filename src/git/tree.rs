//! Which paths differ between two trees, found by walking only what differs.

use git2::{ObjectType, Oid};
use std::cmp::Ordering;

use super::{Objects, Unreadable};

/// One path that differs. Ids are of blobs; a side is none where the path does not exist there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeChange {
    /// `/`-separated bytes, as git has them.
    pub path: Vec<u8>,
    pub old: Option<Oid>,
    pub new: Option<Oid>,
}

pub(super) struct Entry<'a> {
    pub(super) mode: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) id: Oid,
}

impl Entry<'_> {
    pub(super) fn is_tree(&self) -> bool {
        self.mode == b"40000"
    }

    /// Files only: symbolic links and submodules have no text of their own.
    fn is_file(&self) -> bool {
        self.mode.starts_with(b"100")
    }

    /// A commit of another repository.
    fn is_submodule(&self) -> bool {
        self.mode == b"160000"
    }

    /// Git's order: a tree sorts as if its name ended in `/`.
    fn order(&self, other: &Entry) -> Ordering {
        let key = |entry: &Entry| entry.is_tree().then_some(b'/');
        let shared = self.name.len().min(other.name.len());
        let tail = |entry: &Entry| entry.name.get(shared).copied().or(key(entry));
        self.name[..shared].cmp(&other.name[..shared]).then_with(|| tail(self).cmp(&tail(other)))
    }
}

/// The entries of a raw tree object, in its order; stops at the first malformed one.
pub(super) fn entries(mut data: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    std::iter::from_fn(move || {
        let space = memchr::memchr(b' ', data)?;
        let nul = space + memchr::memchr(0, &data[space..])?;
        let id = Oid::from_bytes(data.get(nul + 1..nul + 21)?).ok()?;
        let entry = Entry { mode: &data[..space], name: &data[space + 1..nul], id };
        data = &data[nul + 21..];
        Some(entry)
    })
}

/// Folders within folders beyond which a tree is not followed; nobody works that deep.
const MAX_DEPTH: usize = 256;

/// Files and folders that are followed of one difference: a few small trees can name millions of paths.
pub(super) const MAX_ENTRIES: usize = 20_000;

/// The files that differ between two trees (`None`: the empty tree), in path order. `left_out` is called
/// with what is not among them: every tree that cannot be read or lies too deep, every submodule, and,
/// beyond a number of differences, the first that was not followed. The path of a folder ends in `/`.
pub fn diff_trees(
    objects: &Objects,
    old: Option<Oid>,
    new: Option<Oid>,
    left_out: &mut dyn FnMut((Unreadable, String)),
) -> Vec<TreeChange> {
    let mut walk =
        TreeWalk { objects, changes: Vec::new(), prefix: Vec::new(), depth: 0, entries: 0, left_out };
    if old != new {
        walk.compare(old, new);
    }
    walk.changes
}

struct TreeWalk<'a> {
    objects: &'a Objects,
    changes: Vec<TreeChange>,
    prefix: Vec<u8>,
    depth: usize,
    /// Met so far.
    entries: usize,
    left_out: &'a mut dyn FnMut((Unreadable, String)),
}

impl TreeWalk<'_> {
    fn compare(&mut self, old: Option<Oid>, new: Option<Oid>) {
        if self.depth == MAX_DEPTH {
            return self.leave_out(Unreadable::Missing);
        }
        let read = |id: Option<Oid>| id.map(|id| self.objects.raw(id, ObjectType::Tree)).transpose();
        let (old, new) = match (read(old), read(new)) {
            (Ok(old), Ok(new)) => (old, new),
            (Err(reason), _) | (_, Err(reason)) => return self.leave_out(reason),
        };
        let mut old_entries = entries(old.as_ref().map_or(&[], |object| object.data())).peekable();
        let mut new_entries = entries(new.as_ref().map_or(&[], |object| object.data())).peekable();
        while self.entries <= MAX_ENTRIES {
            let order = match (old_entries.peek(), new_entries.peek()) {
                (Some(old), Some(new)) => old.order(new),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let old = if order.is_le() { old_entries.next() } else { None };
            let new = if order.is_ge() { new_entries.next() } else { None };
            if old.as_ref().map(|e| (e.id, e.mode)) != new.as_ref().map(|e| (e.id, e.mode)) {
                self.entry(old, new);
            }
        }
    }

    /// Two entries of one name and one kind (tree or not), or one that exists on one side only.
    fn entry(&mut self, old: Option<Entry>, new: Option<Entry>) {
        let Some(name) = new.as_ref().or(old.as_ref()).map(|entry| entry.name) else { return };
        let folder = self.prefix.len();
        self.prefix.extend_from_slice(name);
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            return self.leave_out(Unreadable::Crowd);
        }
        let is_tree = [&old, &new].into_iter().flatten().any(Entry::is_tree);
        if is_tree {
            self.prefix.push(b'/');
            self.depth += 1;
            self.compare(old.map(|entry| entry.id), new.map(|entry| entry.id));
            self.depth -= 1;
        } else {
            if [&old, &new].into_iter().flatten().any(Entry::is_submodule) {
                self.leave_out(Unreadable::Submodule);
            }
            let file = |entry: Option<Entry>| entry.filter(Entry::is_file).map(|entry| entry.id);
            let (old, new) = (file(old), file(new));
            if old != new {
                self.changes.push(TreeChange { path: self.prefix.clone(), old, new });
            }
        }
        self.prefix.truncate(folder);
    }

    fn leave_out(&mut self, reason: Unreadable) {
        let path = match self.prefix.is_empty() {
            true => "./".into(),
            false => String::from_utf8_lossy(&self.prefix),
        };
        (self.left_out)((reason, path.into_owned()));
    }
}
