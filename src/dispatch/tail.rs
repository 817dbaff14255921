//! Reading a file that somebody else is still writing, line by line.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A line longer than this is cut: nobody needs a megabyte of one tool's output to see that it came.
const LONGEST: usize = 1 << 20;

/// How much is read at one look, so that a flood cannot hold the dispatcher up.
const LOOK: u64 = 4 << 20;

/// Follows a file from its start.
pub struct Tail {
    path: PathBuf,
    offset: u64,
    rest: Vec<u8>,
    /// The rest of an overlong line is being passed over.
    skipping: bool,
}

impl Tail {
    pub fn new(path: &Path) -> Tail {
        Tail { path: path.to_owned(), offset: 0, rest: Vec::new(), skipping: false }
    }

    /// The lines that were finished since the last look; `more` is set if another look is due at once.
    pub fn lines(&mut self, more: &mut bool) -> Vec<String> {
        let bytes = self.read().unwrap_or_default();
        *more |= bytes.len() as u64 == LOOK;
        let mut lines = Vec::new();
        for byte in bytes {
            match byte {
                b'\n' if self.skipping => self.skipping = false,
                b'\n' => lines.push(self.take()),
                _ if self.skipping => {}
                byte => {
                    self.rest.push(byte);
                    if self.rest.len() >= LONGEST {
                        lines.push(self.take());
                        self.skipping = true;
                    }
                }
            }
        }
        lines
    }

    /// What stands after the last line break: the writer has ended.
    pub fn last(&mut self) -> Option<String> {
        (!self.rest.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> String {
        let line = String::from_utf8_lossy(&self.rest).trim_end_matches('\r').to_owned();
        self.rest.clear();
        line
    }

    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        if file.metadata()?.len() <= self.offset {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.take(LOOK).read_to_end(&mut bytes)?;
        self.offset += bytes.len() as u64;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_line_is_told_when_it_is_finished_and_only_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        let mut tail = Tail::new(&path);
        let mut more = false;
        assert!(tail.lines(&mut more).is_empty());
        fs::write(&path, "one\r\ntw").unwrap();
        assert_eq!(tail.lines(&mut more), ["one"]);
        fs::write(&path, "one\r\ntwo\nthree").unwrap();
        assert_eq!(tail.lines(&mut more), ["two"]);
        assert_eq!(tail.last().as_deref(), Some("three"));
        assert!(!more);
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_one_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out");
        fs::write(&path, format!("{}\nnext\n", "x".repeat(LONGEST + 10))).unwrap();
        let lines = Tail::new(&path).lines(&mut false);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [LONGEST, 4]);
    }
}
