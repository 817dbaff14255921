//! One attempt: claim, worktree, agent, end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow};
use jiff::tz::TimeZone;
use rustix::process::Signal as UnixSignal;

use super::agents::{Agent, Reader, Words, session_of};
use super::clock;
use super::control::Stop;
use super::dispatcher::{Dispatcher, Trouble};
use super::event::{Claim, Event, Exit, Member};
use super::limits;
use super::notify;
use super::outcome::{self, Class, Ended, Remedy};
use super::process::{self, Identity};
use super::prompt::{self, Prompt};
use super::stall::{Verdict, Watch};
use super::supervise::{Room, Spec};
use super::tail::Tail;
use super::tasks::Task;
use super::transcript;
use crate::model::dispatch::RunningRow;

/// Between two looks at a running command: often at first, since many end at once.
const QUICK: Duration = Duration::from_millis(25);
const CALM: Duration = Duration::from_millis(200);
const QUICK_FOR: Duration = Duration::from_secs(3);

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
    fn agent(&self, task: &Task) -> Result<Agent, Trouble> {
        self.options.agent(task).ok_or_else(|| {
            Trouble::Task(format!("no agent `{}` is configured", self.options.agent_name(task)))
        })
    }

    /// Begins an attempt: from here on it will be brought to an end, by whichever dispatcher.
    pub(super) fn claim(&mut self, id: &str, members: Vec<String>) -> Result<(), Trouble> {
        let state = &self.state.tasks[id];
        let task = state.task.clone();
        let agent = self.agent(&task)?;
        let base = self.base(&task)?;
        let tip =
            self.repo.resolve(&base).ok_or_else(|| Trouble::Task(format!("the branch {base} is gone")))?;
        let ulid = ulid::Ulid::generate().to_string();
        let (branch, worktree) = (task.branch(), self.worktrees().join(id));
        let before = state.claim.clone();
        let resumed = state.keep && self.repo.is_worktree(&worktree, &branch);
        let session = state.session.clone().filter(|_| resumed);
        let (base_sha, start_sha) = match before.as_ref().filter(|_| resumed) {
            Some(before) => (before.base_sha.clone(), self.repo.head(&worktree)?),
            None => (tip.clone(), tip),
        };
        let members =
            members.into_iter().map(|task| Member { task, ulid: ulid::Ulid::generate().to_string() });
        let claim = Claim {
            session: session.or_else(|| Some(session_of(&ulid))),
            ulid,
            agent: agent.name,
            provider: agent.provider,
            branch,
            worktree: worktree.display().to_string(),
            base,
            base_sha,
            start_sha,
            resumed,
            members: members.collect(),
        };
        Ok(self.record(Some(id), Event::Claimed(Box::new(claim)))?)
    }

    /// The full name of the ref a task lands on.
    pub(super) fn base(&self, task: &Task) -> Result<String, Trouble> {
        let name = task.base.as_deref().or(self.options.config.base.as_deref());
        let Some(name) = name else {
            return self
                .repo
                .current_branch()
                .ok_or_else(|| Trouble::Task("HEAD is on no branch; name one with --base".to_owned()));
        };
        let full = if name.starts_with("refs/") { name.to_owned() } else { format!("refs/heads/{name}") };
        match self.repo.resolve(&full) {
            Some(_) => Ok(full),
            None => Err(Trouble::Task(format!("there is no branch `{name}` to land on"))),
        }
    }

    /// Makes the worktree, or finds the one to go on in.
    pub(super) fn prepare(&mut self, id: &str) -> Result<(), Trouble> {
        let claim = self.state.tasks[id].claim.clone().unwrap_or_default();
        self.show(id, "preparing", None);
        let worktree = PathBuf::from(&claim.worktree);
        self.repo.unlock(&worktree);
        if !claim.resumed {
            self.discard(id, &claim)?;
            if let Some(parent) = worktree.parent() {
                std::fs::create_dir_all(parent)
                    .map_err(|error| Trouble::Task(format!("cannot create {}: {error}", parent.display())))?;
            }
            self.repo.add_worktree(&worktree, &claim.branch, &claim.base_sha)?;
            self.furnish(&claim, &worktree)?;
        }
        Ok(self.record(Some(id), Event::WorktreeReady {})?)
    }

    /// Gives a new worktree what git does not: links to ignored folders, and the project's own preparation.
    fn furnish(&mut self, claim: &Claim, worktree: &Path) -> Result<(), Trouble> {
        if self.repo.is_bare() && !self.options.config.share.is_empty() {
            return Err(Trouble::Task("`share` needs a work tree; this repository is bare".to_owned()));
        }
        for name in &self.options.config.share {
            let (from, to) = (self.repo.root().join(name), worktree.join(name));
            let inside =
                Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
            if inside && from.exists() && !to.exists() && to.parent().is_some_and(Path::exists) {
                std::os::unix::fs::symlink(&from, &to)
                    .map_err(|error| Trouble::Task(format!("cannot link {}: {error}", to.display())))?;
                self.repo
                    .exclude(name)
                    .map_err(|error| Trouble::Task(format!("cannot exclude the link {name}: {error}")))?;
            }
        }
        if self.options.config.setup.is_empty() {
            return Ok(());
        }
        let room = Room::new(&self.room(&claim.ulid).dir().join("setup"));
        let spec = Spec {
            argv: self.options.config.setup.clone(),
            dir: worktree.to_owned(),
            env: BTreeMap::new(),
            marker: format!("{}-gate", claim.ulid),
            grace_ms: 3000,
        };
        match self.run_to_end(&room, spec, self.options.gate_timeout())? {
            Some(Some(0)) => Ok(()),
            Some(rc) => Err(Trouble::Task(format!(
                "the setup command failed ({}); see {}",
                rc.map_or("no exit code".to_owned(), |rc| format!("exit code {rc}")),
                room.stderr().display()
            ))),
            None => Err(Trouble::Stop),
        }
    }

    /// Starts the agent under a supervisor.
    pub(super) fn spawn(&mut self, id: &str) -> Result<(), Trouble> {
        let state = &self.state.tasks[id];
        let (task, claim) = (state.task.clone(), state.claim.clone().unwrap_or_default());
        let agent = self.agent(&task)?;
        let room = self.room(&claim.ulid);
        let worktree = PathBuf::from(&claim.worktree);
        std::fs::create_dir_all(room.dir())
            .map_err(|error| Trouble::Task(format!("cannot create {}: {error}", room.dir().display())))?;
        let in_session = claim.resumed && state.session.is_some() && agent.can_resume();
        let mut tasks = vec![&task];
        tasks.extend(claim.members.iter().filter_map(|member| Some(&self.state.task(&member.task)?.task)));
        let context = prompt::context(&self.options.program, &worktree, &task, room.dir());
        let prompt = Prompt {
            tasks: &tasks,
            branch: &claim.branch,
            context: &context,
            feedback: &state.feedback,
            in_session,
        };
        let prompt = prompt.text().replace('\0', "");
        let prompt_file = room.dir().join("prompt.md");
        let spent = state.cost_usd();
        let argv = agent.argv(
            &Words {
                prompt: &prompt,
                prompt_file: &prompt_file,
                session: claim.session.as_deref().unwrap_or(""),
                worktree: &worktree,
                git_dir: self.repo.common(),
                task: id,
                model: self.options.model(&task),
                budget_usd: self.options.budget(&task).map(|budget| (budget - spent).max(0.01)),
            },
            in_session,
        );
        let mut env: BTreeMap<String, Option<String>> =
            agent.env.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        env.insert("FRICTION_TASK".to_owned(), Some(id.to_owned()));
        env.extend(self.repo.identity().iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
        let grace_ms = u64::try_from(self.options.grace().as_millis()).unwrap_or(u64::MAX);
        let spec = Spec { argv: argv.clone(), dir: worktree, env, marker: claim.ulid.clone(), grace_ms };
        let prepared = std::fs::write(&prompt_file, &prompt).and_then(|()| room.prepare(&spec));
        prepared
            .map_err(|error| Trouble::Task(format!("cannot write into {}: {error}", room.dir().display())))?;
        self.record(Some(id), Event::SpawnIntent { argv: vec![argv.first().cloned().unwrap_or_default()] })?;
        let child = room
            .start(&self.options.program, &claim.ulid)
            .with_context(|| format!("cannot start {}", self.options.program.display()))?;
        let supervisor =
            process::process(child.id()).map_or(Identity { pid: child.id(), start: 0 }, |process| process.id);
        reap(child);
        self.record(Some(id), Event::Spawned { supervisor })?;
        Ok(())
    }

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
            self.requests()?;
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
    fn end(&self, ulid: &str, supervisor: Option<Identity>, room: &Room, hurry: bool) {
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

    /// What follows from how the agent ended.
    pub(super) fn settle(&mut self, id: &str) -> Result<(), Trouble> {
        let state = &self.state.tasks[id];
        let claim = state.claim.clone().unwrap_or_default();
        let exit = state.exit.clone().unwrap_or_default();
        let is_new = exit.head != claim.start_sha;
        let remedy = exit.class.remedy(is_new && !exit.dirty);
        let limited = matches!(remedy, Remedy::Cooldown | Remedy::Backoff | Remedy::Pause);
        if !limited && self.state.providers.get(&claim.provider).is_some_and(|provider| provider.strikes > 0)
        {
            // The probe got through.
            self.record(None, Event::CooldownCleared { scope: claim.provider.clone() })?;
        }
        let (now, class) = (self.clock.now(), exit.class);
        let scope = claim.provider.clone();
        let strikes = self.state.providers.get(&scope).map_or(0, |provider| provider.strikes);
        let reason = if exit.detail.is_empty() {
            class.words().to_owned()
        } else {
            format!("{}: {}", class.words(), exit.detail)
        };
        match remedy {
            Remedy::Judge if !claim.members.is_empty() => self.split(id),
            Remedy::Judge => self.judge(id),
            Remedy::Retry { .. } if self.is_mute(&scope) => {
                let reason = format!(
                    "{} times in a row the agent ended without a word; the last time: {}",
                    super::dispatcher::MUTE,
                    exit.detail
                );
                self.pause(id, scope, class, reason)
            }
            Remedy::Retry { .. } => {
                let feedback = feedback(class, &exit);
                self.put_back(id, class, &reason, feedback, now)
            }
            Remedy::Cooldown | Remedy::Backoff => {
                let dice = limits::dice();
                let until = match remedy {
                    Remedy::Cooldown => limits::after_limit(now, exit.until, strikes, dice),
                    _ => limits::after_refusal(now, exit.until, strikes, dice),
                };
                let source = if exit.until.is_some() { "told by the agent" } else { "ladder" };
                let event =
                    Event::CooldownSet { scope: scope.clone(), until, class, source: source.to_owned() };
                self.record(None, event)?;
                if remedy == Remedy::Cooldown {
                    let message = format!("{scope}: {}; next try at {}", class.words(), clock::text(until));
                    notify::notify(&self.options.config.notify, "limit", &message);
                }
                self.put_back(id, class, &reason, self.state.tasks[id].feedback.clone(), 0)
            }
            Remedy::Pause => self.pause(id, scope, class, exit.detail.clone()),
            Remedy::Hold => Err(Trouble::Task(reason)),
        }
    }

    fn pause(&mut self, id: &str, scope: String, class: Class, reason: String) -> Result<(), Trouble> {
        let reason = format!("{scope} {}: {reason}", class.words());
        notify::notify(&self.options.config.notify, "needs_human", &reason);
        self.record(None, Event::Paused { scope, class, reason: reason.clone() })?;
        // Whatever the class, a pause is not the task's fault.
        let class =
            if matches!(class.remedy(false), Remedy::Retry { .. }) { Class::Interrupted } else { class };
        self.put_back(id, class, &reason, self.state.tasks[id].feedback.clone(), 0)
    }

    // ---- commands beside the agent ----

    /// Runs a prepared command under a supervisor to its end: its exit code, none if it was killed; nothing
    /// at all if the dispatcher was told to end at once.
    pub(super) fn run_to_end(
        &mut self,
        room: &Room,
        spec: Spec,
        timeout: Duration,
    ) -> Result<Option<Option<i32>>, Trouble> {
        let marker = spec.marker.clone();
        // A room is used once; what a former run left there is of no use.
        let _ = std::fs::remove_dir_all(room.dir());
        let problem = |error: std::io::Error| {
            Trouble::Task(format!("cannot run `{}`: {error}", spec.argv.first().map_or("", String::as_str)))
        };
        room.prepare(&spec).map_err(problem)?;
        let child = room.start(&self.options.program, &marker).map_err(problem)?;
        let supervisor = process::process(child.id()).map(|process| process.id);
        reap(child);
        let start = self.clock.elapsed();
        loop {
            if let Some(exit) = room.exit_file() {
                return Ok(Some(exit.rc.filter(|_| !exit.asked)));
            }
            let age = self.clock.elapsed().saturating_sub(start);
            let is_stopped = self.control.stop() == Stop::Now;
            if is_stopped || age >= timeout {
                self.end(&marker, supervisor, room, is_stopped);
                return Ok(if is_stopped { None } else { Some(None) });
            }
            if !supervisor.is_some_and(process::is_alive) && room.exit_file().is_none() {
                process::end(
                    &|| process::of_attempt(&marker, supervisor.map(|supervisor| supervisor.pid)),
                    Duration::from_secs(1),
                    &|| false,
                );
                return Ok(Some(room.exit_file().and_then(|exit| exit.rc)));
            }
            self.tick();
            self.requests()?;
            self.clock.pause(if age < QUICK_FOR { QUICK } else { CALM });
        }
    }

    // ---- showing ----

    pub(super) fn show(&mut self, id: &str, phase: &str, run: Option<&Run>) {
        let Some(state) = self.state.task(id) else { return };
        let now = (self.clock.now(), self.clock.elapsed());
        let wall = |then: Duration| {
            let ago = |ago: Duration| now.0 - i64::try_from(ago.as_millis()).unwrap_or(0);
            match then > now.1 {
                true => now.0 + i64::try_from((then - now.1).as_millis()).unwrap_or(0),
                false => ago(now.1 - then),
            }
        };
        let before = self.live.running.take().filter(|row| row.task == id && row.attempt == state.runs);
        let since = before.as_ref().filter(|row| row.phase == phase).map_or(now.0, |row| row.phase_since);
        let claim = state.claim.clone().unwrap_or_default();
        self.live.running = Some(RunningRow {
            task: id.to_owned(),
            title: state.task.title.clone(),
            attempt: state.runs,
            agent: claim.agent.clone(),
            phase: phase.to_owned(),
            phase_since: run.map_or(since, |run| wall(run.watch.since())),
            started: before.as_ref().map_or(now.0, |row| row.started),
            last_event: run.map_or(String::new(), |run| run.last.clone()),
            last_event_at: run.map_or(now.0, |run| wall(run.watch.alive())),
            deadline: run.map(|run| wall(run.watch.deadline().0)),
            deadline_words: run.map_or(String::new(), |run| match run.watch.deadline().1 {
                Verdict::Lingers => "ended as finished".to_owned(),
                Verdict::Stalled(class) => format!("ended as {}", class.words()),
            }),
            worktree: claim.worktree,
            stdout: self.room(&claim.ulid).stdout().display().to_string(),
        });
    }
}

/// A supervisor needs no care but that somebody takes note of its end.
fn reap(mut child: Child) {
    std::thread::spawn(move || child.wait());
}

/// What the next attempt is told.
fn feedback(class: Class, exit: &Exit) -> String {
    let what = match class {
        Class::NoChange if exit.dirty => {
            "You left changes but no commit. Look at them with `git status`, finish them, and commit."
        }
        Class::NoChange => {
            "You ended without a new commit. Do the task and commit the result; words are not enough."
        }
        Class::ContextOverflow => "The context ran out. Work in smaller steps and read only what you need.",
        Class::MaxTurns => "The turns ran out before a commit. Finish and commit.",
        Class::Budget => "The budget ran out before a commit. Finish and commit.",
        Class::StalledTool => {
            "A command did not end and was killed. Do not start servers, watchers or prompts that wait for input."
        }
        Class::StalledLoop => "You made the same call again and again. Try another way.",
        Class::Timeout => "The time ran out before a commit. Finish and commit.",
        _ => {
            "The attempt broke off. Look at what is there with `git status` and `git log`, finish it, and commit."
        }
    };
    match class {
        Class::Crashed if !exit.detail.is_empty() => format!("{what}\n({})", exit.detail),
        _ => what.to_owned(),
    }
}

/// What is read and measured of one run of an agent.
pub(super) struct Run {
    reader: Reader,
    watch: Watch,
    stdout: Tail,
    stderr: Tail,
    transcript: Option<SystemTime>,
    /// Processor time of the tree, and when it was looked at.
    ticks: (u64, Duration),
    examined: Duration,
    last: String,
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

fn describe(signal: &super::agents::Signal) -> String {
    use super::agents::Signal::*;
    match signal {
        Progress => "model".to_owned(),
        ToolStarted { name, .. } => format!("tool {name}"),
        ToolEnded => "tool result".to_owned(),
        Heartbeat => "heartbeat".to_owned(),
        Retrying(delay) => format!("retry in {} s", delay.as_secs()),
        Finished => "result".to_owned(),
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Trouble {
        Trouble::Fatal(anyhow!(error))
    }
}
