//! Following a worker until it has ended, by itself or not, and writing down how.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;
use rustix::process::Signal as UnixSignal;

use super::agents::{Agent, Reader, Signal};
use super::command::{CALM, QUICK, QUICK_FOR};
use super::control::Stop;
use super::dispatcher::{Dispatcher, Trouble};
use super::event::{Claim, Event, Exit};
use super::limits;
use super::outcome::{self, Class, Ended};
use super::process::{self, Identity};
use super::stall::{Verdict, Watch};
use super::supervise::Room;
use super::tail::Tail;
use super::transcript;

/// Between two looks at evidence that is dear: processes, transcripts.
const EVIDENCE: Duration = Duration::from_secs(5);

/// The part of a processor that counts as being busy.
const BUSY: f64 = 0.1;

/// How an attempt was ended by the dispatcher.
enum Cut {
    Stalled(Class, String),
    Lingers,
    Stopped,
    Cancelled,
}

impl Dispatcher<'_> {
    /// Follows the agent until it has ended, by itself or not, and writes down how.
    pub(super) fn watch(&mut self, id: &str) -> Result<(), Trouble> {
        let state = &self.state.tasks[id];
        let (task, claim) = (state.task.clone(), state.claim.clone().unwrap_or_default());
        let supervisor = state
            .supervisor
            .as_ref()
            .filter(|(_, boot)| *boot == process::boot_id())
            .map(|(identity, _)| *identity);
        let agent = self.agent(&task)?;
        let room = self.room(&claim.ulid);
        let mut run = Run {
            reader: Reader::new(agent.kind),
            watch: Watch::new(self.options.limits(&task), self.clock.elapsed()),
            stdout: Tail::new(&room.stdout()),
            stderr: Tail::new(&room.stderr()),
            transcript: None,
            ticks: (0, self.clock.elapsed()),
            examined: self.clock.elapsed(),
            last: "started".to_owned(),
        };
        let began = self.clock.elapsed();
        let cut = loop {
            let more = run.read(self.clock.elapsed());
            if room.exit_file().is_some() || !self.is_alive(&claim.ulid, supervisor, began) {
                break None;
            }
            let now = self.clock.elapsed();
            run.examine(now, &agent, &claim, supervisor);
            self.show(id, &run.watch.phase().words(), Some(&run));
            self.tick();
            self.heed()?;
            if self.control.stop() == Stop::Now {
                break Some(Cut::Stopped);
            }
            if self.cancelled.remove(id) {
                break Some(Cut::Cancelled);
            }
            match run.watch.verdict(now) {
                Some(Verdict::Lingers) => break Some(Cut::Lingers),
                Some(Verdict::Stalled(class)) => {
                    let silent = now.saturating_sub(run.watch.alive()).as_secs();
                    break Some(Cut::Stalled(class, format!("last sign of life {silent} s before")));
                }
                None => {}
            }
            if !more {
                let age = now.saturating_sub(began);
                self.clock.pause(if age < QUICK_FOR { QUICK } else { CALM });
            }
        };
        if cut.is_some() {
            let hurry = matches!(cut, Some(Cut::Stopped));
            self.end(&claim.ulid, supervisor, &room, hurry);
        }
        self.conclude(id, &claim, supervisor, &room, run, cut)
    }

    /// Whether anything of the attempt runs. Its processes are looked for only when the supervisor is gone.
    fn is_alive(&self, ulid: &str, supervisor: Option<Identity>, began: Duration) -> bool {
        if supervisor.is_some_and(process::is_alive) {
            return true;
        }
        // It may have written its last word between two looks.
        let quick = self.clock.elapsed().saturating_sub(began) < QUICK_FOR;
        if !quick {
            self.clock.pause(CALM);
        }
        !process::of_attempt(ulid, supervisor.map(|supervisor| supervisor.pid)).is_empty()
    }

    /// The kill ladder: through the supervisor while there is one, else directly.
    pub(super) fn end(&self, ulid: &str, supervisor: Option<Identity>, room: &Room, hurry: bool) {
        let grace = self.options.grace();
        if let Some(supervisor) = supervisor {
            process::signal(supervisor, UnixSignal::TERM);
            let start = self.clock.elapsed();
            let mut hurried = false;
            // Its ladder, its sweep, and writing it down.
            while room.exit_file().is_none()
                && process::is_alive(supervisor)
                && self.clock.elapsed() - start < grace + Duration::from_secs(8)
            {
                if (hurry || self.control.stop() == Stop::Now)
                    && !hurried
                    && self.clock.elapsed() - start > Duration::from_millis(500)
                {
                    process::signal(supervisor, UnixSignal::TERM);
                    hurried = true;
                }
                self.clock.pause(QUICK);
            }
        }
        let pid = supervisor.map(|supervisor| supervisor.pid);
        process::end(
            &|| process::of_attempt(ulid, pid),
            if supervisor.is_some() { Duration::ZERO } else { grace },
            &|| hurry,
        );
    }

    fn conclude(
        &mut self,
        id: &str,
        claim: &Claim,
        supervisor: Option<Identity>,
        room: &Room,
        mut run: Run,
        cut: Option<Cut>,
    ) -> Result<(), Trouble> {
        let file = room.exit_file();
        if file.is_none() {
            // Nobody swept behind the agent.
            let pid = supervisor.map(|supervisor| supervisor.pid);
            process::end(&|| process::of_attempt(&claim.ulid, pid), Duration::from_secs(2), &|| false);
        }
        run.read_rest(self.clock.elapsed(), room);
        let evidence = &run.reader.evidence;
        let ended = file.map_or(Ended::default(), |file| Ended { rc: file.rc, signal: file.signal });
        let (mut class, mut detail) = outcome::classify(evidence, ended);
        if file.is_some_and(|file| file.not_started) {
            (class, detail) = (Class::CannotStart, evidence.last_words());
        } else if file.is_none() && evidence.finish.is_none() {
            (class, detail) =
                (Class::Interrupted, "its supervisor was killed, or the machine went down".to_owned());
        }
        match &cut {
            Some(Cut::Stalled(stalled, told)) => (class, detail) = (*stalled, told.clone()),
            Some(Cut::Stopped) => (class, detail) = (Class::Interrupted, "stopped by a person".to_owned()),
            Some(Cut::Lingers | Cut::Cancelled) | None => {}
        }
        let worktree = Path::new(&claim.worktree);
        let head = self.repo.head(worktree).unwrap_or_else(|_| claim.start_sha.clone());
        let dirty = self.repo.changes(worktree, true).is_ok_and(|changes| !changes.is_empty());
        if class == Class::Completed && head == claim.start_sha {
            (class, detail) = outcome::without_commit(evidence);
        }
        let now = self.clock.now();
        let limited =
            matches!(class, Class::UsageLimit | Class::RateLimited | Class::Overloaded | Class::ServerError);
        let until = limited.then(|| run.until(&detail, now, claim)).flatten();
        let finish = evidence.finish.clone().unwrap_or_default();
        let began = self.state.tasks[id]
            .supervisor
            .as_ref()
            .map_or(0.0, |_| file.map_or(0.0, |file| (file.ended - file.started) as f64 / 1000.0));
        let exit = Exit {
            class,
            detail,
            rc: ended.rc,
            signal: ended.signal,
            head,
            dirty,
            session: evidence.session.clone(),
            cost_usd: finish.cost_usd,
            turns: finish.turns.unwrap_or(evidence.turns),
            tokens: finish.tokens,
            seconds: began,
            until,
            mute: evidence.events == 0 && evidence.finish.is_none(),
        };
        self.live.running = None;
        self.record(Some(id), Event::Exited(Box::new(exit)))?;
        match cut {
            Some(Cut::Stopped) => Err(Trouble::Stop),
            Some(Cut::Cancelled) => {
                self.discard(id, claim)?;
                Ok(self.record(Some(id), Event::Cancelled {})?)
            }
            _ => Ok(()),
        }
    }
}

/// What is read and measured of one run of an agent.
pub(super) struct Run {
    reader: Reader,
    pub(super) watch: Watch,
    stdout: Tail,
    stderr: Tail,
    transcript: Option<SystemTime>,
    /// Processor time of the tree, and when it was looked at.
    ticks: (u64, Duration),
    examined: Duration,
    /// The last thing that was heard, in a few words.
    pub(super) last: String,
}

impl Run {
    /// Reads what came; true if there is more.
    fn read(&mut self, now: Duration) -> bool {
        let mut more = false;
        for line in self.stdout.lines(&mut more) {
            self.take(&line, false, now);
        }
        for line in self.stderr.lines(&mut more) {
            self.take(&line, true, now);
        }
        more
    }

    fn take(&mut self, line: &str, is_error: bool, now: Duration) {
        let signal = if is_error { self.reader.error_line(line) } else { self.reader.line(line) };
        if let Some(signal) = signal {
            self.last = describe(&signal);
            self.watch.signal(&signal, now);
        }
    }

    fn read_rest(&mut self, now: Duration, room: &Room) {
        while self.read(now) {}
        if let Some(line) = self.stdout.last() {
            self.take(&line, false, now);
        }
        if let Some(line) = self.stderr.last() {
            self.take(&line, true, now);
        }
        let whole = |path: PathBuf| match std::fs::metadata(&path) {
            Ok(data) if data.len() < 1 << 20 => {
                String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).into_owned()
            }
            _ => String::new(),
        };
        self.reader.end(&whole(room.stdout()), &whole(room.stderr()));
    }

    /// Looks for signs of life beside the output.
    fn examine(&mut self, now: Duration, agent: &Agent, claim: &Claim, supervisor: Option<Identity>) {
        if now.saturating_sub(self.examined) < EVIDENCE {
            return;
        }
        self.examined = now;
        let session = self.reader.evidence.session.as_deref().or(claim.session.as_deref()).unwrap_or("");
        let transcript = transcript::path(agent.kind, session, Path::new(&claim.worktree), &agent.env);
        let modified = transcript.as_deref().and_then(transcript::modified);
        if modified.is_some() && self.transcript.is_some() && modified != self.transcript {
            self.watch.transcript_grew(now);
        }
        self.transcript = modified.or(self.transcript);
        if let Some(supervisor) = supervisor {
            let ticks = process::ticks(supervisor.pid);
            let (before, at) = std::mem::replace(&mut self.ticks, (ticks, now));
            let seconds = now.saturating_sub(at).as_secs_f64();
            let used = ticks.saturating_sub(before) as f64 / rustix::param::clock_ticks_per_second() as f64;
            if before > 0 && used >= BUSY * seconds {
                self.watch.tree_was_busy(now);
            }
        }
    }

    /// The end of the limit that was met, in milliseconds since 1970: from the stream, from the text, from
    /// the transcript.
    fn until(&self, told: &str, now: i64, claim: &Claim) -> Option<i64> {
        let evidence = &self.reader.evidence;
        if let Some(seconds) = evidence.resets_at {
            return Some(seconds * 1000);
        }
        let text = evidence.finish.as_ref().map_or(told, |finish| &finish.text);
        limits::told(text, now, &TimeZone::system()).or_else(|| {
            let kind = self.reader.kind();
            let session = evidence.session.as_deref()?;
            let path = transcript::path(kind, session, Path::new(&claim.worktree), &BTreeMap::new())?;
            transcript::resets_at(&path).map(|seconds| seconds * 1000)
        })
    }
}

fn describe(signal: &Signal) -> String {
    use Signal::*;
    match signal {
        Progress => "model".to_owned(),
        ToolStarted { name, .. } => format!("tool {name}"),
        ToolEnded => "tool result".to_owned(),
        Heartbeat => "heartbeat".to_owned(),
        Retrying(delay) => format!("retry in {} s", delay.as_secs()),
        Finished => "result".to_owned(),
    }
}
