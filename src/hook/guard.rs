//! Answers an agent's call: denies commits that would not pass, tells of mistakes right after an edit,
//! brings what is known of a task, and holds the agent back while its work is red.

use std::path::Path;

use anyhow::Result;

use crate::config::{Before, Config};
use crate::context::{self, Question};
use crate::gate::{self, Checker, Finding, Options, Scope, Stop};
use crate::git::{CopiedIndex, Git, Places, Snapshot};
use crate::model::gate::{Gated, Subject, Verdict};
use crate::model::{Pattern, PatternFile};
use crate::patterns::file;
use crate::report;

use super::commits::{Commit, read};
use super::record::{own_folder, work_tree};
use super::session::Session;
use super::{Answer, Call, Event, edits};

/// How often the end of a turn is held back, where nobody says otherwise. Agents let go by themselves at
/// the ninth time, without a word.
const MAX_BLOCKS: usize = 3;

/// What a guard works with.
pub struct Guard<'a> {
    pub checker: &'a dyn Checker,
    pub stop: &'a Stop,
}

/// The answer to a call.
pub fn handle(call: &Call, guard: &Guard) -> Result<Answer> {
    match &call.event {
        Event::Other => Ok(Answer::Nothing),
        Event::Start { fresh } => start(call, *fresh),
        Event::Prompt(text) => prompt(call, text),
        Event::Shell(line) => guard.shell(call, line),
        Event::Edited(paths) => guard.edited(call, paths),
        Event::Stop { held } => guard.end(call, *held),
    }
}

fn patterns(root: &Path) -> Option<PatternFile> {
    // Without the file there is nothing to tell; a broken one is told by `friction doctor`.
    file::read(&root.join(file::FILE_NAME)).ok()
}

fn start(call: &Call, fresh: bool) -> Result<Answer> {
    let Some((root, _)) = work_tree(&call.cwd) else { return Ok(Answer::Nothing) };
    let own = own_folder(&call.cwd).unwrap_or_default();
    let mut session = Session::read(&own, &call.session);
    if fresh {
        session.told.clear();
    }
    if session.tree.is_empty() {
        let places = Places::of(&call.cwd)?;
        session.tree =
            Snapshot::of_work_tree(&places, None).map(|snapshot| snapshot.tree).unwrap_or_default();
        Session::forget_oldest(&own);
    }
    let text = tell(&root, &Question::new("", &[]), &mut session)?;
    session.keep(&own, &call.session);
    Ok(if text.is_empty() { Answer::Nothing } else { Answer::Tell(text) })
}

fn prompt(call: &Call, text: &str) -> Result<Answer> {
    let Some((root, _)) = work_tree(&call.cwd) else { return Ok(Answer::Nothing) };
    let own = own_folder(&call.cwd).unwrap_or_default();
    let mut session = Session::read(&own, &call.session);
    let told = tell(&root, &Question::new(text, &[]), &mut session)?;
    if told.is_empty() {
        return Ok(Answer::Nothing);
    }
    session.keep(&own, &call.session);
    Ok(Answer::Tell(told))
}

/// What is known and was not told before.
fn tell(root: &Path, question: &Question, session: &mut Session) -> Result<String> {
    let config = Config::read(root)?;
    let known = context::context(root, patterns(root).as_ref(), question).without(&session.told);
    session.told.extend(known.ids());
    Ok(context::markdown(&known, config.context.budget.unwrap_or(context::BUDGET)))
}

impl Guard<'_> {
    fn shell(&self, call: &Call, line: &str) -> Result<Answer> {
        let alias = |dir: &Path, name: &str| {
            let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let text = Git::at(dir).text("read an alias", &["config", "--get", &format!("alias.{name}")]);
            text.ok().filter(|_| plain)
        };
        let reading = read(line, &call.cwd, &alias);
        if let Some(by) = &reading.bypass {
            let dir = reading.commits.first().map_or(call.cwd.as_path(), |commit| commit.dir.as_path());
            let root = work_tree(dir).or_else(|| work_tree(&call.cwd)).map(|(root, _)| root);
            let config = root.map(|root| Config::read(&root)).transpose()?.unwrap_or_default();
            if !config.hook.allow_no_verify {
                return Ok(Answer::Deny(format!(
                    "friction: `{}` would go past the checks of this repository, which is not allowed here. \
                     Do it without that; if a check fails, mend what it names.",
                    report::clean(by)
                )));
            }
        }
        for commit in reading.commits.iter().filter(|commit| !commit.dry) {
            // A folder that is not there yet, or is no repository's, cannot be looked into.
            let Ok(places) = Places::of(&commit.dir) else { continue };
            if let Some(reason) = self.commit(&places, commit)? {
                return Ok(Answer::Deny(reason));
            }
        }
        Ok(Answer::Nothing)
    }

    /// Why a commit must not be made.
    fn commit(&self, places: &Places, commit: &Commit) -> Result<Option<String>> {
        let config = Config::read(&places.root)?;
        let edits = edits::of(commit, places);
        let wanted = config.hook.commit.unwrap_or(Before::Check);
        if wanted == Before::Nothing {
            return Ok(None);
        }
        if wanted == Before::Check {
            let copy;
            let scope = match edits.is_empty() {
                true => Scope::Staged,
                false => {
                    copy = CopiedIndex::after(places, &edits)?;
                    Scope::Copy(copy.variables(places))
                }
            };
            let mut findings = self.checker.check(&places.root, &scope)?;
            findings.retain(|finding| finding.severity == "error");
            return Ok((!findings.is_empty()).then(|| refusal(&findings, &patterns(&places.root))));
        }
        let after = Snapshot::of_copy(places, CopiedIndex::after(places, &edits)?)?;
        let options = Options { quick: wanted == Before::Quick, ..Options::of(Subject::Staged) };
        let gated =
            gate::judge_snapshot(places, &after, &config, &options, self.checker, self.stop, &mut |_| ())?;
        Ok(self.red(&gated, places).map(|told| format!("friction refuses this commit.\n{told}")))
    }

    fn red(&self, gated: &Gated, places: &Places) -> Option<String> {
        if gated.verdict != Verdict::Red {
            return None;
        }
        let learned = patterns(&places.root).map(|file| file.patterns).unwrap_or_default();
        let mut named = gated.clone();
        gate::name_patterns(&mut named, &learned);
        Some(report::gate_digest(&named, &learned))
    }

    fn edited(&self, call: &Call, paths: &[String]) -> Result<Answer> {
        let mut findings = Vec::new();
        for path in paths {
            let path = call.cwd.join(path);
            let Some((root, _)) = path.parent().and_then(work_tree) else { continue };
            let Ok(inside) = path.strip_prefix(&root) else { continue };
            let scope = Scope::Paths(vec![inside.to_string_lossy().into_owned()]);
            findings.extend(self.checker.check(&root, &scope)?);
        }
        findings.retain(|finding| finding.severity != "info");
        if findings.is_empty() {
            return Ok(Answer::Nothing);
        }
        let list: String = findings.iter().take(20).map(told).collect();
        Ok(Answer::Object(format!("friction found in what was just written:\n{list}")))
    }

    fn end(&self, call: &Call, held: bool) -> Result<Answer> {
        let Ok(places) = Places::of(&call.cwd) else { return Ok(Answer::Nothing) };
        let config = Config::read(&places.root)?;
        let wanted = config.hook.stop.unwrap_or(Before::Quick);
        let (quick, only): (bool, Vec<String>) = match wanted {
            Before::Nothing => return Ok(Answer::Nothing),
            Before::Check => (true, vec!["check".to_owned()]),
            Before::Quick => (true, Vec::new()),
            Before::Gate => (false, Vec::new()),
        };
        let own = places.own();
        let mut session = Session::read(&own, &call.session);
        if !held {
            session.blocks = 0;
        }
        let snapshot = Snapshot::of_work_tree(&places, None)?;
        // What was there before the agent came is not its doing.
        if snapshot.changed.is_empty() || snapshot.tree == session.tree {
            return Ok(Answer::Nothing);
        }
        let options = Options { quick, only, ..Options::of(Subject::WorkTree) };
        let gated = gate::judge_snapshot(
            &places,
            &snapshot,
            &config,
            &options,
            self.checker,
            self.stop,
            &mut |_| (),
        )?;
        let answer = match self.red(&gated, &places) {
            None => {
                session.blocks = 0;
                match gated.verdict {
                    Verdict::Unjudged if wanted != Before::Check => Answer::Note(format!(
                        "friction gate could not judge: {}",
                        report::clean(&gated.reason)
                    )),
                    _ => Answer::Nothing,
                }
            }
            Some(_) if session.blocks >= config.hook.max_blocks.unwrap_or(MAX_BLOCKS) => {
                Answer::Note(format!(
                    "friction lets go after {} tries: the work is still red ({}). `friction gate` tells what fails.",
                    session.blocks,
                    report::clean(&gated.reason)
                ))
            }
            Some(told) => {
                session.blocks += 1;
                Answer::Hold(format!("The work is not done yet.\n{told}"))
            }
        };
        session.keep(&own, &call.session);
        Ok(answer)
    }
}

fn refusal(findings: &[Finding], learned: &Option<PatternFile>) -> String {
    let list: String = findings.iter().take(20).map(told).collect();
    let more = findings.len().saturating_sub(20);
    let more = if more > 0 { format!("and {more} more\n") } else { String::new() };
    let guarded = |pattern: &&Pattern| findings.iter().any(|finding| pattern.rules.contains(&finding.rule));
    let known = learned.iter().flat_map(|file| &file.patterns).find(guarded);
    let known = known.map_or(String::new(), |pattern| {
        format!(
            "This was corrected {} times in this repository. {}\n",
            pattern.counts.corrections,
            report::clean(&pattern.always)
        )
    });
    format!(
        "friction refuses this commit: {} to mend first.\n{list}{more}{known}Mend it, stage it, and commit again.",
        match findings.len() {
            1 => "1 mistake".to_owned(),
            count => format!("{count} mistakes"),
        }
    )
}

/// `src/a.ts:3:5: error rule-id: message fix: help`
fn told(finding: &Finding) -> String {
    let help = if finding.help.is_empty() {
        String::new()
    } else {
        format!(" fix: {}", report::clean(&finding.help))
    };
    format!(
        "{}:{}:{}: {} {}: {}{help}\n",
        report::clean(&finding.path),
        finding.line,
        finding.column,
        report::clean(&finding.severity),
        report::clean(&finding.rule),
        report::clean(&finding.message)
    )
}
