//! Objects that lie in files of their own, as everything does that was committed lately.
//!
//! libgit2 reads a file that was cut short for ever, so these are read here, and it is asked for packed
//! objects only.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::ZlibDecoder;
use git2::{ObjectType, Oid};

/// Stores that borrow from one another beyond which none is followed; git stops there too.
const MAX_ALTERNATES: usize = 5;

/// `commit 18446744073709551615` and a NUL, with room.
const MAX_HEADER: usize = 64;

/// The loose objects of a store and of the stores that it borrows from.
pub(super) struct Loose {
    folders: Vec<PathBuf>,
    /// By first byte of the name, the names that were there when one of them was first asked for. What
    /// comes later was written whole.
    names: Vec<OnceCell<HashSet<Oid>>>,
}

/// The file of an object is cut short, or holds something else.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damaged;

/// An object of which the header was read.
pub(super) struct LooseObject {
    pub kind: ObjectType,
    /// Bytes of its content.
    pub size: usize,
    begun: Vec<u8>,
    rest: ZlibDecoder<File>,
}

impl Loose {
    /// Of an `objects` folder.
    pub fn of(objects: &Path) -> Loose {
        let mut folders = vec![objects.to_owned()];
        let (mut level, mut depth) = (0, 0);
        while level < folders.len() && depth < MAX_ALTERNATES {
            let next = folders.len();
            let found: Vec<PathBuf> = folders[level..].iter().flat_map(|folder| alternates(folder)).collect();
            for folder in found {
                if !folders.contains(&folder) {
                    folders.push(folder);
                }
            }
            (level, depth) = (next, depth + 1);
        }
        Loose { folders, names: (0..256).map(|_| OnceCell::new()).collect() }
    }

    /// Opens an object; none where it is not loose.
    pub fn open(&self, id: Oid) -> Option<Result<LooseObject, Damaged>> {
        let first = id.as_bytes()[0];
        if !self.names[usize::from(first)].get_or_init(|| self.list(first)).contains(&id) {
            return None;
        }
        let name = id.to_string();
        let files = self.folders.iter().map(|folder| folder.join(&name[..2]).join(&name[2..]));
        // A whole copy elsewhere does as well. Where none is left, it was packed meanwhile.
        let mut opened = files.filter_map(|file| File::open(file).ok()).map(LooseObject::begin);
        let first = opened.next()?;
        Some(first.or_else(|damaged| opened.find_map(Result::ok).ok_or(damaged)))
    }

    fn list(&self, first: u8) -> HashSet<Oid> {
        let start = format!("{first:02x}");
        let entries = self.folders.iter().flat_map(|folder| fs::read_dir(folder.join(&start)));
        let name =
            |entry: fs::DirEntry| Oid::from_str(&format!("{start}{}", entry.file_name().to_str()?)).ok();
        entries.flatten().flatten().filter_map(name).collect()
    }
}

/// The stores that a store borrows from: absolute paths, or relative to it.
fn alternates(objects: &Path) -> Vec<PathBuf> {
    let listed = fs::read_to_string(objects.join("info/alternates")).unwrap_or_default();
    let lines = listed.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| objects.join(line)).collect()
}

impl LooseObject {
    fn begin(file: File) -> Result<LooseObject, Damaged> {
        let mut rest = ZlibDecoder::new(file);
        let mut begun = Vec::with_capacity(MAX_HEADER);
        rest.by_ref().take(MAX_HEADER as u64).read_to_end(&mut begun).map_err(|_| Damaged)?;
        let end = memchr::memchr(0, &begun).ok_or(Damaged)?;
        let header = std::str::from_utf8(&begun[..end]).map_err(|_| Damaged)?;
        let (kind, size) = header.split_once(' ').ok_or(Damaged)?;
        let kind = ObjectType::from_str(kind).ok_or(Damaged)?;
        let size = size.parse().map_err(|_| Damaged)?;
        begun.drain(..=end);
        Ok(LooseObject { kind, size, begun, rest })
    }

    /// The whole content.
    pub fn content(self) -> Result<Vec<u8>, Damaged> {
        let mut content = self.begun;
        let missing = self.size.checked_sub(content.len()).ok_or(Damaged)?;
        // A header may promise anything: memory is taken as bytes arrive. One byte too many is asked for,
        // so that the check sum at the end is read.
        let read = self.rest.take(missing as u64 + 1).read_to_end(&mut content).map_err(|_| Damaged)?;
        if read == missing { Ok(content) } else { Err(Damaged) }
    }
}
