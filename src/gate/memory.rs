//! Results by tree: the same tree is not judged twice in the same way.

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::gate::{GATE_SCHEMA, Gated, Verdict};
use crate::patterns::{fnv1a, write_atomically};

use super::step::{Action, Plan};

/// Results that are kept.
const KEPT: usize = 200;

/// The folder of results.
pub struct Memory(PathBuf);

impl Memory {
    /// In friction's own folder of a repository.
    pub fn new(own: &Path) -> Memory {
        Memory(own.join("gate/results"))
    }

    fn path(&self, tree: &str, way: u64) -> PathBuf {
        self.0.join(format!("{tree}-{way:016x}.json"))
    }

    pub(super) fn recall(&self, tree: &str, way: u64) -> Option<Gated> {
        let result: Gated = serde_json::from_slice(&fs::read(self.path(tree, way)).ok()?).ok()?;
        (result.schema == GATE_SCHEMA && result.tree == tree).then_some(result)
    }

    /// Keeps a result; where that fails it is found out again, which costs time only.
    pub(super) fn keep(&self, result: &Gated, way: u64) {
        if let Ok(text) = serde_json::to_vec_pretty(result) {
            let _ = write_atomically(&self.path(&result.tree, way), &text);
            forget_oldest(&self.0);
        }
    }

    /// True where nothing was ever judged.
    pub fn is_empty(&self) -> bool {
        fs::read_dir(&self.0).map_or(true, |mut entries| entries.next().is_none())
    }

    /// The fullest green result of a tree, whatever way it was judged.
    pub fn green(&self, tree: &str) -> Option<Gated> {
        let all = self.of_tree(tree);
        all.into_iter()
            .filter(|result| result.verdict == Verdict::Green)
            .max_by_key(|result| result.steps.len())
    }

    /// Every result of a tree.
    pub fn of_tree(&self, tree: &str) -> Vec<Gated> {
        let begin = format!("{tree}-");
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let of_tree = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&begin));
        of_tree.filter_map(|entry| serde_json::from_slice(&fs::read(entry.path()).ok()?).ok()).collect()
    }
}

fn forget_oldest(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<_> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    if all.len() > KEPT {
        all.sort();
        for (_, path) in &all[..all.len() - KEPT] {
            let _ = fs::remove_file(path);
        }
    }
}

/// What a result depends on beside the tree and its steps.
pub(super) struct Environment<'a> {
    pub home: &'a Path,
    /// These differ from run to run and mean nothing.
    pub root: &'a Path,
    pub scratch: &'a Path,
}

impl Environment<'_> {
    /// When dependencies were last installed.
    fn installed(&self) -> String {
        let marks = [
            "node_modules/.package-lock.json",
            "node_modules/.modules.yaml",
            "node_modules/.yarn-state.yml",
            ".venv/pyvenv.cfg",
            ".venv/bin",
            "friction.toml",
        ];
        let time = |mark: &&str| self.home.join(mark).metadata().and_then(|data| data.modified()).ok();
        format!("{:?}", marks.iter().map(time).collect::<Vec<_>>())
    }

    fn without_places(&self, text: &str) -> String {
        text.replace(&*self.scratch.to_string_lossy(), "").replace(&*self.root.to_string_lossy(), "")
    }
}

/// A name for the way in which a tree is judged: its steps, their limits, what they run in.
pub(super) fn way(plan: &Plan, keep_going: bool, environment: &Environment) -> u64 {
    let mut text = format!("{} {keep_going} {}\n", env!("CARGO_PKG_VERSION"), environment.installed());
    for step in &plan.steps {
        let program = match &step.action {
            Action::Check => String::new(),
            Action::Run(program) => {
                format!("{:?} {:?} {:?}", program.program, program.variables, program.missing.is_some())
            }
        };
        text += &format!(
            "{} {:?} {:?} {:?} {:?} {program}\n",
            step.name,
            step.kind,
            step.words(),
            step.dir,
            step.time_limit
        );
    }
    fnv1a(environment.without_places(&text).as_bytes())
}
