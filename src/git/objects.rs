//! Reading objects: one handle per thread.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use git2::{ObjectType, Odb, Oid};

/// Files above this many bytes are not read: nobody corrects them by hand.
const MAX_BLOB: usize = 1 << 20;

/// Reads objects of one repository, alternates included.
pub struct Objects {
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
        let odb = Odb::new()?;
        odb.add_disk_alternate(&common_dir.join("objects").to_string_lossy())?;
        Ok(Objects { odb, read: RefCell::default() })
    }

    /// The text of a blob that can be compared line by line.
    pub fn blob(&self, id: Oid) -> Result<Blob, Unreadable> {
        let mut read = self.read.borrow_mut();
        if let Some(text) = read.texts.get(&id) {
            return Ok(Rc::clone(text));
        }
        let object = self.odb.read(id).map_err(|_| Unreadable::Missing)?;
        let data = object.data();
        if data.len() > MAX_BLOB {
            return Err(Unreadable::Large);
        }
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

    /// The raw content of a tree or commit; none where it is missing or of another type.
    pub(super) fn raw(&self, id: Oid, kind: ObjectType) -> Option<git2::OdbObject<'_>> {
        self.odb.read(id).ok().filter(|object| object.kind() == kind)
    }

    /// The blob at a path of a commit's tree.
    pub fn blob_at(&self, tree: Oid, path: &str) -> Option<Oid> {
        let mut id = tree;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let object = self.raw(id, ObjectType::Tree)?;
            let entry = super::tree::entries(object.data()).find(|entry| entry.name == part.as_bytes())?;
            if entry.is_tree() != parts.peek().is_some() {
                return None;
            }
            id = entry.id;
        }
        Some(id)
    }
}
