//! The rules run over one file.

use std::ops::Range;

use fast_glob::glob_match;
use memchr::memmem;
use oxc_allocator::Allocator;

use super::fingerprint::Fingerprints;
use super::left_out::LeftOut;
use super::lines::Lines;
use super::suppress::{Suppression, may_suppress, suppressions};
use crate::facts::{Project, PythonFile, TextFile, TypeScriptFile};
use crate::model::{Finding, Related, Severity};
use crate::rules::user::QueryRule;
use crate::rules::{Check, Hit, Hits, Native, Rule, natives, rule};
use crate::syntax::{Language, Source};

/// The rule that tells of a suppression without an id or a reason.
const MALFORMED: &str = "suppression-malformed";

/// The rule that tells of a suppression that silences nothing.
const UNUSED: &str = "suppression-unused";

/// What a project says of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Off,
    Severity(Severity),
}

/// The rules that are on.
pub struct RuleSet {
    rules: Vec<Active>,
    /// On, but found by no function: what is told about suppressions.
    about_suppressions: Vec<Active>,
}

/// A rule that is on, ready to run.
struct Active {
    rule: &'static Rule,
    finder: Finder,
    severity: Option<Severity>,
}

/// What finds a rule's mistakes.
enum Finder {
    Native(&'static Native),
    Query(QueryRule),
    Suppressions,
}

/// What the rules said of a file.
#[derive(Default)]
pub struct Ran {
    /// In the order of the text.
    pub findings: Vec<Finding>,
    /// Findings that comments silenced.
    pub suppressed: usize,
    /// Suppressing comments.
    pub suppressions: usize,
    /// Why there is nothing more to say.
    pub left_out: Option<LeftOut>,
}

impl RuleSet {
    /// The built-in rules and a project's own; `setting` may turn a rule off, or change its severity.
    pub fn new(own: Vec<QueryRule>, setting: impl Fn(&str) -> Option<Setting>) -> RuleSet {
        let active = |rule: &'static Rule, finder: Finder| {
            let severity = match setting(rule.id) {
                Some(Setting::Off) => return None,
                Some(Setting::Severity(severity)) => Some(severity),
                None => None,
            };
            Some(Active { rule, finder, severity })
        };
        let native = |native: &'static Native| active(rule(native.id)?, Finder::Native(native));
        let query = |own: QueryRule| active(own.rule, Finder::Query(own));
        let about = |id| active(rule(id)?, Finder::Suppressions);
        RuleSet {
            rules: natives().filter_map(native).chain(own.into_iter().filter_map(query)).collect(),
            about_suppressions: [MALFORMED, UNUSED].into_iter().filter_map(about).collect(),
        }
    }

    /// True if the project itself says how much a rule's findings matter.
    pub(super) fn is_set(&self, rule: &str) -> bool {
        self.rules.iter().any(|active| active.rule.id == rule && active.severity.is_some())
    }

    /// Runs the rules over a file; none for what is no text or not there.
    pub fn run(&self, project: &Project, path: &str) -> Option<Ran> {
        let bytes = project.files().read(path)?;
        let text = std::str::from_utf8(&bytes).ok().filter(|text| !text.contains('\0'))?;
        let language = Language::of_path(path);
        let left_out = language.and_then(|language| LeftOut::of(language, text));
        let none = || Ran { left_out, ..Ran::default() };
        let only_text = match left_out {
            Some(LeftOut::Minified) => true,
            Some(_) => return Some(none()),
            None => language.is_none(),
        };
        let mut glance = Glance { language, path, text, globs: Vec::new(), words: Vec::new() };
        let applies = |active: &&Active| (!only_text || active.reads_text()) && active.applies(&mut glance);
        let rules: Vec<&Active> = self.rules.iter().filter(applies).collect();
        if rules.is_empty() && (left_out.is_some() || !may_suppress(text)) {
            return language.map(|_| none());
        }
        let file = File { set: self, project, path, text, rules };
        let ran = match language {
            Some(Language::Python) => file.python(),
            Some(language) if !only_text => file.typescript(language),
            _ => file.text(),
        };
        Some(Ran { left_out, ..ran })
    }
}

impl Active {
    /// True for a rule that needs no parser.
    fn reads_text(&self) -> bool {
        matches!(self.finder, Finder::Native(Native { check: Check::Text(_), .. }))
    }

    /// What can be told without parsing.
    fn applies(&self, glance: &mut Glance) -> bool {
        let speaks = |name: &&str| match *name {
            "any" => true,
            "typescript" => glance.language == Some(Language::TypeScript),
            "tsx" => glance.language == Some(Language::Tsx),
            "javascript" => glance.language == Some(Language::JavaScript),
            "python" => glance.language == Some(Language::Python),
            _ => false,
        };
        self.rule.languages.iter().any(speaks)
            && glance.fits_any(self.rule.files)
            && match &self.finder {
                Finder::Native(native) => {
                    native.needs.is_empty() || native.needs.iter().any(|word| glance.has(word))
                }
                Finder::Query(query) => {
                    glance.language.is_some_and(|language| query.could_match(language, glance.text))
                }
                Finder::Suppressions => false,
            }
    }
}

/// A file before it is parsed. What many rules ask of it is found once.
struct Glance<'f> {
    language: Option<Language>,
    path: &'f str,
    text: &'f str,
    globs: Vec<(&'static [&'static str], bool)>,
    words: Vec<(&'static str, bool)>,
}

impl Glance<'_> {
    fn fits_any(&mut self, globs: &'static [&'static str]) -> bool {
        if let Some((_, fits)) = self.globs.iter().find(|(known, _)| *known == globs) {
            return *fits;
        }
        let fits = globs.is_empty() || globs.iter().any(|glob| glob_match(glob, self.path));
        self.globs.push((globs, fits));
        fits
    }

    fn has(&mut self, word: &'static str) -> bool {
        if let Some((_, has)) = self.words.iter().find(|(known, _)| *known == word) {
            return *has;
        }
        let has = memmem::find(self.text.as_bytes(), word.as_bytes()).is_some();
        self.words.push((word, has));
        has
    }
}

/// A file and the rules that may flag it.
struct File<'f> {
    set: &'f RuleSet,
    project: &'f Project,
    path: &'f str,
    text: &'f str,
    rules: Vec<&'f Active>,
}

/// What the engine asks of a parsed file, in whatever language.
trait Parsed {
    fn run(&self, check: Check, hits: &mut Hits);
    fn uses_any(&self, packages: &[&str]) -> bool;
    fn symbol_at(&self, byte: usize) -> String;
    fn comments(&self) -> Vec<Range<usize>>;
    fn statements(&self) -> Vec<Range<usize>>;
}

impl Parsed for TypeScriptFile<'_> {
    fn run(&self, check: Check, hits: &mut Hits) {
        if let Check::TypeScript(check) = check {
            check(self, hits);
        }
    }
    fn uses_any(&self, packages: &[&str]) -> bool {
        self.uses_any(packages)
    }
    fn symbol_at(&self, byte: usize) -> String {
        self.symbol_at(byte)
    }
    fn comments(&self) -> Vec<Range<usize>> {
        self.comments()
    }
    fn statements(&self) -> Vec<Range<usize>> {
        self.statements()
    }
}

impl Parsed for PythonFile<'_> {
    fn run(&self, check: Check, hits: &mut Hits) {
        if let Check::Python(check) = check {
            check(self, hits);
        }
    }
    fn uses_any(&self, packages: &[&str]) -> bool {
        self.uses_any(packages)
    }
    fn symbol_at(&self, byte: usize) -> String {
        self.symbol_at(byte)
    }
    fn comments(&self) -> Vec<Range<usize>> {
        self.comments()
    }
    fn statements(&self) -> Vec<Range<usize>> {
        self.statements()
    }
}

/// A file in no language that is parsed.
impl Parsed for TextFile<'_> {
    fn run(&self, _: Check, _: &mut Hits) {}
    fn uses_any(&self, _: &[&str]) -> bool {
        false
    }
    fn symbol_at(&self, _: usize) -> String {
        String::new()
    }
    /// Whatever begins a comment there, a suppression has a line to itself.
    fn comments(&self) -> Vec<Range<usize>> {
        let lines = self.text.split_inclusive('\n').scan(0, |at, line| {
            *at += line.len();
            Some(*at - line.len()..*at)
        });
        lines.collect()
    }
    fn statements(&self) -> Vec<Range<usize>> {
        Vec::new()
    }
}

impl File<'_> {
    fn typescript(&self, language: Language) -> Ran {
        let arena = Allocator::default();
        let file = TypeScriptFile::parse(&arena, self.path, self.text, self.project);
        self.ran(&file, Some(language))
    }

    fn python(&self) -> Ran {
        let source_type = ruff_python_ast::PySourceType::Python;
        let parsed = ruff_python_parser::parse_unchecked_source(self.text, source_type);
        self.ran(&PythonFile::new(&parsed, self.path, self.text, self.project), Some(Language::Python))
    }

    fn text(&self) -> Ran {
        self.ran(&TextFile { path: self.path, text: self.text }, None)
    }

    /// Runs every rule, then lets comments silence what they may.
    fn ran(&self, file: &impl Parsed, language: Option<Language>) -> Ran {
        let mut found = self.hits(file, language);
        let lines = Lines::new(self.text);
        let mut silencing = Vec::new();
        if may_suppress(self.text) {
            silencing = suppressions(self.text, &lines, &file.comments(), &file.statements());
        }
        let before = found.len();
        let mut used = vec![Vec::new(); silencing.len()];
        found.retain(|(active, hit)| {
            let at = lines.place(hit.bytes.start).0..lines.place(hit.bytes.end.max(hit.bytes.start)).0 + 1;
            let by = silencing.iter().position(|comment| comment.silences(active.rule.id, &at));
            if let Some(by) = by {
                used[by].push(active.rule.id);
            }
            by.is_none()
        });
        let suppressed = before - found.len();
        for active in &self.set.about_suppressions {
            let mut hits = Hits::default();
            for (comment, used) in silencing.iter().zip(&used) {
                self.about(active.rule.id, comment, used, &mut hits);
            }
            found.extend(hits.into_vec().into_iter().map(|hit| (active, hit)));
        }
        found.sort_by(|a, b| (a.1.bytes.start, a.0.rule.id).cmp(&(b.1.bytes.start, b.0.rule.id)));
        let mut names = Fingerprints::default();
        let findings = found.into_iter().map(|(active, hit)| {
            let symbol = file.symbol_at(hit.bytes.start);
            let fingerprint = names.next(active.rule.id, &symbol, lines.around(&hit.bytes));
            self.finding(active, hit, &lines, fingerprint)
        });
        Ran { findings: findings.collect(), suppressed, suppressions: silencing.len(), left_out: None }
    }

    fn hits(&self, file: &impl Parsed, language: Option<Language>) -> Vec<(&Active, Hit)> {
        let text = TextFile { path: self.path, text: self.text };
        let mut tree = None;
        let mut found: Vec<(&Active, Hit)> = Vec::new();
        for &active in &self.rules {
            if !active.rule.requires.is_empty() && !file.uses_any(active.rule.requires) {
                continue;
            }
            let mut hits = Hits::default();
            match (&active.finder, language) {
                (Finder::Native(Native { check: Check::Text(check), .. }), _) => check(&text, &mut hits),
                (Finder::Native(native), _) => file.run(native.check, &mut hits),
                (Finder::Query(query), Some(language)) => {
                    let parse = || Source::parse(language, self.text.as_bytes());
                    if let Some(source) = tree.get_or_insert_with(parse) {
                        query.check(language, source, &mut hits);
                    }
                }
                (Finder::Query(_) | Finder::Suppressions, _) => {}
            }
            found.extend(hits.into_vec().into_iter().map(|hit| (active, hit)));
        }
        found
    }

    /// What is to be said of a suppression.
    fn about(&self, rule: &str, comment: &Suppression, used: &[&str], hits: &mut Hits) {
        match (rule, comment.wrong) {
            (MALFORMED, Some(wrong)) => {
                hits.at(comment.bytes.clone()).word("reason", wrong);
            }
            (UNUSED, None) => {
                let idle: Vec<&str> =
                    comment.rules.iter().map(String::as_str).filter(|id| !used.contains(id)).collect();
                if !idle.is_empty() {
                    hits.at(comment.bytes.clone()).word("rules", idle.join(", "));
                }
            }
            _ => {}
        }
    }

    fn finding(&self, active: &Active, hit: Hit, lines: &Lines, fingerprint: String) -> Finding {
        let rule = active.rule;
        let (line, column) = lines.place(hit.bytes.start);
        let (end_line, end_column) = lines.place(hit.bytes.end.max(hit.bytes.start));
        let related = hit.related.iter().map(|related| {
            let elsewhere = related.path.as_deref().filter(|path| *path != self.path);
            let text = elsewhere.and_then(|path| self.project.files().text(path));
            let (line, column) = match &text {
                Some(text) => Lines::new(text).place(related.bytes.start),
                None => lines.place(related.bytes.start),
            };
            let path = elsewhere.unwrap_or(self.path).to_owned();
            Related { path, line, column, message: related.message.clone() }
        });
        Finding {
            rule: rule.id.to_owned(),
            family: rule.family.to_owned(),
            severity: active.severity.or(hit.severity).unwrap_or(rule.severity),
            path: self.path.to_owned(),
            line,
            column,
            end_line,
            end_column,
            message: fill(rule.message, &hit.words),
            help: fill(hit.help.as_deref().unwrap_or(rule.help), &hit.words),
            related: related.collect(),
            fix: hit.fix,
            fingerprint,
        }
    }
}

/// Puts words where a sentence has `{placeholders}`.
fn fill(sentence: &str, words: &[(&'static str, String)]) -> String {
    words.iter().fold(sentence.to_owned(), |told, (name, word)| told.replace(&format!("{{{name}}}"), word))
}
