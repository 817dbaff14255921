//! A queue at work: the calm view at a terminal, the plan before, the report after.

use super::terminal::Terminal;
use super::text::{clean, columns, pad};
use super::words::{count, counted};
use crate::model::dispatch::{PlanRow, QueueStatus, RunningRow, TaskRow};
use crate::model::short_sha;

/// `4:07`, `1:02:09`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

fn since(now: i64, then: i64) -> String {
    clock((now - then) as f64 / 1000.0)
}

/// `19:47` of a moment in milliseconds, in the machine's time zone.
fn time_of_day(millis: i64) -> String {
    let zone = jiff::tz::TimeZone::system();
    jiff::Timestamp::from_millisecond(millis)
        .map_or(String::new(), |time| time.to_zoned_datetime(zone).strftime("%H:%M").to_string())
}

fn dollars(cost: f64) -> Option<String> {
    (cost >= 0.005).then(|| format!("${cost:.2}"))
}

/// The lines that are drawn again and again while a queue runs.
pub fn dispatch_live(status: &QueueStatus, terminal: &Terminal) -> Vec<String> {
    let dot = terminal.glyph(" · ", " - ");
    let totals = &status.totals;
    let mut head = vec![format!("{} done", totals.done)];
    if totals.failed > 0 {
        head.push(terminal.red(&format!("{} failed", totals.failed)));
    }
    if totals.needs_human > 0 {
        head.push(terminal.yellow(&format!("{} need a human", totals.needs_human)));
    }
    head.push(format!("{} to go", totals.waiting));
    head.push(clock(totals.wall_seconds));
    head.extend(dollars(totals.cost_usd));
    if status.stopping {
        head.push(terminal.yellow("stopping after this attempt; Ctrl-C again ends it now"));
    }
    let mut lines = vec![head.join(dot)];
    if let Some(running) = &status.running {
        lines.extend(running_lines(running, status.now, terminal, dot));
    }
    if let Some(waiting) = &status.waiting {
        let left = clock((waiting.until - status.now) as f64 / 1000.0);
        lines.push(format!(
            "{} {} until {} ({left} left)",
            terminal.glyph("⏸", "="),
            clean(&waiting.reason),
            time_of_day(waiting.until)
        ));
    }
    for provider in status.providers.iter().filter(|provider| provider.needs_human.is_some()) {
        let reason = provider.needs_human.as_deref().unwrap_or("");
        lines.push(terminal.yellow(&format!("needs human: {}", clean(reason))));
    }
    let next: Vec<&str> = status
        .tasks
        .iter()
        .filter(|task| task.state == "queued")
        .map(|task| task.id.as_str())
        .take(4)
        .collect();
    if !next.is_empty() {
        let more = if totals.waiting > next.len() + 1 { ", …" } else { "" };
        lines.push(terminal.dim(&terminal.fit(&format!("next {}{more}", next.join(", ")), terminal.width)));
    }
    lines
}

fn running_lines(running: &RunningRow, now: i64, terminal: &Terminal, dot: &str) -> Vec<String> {
    let name = format!("{} {}", running.task, clean(&running.title));
    let mut facts = vec![
        format!("attempt {}", running.attempt),
        clean(&running.agent).into_owned(),
        clean(&running.phase).into_owned() + " " + &since(now, running.phase_since),
    ];
    if !running.last_event.is_empty() {
        facts.push(format!("last {} {} ago", clean(&running.last_event), since(now, running.last_event_at)));
    }
    let facts = facts.join(dot);
    let room = terminal.width.saturating_sub(2);
    let mut lines =
        vec![format!("{} {}", terminal.glyph("▶", ">"), terminal.bold(&terminal.fit(&name, room)))];
    lines.push(format!("  {}", terminal.fit(&facts, room)));
    if let Some(deadline) = running.deadline {
        let left = since(deadline, now);
        lines.push(terminal.dim(&format!(
            "  {}",
            terminal.fit(&format!("{} if {left} more pass in silence", running.deadline_words), room)
        )));
    }
    lines
}

/// The line that stays when a task has come to its end.
pub fn dispatch_ended(task: &TaskRow, terminal: &Terminal) -> String {
    let (mark, word) = mark(task, terminal);
    let mut facts = vec![clock(task.agent_seconds + task.gate_seconds)];
    if task.runs > 1 {
        facts.push(counted(task.runs as usize, "attempt"));
    }
    facts.extend(dollars(task.cost_usd));
    if !task.reason.is_empty() {
        facts.push(clean(&task.reason).into_owned());
    }
    let line = format!(
        "{} {} {word}{}{}",
        task.id,
        clean(&task.title),
        terminal.glyph(" · ", " - "),
        facts.join(terminal.glyph(" · ", " - "))
    );
    format!("{mark} {}", terminal.fit(&line, terminal.width.saturating_sub(2)))
}

fn mark(task: &TaskRow, terminal: &Terminal) -> (String, String) {
    let mark = match task.state.as_str() {
        "done" => terminal.green(terminal.glyph("✓", "+")),
        "failed" => terminal.red(terminal.glyph("✗", "x")),
        "needs human" | "blocked" => terminal.yellow("!"),
        _ => terminal.dim(terminal.glyph("·", "-")),
    };
    (mark, task.state.clone())
}

/// The whole queue, as `friction status` and the end of a run show it.
pub fn dispatch_report(status: &QueueStatus, terminal: &Terminal) -> String {
    let mut page = String::new();
    let width = status.tasks.iter().map(|task| columns(&task.id)).max().unwrap_or(0).min(24);
    for task in &status.tasks {
        let (mark, word) = mark(task, terminal);
        let mut facts = vec![word];
        facts.extend(attempts(task));
        if let Some(gate) = &task.gate {
            facts.push(format!("gate {}", clean(gate)));
        }
        if task.agent_seconds > 0.0 {
            facts.push(format!("agent {}", clock(task.agent_seconds)));
        }
        facts.extend(dollars(task.cost_usd));
        if let Some(commit) = &task.commit {
            facts.push(short_sha(commit));
        }
        if let Some(not_before) = task.not_before {
            facts.push(format!("not before {}", time_of_day(not_before)));
        }
        let facts = facts.join(terminal.glyph(" · ", " - "));
        page.push_str(&format!(
            "{mark} {}  {}\n",
            pad(&task.id, width),
            terminal.bold(&terminal.fit(&task.title, terminal.width.saturating_sub(width + 4)))
        ));
        page.push_str(&format!("  {}  {facts}\n", " ".repeat(width)));
        if !task.reason.is_empty() && task.state != "done" {
            let line = terminal.fit(&task.reason, terminal.width.saturating_sub(width + 4));
            page.push_str(&format!("  {}  {line}\n", " ".repeat(width)));
        }
    }
    for provider in &status.providers {
        match (&provider.needs_human, provider.until) {
            (Some(reason), _) => {
                page.push_str(&format!("{}\n", terminal.yellow(&format!("needs human: {}", clean(reason)))))
            }
            (None, Some(until)) => page.push_str(&format!(
                "{}: {} until {}\n",
                clean(&provider.name),
                provider.class,
                time_of_day(until)
            )),
            (None, None) => {}
        }
    }
    for warning in &status.warnings {
        page.push_str(&format!("{} {}\n", terminal.yellow("!"), clean(warning)));
    }
    let totals = &status.totals;
    let mut sums = vec![format!("{} done", totals.done), format!("{} failed", totals.failed)];
    if totals.needs_human > 0 {
        sums.push(format!("{} need a human", totals.needs_human));
    }
    if totals.waiting > 0 {
        sums.push(format!("{} not run", totals.waiting));
    }
    sums.push(format!("wall {}", clock(totals.wall_seconds)));
    sums.push(format!("agents {}", clock(totals.agent_seconds)));
    sums.push(format!("gate {}", clock(totals.gate_seconds)));
    if totals.waited_seconds >= 1.0 {
        sums.push(format!("waited for limits {}", clock(totals.waited_seconds)));
    }
    if totals.tokens > 0 {
        sums.push(format!("{} tokens", count(usize::try_from(totals.tokens).unwrap_or(usize::MAX))));
    }
    sums.extend(dollars(totals.cost_usd));
    page.push_str(&format!("\n{}\n", sums.join(terminal.glyph(" · ", " - "))));
    page
}

/// How often a task was begun; limits and stops of the dispatcher do not count against it.
fn attempts(task: &TaskRow) -> Option<String> {
    let begun = match (task.runs, task.state.as_str()) {
        (0, _) => return None,
        (runs, "running") => return Some(format!("attempt {runs}")),
        (runs, _) => counted(runs as usize, "attempt"),
    };
    Some(match task.runs.saturating_sub(task.attempts) {
        0 => begun,
        free => format!("{begun}, {free} not counted"),
    })
}

/// The order of a run and the exact command of each task.
pub fn dispatch_plan(rows: &[PlanRow], terminal: &Terminal) -> String {
    let mut page = String::new();
    for (at, row) in rows.iter().enumerate() {
        page.push_str(&format!("{:>3}. {} {}\n", at + 1, terminal.bold(&row.id), clean(&row.title)));
        let mut facts = vec![
            format!("onto {}", clean(&row.base)),
            format!("by {}", clean(&row.agent)),
            format!("gate {}", clean(&row.gate)),
            clean(&row.source).into_owned(),
        ];
        if !row.needs.is_empty() {
            facts.push(format!("needs {}", row.needs.join(", ")));
        }
        if row.state != "new" {
            facts.push(row.state.clone());
        }
        page.push_str(&format!("     {}\n", terminal.dim(&facts.join(terminal.glyph(" · ", " - ")))));
        let argv: Vec<String> = row.argv.iter().map(|word| quoted(word)).collect();
        page.push_str(&format!("     $ {}\n", argv.join(" ")));
    }
    page
}

/// A word as a shell would need it to be written. Only shown, never run.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+<>".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", clean(word).replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dispatch::{ProviderRow, Totals, WaitRow};

    fn task(id: &str, state: &str, reason: &str) -> TaskRow {
        TaskRow {
            id: id.to_owned(),
            title: format!("Mend {id}"),
            state: state.to_owned(),
            attempts: 2,
            max_attempts: 3,
            runs: 3,
            reason: reason.to_owned(),
            commit: (state == "done").then(|| "0123456789abcdef".to_owned()),
            gate: Some("green".to_owned()),
            cost_usd: 0.5,
            agent_seconds: 187.0,
            gate_seconds: 12.0,
            ..TaskRow::default()
        }
    }

    fn status() -> QueueStatus {
        let running = RunningRow {
            task: "T-2".to_owned(),
            title: "Mend \u{1b}[31mit".to_owned(),
            attempt: 2,
            agent: "claude".to_owned(),
            phase: "in Bash".to_owned(),
            phase_since: 870_000,
            started: 0,
            last_event: "heartbeat".to_owned(),
            last_event_at: 985_000,
            deadline: Some(2_070_000),
            deadline_words: "ended as stalled in a tool".to_owned(),
            ..RunningRow::default()
        };
        QueueStatus {
            now: 1_000_000,
            running: Some(running),
            tasks: vec![
                task("T-1", "done", ""),
                task("T-2", "running", ""),
                task("T-3", "failed", "no new commit"),
                task("T-4", "queued", ""),
            ],
            providers: vec![ProviderRow {
                name: "codex".to_owned(),
                needs_human: Some("codex not logged in: 401".to_owned()),
                ..ProviderRow::default()
            }],
            totals: Totals {
                done: 1,
                failed: 1,
                waiting: 2,
                wall_seconds: 4000.0,
                cost_usd: 1.25,
                tokens: 12_345,
                agent_seconds: 374.0,
                gate_seconds: 24.0,
                waited_seconds: 3900.0,
                ..Totals::default()
            },
            ..QueueStatus::default()
        }
    }

    #[test]
    fn the_live_view_tells_what_runs_and_what_would_end_it() {
        insta::assert_snapshot!(dispatch_live(&status(), &Terminal::plain(80)).join("\n"));
    }

    #[test]
    fn the_live_view_tells_what_is_waited_for() {
        let mut status = status();
        status.running = None;
        status.waiting = Some(WaitRow { until: 4_900_000, reason: "claude: usage limit".to_owned() });
        let lines = dispatch_live(&status, &Terminal::plain(80));
        assert!(
            lines[1].contains("claude: usage limit until") && lines[1].contains("(1:05:00 left)"),
            "{lines:?}"
        );
    }

    #[test]
    fn the_report_tells_of_every_task_and_of_the_whole() {
        insta::assert_snapshot!(dispatch_report(&status(), &Terminal::plain(80)));
    }

    #[test]
    fn the_plan_shows_commands_as_they_could_be_typed() {
        let row = PlanRow {
            id: "T-1".to_owned(),
            title: "Mend".to_owned(),
            source: "tasks/a.md".to_owned(),
            base: "main".to_owned(),
            agent: "claude".to_owned(),
            argv: ["claude", "-p", "it's $HOME"].map(str::to_owned).to_vec(),
            gate: "npm test".to_owned(),
            needs: vec!["T-0".to_owned()],
            state: "new".to_owned(),
        };
        insta::assert_snapshot!(dispatch_plan(&[row], &Terminal::plain(80)));
    }
}
