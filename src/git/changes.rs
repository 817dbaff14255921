//! What differs between two states, as git stores it, and what of it there is to check.

use super::blobs::Blobs;
use super::name::ObjectName;
use super::renames::renames;

/// What stands at a path: a file, a symbolic link or a submodule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) mode: u32,
    pub(super) id: ObjectName,
}

impl Leaf {
    /// The blob of a regular file.
    pub(super) fn file(self) -> Option<ObjectName> {
        (self.mode & 0o170_000 == 0o100_000).then_some(self.id)
    }
}

/// A path at which two states differ, in kind, content or mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) path: Vec<u8>,
    pub(super) old: Option<Leaf>,
    pub(super) new: Option<Leaf>,
    /// The new state holds several versions of it, and git will not commit before one is chosen.
    pub(super) unmerged: bool,
}

impl Difference {
    pub(super) fn old_file(&self) -> Option<ObjectName> {
        self.old.and_then(Leaf::file)
    }

    pub(super) fn new_file(&self) -> Option<ObjectName> {
        self.new.and_then(Leaf::file)
    }
}

/// A file to check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    pub path: String,
    /// Its path in the base state: none for an added file, another path for a renamed one.
    pub base: Option<String>,
}

/// What differences come to.
#[derive(Default)]
pub(super) struct Changed {
    pub(super) changes: Vec<Change>,
    pub(super) deleted: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// A regular file: its path and its blob.
pub(super) type File = (String, ObjectName);

/// Sorts differences, which are in path order, into files to check, deleted ones and warnings.
pub(super) fn changed(differences: &[Difference], blobs: &Blobs) -> Changed {
    let mut changed = Changed::default();
    let (mut added, mut removed): (Vec<File>, Vec<File>) = Default::default();
    for difference in differences {
        let (old, new) = (difference.old_file(), difference.new_file());
        let Ok(path) = std::str::from_utf8(&difference.path) else {
            if new.is_some() && old != new {
                let path = difference.path.escape_ascii();
                changed.warnings.push(format!("{path} is not checked: its name is not UTF-8"));
            }
            continue;
        };
        let path = path.to_owned();
        if difference.unmerged {
            let path = path.escape_debug();
            changed.warnings.push(format!("{path} is not checked: it is unmerged; resolve it and add it"));
            continue;
        }
        match (old, new) {
            (Some(old), Some(new)) if old != new => {
                changed.changes.push(Change { base: Some(path.clone()), path });
            }
            (None, Some(new)) => added.push((path, new)),
            (Some(old), None) => removed.push((path, old)),
            _ => {}
        }
    }
    for (old, new) in renames(&mut removed, &mut added, &|(_, blob)| blobs.read(*blob, None)) {
        changed.changes.push(Change { path: new, base: Some(old) });
    }
    changed.changes.extend(added.into_iter().map(|(path, _)| Change { path, base: None }));
    changed.changes.sort();
    changed.deleted = removed.into_iter().map(|(path, _)| path).collect();
    changed
}
