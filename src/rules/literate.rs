//! A rule as it is written: TOML front matter between `+++` lines, prose, examples that run.
//!
//! Also part of the build script, which turns `rules/**/*.md` into the table in the binary; so this file
//! knows nothing of the rest of friction.

use serde::Deserialize;

/// The front matter of a rule file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// Kebab-case; the file's name, and never used again for another rule.
    pub id: String,
    pub family: String,
    /// `typescript`, `tsx`, `javascript`, `python`; `any` for every text file.
    pub languages: Vec<String>,
    /// `error`, `warning` or `info`.
    pub severity: String,
    /// `native`: a function of friction's. `query`: the file's ```` ```scm ```` block.
    pub engine: String,
    /// Globs of paths; empty: everywhere.
    #[serde(default)]
    pub files: Vec<String>,
    /// Packages one of which the file imports or its package depends on; empty: no condition.
    #[serde(default)]
    pub requires: Vec<String>,
    /// With `{placeholders}` that the engine fills.
    pub message: String,
    pub help: String,
    pub always: String,
    pub never: String,
    /// `none`, `safe` or `unsafe`.
    #[serde(default = "none")]
    pub fix: String,
    pub proof: Option<Proof>,
}

/// The real tool that refuses what the rule flags.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    pub tool: String,
    pub versions: Vec<String>,
    /// A regular expression that the tool's output on a failing example matches.
    pub error: Option<String>,
    /// The tool passes although the code is wrong.
    #[serde(default)]
    pub silent: bool,
}

fn none() -> String {
    "none".to_owned()
}

/// Where a rule file is wrong, counted from 1, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl Wrong {
    pub fn at(text: &str, byte: usize, message: impl Into<String>) -> Wrong {
        let before = &text[..byte.min(text.len())];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Wrong {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }
}

/// The front matter and the prose below it.
pub fn parse(text: &str) -> Result<(Front, &str), Wrong> {
    const FENCE: &str = "+++\n";
    let Some(inside) = text.strip_prefix(FENCE) else {
        return Err(Wrong::at(text, 0, "a rule begins with a line `+++`, then its front matter"));
    };
    let Some(end) = inside.find("\n+++\n") else {
        return Err(Wrong::at(text, 0, "the front matter has no closing line `+++`"));
    };
    let matter = &inside[..=end];
    let front: Front = toml::from_str(matter).map_err(|error| {
        let at = FENCE.len() + error.span().map_or(0, |span| span.start);
        Wrong::at(text, at, error.message())
    })?;
    check(&front).map_err(|(key, message)| {
        let at = matter.find(&format!("\n{key} =")).map_or(0, |at| at + 1);
        Wrong::at(text, FENCE.len() + at, message)
    })?;
    Ok((front, &inside[end + 5..]))
}

/// The values that TOML cannot judge: the key and what is wrong with it.
fn check(front: &Front) -> Result<(), (&'static str, String)> {
    let one_of = |key, value: &str, allowed: &[&str]| match allowed.contains(&value) {
        true => Ok(()),
        false => Err((key, format!("`{value}` is none of {}", allowed.join(", ")))),
    };
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if front.id.is_empty() || !front.id.chars().all(kebab) {
        return Err(("id", format!("`{}` is not kebab-case: small letters, digits and `-`", front.id)));
    }
    if front.languages.is_empty() {
        return Err(("languages", "a rule needs a language".to_owned()));
    }
    for language in &front.languages {
        one_of("languages", language, &["typescript", "tsx", "javascript", "python", "any"])?;
    }
    one_of("severity", &front.severity, &["error", "warning", "info"])?;
    one_of("engine", &front.engine, &["native", "query"])?;
    one_of("fix", &front.fix, &["none", "safe", "unsafe"])
}
