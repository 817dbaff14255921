//! Git's index file, versions 2 and 3, read without libgit2.
//!
//! What cannot be read here is read by git itself: version 4, split and sparse indexes, SHA-256, and
//! whatever is damaged. The format is git's `gitformat-index`.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use super::changes::Leaf;
use super::listing::Stored;
use super::name::ObjectName;

/// Bytes of a SHA-1 name, and of the checksum at the end.
const NAME: usize = 20;

/// Bytes of an entry before its name, up to version 2.
const FIXED: usize = 62;

/// Entries in the byte order of their paths, and the trees that git knew when it wrote them.
pub(super) struct Index {
    pub(super) text: Arc<Vec<u8>>,
    /// Without those that are only intended to be added: they are not committed.
    pub(super) entries: Vec<IndexEntry>,
    /// The cached trees, the root first, each before those in it; empty where git wrote none.
    pub(super) trees: Vec<CachedTree>,
}

/// One path, or one version of an unmerged path.
pub(super) struct IndexEntry {
    start: usize,
    length: usize,
    name: usize,
    mode: u32,
    /// 0, but for an unmerged path.
    pub(super) stage: u8,
}

/// A folder whose entries made up a tree when git last looked.
#[derive(Debug)]
pub(super) struct CachedTree {
    name: Range<usize>,
    /// How many entries are below it, and the tree's name; none if something changed since.
    pub(super) valid: Option<(usize, ObjectName)>,
    /// How many trees are below it, at any depth.
    below: usize,
}

impl Index {
    /// None where git must be asked.
    pub(super) fn parse(text: Vec<u8>) -> Option<Index> {
        let body = text.len().checked_sub(NAME)?;
        let version = word(&text, 4)?;
        if text.get(..4)? != b"DIRC" || !matches!(version, 2 | 3) {
            return None;
        }
        let count = word(&text, 8)? as usize;
        let mut index = Index { text: Arc::new(Vec::new()), entries: Vec::new(), trees: Vec::new() };
        index.entries.reserve(count.min(text.len() / FIXED));
        let mut at = 12;
        for _ in 0..count {
            at = index.entry(&text[..body], at, version)?;
        }
        index.extensions(&text[..body], at)?;
        index.text = Arc::new(text);
        Some(index)
    }

    /// Reads the entry that begins at a place; where the next one does.
    fn entry(&mut self, text: &[u8], at: usize, version: u32) -> Option<usize> {
        let flags = u16::from_be_bytes(text.get(at + 60..at + 62)?.try_into().ok()?);
        let is_extended = flags & 0x4000 != 0;
        if is_extended && version < 3 {
            return None;
        }
        let start = at + FIXED + 2 * usize::from(is_extended);
        let intended = is_extended && text.get(start - 2)? & 0x20 != 0;
        let length = match usize::from(flags & 0xfff) {
            0xfff => memchr::memchr(0, text.get(start..)?)?,
            length => length,
        };
        if length == 0 || *text.get(start + length)? != 0 {
            return None;
        }
        let mode = word(text, at + 24)?;
        // A folder is an entry only in a sparse index.
        if !matches!(mode & 0o170_000, 0o100_000 | 0o120_000 | 0o160_000) {
            return None;
        }
        let stage = (flags >> 12 & 3) as u8;
        if !intended {
            let entry = IndexEntry { start, length, name: at + 40, mode, stage };
            self.in_order(text, &entry).then(|| self.entries.push(entry))?;
        }
        // One to eight NULs follow, up to a multiple of eight from where the entry begins.
        Some(at + (start - at + length + 8) / 8 * 8)
    }

    fn in_order(&self, text: &[u8], entry: &IndexEntry) -> bool {
        let path = |entry: &IndexEntry| &text[entry.start..entry.start + entry.length];
        self.entries.last().is_none_or(|last| match path(last).cmp(path(entry)) {
            Ordering::Equal => last.stage < entry.stage && last.stage > 0,
            order => order.is_lt(),
        })
    }

    fn extensions(&mut self, text: &[u8], mut at: usize) -> Option<()> {
        while at < text.len() {
            let (kind, start) = (text.get(at..at + 4)?, at + 8);
            let end = start.checked_add(word(text, at + 4)? as usize)?;
            let content = text.get(..end)?;
            match kind {
                b"TREE" => self.cached_trees(content, start)?,
                // Those in small letters change what the entries mean.
                [b'A'..=b'Z', ..] => {}
                _ => return None,
            }
            at = end;
        }
        (at == text.len()).then_some(())
    }

    fn cached_trees(&mut self, text: &[u8], mut at: usize) -> Option<()> {
        // Trees that are open, with how many trees are still to come directly in each.
        let mut open: Vec<(usize, usize)> = Vec::new();
        while at < text.len() {
            let name = at..at + memchr::memchr(0, &text[at..])?;
            let line = name.end + 1..name.end + 1 + memchr::memchr(b'\n', text.get(name.end + 1..)?)?;
            let (entries, subtrees) = std::str::from_utf8(&text[line.clone()]).ok()?.split_once(' ')?;
            let (entries, subtrees): (i64, usize) = (entries.parse().ok()?, subtrees.parse().ok()?);
            at = line.end + 1;
            let valid = match usize::try_from(entries) {
                Ok(entries) => {
                    let id = ObjectName::from_bytes(text.get(at..at + NAME)?)?;
                    at += NAME;
                    Some((entries, id))
                }
                Err(_) => None,
            };
            self.trees.push(CachedTree { name, valid, below: 0 });
            open.push((self.trees.len() - 1, subtrees));
            // Closes every tree to which nothing more comes.
            while let Some((tree, 0)) = open.last() {
                self.trees[*tree].below = self.trees.len() - 1 - tree;
                open.pop();
                match open.last_mut() {
                    Some((_, awaited)) => *awaited -= 1,
                    None => return (at == text.len()).then_some(()),
                }
            }
        }
        None
    }

    pub(super) fn path(&self, entry: &IndexEntry) -> &[u8] {
        &self.text[entry.start..entry.start + entry.length]
    }

    pub(super) fn leaf(&self, entry: &IndexEntry) -> Option<Leaf> {
        let id = ObjectName::from_bytes(&self.text[entry.name..entry.name + NAME])?;
        Some(Leaf { mode: entry.mode, id })
    }

    /// The cached tree of a folder that stands directly in another.
    pub(super) fn subtree(&self, parent: usize, name: &[u8]) -> Option<usize> {
        let end = parent + self.trees.get(parent)?.below;
        let mut at = parent + 1;
        while at <= end {
            let tree = &self.trees[at];
            if &self.text[tree.name.clone()] == name {
                return Some(at);
            }
            at += 1 + tree.below;
        }
        None
    }

    /// The regular files that will be committed.
    pub(super) fn listing(&self) -> Stored {
        let mut listing = Stored::new(Arc::clone(&self.text));
        for entry in self.entries.iter().filter(|entry| entry.stage == 0) {
            if let Some(blob) = self.leaf(entry).and_then(Leaf::file) {
                listing.push(entry.start..entry.start + entry.length, blob);
            }
        }
        listing
    }
}

fn word(text: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(text.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An index file: an entry is its path, mode, stage and extended flags.
    fn file(entries: &[(&str, u32, u16, u16)], extensions: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
        let mut text = b"DIRC\0\0\0\x03".to_vec();
        text.extend((entries.len() as u32).to_be_bytes());
        for (path, mode, stage, extended) in entries {
            let at = text.len();
            text.extend([0; 24]);
            text.extend(mode.to_be_bytes());
            text.extend([0; 12]);
            text.extend([7; NAME]);
            let is_extended = u16::from(*extended != 0);
            text.extend((is_extended << 14 | stage << 12 | path.len().min(0xfff) as u16).to_be_bytes());
            if is_extended == 1 {
                text.extend(extended.to_be_bytes());
            }
            text.extend(path.as_bytes());
            text.push(0);
            text.resize(at + (text.len() - at).next_multiple_of(8), 0);
        }
        for (kind, content) in extensions {
            text.extend(*kind);
            text.extend((content.len() as u32).to_be_bytes());
            text.extend(content);
        }
        text.extend([0; NAME]);
        text
    }

    const FILE: u32 = 0o100_644;

    fn trees() -> Vec<u8> {
        let root = [b"\x003 2\n".as_slice(), &[1; NAME]].concat();
        let inner = [b"a\x001 0\n".as_slice(), &[2; NAME], b"b\0-1 0\n"].concat();
        [root, inner].concat()
    }

    fn plain() -> Vec<u8> {
        let entries = [("a/x", FILE, 0, 0), ("b/y", FILE, 0, 0x40), ("c", 0o120_000, 0, 0)];
        file(&entries, &[(b"TREE", trees()), (b"ZZZZ", vec![1])])
    }

    #[test]
    fn entries_and_cached_trees_are_read_and_other_optional_extensions_passed_over() {
        let index = Index::parse(plain()).unwrap();
        let paths: Vec<&[u8]> = index.entries.iter().map(|entry| index.path(entry)).collect();
        assert_eq!(paths, [b"a/x".as_slice(), b"b/y", b"c"]);
        assert_eq!(index.listing().paths().collect::<Vec<_>>(), ["a/x", "b/y"]);
        assert_eq!(
            (index.subtree(0, b"a"), index.subtree(0, b"b"), index.subtree(0, b"c")),
            (Some(1), Some(2), None)
        );
        assert_eq!(index.trees[2].valid, None);
        assert_eq!(index.trees[1].valid, ObjectName::from_bytes(&[2; NAME]).map(|id| (1, id)));
    }

    #[test]
    fn an_entry_that_is_only_intended_is_left_out_and_versions_of_an_unmerged_path_are_kept() {
        let entries = [("a", FILE, 0, 0x2000), ("b", FILE, 1, 0), ("b", FILE, 3, 0), ("c", FILE, 0, 0)];
        let index = Index::parse(file(&entries, &[])).unwrap();
        let stages: Vec<u8> = index.entries.iter().map(|entry| entry.stage).collect();
        assert_eq!((stages, index.trees.len()), (vec![1, 3, 0], 0));
        assert_eq!(index.listing().paths().collect::<Vec<_>>(), ["c"]);
    }

    #[test]
    fn what_is_not_known_is_left_to_git() {
        let changed = |at: usize, byte: u8| {
            let mut text = plain();
            text[at] = byte;
            text
        };
        let one = [("a", FILE, 0, 0)];
        for odd in [
            changed(0, b'X'),
            changed(7, 4),
            changed(7, 2),
            changed(11, 4),
            file(&[("b", FILE, 0, 0), ("a", FILE, 0, 0)], &[]),
            file(&[("a", FILE, 0, 0), ("a", FILE, 0, 0)], &[]),
            file(&[("a/", 0o40_000, 0, 0)], &[]),
            file(&[("", FILE, 0, 0)], &[]),
            file(&one, &[(b"link", vec![0; 20])]),
            file(&one, &[(b"sdir", vec![])]),
            file(&one, &[(b"TREE", b"\x001 1\n".to_vec())]),
            file(&one, &[(b"TREE", trees()[..30].to_vec())]),
            file(&one, &[(b"TREE", [trees(), trees()].concat())]),
        ] {
            assert!(Index::parse(odd.clone()).is_none(), "{}", odd.escape_ascii());
        }
        let whole = plain();
        for length in 0..whole.len() {
            let cut = [&whole[..length], &[0; NAME]].concat();
            let read = Index::parse(cut).is_some();
            // Where one extension ends and the next begins, nothing shows that something was there.
            assert!(
                !read
                    || length + NAME == whole.len()
                    || whole[length..].starts_with(b"ZZZZ")
                    || whole[length..].starts_with(b"TREE")
            );
        }
    }

    proptest! {
        #[test]
        fn damaged_bytes_never_panic(
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            end in any::<prop::sample::Index>(),
        ) {
            let mut text = plain();
            for (at, byte) in damage {
                let at = at.index(text.len());
                text[at] = byte;
            }
            let cut = text[..end.index(text.len())].to_vec();
            for text in [text, cut] {
                if let Some(index) = Index::parse(text) {
                    index.listing().paths().count();
                    index.subtree(0, b"a");
                }
            }
        }
    }
}
