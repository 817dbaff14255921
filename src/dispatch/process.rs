//! Processes of this machine: who they are, who belongs to an attempt, and how to end them all.
//!
//! A process id alone names nobody for long; here a process is its id together with the tick at which it
//! started. An agent's shell commands are session leaders of their own and outlive it, so an attempt's
//! processes are found in three ways: below its supervisor, in its session, and by the marker that each
//! carries in its environment.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// The variable that names the attempt a process works for.
pub const MARKER: &str = "FRICTION_ATTEMPT";

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
    pub session: u32,
    /// Processor time used, in clock ticks.
    pub ticks: u64,
    pub has_terminal: bool,
}

impl Process {
    /// Whether it takes in other processes' orphans: the first one, or a user's service manager.
    fn is_adopter(&self) -> bool {
        let name = || fs::read_to_string(format!("/proc/{}/comm", self.id.pid)).unwrap_or_default();
        self.id.pid == 1 || (self.parent <= 1 && name().trim() == "systemd")
    }
}

/// Names this boot of the machine: process ids mean nothing beyond it.
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// The process with this id, unless it is gone or only waits to be reaped.
pub fn process(pid: u32) -> Option<Process> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
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

fn parse_stat(stat: &str) -> Option<Process> {
    // The name in parentheses may hold anything, parentheses too.
    let (head, tail) = (stat.split_once(" (")?.0, stat.rsplit_once(") ")?.1);
    let fields: Vec<&str> = tail.split(' ').collect();
    if matches!(*fields.first()?, "Z" | "X" | "x") {
        return None;
    }
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Process {
        id: Identity { pid: head.parse().ok()?, start: number(19)? },
        parent: u32::try_from(number(1)?).ok()?,
        session: u32::try_from(number(3)?).ok()?,
        ticks: number(11)? + number(12)?,
        has_terminal: fields.get(4).is_some_and(|device| *device != "0"),
    })
}

/// Every running process.
pub fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| process(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// Whether a process was started with the variable set to this value. Other users' processes are not readable.
fn carries(pid: u32, variable: &[u8]) -> bool {
    let environment = fs::read(Path::new("/proc").join(pid.to_string()).join("environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|entry| entry == variable)
}

/// The processes that belong to an attempt, whoever adopted them; never the asking one or its ancestors.
pub fn of_attempt(ulid: &str, supervisor: Option<u32>) -> Vec<Process> {
    let all = all();
    let variable = format!("{MARKER}={ulid}").into_bytes();
    let mut family: BTreeSet<u32> = supervisor.into_iter().collect();
    loop {
        let before = family.len();
        let below = |process: &&Process| {
            family.contains(&process.parent) || supervisor.is_some_and(|leader| leader == process.session)
        };
        let found: Vec<u32> = all.iter().filter(below).map(|process| process.id.pid).collect();
        family.extend(found);
        if family.len() == before {
            break;
        }
    }
    let spared = ancestors(&all, std::process::id());
    let belongs = |process: &Process| family.contains(&process.id.pid) || carries(process.id.pid, &variable);
    all.iter().filter(|process| !spared.contains(&process.id.pid) && belongs(process)).copied().collect()
}

/// Processor time, in clock ticks, of a supervisor's session and everything below it. Cheaper than
/// [`of_attempt`]: no environment is read.
pub fn ticks(supervisor: u32) -> u64 {
    let all = all();
    let mut family = BTreeSet::from([supervisor]);
    // Children come after their parents but for wrapped numbers, so two rounds see nearly all.
    for _ in 0..2 {
        family.extend(
            all.iter()
                .filter(|process| family.contains(&process.parent))
                .map(|process| process.id.pid)
                .collect::<Vec<_>>(),
        );
    }
    let belongs = |process: &&Process| family.contains(&process.id.pid) || process.session == supervisor;
    all.iter().filter(belongs).map(|process| process.ticks).sum()
}

/// Orphans without a terminal that work inside a folder of ours: what dropped its mark and lost its supervisor.
pub fn orphans_in(folder: &Path) -> Vec<Process> {
    let all = all();
    let is_inside = |process: &&Process| {
        fs::read_link(format!("/proc/{}/cwd", process.id.pid)).is_ok_and(|at| at.starts_with(folder))
    };
    let adopters: BTreeSet<u32> =
        all.iter().filter(|process| process.is_adopter()).map(|process| process.id.pid).collect();
    let orphans = all.iter().filter(|process| !process.has_terminal && adopters.contains(&process.parent));
    orphans.filter(is_inside).copied().collect()
}

fn ancestors(all: &[Process], pid: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::from([pid]);
    let mut at = pid;
    while let Some(process) = all.iter().find(|process| process.id.pid == at) {
        if process.parent == 0 || !found.insert(process.parent) {
            break;
        }
        at = process.parent;
    }
    found
}

/// Sends a signal to exactly this process; gone already is fine.
pub fn signal(identity: Identity, signal: Signal) {
    let Some(pid) = i32::try_from(identity.pid).ok().and_then(Pid::from_raw) else { return };
    // The descriptor is taken first, so that what is checked next is what gets the signal.
    let Ok(descriptor) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    if is_alive(identity) {
        let _ = pidfd_send_signal(descriptor, signal);
    }
}

/// How long the kernel gets to take away killed processes.
const REAPING: Duration = Duration::from_secs(5);

/// Ends processes: asks, waits up to `grace`, then kills until none is left. `victims` is asked anew each
/// time, since processes fork while they are being ended; `hurry` cuts the grace short.
/// How many processes were asked.
pub fn end(victims: &dyn Fn() -> Vec<Process>, grace: Duration, hurry: &dyn Fn() -> bool) -> usize {
    let mut asked = BTreeSet::new();
    let start = Instant::now();
    while start.elapsed() < grace && !hurry() {
        let alive = victims();
        if alive.is_empty() {
            return asked.len();
        }
        for process in alive {
            if asked.insert(process.id) {
                signal(process.id, Signal::TERM);
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let killing = Instant::now();
    while killing.elapsed() < REAPING {
        let alive = victims();
        if alive.is_empty() {
            break;
        }
        for process in alive {
            asked.insert(process.id);
            signal(process.id, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    asked.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_full_of_parentheses_does_not_hide_the_fields() {
        let stat = "42 (a) R (b) S 7 42 40 0 -1 4194560 1 0 0 0 11 5 0 0 20 0 1 0 9000 1 1";
        let process = parse_stat(stat).unwrap();
        assert_eq!(process.id, Identity { pid: 42, start: 9000 });
        assert_eq!((process.parent, process.session, process.ticks), (7, 40, 16));
    }

    #[test]
    fn a_process_that_waits_to_be_reaped_is_gone() {
        assert_eq!(parse_stat("42 (sh) Z 7 42 40 0 -1 4194560 1 0 0 0 11 5 0 0 20 0 1 0 9000 1 1"), None);
    }

    #[test]
    fn this_process_is_alive_and_a_later_one_with_its_number_is_not_it() {
        let own = own();
        assert!(is_alive(own));
        assert!(!is_alive(Identity { start: own.start + 1, ..own }));
    }
}
