//! A project's own rules: `.friction/rules/*.md`, in the format of the built-in ones, each with a
//! tree-sitter query in a ```` ```scm ```` block.
//!
//! The query's `@flag` is the place of the finding; its other captures fill the placeholders of the message
//! and the help, or begin with `_`.

use std::path::{Path, PathBuf};
use std::{fs, io};

use thiserror::Error;

use super::examples::examples;
use super::{Engine, Hits, Rule, literate};
use crate::model::Severity;
use crate::syntax::{Language, Query, Source};

/// Where they stand in a project.
pub const FOLDER: &str = ".friction/rules";

/// A rule whose mistakes a query finds.
pub struct QueryRule {
    pub rule: &'static Rule,
    queries: Vec<(Language, Query)>,
    /// What captures may fill.
    placeholders: Vec<&'static str>,
}

/// Why a rule cannot be used.
#[derive(Debug, Error)]
pub enum RuleError {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}:{line}:{column}: {message}", path.display())]
    Wrong { path: PathBuf, line: usize, column: usize, message: String },
}

/// The rules in a project's folder, by file name; none where there is no such folder.
pub fn load(root: &Path) -> Result<Vec<QueryRule>, RuleError> {
    let folder = root.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(RuleError::Unreadable { path: folder, source }),
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "md"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<QueryRule, RuleError> {
    let text =
        fs::read_to_string(path).map_err(|source| RuleError::Unreadable { path: path.to_owned(), source })?;
    let wrong = |wrong: literate::Wrong| RuleError::Wrong {
        path: path.to_owned(),
        line: wrong.line,
        column: wrong.column,
        message: wrong.message,
    };
    let own = QueryRule::parse(&text).map_err(wrong)?;
    // So no two rules of a project have one id, and the file of a finding's rule is found by its name.
    match path.file_stem().is_some_and(|stem| stem == own.rule.id) {
        true => Ok(own),
        false => {
            let message = format!("the rule `{}` belongs into a file of its name, {0}.md", own.rule.id);
            Err(wrong(literate::Wrong::at(&text, text.find("\nid").map_or(0, |at| at + 1), message)))
        }
    }
}

impl QueryRule {
    /// Reads a rule file, which needs a failing and a passing example. What it says is kept for the life of the program, as the built-in rules are.
    pub fn parse(text: &str) -> Result<QueryRule, literate::Wrong> {
        let text: &'static str = Box::leak(text.into());
        let (front, prose) = literate::parse(text)?;
        let at = |byte, message: String| literate::Wrong::at(text, byte, message);
        let offset = text.len() - prose.len();
        let key = |key: &str| text[..offset].find(&format!("\n{key} =")).map_or(0, |at| at + 1);
        if front.engine != "query" {
            return Err(at(key("engine"), "a project's own rule has `engine = \"query\"`".to_owned()));
        }
        if front.fix != "none" {
            let message = "a query finds a mistake and cannot mend it: leave `fix` out".to_owned();
            return Err(at(key("fix"), message));
        }
        let query =
            scm(prose).ok_or_else(|| at(offset, "the rule has no ```scm block with its query".to_owned()))?;
        let query_line = text[..offset + query.start].matches('\n').count();
        let source = &prose[query];
        let rule: &'static Rule = Box::leak(Box::new(leak(front, text)));
        let placeholders = placeholders(rule);
        let mut queries = Vec::new();
        for name in rule.languages {
            let language = match *name {
                "typescript" => Language::TypeScript,
                "tsx" => Language::Tsx,
                "javascript" => Language::JavaScript,
                "python" => Language::Python,
                _ => {
                    let message = format!("a query needs a grammar, and `{name}` has none");
                    return Err(at(key("languages"), message));
                }
            };
            let wrong = |error: crate::syntax::QueryError| literate::Wrong {
                line: query_line + error.line,
                column: error.column,
                message: error.message,
            };
            Query::verify(language, source).map_err(wrong)?;
            queries.push((language, Query::new(language, source).map_err(wrong)?));
        }
        captures(source, &placeholders).map_err(|(line, column, message)| literate::Wrong {
            line: query_line + line,
            column,
            message,
        })?;
        examples(text)?;
        Ok(QueryRule { rule, queries, placeholders })
    }

    /// Whether a text may hold what the rule flags.
    pub fn could_match(&self, language: Language, text: &str) -> bool {
        self.query(language).is_some_and(|query| query.could_match(text.as_bytes()))
    }

    fn query(&self, language: Language) -> Option<&Query> {
        self.queries.iter().find(|(of, _)| *of == language).map(|(_, query)| query)
    }

    /// Adds a hit for each match.
    pub fn check(&self, language: Language, source: &Source, hits: &mut Hits) {
        let Some(query) = self.query(language) else { return };
        for found in query.run(source, &[]) {
            let Some(flag) = found.get("flag") else { continue };
            let hit = hits.at(flag.byte_range());
            for name in &self.placeholders {
                if let Some(node) = found.get(name) {
                    hit.word(name, in_short(&source.text_of(node)));
                }
            }
        }
    }
}

/// Captured code as part of a sentence: in one line, and not too long.
fn in_short(code: &str) -> String {
    const CHARACTERS: usize = 60;
    let line = code.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// The bytes of the first ```` ```scm ```` block.
fn scm(prose: &str) -> Option<std::ops::Range<usize>> {
    let start = prose.find("```scm\n")? + "```scm\n".len();
    let end = start + prose[start..].find("```")?;
    Some(start..end)
}

fn leak(front: literate::Front, text: &'static str) -> Rule {
    let word = |word: String| -> &'static str { Box::leak(word.into_boxed_str()) };
    let words = |words: Vec<String>| -> &'static [&'static str] {
        Box::leak(words.into_iter().map(word).collect::<Vec<_>>().into_boxed_slice())
    };
    Rule {
        id: word(front.id),
        family: word(front.family),
        languages: words(front.languages),
        severity: match front.severity.as_str() {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            _ => Severity::Info,
        },
        engine: Engine::Query,
        files: words(front.files),
        requires: words(front.requires),
        message: word(front.message),
        help: word(front.help),
        always: word(front.always),
        never: word(front.never),
        fix: None,
        text,
    }
}

/// The names in braces in a rule's sentences.
fn placeholders(rule: &Rule) -> Vec<&'static str> {
    let inside = |sentence: &'static str| {
        sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
    };
    let mut names: Vec<&str> = inside(rule.message).chain(inside(rule.help)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Every capture must be of use, and `@flag` must be there: line, column (from 1) and message of what is not.
fn captures(query: &str, placeholders: &[&str]) -> Result<(), (usize, usize, String)> {
    let mut flagged = false;
    for (number, line) in query.lines().enumerate() {
        let code = line.split(';').next().unwrap_or("");
        for (at, _) in code.match_indices('@') {
            // An `@` inside a string is text.
            if code[..at].matches('"').count() % 2 == 1 {
                continue;
            }
            let name = code[at + 1..]
                .split(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
                .next()
                .unwrap_or("");
            flagged |= name == "flag";
            if name != "flag" && !name.starts_with('_') && !placeholders.contains(&name) {
                let told = format!(
                    "`@{name}` is used nowhere: it is neither `@flag` nor a {{placeholder}} of the message or help"
                );
                return Err((number + 1, code[..at].chars().count() + 1, told));
            }
        }
    }
    match flagged {
        true => Ok(()),
        false => Err((1, 1, "the query captures no `@flag`, the place of the finding".to_owned())),
    }
}
