//! Reading objects: one handle per thread.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use git2::{ErrorCode, ObjectType, Odb, OdbObject, Oid};

use super::loose::{Damaged, Loose};

/// Files above this many bytes are not read: nobody corrects them by hand.
const MAX_BLOB: usize = 1 << 20;

/// Reads objects of one repository, alternates included.
pub struct Objects {
    loose: Loose,
    odb: Odb<'static>,
    read: RefCell<Recent>,
}

/// A blob's text.
pub type Blob = Rc<[u8]>;

/// Texts read lately. A version of a file is read twice, as what one commit left and as what a later one
/// found; neighbours in history are read in a row, so most second readings are answered here.
#[derive(Default)]
struct Recent {
    texts: HashMap<Oid, Blob>,
    bytes: usize,
}

/// Bytes of recent texts kept; beyond that all are dropped.
const MAX_RECENT: usize = 24 << 20;

/// Why a part of history gives no text to compare, or not the text that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unreadable {
    /// Not in the object store: a partial clone, or a damaged one.
    Missing,
    /// In the object store, but cut short or overwritten.
    Damaged,
    /// Over one mebibyte.
    Large,
    /// Holds a NUL byte near its beginning.
    Binary,
    /// A Git LFS pointer, whose content lives elsewhere.
    LfsPointer,
    /// Lines far longer than anybody writes: a committed bundle.
    Minified,
    /// A commit of another repository.
    Submodule,
    /// Beyond the number of files that are read of one commit.
    Crowd,
    /// A path that is not UTF-8; it is read, and told with replacement characters.
    Path,
}

impl Unreadable {
    /// The name under which it is counted.
    pub fn name(self) -> &'static str {
        match self {
            Unreadable::Missing => "missing-object",
            Unreadable::Damaged => "damaged-object",
            Unreadable::Large => "large-file",
            Unreadable::Binary => "binary-file",
            Unreadable::LfsPointer => "lfs-pointer",
            Unreadable::Minified => "minified-file",
            Unreadable::Submodule => "submodule",
            Unreadable::Crowd => "large-commit",
            Unreadable::Path => "non-utf8-path",
        }
    }
}

impl Objects {
    /// Opens the object store of a common git directory.
    pub fn open(common_dir: &Path) -> Result<Objects, git2::Error> {
        let objects = common_dir.join("objects");
        let odb = Odb::new()?;
        odb.add_disk_alternate(&objects.to_string_lossy())?;
        Ok(Objects { loose: Loose::of(&objects), odb, read: RefCell::default() })
    }

    /// The text of a blob that can be compared line by line.
    pub fn blob(&self, id: Oid) -> Result<Blob, Unreadable> {
        let mut read = self.read.borrow_mut();
        if let Some(text) = read.texts.get(&id) {
            return Ok(Rc::clone(text));
        }
        let object = self.read(id, MAX_BLOB)?;
        let data = object.data();
        if memchr::memchr(0, &data[..data.len().min(8000)]).is_some() {
            return Err(Unreadable::Binary);
        }
        if data.starts_with(b"version https://git-lfs.github.com/spec/") {
            return Err(Unreadable::LfsPointer);
        }
        let text: Blob = data.into();
        if read.bytes + text.len() > MAX_RECENT {
            *read = Recent::default();
        }
        read.bytes += text.len();
        read.texts.insert(id, Rc::clone(&text));
        Ok(text)
    }

    /// The bytes of a blob's text, without reading it; 0 for one that gives none by its size.
    pub fn size(&self, id: Oid) -> usize {
        let size = match self.loose.open(id) {
            Some(object) => object.map_or(0, |object| object.size),
            None => self.odb.read_header(id).map_or(0, |(size, _)| size),
        };
        if size > MAX_BLOB { 0 } else { size }
    }

    /// The raw content of a tree, commit or tag; of another type, it is as good as missing.
    pub(super) fn raw(&self, id: Oid, kind: ObjectType) -> Result<Raw<'_>, Unreadable> {
        let found = self.read(id, usize::MAX)?;
        if found.kind() == kind { Ok(found) } else { Err(Unreadable::Missing) }
    }

    /// What is larger than `most` bytes is not inflated.
    fn read(&self, id: Oid, most: usize) -> Result<Raw<'_>, Unreadable> {
        if let Some(object) = self.loose.open(id) {
            let object = object?;
            if object.size > most {
                return Err(Unreadable::Large);
            }
            return Ok(Raw::Loose(object.kind, object.content()?));
        }
        if most < usize::MAX && self.odb.read_header(id)?.0 > most {
            return Err(Unreadable::Large);
        }
        Ok(Raw::Packed(self.odb.read(id)?))
    }

    /// The blob at a path of a commit's tree.
    pub fn blob_at(&self, tree: Oid, path: &str) -> Option<Oid> {
        self.entry_at(tree, path, false)
    }

    /// True if a tree holds a folder at a path; the empty path is the tree itself.
    pub fn has_folder(&self, tree: Oid, path: &str) -> bool {
        path.is_empty() || self.entry_at(tree, path, true).is_some()
    }

    fn entry_at(&self, tree: Oid, path: &str, folder: bool) -> Option<Oid> {
        let mut id = tree;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let object = self.raw(id, ObjectType::Tree).ok()?;
            let entry = super::tree::entries(object.data()).find(|entry| entry.name == part.as_bytes())?;
            if entry.is_tree() != (folder || parts.peek().is_some()) {
                return None;
            }
            id = entry.id;
        }
        Some(id)
    }
}

/// An object as it was read.
pub(super) enum Raw<'a> {
    Packed(OdbObject<'a>),
    Loose(ObjectType, Vec<u8>),
}

impl Raw<'_> {
    pub(super) fn data(&self) -> &[u8] {
        match self {
            Raw::Packed(object) => object.data(),
            Raw::Loose(_, content) => content,
        }
    }

    fn kind(&self) -> ObjectType {
        match self {
            Raw::Packed(object) => object.kind(),
            Raw::Loose(kind, _) => *kind,
        }
    }
}

impl From<Damaged> for Unreadable {
    fn from(_: Damaged) -> Unreadable {
        Unreadable::Damaged
    }
}

impl From<git2::Error> for Unreadable {
    fn from(error: git2::Error) -> Unreadable {
        if error.code() == ErrorCode::NotFound { Unreadable::Missing } else { Unreadable::Damaged }
    }
}
