//! The rule catalogue: literate files (`rules/<family>/<id>.md`), and the native functions of the same ids.

pub mod examples;
pub mod hit;
pub mod literate;
mod python;
mod text;
mod typescript;
pub mod user;

pub use hit::{Hit, Hits};

use crate::facts::{PythonFile, TextFile, TypeScriptFile};
use crate::model::{Safety, Severity};

/// A rule of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Kebab-case.
    pub id: &'static str,
    pub family: &'static str,
    /// `typescript`, `tsx`, `javascript`, `python`, or `any`.
    pub languages: &'static [&'static str],
    /// The usual severity; a native function lowers it where the installed version forgives.
    pub severity: Severity,
    pub engine: Engine,
    /// Globs of paths; empty: everywhere.
    pub files: &'static [&'static str],
    /// Packages one of which must be used; empty: no condition.
    pub requires: &'static [&'static str],
    /// With `{placeholders}`.
    pub message: &'static str,
    pub help: &'static str,
    pub always: &'static str,
    pub never: &'static str,
    /// How safe its mends are, where it has any.
    pub fix: Option<Safety>,
    /// The whole file.
    pub text: &'static str,
}

impl Rule {
    /// The file below its front matter.
    pub fn prose(&self) -> &'static str {
        literate::parse(self.text).map_or(self.text, |(_, prose)| prose.trim_start())
    }

    /// The heading of the file: what goes wrong, in a few words.
    pub fn title(&self) -> &'static str {
        let heading = self.prose().lines().find_map(|line| line.strip_prefix("# "));
        heading.unwrap_or(self.id)
    }
}

/// What finds a rule's mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A function in this room.
    Native,
    /// A tree-sitter query in the rule's file.
    Query,
}

/// The rules in the binary, sorted by family and id.
pub static CATALOGUE: &[Rule] = include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// The built-in rule of this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    CATALOGUE.iter().find(|rule| rule.id == id)
}

/// A rule written in Rust.
pub struct Native {
    pub id: &'static str,
    /// Words one of which stands in every file that the rule can flag; none: every file. A word must be one
    /// token (`mock`, not `vi.mock`): code may break lines between tokens.
    pub needs: &'static [&'static str],
    pub check: Check,
}

/// The function of a native rule, by what it reads. It adds hits; the engine gives them the rule's message,
/// drops those outside the rule's `files` and `requires`, and sorts.
#[derive(Clone, Copy)]
pub enum Check {
    TypeScript(for<'a, 'f> fn(&'f TypeScriptFile<'a>, &mut Hits)),
    Python(for<'a, 'f> fn(&'f PythonFile<'a>, &mut Hits)),
    Text(fn(&TextFile, &mut Hits)),
}

/// All native rules.
pub fn natives() -> impl Iterator<Item = &'static Native> {
    typescript::RULES.iter().copied().chain(python::RULES.iter().copied()).flatten().chain(text::RULES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_native_rule_has_its_file() {
        for native in natives() {
            assert!(rule(native.id).is_some(), "rules/*/{}.md is missing", native.id);
        }
    }
}
