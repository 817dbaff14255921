//! Processes of this machine: who they are, and how to end them all.
//!
//! A process id alone names nobody for long; here a process is its id together with the tick at which it
//! started. Who belongs to whom is decided where it is known: the gate goes by a step's process group, its mark
//! and what it adopted itself, and reaps on the way; the dispatcher goes by an attempt's supervisor, session and
//! mark, and never reaps, since a worker is another process's child.
//!
//! All of it is read from `/proc`. Where there is none, no process is found and only [`own`] is known.

mod end;

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use end::{end, signal};

/// A process that cannot be mistaken for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    pub pid: u32,
    /// Clock ticks between boot and the process's start.
    pub start: u64,
}

/// What `/proc/<pid>/stat` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    pub id: Identity,
    pub parent: u32,
    pub group: u32,
    pub session: u32,
    /// Processor time used, in clock ticks.
    pub ticks: u64,
    pub has_terminal: bool,
    /// It only waits to be reaped.
    pub is_over: bool,
}

/// Names this boot of the machine: process ids mean nothing beyond it.
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// The process with this id, unless it is gone or only waits to be reaped.
pub fn process(pid: u32) -> Option<Process> {
    read(pid).filter(|process| !process.is_over)
}

/// This process.
pub fn own() -> Identity {
    let pid = std::process::id();
    process(pid).map_or(Identity { pid, start: 0 }, |process| process.id)
}

/// Whether exactly this process still runs.
pub fn is_alive(identity: Identity) -> bool {
    process(identity.pid).is_some_and(|process| process.id == identity)
}

/// Every running process.
pub fn all() -> Vec<Process> {
    let mut all = table();
    all.retain(|process| !process.is_over);
    all
}

/// Every process, those too that wait to be reaped.
pub fn table() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| read(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// Whether a process was started with a variable, as `NAME=value`. Other users' processes are not readable.
pub fn carries(pid: u32, variable: &[u8]) -> bool {
    let environment = fs::read(Path::new("/proc").join(pid.to_string()).join("environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|entry| entry == variable)
}

/// Lets orphans of our descendants come to us. Where that is not possible, they are found by their mark alone.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

fn read(pid: u32) -> Option<Process> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse_stat(&String::from_utf8_lossy(&stat))
}

/// `pid (name) state ppid pgrp session tty …`; the name may hold anything, parentheses too.
fn parse_stat(stat: &str) -> Option<Process> {
    let (head, tail) = (stat.split_once(" (")?.0, stat.rsplit_once(") ")?.1);
    let fields: Vec<&str> = tail.split(' ').collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let id = |at: usize| u32::try_from(number(at)?).ok();
    Some(Process {
        id: Identity { pid: head.parse().ok()?, start: number(19)? },
        parent: id(1)?,
        group: id(2)?,
        session: id(3)?,
        ticks: number(11)? + number(12)?,
        has_terminal: fields.get(4).is_some_and(|device| *device != "0"),
        is_over: matches!(*fields.first()?, "Z" | "X" | "x"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_parentheses_does_not_hide_the_fields() {
        let stat = "42 (a) R (b) S 7 41 40 0 -1 4194560 1 0 0 0 11 5 0 0 20 0 1 0 9000 1 1";
        let process = parse_stat(stat).unwrap();
        assert_eq!(process.id, Identity { pid: 42, start: 9000 });
        assert_eq!((process.parent, process.group, process.session, process.ticks), (7, 41, 40, 16));
        assert!(!process.is_over && !process.has_terminal);
    }

    #[test]
    fn a_process_that_waits_to_be_reaped_is_over() {
        let stat = "42 (sh) Z 7 42 40 0 -1 4194560 1 0 0 0 11 5 0 0 20 0 1 0 9000 1 1";
        assert!(parse_stat(stat).unwrap().is_over);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_alive_and_a_later_one_with_its_number_is_not_it() {
        let own = own();
        assert!(is_alive(own));
        assert!(!is_alive(Identity { start: own.start + 1, ..own }));
    }
}
