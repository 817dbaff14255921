//! The journal: a line of JSON a record, appended by the one process that holds the lock, on the disk
//! before anything is done about it.
//!
//! A line that was cut off by a death or a full disk is the last one by construction, and is taken back. A
//! damaged line anywhere else means that somebody else wrote the file: then nothing is run.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::event::{Event, Record};
use super::files;
use super::process::{self, Identity};
use super::{clock, failpoint};

/// The version of a record's form.
const VERSION: u8 = 1;

/// The journal's file in the dispatcher's folder.
pub const FILE: &str = "journal.jsonl";

/// Why there is no journal to work with.
#[derive(Debug, Error)]
pub enum JournalError {
    #[error(
        "another dispatcher (process {pid}, since {since}) works on this repository: see `friction status`, or end it with `friction dispatch stop`"
    )]
    Held { pid: u32, since: String },
    #[error("cannot {doing} {}: {problem}; nothing is lost: mend that and start again", path.display())]
    Io { doing: &'static str, path: PathBuf, problem: io::Error },
    #[error("{} is damaged at line {line} ({problem}): move it away to begin anew, or restore it", path.display())]
    Damaged { path: PathBuf, line: usize, problem: String },
}

/// The dispatcher that holds the lock, as it says itself.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    dispatcher: Identity,
    since: String,
}

/// Opens a file to read and to add to, made where there is none.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// How long a lock is waited for that somebody alive holds, and one whose holder is gone.
const ASKED: Duration = Duration::from_millis(100);
const KILLED: Duration = Duration::from_secs(10);

/// The right to write, which ends with the process.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says who has it.
    pub fn take(dir: &Path) -> Result<Lock, JournalError> {
        let path = dir.join("lock");
        let io = |doing, problem| JournalError::Io { doing, path: path.clone(), problem };
        fs::create_dir_all(dir).map_err(|source| io("create the folder of", source))?;
        let mut file = open(&path).map_err(|source| io("open", source))?;
        let mut taken = file.try_lock();
        let start = std::time::Instant::now();
        while matches!(taken, Err(fs::TryLockError::WouldBlock)) {
            // Somebody may only be asking who holds it; and one that was killed in the moment of starting a
            // program leaves a child that still has it until it becomes that program.
            let named: Option<Holder> = files::read_json(&path);
            let is_dead = named.is_none_or(|holder| !process::is_alive(holder.dispatcher));
            let patience = if is_dead { KILLED } else { ASKED };
            if start.elapsed() >= patience {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
            taken = file.try_lock();
        }
        if let Err(refused) = taken {
            return Err(match refused {
                fs::TryLockError::WouldBlock => holder(dir),
                fs::TryLockError::Error(source) => io("lock", source),
            });
        }
        let holder = Holder {
            dispatcher: process::own(),
            since: clock::text(clock::millis(std::time::SystemTime::now())),
        };
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.write_all(&serde_json::to_vec(&holder)?)
        };
        write(&mut file).map_err(|source| io("write", source))?;
        Ok(Lock { _file: file })
    }

    /// The process id of the dispatcher that holds the lock now.
    pub fn held_by(dir: &Path) -> Option<(u32, String)> {
        let file = File::open(dir.join("lock")).ok()?;
        match file.try_lock_shared() {
            Err(fs::TryLockError::WouldBlock) => files::read_json::<Holder>(&dir.join("lock"))
                .map(|holder| (holder.dispatcher.pid, holder.since)),
            _ => None,
        }
    }
}

fn holder(dir: &Path) -> JournalError {
    // The holder may just be writing its name.
    let unknown = Holder { dispatcher: Identity { pid: 0, start: 0 }, since: "just now".to_owned() };
    let holder: Holder = files::read_json(&dir.join("lock")).unwrap_or(unknown);
    JournalError::Held { pid: holder.dispatcher.pid, since: holder.since }
}

/// The open journal; only who holds the [`Lock`] has one.
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Bytes of whole records.
    length: u64,
    seq: u64,
    boot: String,
    _lock: Lock,
}

impl Journal {
    /// Opens the journal and reads all of it; a torn last line is taken back.
    pub fn open(dir: &Path, lock: Lock) -> Result<(Journal, Vec<Record>), JournalError> {
        let path = dir.join(FILE);
        let io = |doing, problem| JournalError::Io { doing, path: path.clone(), problem };
        let mut file = open(&path).map_err(|source| io("open", source))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|source| io("read", source))?;
        let (records, length) = parse(&bytes, &path)?;
        if length < bytes.len() as u64 {
            file.set_len(length).map_err(|source| io("mend", source))?;
        }
        file.seek(SeekFrom::Start(length)).map_err(|source| io("read", source))?;
        let seq = records.last().map_or(0, |record| record.seq);
        Ok((Journal { file, path, length, seq, boot: process::boot_id(), _lock: lock }, records))
    }

    /// Puts a record on the disk. The supervisor is that of the running attempt, for tests that kill it.
    pub fn append(
        &mut self,
        now: i64,
        task: Option<(&str, u32)>,
        event: Event,
        supervisor: Option<u32>,
    ) -> Result<Record, JournalError> {
        let name = event.name();
        failpoint::hit("before", name, supervisor);
        let record = Record {
            v: VERSION,
            seq: self.seq + 1,
            ts: now,
            boot: self.boot.clone(),
            task: task.map(|(task, _)| task.to_owned()),
            attempt: task.map(|(_, attempt)| attempt).filter(|attempt| *attempt > 0),
            event,
        };
        let line = seal(&record);
        let written = match failpoint::is_disk_full(name) {
            false => self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data()),
            true => self
                .file
                .write_all(&line.as_bytes()[..line.len() / 2])
                .and(Err(io::Error::from(ErrorKind::StorageFull))),
        };
        if let Err(problem) = written {
            // What was half written must not stand before the next record.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(JournalError::Io { doing: "write", path: self.path.clone(), problem });
        }
        self.length += line.len() as u64;
        self.seq = record.seq;
        failpoint::hit("after", name, supervisor);
        Ok(record)
    }
}

/// Reads a journal that somebody else may be writing.
pub fn read(dir: &Path) -> Result<Vec<Record>, JournalError> {
    let path = dir.join(FILE);
    match fs::read(&path) {
        Ok(bytes) => Ok(parse(&bytes, &path)?.0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(problem) => Err(JournalError::Io { doing: "read", path, problem }),
    }
}

/// The record's line with its checksum.
fn seal(record: &Record) -> String {
    let mut line = serde_json::to_string(record).expect("a record is plain data");
    let sum = crc32fast::hash(line.as_bytes());
    line.truncate(line.len() - 1);
    line.push_str(&format!(",\"crc\":\"{sum:08x}\"}}\n"));
    line
}

fn unseal(line: &[u8]) -> Result<Record, String> {
    let text = std::str::from_utf8(line).map_err(|_| "not text".to_owned())?;
    let (body, sum) = text.rsplit_once(",\"crc\":\"").ok_or("no checksum")?;
    let body = format!("{body}}}");
    if sum.strip_suffix("\"}") != Some(&format!("{:08x}", crc32fast::hash(body.as_bytes()))) {
        return Err("wrong checksum".to_owned());
    }
    serde_json::from_str(&body).map_err(|error| error.to_string())
}

/// The records, and how many bytes they take.
fn parse(bytes: &[u8], path: &Path) -> Result<(Vec<Record>, u64), JournalError> {
    let mut records: Vec<Record> = Vec::new();
    let mut length = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let whole = line.strip_suffix(b"\n");
        let read = whole.ok_or("cut off".to_owned()).and_then(unseal);
        let is_last = length + line.len() == bytes.len();
        match read {
            Ok(record) if record.seq == records.len() as u64 + 1 => records.push(record),
            Ok(record) => {
                let problem = format!("record {} where {} was due", record.seq, records.len() + 1);
                return Err(JournalError::Damaged {
                    path: path.to_owned(),
                    line: records.len() + 1,
                    problem,
                });
            }
            Err(_) if is_last => break,
            Err(problem) => {
                return Err(JournalError::Damaged {
                    path: path.to_owned(),
                    line: records.len() + 1,
                    problem,
                });
            }
        }
        length += line.len();
    }
    Ok((records, length as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, count: usize) {
        let (mut journal, records) = Journal::open(dir, Lock::take(dir).unwrap()).unwrap();
        for at in 0..count {
            let event = Event::Done { sha: format!("{at}") };
            let record = journal.append(1_767_603_600_123, Some(("T-1", 1)), event, None).unwrap();
            assert_eq!(record.seq as usize, records.len() + at + 1);
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), 2);
        write(dir.path(), 1);
        let records = read(dir.path()).unwrap();
        assert_eq!(records.iter().map(|record| record.seq).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(records[0].ts, 1_767_603_600_123);
        assert_eq!(records[1].event, Event::Done { sha: "1".to_owned() });
    }

    #[test]
    fn a_journal_cut_off_at_any_byte_loses_only_its_last_record() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), 3);
        let path = dir.path().join(FILE);
        let whole = fs::read(&path).unwrap();
        let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        for end in last..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            let (_, records) = Journal::open(dir.path(), Lock::take(dir.path()).unwrap()).unwrap();
            assert_eq!(records.len(), 2, "{end}");
            assert_eq!(fs::read(&path).unwrap(), &whole[..last]);
        }
    }

    #[test]
    fn a_line_damaged_in_the_middle_is_named() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), 3);
        let path = dir.path().join(FILE);
        let text = fs::read_to_string(&path).unwrap().replacen("\"sha\":\"1\"", "\"sha\":\"7\"", 1);
        fs::write(&path, text).unwrap();
        let told = read(dir.path()).unwrap_err().to_string();
        assert!(told.contains("line 2 (wrong checksum)"), "{told}");
    }

    #[test]
    fn a_second_dispatcher_is_told_who_holds_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::take(dir.path()).unwrap();
        let told = Lock::take(dir.path()).err().unwrap().to_string();
        assert!(told.contains(&format!("process {}", std::process::id())), "{told}");
        assert!(Lock::held_by(dir.path()).is_some());
        drop(lock);
        assert!(Lock::held_by(dir.path()).is_none());
        assert!(Lock::take(dir.path()).is_ok());
    }
}
