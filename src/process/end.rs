//! The kill ladder: ask, wait, kill, until nobody is left.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::{Identity, Process, is_alive};

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

/// Sends a signal to exactly this process; gone already is fine.
pub fn signal(identity: Identity, signal: Signal) {
    let Some(pid) = i32::try_from(identity.pid).ok().and_then(Pid::from_raw) else { return };
    send(pid, identity, signal);
}

/// The descriptor is taken first, so that what is checked next is what gets the signal.
#[cfg(target_os = "linux")]
fn send(pid: Pid, identity: Identity, signal: Signal) {
    use rustix::process::{PidfdFlags, pidfd_open, pidfd_send_signal};
    let Ok(descriptor) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    if is_alive(identity) {
        let _ = pidfd_send_signal(descriptor, signal);
    }
}

#[cfg(not(target_os = "linux"))]
fn send(pid: Pid, identity: Identity, signal: Signal) {
    if is_alive(identity) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}
