//! How the index differs from HEAD's tree, found by reading only the trees that the index does not know to
//! be the same.

use std::cmp::Ordering;
use std::ops::Range;

use git2::{ObjectType, Odb, OdbObject};

use super::changes::{Difference, Leaf};
use super::index::Index;
use super::name::ObjectName;
use super::tree::{Entry, entries};

/// Folders within folders beyond which git is asked.
const MAX_DEPTH: usize = 256;

/// The differences in path order; none where a tree cannot be read, or the index contradicts itself.
pub(super) fn differences(index: &Index, tree: ObjectName, odb: &Odb) -> Option<Vec<Difference>> {
    let mut comparison = Comparison { index, odb, prefix: Vec::new(), depth: 0, found: Vec::new() };
    let root = (!index.trees.is_empty()).then_some(0);
    comparison.folder(0..index.entries.len(), root, Some(tree))?;
    Some(comparison.found)
}

struct Comparison<'a> {
    index: &'a Index,
    odb: &'a Odb<'a>,
    /// The folder's path, with a `/` at its end.
    prefix: Vec<u8>,
    depth: usize,
    found: Vec<Difference>,
}

/// What stands next in a folder of the index.
struct Next {
    name: Range<usize>,
    is_tree: bool,
}

impl<'a> Comparison<'a> {
    /// Compares the entries of one folder with a tree, if there is one.
    fn folder(&mut self, range: Range<usize>, cached: Option<usize>, tree: Option<ObjectName>) -> Option<()> {
        let valid = cached.and_then(|at| self.index.trees[at].valid);
        if let Some((count, id)) = valid
            && Some(id) == tree
        {
            return (count == range.len()).then_some(());
        }
        let object = match tree {
            Some(tree) if self.depth < MAX_DEPTH => Some(self.tree(tree)?),
            Some(_) => return None,
            None => None,
        };
        let data = object.as_ref().map_or(&[][..], |object| object.data());
        let mut old = whole(data)?.into_iter().peekable();
        let mut at = range.start;
        while at < range.end || old.peek().is_some() {
            let next = (at < range.end).then(|| self.next(at));
            let order = match (&next, old.peek()) {
                (Some(next), Some(old)) => self.order(at, next, old),
                (Some(_), None) => Ordering::Less,
                (None, _) => Ordering::Greater,
            };
            let old = if order.is_ge() { old.next() } else { None };
            at = match next.filter(|_| order.is_le()) {
                Some(next) => self.both(at..range.end, next, cached, old)?,
                None => {
                    self.gone(&old?)?;
                    at
                }
            };
        }
        Some(())
    }

    fn tree(&self, id: ObjectName) -> Option<OdbObject<'a>> {
        let object = self.odb.read(id.oid()?).ok()?;
        (object.kind() == ObjectType::Tree).then_some(object)
    }

    fn next(&self, at: usize) -> Next {
        let path = self.index.path(&self.index.entries[at]);
        let start = self.prefix.len();
        match memchr::memchr(b'/', &path[start..]) {
            Some(slash) => Next { name: start..start + slash, is_tree: true },
            None => Next { name: start..path.len(), is_tree: false },
        }
    }

    /// Git's order: a folder sorts as if its name ended in `/`.
    fn order(&self, at: usize, next: &Next, old: &Entry) -> Ordering {
        let name = &self.index.path(&self.index.entries[at])[next.name.clone()];
        let slash = |is_tree: bool| is_tree.then_some(&b'/');
        name.iter().chain(slash(next.is_tree)).cmp(old.name.iter().chain(slash(old.is_tree())))
    }

    /// Something in the index, and what HEAD has under that name, if of the same kind; where the next
    /// begins.
    fn both(
        &mut self,
        range: Range<usize>,
        next: Next,
        cached: Option<usize>,
        old: Option<Entry>,
    ) -> Option<usize> {
        let index = self.index;
        let at = range.start;
        let path = index.path(&index.entries[at]);
        if !next.is_tree {
            return self.file(range, old);
        }
        let subtree = cached.and_then(|cached| index.subtree(cached, &path[next.name.clone()]));
        let folder = &path[..=next.name.end];
        let inside = |at: usize| index.path(&index.entries[at]).starts_with(folder);
        let counted = subtree.and_then(|at| index.trees[at].valid).map(|(count, _)| at + count);
        let is_end = |end: usize| end > at && inside(end - 1) && (end == range.end || !inside(end));
        let end = match counted.filter(|end| *end <= range.end) {
            Some(end) if is_end(end) => end,
            _ => at + index.entries[range].partition_point(|entry| index.path(entry).starts_with(folder)),
        };
        self.inside(folder, |comparison| {
            comparison.folder(at..end, subtree, old.map(|old| ObjectName::from(old.id)))
        })?;
        Some(end)
    }

    /// One path in the index, with all its versions if it is unmerged.
    fn file(&mut self, range: Range<usize>, old: Option<Entry>) -> Option<usize> {
        let entry = &self.index.entries[range.start];
        let path = self.index.path(entry);
        let rest = &self.index.entries[range.clone()];
        let versions = rest.iter().take_while(|entry| self.index.path(entry) == path).count();
        let old = match old {
            Some(old) => Some(leaf(&old)?),
            None => None,
        };
        let unmerged = entry.stage > 0;
        let new = if unmerged { None } else { Some(self.index.leaf(entry)?) };
        if unmerged || old != new {
            self.found.push(Difference { path: path.to_owned(), old, new, unmerged });
        }
        Some(range.start + versions)
    }

    /// Something that is only in HEAD.
    fn gone(&mut self, old: &Entry) -> Option<()> {
        let mut path = [&self.prefix[..], old.name].concat();
        if old.is_tree() {
            path.push(b'/');
            return self
                .inside(&path, |comparison| comparison.folder(0..0, None, Some(ObjectName::from(old.id))));
        }
        self.found.push(Difference { path, old: Some(leaf(old)?), new: None, unmerged: false });
        Some(())
    }

    fn inside<T>(&mut self, folder: &[u8], read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let outer = std::mem::replace(&mut self.prefix, folder.to_owned());
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        self.prefix = outer;
        read
    }
}

/// The entries of a raw tree object, if all of it is well-formed.
fn whole(data: &[u8]) -> Option<Vec<Entry<'_>>> {
    let entries: Vec<Entry> = entries(data).collect();
    let length: usize = entries.iter().map(|entry| entry.mode.len() + entry.name.len() + 22).sum();
    (length == data.len()).then_some(entries)
}

fn leaf(entry: &Entry) -> Option<Leaf> {
    let mode = u32::from_str_radix(std::str::from_utf8(entry.mode).ok()?, 8).ok()?;
    Some(Leaf { mode, id: ObjectName::from(entry.id) })
}
