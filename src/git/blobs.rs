//! The bytes of blobs: from libgit2's object database, or from git itself where libgit2 cannot read.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::{Arc, Mutex, PoisonError};

use git2::{ObjectType, Odb};
use sha1::{Digest, Sha1};

use super::command::Git;
use super::name::ObjectName;

/// Reads blobs, from whatever thread, and keeps those read last: the states of a project share most of them.
pub(super) struct Blobs {
    source: Source,
    kept: Mutex<Kept>,
}

enum Source {
    Database(Odb<'static>),
    /// One `git cat-file --batch`, started when the first blob is asked for.
    Git(Git, Mutex<Option<Batch>>),
}

/// Blobs that were read.
#[derive(Default)]
struct Kept {
    blobs: HashMap<ObjectName, Arc<[u8]>>,
    bytes: usize,
}

/// No more bytes of blobs are kept.
const MAX_KEPT: usize = 16 << 20;

impl Blobs {
    pub(super) fn of_database(odb: Odb<'static>) -> Blobs {
        Blobs { source: Source::Database(odb), kept: Mutex::default() }
    }

    pub(super) fn of_git(git: Git) -> Blobs {
        Blobs { source: Source::Git(git, Mutex::new(None)), kept: Mutex::default() }
    }

    /// None where the blob is missing or cannot be read. The file at `copy` is taken where it is the very blob.
    pub(super) fn read(&self, id: ObjectName, copy: Option<&Path>) -> Option<Arc<[u8]>> {
        if let Some(known) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).blobs.get(&id) {
            return Some(known.clone());
        }
        // What could not be read is asked for again: git may have been started anew by then.
        let blob = copy.and_then(|path| copy_of(id, path)).or_else(|| self.source.read(id))?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + blob.len() > MAX_KEPT {
            *kept = Kept::default();
        }
        kept.bytes += blob.len();
        kept.blobs.insert(id, blob.clone());
        Some(blob)
    }
}

/// Copies of more bytes are not looked at.
const MAX_COPY: u64 = 1 << 20;

/// The bytes of a file, if they are the blob of this name.
fn copy_of(id: ObjectName, path: &Path) -> Option<Arc<[u8]>> {
    // Whatever else lies there might never end.
    path.symlink_metadata().ok().filter(|it| it.is_file() && it.len() <= MAX_COPY)?;
    let bytes = fs::read(path).ok()?;
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(&bytes);
    (ObjectName::from_bytes(&hash.finalize())? == id).then(|| Arc::from(bytes))
}

impl Source {
    fn read(&self, id: ObjectName) -> Option<Arc<[u8]>> {
        match self {
            Source::Database(odb) => {
                let object = odb.read(id.oid()?).ok()?;
                (object.kind() == ObjectType::Blob).then(|| Arc::from(object.data()))
            }
            Source::Git(git, batch) => {
                let mut batch = batch.lock().ok()?;
                if batch.is_none() {
                    *batch = Batch::start(git);
                }
                let read = batch.as_mut()?.read(id);
                if read.is_none() {
                    // Whatever went wrong, the next answer might be that to an older question.
                    *batch = None;
                }
                read?
            }
        }
    }
}

/// A running `git cat-file --batch`.
pub(super) struct Batch {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Batch {
    fn start(git: &Git) -> Option<Batch> {
        let mut child = git.piped(&["cat-file", "--batch"]).spawn().ok()?;
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take()?);
        Some(Batch { child, questions, answers })
    }

    /// The outer none: the conversation broke; the inner one: there is no such blob.
    fn read(&mut self, id: ObjectName) -> Option<Option<Arc<[u8]>>> {
        let questions = self.questions.as_mut()?;
        writeln!(questions, "{id}").and_then(|()| questions.flush()).ok()?;
        let mut header = String::new();
        self.answers.read_line(&mut header).ok()?;
        let mut words = header.split_whitespace();
        if words.next()? != id.to_string() {
            return None;
        }
        let kind = words.next()?;
        if kind == "missing" {
            return Some(None);
        }
        let size: usize = words.next()?.parse().ok()?;
        let mut bytes = Vec::new();
        (&mut self.answers).take(size as u64 + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() == size + 1 && bytes.pop() == Some(b'\n')).then_some(())?;
        Some((kind == "blob").then(|| Arc::from(bytes)))
    }
}

impl Drop for Batch {
    /// Git ends by itself when its input does.
    fn drop(&mut self) {
        self.questions = None;
        let _ = self.child.wait();
    }
}
