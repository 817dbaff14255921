//! The processes that a command started, found and ended wherever they went: children and theirs, its
//! process group, orphans that come back to us as their subreaper, and whatever carries the marker in
//! its environment, a session of its own or not.

use std::collections::BTreeSet;
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a process may take to end when it is asked to.
const GRACE: Duration = Duration::from_millis(2000);

/// How long what outlives its parent may take to end by itself.
const LINGER: Duration = Duration::from_millis(150);

/// What the environment of a step's processes holds, and the processes that were there before.
pub(super) struct Marker {
    value: String,
    #[cfg(target_os = "linux")]
    entry: Vec<u8>,
    /// Children of ours that are not of the step.
    #[cfg(target_os = "linux")]
    before: Vec<i32>,
}

impl Marker {
    pub(super) fn new(name: &str) -> Marker {
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos());
        let value = format!("{}-{now:x}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        #[cfg(target_os = "linux")]
        {
            // Where it is refused, orphans that cleared their environment are not found; the rest is.
            let own = rustix::process::getpid();
            let _ = rustix::process::set_child_subreaper(Some(own));
            let own = own.as_raw_nonzero().get();
            let before =
                linux::processes().iter().filter(|process| process.parent == own).map(|p| p.id).collect();
            Marker { entry: format!("{name}={value}\0").into_bytes(), value, before }
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = name;
            Marker { value }
        }
    }

    pub(super) fn value(&self) -> &str {
        &self.value
    }
}

/// The first processes of all steps of this program, each the leader of its group.
pub(super) fn started() -> MutexGuard<'static, BTreeSet<u32>> {
    static STARTED: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a command that still runs, and everything it started.
pub(super) fn end_all(child: &mut Child, marker: &Marker) {
    let id = child.id();
    signal_all(id, marker, Signal::Ask);
    let mut waited = Duration::ZERO;
    while waited < GRACE && (matches!(child.try_wait(), Ok(None)) || living(id, marker) > 0) {
        std::thread::sleep(Duration::from_millis(20));
        waited += Duration::from_millis(20);
    }
    insist(id, marker);
    let _ = child.kill();
    let _ = child.wait();
}

/// Ends what a command left behind when it ended by itself; how many processes that were.
pub(super) fn end_rest(id: u32, marker: &Marker) -> usize {
    let mut waited = Duration::ZERO;
    while living(id, marker) > 0 && waited < LINGER {
        std::thread::sleep(Duration::from_millis(10));
        waited += Duration::from_millis(10);
    }
    let left = living(id, marker);
    if left > 0 {
        signal_all(id, marker, Signal::Ask);
        let mut waited = Duration::ZERO;
        while living(id, marker) > 0 && waited < GRACE / 4 {
            std::thread::sleep(Duration::from_millis(20));
            waited += Duration::from_millis(20);
        }
        insist(id, marker);
    }
    left
}

/// Kills until nothing is left: what is killed may have been starting something new.
fn insist(id: u32, marker: &Marker) {
    for _ in 0..50 {
        if signal_all(id, marker, Signal::Force) == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Ask,
    Force,
}

#[cfg(target_os = "linux")]
fn living(id: u32, marker: &Marker) -> usize {
    linux::of_step(id as i32, marker).len()
}

#[cfg(target_os = "linux")]
fn signal_all(id: u32, marker: &Marker, signal: Signal) -> usize {
    use rustix::process::{Pid, Signal as Number, kill_process};
    let found = linux::of_step(id as i32, marker);
    let number = match signal {
        Signal::Ask => Number::TERM,
        Signal::Force => Number::KILL,
    };
    for pid in found.iter().filter_map(|pid| Pid::from_raw(*pid)) {
        let _ = kill_process(pid, number);
    }
    found.len()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::{HashMap, HashSet};
    use std::fs;

    use rustix::process::{Pid, WaitOptions, getpgrp, getpid, waitpid};

    use super::Marker;

    pub(super) struct Process {
        pub(super) id: i32,
        pub(super) parent: i32,
        group: i32,
        session: i32,
        ended: bool,
    }

    /// Every process that can be seen.
    pub(super) fn processes() -> Vec<Process> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|entry| process(entry.file_name().to_str()?.parse().ok()?)).collect()
    }

    /// `pid (name) state ppid pgrp session …`; the name may hold anything, parentheses too.
    fn process(id: i32) -> Option<Process> {
        let bytes = fs::read(format!("/proc/{id}/stat")).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let mut fields = text.rsplit_once(") ")?.1.split(' ');
        let ended = matches!(fields.next()?, "Z" | "X");
        let mut number = || fields.next()?.parse().ok();
        Some(Process { id, parent: number()?, group: number()?, session: number()?, ended })
    }

    /// The living processes of a step whose first process has or had this id. Orphans that have ended
    /// are collected on the way.
    pub(super) fn of_step(first: i32, marker: &Marker) -> Vec<i32> {
        let own = getpid().as_raw_nonzero().get();
        let all = processes();
        let mut children: HashMap<i32, Vec<&Process>> = HashMap::new();
        for process in &all {
            children.entry(process.parent).or_default().push(process);
        }
        let own_group = getpgrp().as_raw_nonzero().get();
        let started = super::started();
        // What we start ourselves is in our group, or known.
        let adopted = |process: &Process| {
            let ours = process.group == own_group || started.contains(&(process.group as u32));
            process.parent == own && !ours && !marker.before.contains(&process.id)
        };
        let is_root = |process: &&Process| {
            process.id == first
                || process.group == first
                || process.session == first
                || adopted(process)
                || carries(process.id, &marker.entry)
        };
        let mut open: Vec<&Process> =
            all.iter().filter(|process| process.id != own).filter(is_root).collect();
        let mut met: HashSet<i32> = HashSet::new();
        let mut living = Vec::new();
        while let Some(process) = open.pop() {
            if !met.insert(process.id) {
                continue;
            }
            if process.ended {
                // The first one is waited for by whoever started it.
                if process.parent == own && process.id != first {
                    let _ = waitpid(Pid::from_raw(process.id), WaitOptions::NOHANG);
                }
            } else {
                living.push(process.id);
            }
            open.extend(children.get(&process.id).into_iter().flatten());
        }
        living
    }

    fn carries(id: i32, entry: &[u8]) -> bool {
        let Ok(environment) = fs::read(format!("/proc/{id}/environ")) else { return false };
        memchr::memmem::find(&environment, entry).is_some()
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn living(_: u32, _: &Marker) -> usize {
    0
}

/// Without /proc the process group is what can be reached.
#[cfg(all(unix, not(target_os = "linux")))]
fn signal_all(id: u32, _: &Marker, signal: Signal) -> usize {
    use rustix::process::{Pid, Signal as Number, kill_process_group};
    let number = match signal {
        Signal::Ask => Number::TERM,
        Signal::Force => Number::KILL,
    };
    if let Some(pid) = Pid::from_raw(id as i32) {
        let _ = kill_process_group(pid, number);
    }
    0
}
