//! Deaths on demand: in development builds, `FRICTION_FAILPOINT` names the journal record before or after
//! which a process is killed, so that tests can show that nothing is lost there.
//!
//! `VICTIM@before:EVENT` or `VICTIM@after:EVENT`, where the victim is `dispatcher`, `supervisor` or `agent`;
//! `disk@at:EVENT` lets the disk be full in the middle of that record.

#[cfg(debug_assertions)]
use rustix::process::{Pid, Signal, getpid, kill_process};

#[cfg(debug_assertions)]
use super::process;

/// Dies here, or lets somebody die, if that was asked for. The supervisor is that of the running attempt.
#[cfg(debug_assertions)]
pub fn hit(side: &str, event: &str, supervisor: Option<u32>) {
    let Ok(wanted) = std::env::var("FRICTION_FAILPOINT") else { return };
    let Some((victim, place)) = wanted.split_once('@') else { return };
    if place != format!("{side}:{event}") {
        return;
    }
    let kill = |pid: u32| {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
    };
    match (victim, supervisor) {
        ("dispatcher", _) => {
            let _ = kill_process(getpid(), Signal::KILL);
        }
        ("supervisor", Some(pid)) => kill(pid),
        ("agent", Some(pid)) => {
            process::all().iter().filter(|child| child.parent == pid).for_each(|child| kill(child.id.pid));
        }
        _ => {}
    }
}

#[cfg(not(debug_assertions))]
pub fn hit(_side: &str, _event: &str, _supervisor: Option<u32>) {}

/// Whether the disk is to be full at this record.
#[cfg(debug_assertions)]
pub fn is_disk_full(event: &str) -> bool {
    std::env::var("FRICTION_FAILPOINT").is_ok_and(|wanted| wanted == format!("disk@at:{event}"))
}

#[cfg(not(debug_assertions))]
pub fn is_disk_full(_event: &str) -> bool {
    false
}
