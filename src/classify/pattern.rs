//! The patterns that judges may name, with the sentences that reports and guides print.
//!
//! Read from `queries/*/patterns.toml`, which are part of the binary.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::Family;
use crate::rules;

/// What is known of a pattern.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternInfo {
    /// Kebab-case.
    pub name: String,
    pub family: Family,
    /// What goes wrong, one sentence.
    pub sentence: String,
    /// What to do, one sentence.
    pub always: String,
    /// What not to do, one sentence.
    pub never: String,
    /// Ids of mistakes of this pattern that a real tool always refuses: each is, or will be, a rule of the
    /// checker.
    #[serde(default)]
    pub rules: Vec<String>,
}

impl PatternInfo {
    /// The rules that guard against it: those that this version of the checker has.
    pub fn guards(&self) -> Vec<String> {
        self.rules.iter().filter(|rule| rules::rule(rule).is_some()).cloned().collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    pattern: Vec<PatternInfo>,
}

static CATALOGUE: LazyLock<Vec<PatternInfo>> = LazyLock::new(|| {
    let parse = |text| toml::from_str::<Catalogue>(text).expect("the built-in catalogue is tested").pattern;
    let mut all = parse(include_str!("../../queries/typescript/patterns.toml"));
    all.extend(parse(include_str!("../../queries/python/patterns.toml")));
    all
});

/// Every pattern, in the order of the catalogue.
pub fn patterns() -> &'static [PatternInfo] {
    &CATALOGUE
}

/// The pattern of this name.
pub fn pattern_info(name: &str) -> Option<&'static PatternInfo> {
    CATALOGUE.iter().find(|pattern| pattern.name == name)
}
