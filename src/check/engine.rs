//! The rules run over one file.

use globset::{Glob, GlobSet, GlobSetBuilder};
use memchr::memmem;
use oxc_allocator::Allocator;

use super::fingerprint::Fingerprints;
use super::lines::Lines;
use crate::facts::{Project, PythonFile, TextFile, TypeScriptFile};
use crate::model::{Finding, Related, Severity};
use crate::rules::{Check, Hit, Hits, Native, Rule, natives, rule};
use crate::syntax::Language;

/// Files above this many bytes are not checked: nobody writes them by hand.
const MAX_BYTES: usize = 1 << 20;

/// What a project says of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    Off,
    Severity(Severity),
}

/// The rules that are on.
pub struct RuleSet {
    rules: Vec<Active>,
}

/// A rule that is on, ready to run.
struct Active {
    rule: &'static Rule,
    native: &'static Native,
    severity: Option<Severity>,
    files: Option<GlobSet>,
}

impl RuleSet {
    /// The built-in rules; `setting` may turn a rule off, or change its severity.
    pub fn new(setting: impl Fn(&str) -> Option<Setting>) -> RuleSet {
        let active = |native: &'static Native| {
            let rule = rule(native.id)?;
            let severity = match setting(rule.id) {
                Some(Setting::Off) => return None,
                Some(Setting::Severity(severity)) => Some(severity),
                None => None,
            };
            Some(Active { rule, native, severity, files: globs(rule.files) })
        };
        RuleSet { rules: natives().filter_map(active).collect() }
    }

    /// The findings of a file, in the order of the text; none for what cannot be checked: no text, too
    /// large, or not there.
    pub fn run(&self, project: &Project, path: &str) -> Option<Vec<Finding>> {
        let bytes = project.files().read(path).filter(|bytes| bytes.len() <= MAX_BYTES)?;
        let text = std::str::from_utf8(&bytes).ok().filter(|text| !text.contains('\0'))?;
        let language = Language::of_path(path);
        let rules: Vec<&Active> =
            self.rules.iter().filter(|active| active.applies(language, path, text)).collect();
        if rules.is_empty() {
            return language.map(|_| Vec::new());
        }
        let file = Checked { project, path, text, rules };
        Some(match language {
            Some(Language::Python) => file.python(),
            Some(_) => file.typescript(),
            None => file.findings(|_, _| {}, |_| true, |_| String::new()),
        })
    }
}

impl Active {
    /// What can be told without parsing.
    fn applies(&self, language: Option<Language>, path: &str, text: &str) -> bool {
        let speaks = |name: &&str| match *name {
            "any" => true,
            "typescript" => language == Some(Language::TypeScript),
            "tsx" => language == Some(Language::Tsx),
            "javascript" => language == Some(Language::JavaScript),
            "python" => language == Some(Language::Python),
            _ => false,
        };
        self.rule.languages.iter().any(speaks)
            && self.files.as_ref().is_none_or(|files| files.is_match(path))
            && (self.native.needs.is_empty() || self.native.needs.iter().any(|word| has(text, word)))
    }
}

fn has(text: &str, word: &str) -> bool {
    memmem::find(text.as_bytes(), word.as_bytes()).is_some()
}

/// The built-in globs are tested, so one that does not compile matches nothing.
fn globs(patterns: &[&str]) -> Option<GlobSet> {
    if patterns.is_empty() {
        return None;
    }
    let mut set = GlobSetBuilder::new();
    for glob in patterns.iter().filter_map(|pattern| Glob::new(pattern).ok()) {
        set.add(glob);
    }
    set.build().ok()
}

/// A file and the rules that may flag it.
struct Checked<'f> {
    project: &'f Project,
    path: &'f str,
    text: &'f str,
    rules: Vec<&'f Active>,
}

impl Checked<'_> {
    fn typescript(&self) -> Vec<Finding> {
        let arena = Allocator::default();
        let file = TypeScriptFile::parse(&arena, self.path, self.text, self.project);
        self.findings(
            |check, hits| {
                if let Check::TypeScript(check) = check {
                    check(&file, hits);
                }
            },
            |packages| file.uses_any(packages),
            |byte| file.symbol_at(byte),
        )
    }

    fn python(&self) -> Vec<Finding> {
        let parsed =
            ruff_python_parser::parse_unchecked_source(self.text, ruff_python_ast::PySourceType::Python);
        let file = PythonFile::new(&parsed, self.path, self.text, self.project);
        self.findings(
            |check, hits| {
                if let Check::Python(check) = check {
                    check(&file, hits);
                }
            },
            |packages| file.uses_any(packages),
            |byte| file.symbol_at(byte),
        )
    }

    /// Runs every rule: `run` a function on the parsed file, `uses` tells if the file uses one of some
    /// packages, `symbol` the name of what encloses a byte.
    fn findings(
        &self,
        run: impl Fn(Check, &mut Hits),
        uses: impl Fn(&[&str]) -> bool,
        symbol: impl Fn(usize) -> String,
    ) -> Vec<Finding> {
        let text = TextFile { path: self.path, text: self.text };
        let mut found: Vec<(&Active, Hit)> = Vec::new();
        for active in &self.rules {
            if !active.rule.requires.is_empty() && !uses(active.rule.requires) {
                continue;
            }
            let mut hits = Hits::default();
            match active.native.check {
                Check::Text(check) => check(&text, &mut hits),
                check => run(check, &mut hits),
            }
            found.extend(hits.into_vec().into_iter().map(|hit| (*active, hit)));
        }
        found.sort_by(|a, b| (a.1.bytes.start, a.0.rule.id).cmp(&(b.1.bytes.start, b.0.rule.id)));
        if found.is_empty() {
            return Vec::new();
        }
        let lines = Lines::new(self.text);
        let mut names = Fingerprints::default();
        let finding = |(active, hit): (&Active, Hit)| {
            let fingerprint = names.next(active.rule.id, &symbol(hit.bytes.start), lines.around(&hit.bytes));
            self.finding(active, hit, &lines, fingerprint)
        };
        found.into_iter().map(finding).collect()
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
