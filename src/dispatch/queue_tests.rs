use super::*;
use crate::dispatch::event::{Event, Record, Requeue};
use crate::dispatch::outcome::Class;

fn task(id: &str, priority: i32, needs: &[&str]) -> Task {
    Task {
        id: id.to_owned(),
        priority,
        depends_on: needs.iter().map(|id| (*id).to_owned()).collect(),
        agent: Some("claude".to_owned()),
        ..Task::default()
    }
}

struct Story {
    state: State,
    chosen: Vec<String>,
}

impl Story {
    fn new(mut tasks: Vec<Task>) -> Story {
        let mut story = Story { state: State::default(), chosen: Vec::new() };
        for (order, task) in tasks.iter_mut().enumerate() {
            task.order = order;
            story.chosen.push(task.id.clone());
            story.tell(&task.id.clone(), Event::Queued(Box::new(task.clone())));
        }
        story
    }

    fn tell(&mut self, id: &str, event: Event) {
        let seq = self.state.seq + 1;
        let task = (!id.is_empty()).then(|| id.to_owned());
        self.state.apply(&Record { v: 1, seq, ts: 0, boot: "b".to_owned(), task, attempt: None, event });
    }

    fn done(&mut self, id: &str) {
        self.tell(id, Event::Done { sha: "s".to_owned() });
    }

    fn next(&self, now: i64) -> Next {
        let provider = |task: &Task| task.agent.clone().unwrap_or_default();
        next(&self.state, &self.chosen, now, &provider)
    }
}

fn run(id: &str) -> Next {
    Next::Run(id.to_owned())
}

#[test]
fn higher_priorities_come_first_and_what_they_need_before_them() {
    let tasks = vec![task("a", 50, &[]), task("b", 90, &["c"]), task("c", 10, &[]), task("d", 50, &[])];
    assert_eq!(order(&tasks).iter().map(|task| task.id.as_str()).collect::<Vec<_>>(), ["a", "d", "c", "b"]);
    let mut story = Story::new(tasks);
    assert_eq!(story.next(0), run("a"));
    story.done("a");
    story.done("d");
    assert_eq!(story.next(0), run("c"));
    story.done("c");
    assert_eq!(story.next(0), run("b"));
    story.done("b");
    assert_eq!(story.next(0), Next::Finished);
}

#[test]
fn a_circle_is_shown() {
    let tasks = vec![task("a", 50, &["b"]), task("b", 50, &["c"]), task("c", 50, &["b"])];
    assert_eq!(cycle(&tasks).as_deref(), Some("b → c → b"));
    assert_eq!(cycle(&[task("a", 50, &["a"])]).as_deref(), Some("a → a"));
    let diamond =
        [task("a", 50, &["b", "c"]), task("b", 50, &["d"]), task("c", 50, &["d"]), task("d", 50, &[])];
    assert_eq!(cycle(&diamond), None);
}

#[test]
fn a_limited_provider_is_left_alone_until_its_time_and_others_go_on() {
    let mut other = task("b", 10, &[]);
    other.agent = Some("gemini".to_owned());
    let mut story = Story::new(vec![task("a", 50, &[]), other]);
    let limit = Event::CooldownSet {
        scope: "claude".to_owned(),
        until: 5000,
        class: Class::UsageLimit,
        source: String::new(),
    };
    story.tell("", limit);
    assert_eq!(story.next(0), run("b"));
    story.done("b");
    let waits = Next::Wait { until: 5000, reason: "claude: usage limit".to_owned() };
    assert_eq!(story.next(4999), waits);
    assert_eq!(story.next(5000), run("a"));
}

#[test]
fn a_paused_provider_ends_the_run_when_nothing_else_is_left() {
    let mut story = Story::new(vec![task("a", 50, &[])]);
    story.tell("", Event::Paused { scope: "claude".to_owned(), class: Class::Auth, reason: String::new() });
    assert_eq!(story.next(0), Next::Finished);
    story.tell("", Event::Resumed { scope: "claude".to_owned() });
    assert_eq!(story.next(0), run("a"));
}

#[test]
fn what_needs_a_failed_task_never_runs_and_says_why() {
    let mut story = Story::new(vec![task("a", 50, &[]), task("b", 50, &["a"]), task("c", 50, &["b"])]);
    story.tell("a", Event::Dead { class: Class::Crashed, reason: "x".to_owned() });
    assert_eq!(story.next(0), Next::Finished);
    assert_eq!(blocker("b", &story.state).as_deref(), Some("needs a, which failed"));
    assert_eq!(blocker("c", &story.state).as_deref(), Some("needs b, which cannot run"));
    story.tell("a", Event::Retried {});
    assert_eq!(story.next(0), run("a"));
}

#[test]
fn limits_are_not_counted_against_a_task() {
    let mut story = Story::new(vec![task("a", 50, &[])]);
    let requeue = |class, counted| {
        Event::Requeued(Box::new(Requeue {
            class,
            reason: String::new(),
            counted,
            not_before: 0,
            feedback: String::new(),
            keep: true,
            session: None,
        }))
    };
    for _ in 0..5 {
        story.tell("a", Event::Claimed(Box::default()));
        story.tell("a", requeue(Class::UsageLimit, false));
    }
    story.tell("a", requeue(Class::GateFailed, true));
    let state = &story.state.tasks["a"];
    assert_eq!((state.runs, state.attempts, state.uncounted), (5, 1, 0));
}

#[test]
fn small_tasks_for_the_same_agent_share_an_attempt() {
    let small = |id: &str, needs: &[&str]| Task { batch: Some(3), ..task(id, 50, needs) };
    let mut story = Story::new(vec![
        small("a", &[]),
        small("b", &["a"]),
        task("c", 50, &[]),
        small("d", &["c"]),
        small("e", &[]),
        small("f", &[]),
    ]);
    assert_eq!(batch(&story.state, &story.chosen, "a", 0), ["b", "e"]);
    assert!(batch(&story.state, &story.chosen, "c", 0).is_empty());
    story.tell("a", Event::Claimed(Box::default()));
    story.tell("a", Event::Released { reason: String::new() });
    assert!(batch(&story.state, &story.chosen, "a", 0).is_empty(), "what was tried before is tried alone");
}
