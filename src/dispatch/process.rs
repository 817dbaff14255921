//! The processes of an attempt, whoever adopted them.
//!
//! An agent's shell commands are session leaders of their own and outlive it, so an attempt's processes are
//! found in three ways: below its supervisor, in its session, and by the marker that each carries in its
//! environment.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::process::carries;
pub use crate::process::{
    Identity, Process, adopt_orphans, all, boot_id, end, is_alive, own, process, signal,
};

/// The variable that names the attempt a process works for.
pub const MARKER: &str = "FRICTION_ATTEMPT";

/// Whether a process takes in other processes' orphans: the first one, or a user's service manager.
fn is_adopter(process: &Process) -> bool {
    let name = || fs::read_to_string(format!("/proc/{}/comm", process.id.pid)).unwrap_or_default();
    process.id.pid == 1 || (process.parent <= 1 && name().trim() == "systemd")
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
        all.iter().filter(|process| is_adopter(process)).map(|process| process.id.pid).collect();
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
