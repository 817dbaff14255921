//! Examples of rules, checked as files of a project are.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::RuleSet;
use crate::facts::Project;
use crate::git::MemoryFiles;
use crate::rules::examples::Example;

/// The path and line of everything that a rule flags in an example.
pub fn flagged(rules: &RuleSet, rule: &str, example: &Example) -> BTreeSet<(String, usize)> {
    let mut files = MemoryFiles::default();
    for file in &example.files {
        files.insert(&file.path, &file.text);
    }
    let project = Project::new(Arc::new(files));
    let found = example.files.iter().filter_map(|file| rules.run(&project, &file.path));
    let found = found.flat_map(|ran| ran.findings).filter(|finding| finding.rule == rule);
    found.map(|finding| (finding.path, finding.line)).collect()
}
