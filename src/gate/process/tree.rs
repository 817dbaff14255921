//! The processes that a command started, found and ended wherever they went: children and theirs, its
//! process group, orphans that come back to us as their subreaper, and whatever carries the marker in
//! its environment, a session of its own or not.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::process::{self, Process};

/// How long a process may take to end when it is asked to.
const GRACE: Duration = Duration::from_millis(2000);

/// How long what outlives its parent may take to end by itself.
const LINGER: Duration = Duration::from_millis(150);

/// What the environment of a step's processes holds, and the processes that were there before.
pub(super) struct Marker {
    value: String,
    entry: Vec<u8>,
    /// Children of ours that are not of the step.
    before: BTreeSet<u32>,
}

impl Marker {
    pub(super) fn new(name: &str) -> Marker {
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos());
        let own = std::process::id();
        let value = format!("{own}-{now:x}-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        process::adopt_orphans();
        let children = process::table().into_iter().filter(|process| process.parent == own);
        let before = children.map(|process| process.id.pid).collect();
        Marker { entry: format!("{name}={value}").into_bytes(), value, before }
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
    end(id, marker, GRACE);
    let _ = child.kill();
    let _ = child.wait();
}

/// Ends what a command left behind when it ended by itself; how many processes that were.
pub(super) fn end_rest(id: u32, marker: &Marker) -> usize {
    let mut waited = Duration::ZERO;
    while !of_step(id, marker).is_empty() && waited < LINGER {
        std::thread::sleep(Duration::from_millis(10));
        waited += Duration::from_millis(10);
    }
    let left = of_step(id, marker).len();
    if left > 0 {
        end(id, marker, GRACE / 4);
    }
    left
}

#[cfg(target_os = "linux")]
fn end(id: u32, marker: &Marker, grace: Duration) {
    process::end(&|| of_step(id, marker), grace, &|| false);
}

/// Without /proc the process group is what can be reached.
#[cfg(not(target_os = "linux"))]
fn end(id: u32, _: &Marker, grace: Duration) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) else { return };
    let _ = kill_process_group(group, Signal::TERM);
    std::thread::sleep(grace);
    let _ = kill_process_group(group, Signal::KILL);
}

/// The living processes of a step whose first process has or had this id. Orphans that have ended are
/// collected on the way.
fn of_step(first: u32, marker: &Marker) -> Vec<Process> {
    let own = std::process::id();
    let all = process::table();
    let own_group = all.iter().find(|process| process.id.pid == own).map(|process| process.group);
    let mut children: HashMap<u32, Vec<&Process>> = HashMap::new();
    for process in &all {
        children.entry(process.parent).or_default().push(process);
    }
    let started = started();
    // What we start ourselves is in our group, or known.
    let adopted = |process: &Process| {
        let ours = Some(process.group) == own_group || started.contains(&process.group);
        process.parent == own && !ours && !marker.before.contains(&process.id.pid)
    };
    let is_root = |process: &&Process| {
        process.id.pid == first
            || process.group == first
            || process.session == first
            || adopted(process)
            || process::carries(process.id.pid, &marker.entry)
    };
    let mut open: Vec<&Process> =
        all.iter().filter(|process| process.id.pid != own).filter(is_root).collect();
    let mut met: HashSet<u32> = HashSet::new();
    let mut living = Vec::new();
    while let Some(process) = open.pop() {
        if !met.insert(process.id.pid) {
            continue;
        }
        if !process.is_over {
            living.push(*process);
        } else if process.parent == own && process.id.pid != first {
            // The first one is waited for by whoever started it.
            reap(process.id.pid);
        }
        open.extend(children.get(&process.id.pid).into_iter().flatten());
    }
    living
}

fn reap(id: u32) {
    use rustix::process::{Pid, WaitOptions, waitpid};
    let id = i32::try_from(id).ok().and_then(Pid::from_raw);
    let _ = waitpid(id, WaitOptions::NOHANG);
}
