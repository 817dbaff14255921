//! Is the worker still working? Two clocks, and the phase it is in.
//!
//! *Liveness* is any sign at all; *progress* is words of the model, results of tools, words of a person. A
//! tool that hangs sends heartbeats for ever and a model that hangs sends nothing, so neither clock alone is
//! enough. Processor time of the process tree and growth of the agent's own transcript are further evidence.
//! All times are on a monotonic clock.

use std::time::Duration;

use super::agents::Signal;
use super::outcome::Class;
use super::tasks::StallWords;

/// How long a worker may be in each state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Without any sign of life.
    pub silent: Duration,
    /// Inside one tool call that uses no processor time.
    pub tool: Duration,
    /// Without progress, whatever else happens.
    pub progress: Duration,
    /// Alive after its result.
    pub after_result: Duration,
    /// The whole attempt.
    pub timeout: Duration,
}

/// The same tool call with the same input so many times in a row is a loop.
const LOOP: u32 = 25;

const MINUTE: Duration = Duration::from_secs(60);

impl Limits {
    pub fn new(words: StallWords, timeout: Duration) -> Limits {
        let or = |span: Option<super::span::Span>, default| span.map_or(default, |span| span.0);
        Limits {
            silent: or(words.silent, 10 * MINUTE),
            tool: or(words.tool, 20 * MINUTE),
            progress: or(words.progress, 30 * MINUTE),
            after_result: or(words.after_result, Duration::from_secs(30)),
            timeout,
        }
    }
}

/// What the worker is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    Starting,
    AwaitingModel,
    InTool(String),
    /// It waits by itself; until then it may be silent.
    Retrying {
        until: Duration,
    },
    Finished,
}

impl Phase {
    pub fn words(&self) -> String {
        match self {
            Phase::Starting => "starting".to_owned(),
            Phase::AwaitingModel => "awaiting the model".to_owned(),
            Phase::InTool(name) => format!("in {name}"),
            Phase::Retrying { .. } => "retrying".to_owned(),
            Phase::Finished => "finished".to_owned(),
        }
    }
}

/// Why a worker has to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Stalled(Class),
    /// It has given its result and does not go away: it is ended, and its work is judged.
    Lingers,
}

/// The clocks of one attempt.
#[derive(Clone, Debug)]
pub struct Watch {
    limits: Limits,
    start: Duration,
    alive: Duration,
    progress: Duration,
    phase: Phase,
    since: Duration,
    /// The last time the tool that runs was seen to use the processor.
    busy: Duration,
    last_call: Option<u64>,
    repeats: u32,
}

impl Watch {
    pub fn new(limits: Limits, now: Duration) -> Watch {
        Watch {
            limits,
            start: now,
            alive: now,
            progress: now,
            phase: Phase::Starting,
            since: now,
            busy: now,
            last_call: None,
            repeats: 0,
        }
    }

    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// When the phase began.
    pub fn since(&self) -> Duration {
        self.since
    }

    /// The last sign of life.
    pub fn alive(&self) -> Duration {
        self.alive
    }

    /// A line of the agent's output.
    pub fn signal(&mut self, signal: &Signal, now: Duration) {
        self.alive = now;
        if self.phase == Phase::Finished {
            return;
        }
        match signal {
            Signal::Heartbeat if self.phase == Phase::Starting => self.enter(Phase::AwaitingModel, now),
            Signal::Heartbeat => {}
            Signal::Progress => {
                self.progress = now;
                self.enter(Phase::AwaitingModel, now);
            }
            Signal::ToolEnded => {
                self.progress = now;
                self.enter(Phase::AwaitingModel, now);
            }
            Signal::ToolStarted { name, call } => {
                self.repeats = if self.last_call == Some(*call) { self.repeats + 1 } else { 1 };
                self.last_call = Some(*call);
                self.progress = now;
                self.busy = now;
                self.enter(Phase::InTool(name.clone()), now);
            }
            Signal::Retrying(delay) => self.enter(Phase::Retrying { until: now + *delay }, now),
            Signal::Finished => self.enter(Phase::Finished, now),
        }
    }

    /// The agent's own transcript grew: its output may have stopped, but the session goes on.
    pub fn transcript_grew(&mut self, now: Duration) {
        self.alive = now;
        self.progress = now;
    }

    /// The process tree used a good part of a processor since the last look.
    pub fn tree_was_busy(&mut self, now: Duration) {
        self.busy = now;
    }

    fn enter(&mut self, phase: Phase, now: Duration) {
        if self.phase != phase || matches!(phase, Phase::InTool(_)) {
            self.since = now;
        }
        self.phase = phase;
    }

    /// What happens when nothing more is heard, and when: the moment and the verdict.
    pub fn deadline(&self) -> (Duration, Verdict) {
        use Verdict::{Lingers, Stalled};
        let limits = &self.limits;
        let timeout = (self.start + limits.timeout, Stalled(Class::Timeout));
        let silent = |class| (self.alive + limits.silent, Stalled(class));
        let progress = |class| (self.progress + limits.progress, Stalled(class));
        let candidates = match &self.phase {
            Phase::Finished => return (self.since + limits.after_result, Lingers),
            Phase::Starting => vec![silent(Class::StalledStartup)],
            Phase::AwaitingModel => vec![silent(Class::StalledModel), progress(Class::StalledModel)],
            Phase::InTool(_) => {
                // A tool may be silent for as long as it may run; using the processor counts for it.
                let quiet = self.since.max(self.busy) + limits.tool;
                vec![(quiet, Stalled(Class::StalledTool)), progress(Class::StalledTool)]
            }
            Phase::Retrying { until } => {
                let pushed = |(at, verdict): (Duration, Verdict)| (at.max(*until + limits.silent), verdict);
                vec![pushed(silent(Class::StalledModel)), pushed(progress(Class::StalledModel))]
            }
        };
        candidates.into_iter().chain([timeout]).min_by_key(|(at, _)| *at).expect("there is always a timeout")
    }

    /// Whether the worker has to be ended now.
    pub fn verdict(&self, now: Duration) -> Option<Verdict> {
        if self.repeats >= LOOP && self.phase != Phase::Finished {
            return Some(Verdict::Stalled(Class::StalledLoop));
        }
        let (at, verdict) = self.deadline();
        (now >= at).then_some(verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn minutes(count: u64) -> Duration {
        Duration::from_secs(60 * count)
    }

    fn watch() -> Watch {
        Watch::new(Limits::new(StallWords::default(), minutes(240)), Duration::ZERO)
    }

    fn tool(call: u64) -> Signal {
        Signal::ToolStarted { name: "Bash".to_owned(), call }
    }

    fn stalled(class: Class) -> Option<Verdict> {
        Some(Verdict::Stalled(class))
    }

    #[test]
    fn a_worker_that_never_says_anything_is_stalled_at_startup() {
        let watch = watch();
        assert_eq!(watch.verdict(minutes(10) - Duration::from_millis(1)), None);
        assert_eq!(watch.verdict(minutes(10)), stalled(Class::StalledStartup));
    }

    #[test]
    fn a_silent_model_is_found_by_the_liveness_clock() {
        let mut watch = watch();
        watch.signal(&Signal::Progress, minutes(3));
        assert_eq!(watch.verdict(minutes(12)), None);
        assert_eq!(watch.verdict(minutes(13)), stalled(Class::StalledModel));
    }

    #[test]
    fn a_worker_that_only_sends_heartbeats_is_found_by_the_progress_clock() {
        let mut watch = watch();
        watch.signal(&Signal::Progress, Duration::ZERO);
        for minute in 1..30 {
            watch.signal(&Signal::Heartbeat, minutes(minute));
            assert_eq!(watch.verdict(minutes(minute)), None);
        }
        assert_eq!(watch.verdict(minutes(30)), stalled(Class::StalledModel));
    }

    #[test]
    fn a_hung_tool_with_heartbeats_is_found_after_its_own_time() {
        let mut watch = watch();
        watch.signal(&tool(1), minutes(1));
        for minute in 2..21 {
            watch.signal(&Signal::Heartbeat, minutes(minute));
            assert_eq!(watch.verdict(minutes(minute)), None);
        }
        assert_eq!(watch.verdict(minutes(21)), stalled(Class::StalledTool));
    }

    #[test]
    fn a_tool_that_computes_may_go_on_until_the_progress_clock_ends_it() {
        let mut watch = watch();
        watch.signal(&tool(1), Duration::ZERO);
        for minute in 1..30 {
            watch.tree_was_busy(minutes(minute));
            assert_eq!(watch.verdict(minutes(minute)), None);
        }
        watch.tree_was_busy(minutes(30));
        assert_eq!(watch.verdict(minutes(30)), stalled(Class::StalledTool));
    }

    #[test]
    fn a_retry_pushes_the_deadline_by_its_delay() {
        let mut watch = watch();
        watch.signal(&Signal::Progress, Duration::ZERO);
        watch.signal(&Signal::Retrying(minutes(45)), minutes(1));
        assert_eq!(watch.verdict(minutes(55)), None);
        assert_eq!(watch.verdict(minutes(56)), stalled(Class::StalledModel));
    }

    #[test]
    fn a_growing_transcript_keeps_a_worker_alive_whose_output_has_stopped() {
        let mut watch = watch();
        watch.signal(&Signal::Progress, Duration::ZERO);
        watch.transcript_grew(minutes(9));
        assert_eq!(watch.verdict(minutes(18)), None);
        assert_eq!(watch.verdict(minutes(19)), stalled(Class::StalledModel));
    }

    #[test]
    fn a_worker_that_stays_after_its_result_lingers_and_nothing_it_says_changes_that() {
        let mut watch = watch();
        watch.signal(&Signal::Finished, minutes(1));
        watch.signal(&Signal::Heartbeat, minutes(1) + Duration::from_secs(20));
        assert_eq!(watch.verdict(minutes(1) + Duration::from_secs(29)), None);
        assert_eq!(watch.verdict(minutes(1) + Duration::from_secs(30)), Some(Verdict::Lingers));
    }

    #[test]
    fn the_same_call_again_and_again_is_a_loop() {
        let mut watch = watch();
        for at in 0..u64::from(LOOP) {
            assert_eq!(watch.verdict(minutes(1)), None);
            watch.signal(&tool(7), Duration::from_secs(at));
            watch.signal(&Signal::ToolEnded, Duration::from_secs(at));
        }
        assert_eq!(watch.verdict(minutes(1)), stalled(Class::StalledLoop));
    }

    #[test]
    fn nothing_lasts_longer_than_the_timeout() {
        let mut watch = watch();
        for minute in 0..240 {
            watch.signal(&Signal::Progress, minutes(minute));
            assert_eq!(watch.verdict(minutes(minute)), None);
        }
        assert_eq!(watch.verdict(minutes(240)), stalled(Class::Timeout));
    }
}
