//! An incremental parse gives the tree of a fresh one.
//!
//! `FRICTION_TREES=DIR cargo test --release --test reparse -- --nocapture` edits every `.ts`, `.tsx` and
//! `.py` file under a folder and prints what it has seen.

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use friction::diff::hunks;
use friction::syntax::{Language, Source};
use support::code_files;
use tree_sitter::Tree;

/// A sequence of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % below.max(1)
    }
}

/// The text after some edits of lines: removed, doubled, moved, or put in.
fn edited(text: &str, dice: &mut Dice) -> String {
    const NEW: [&str; 5] =
        ["}\n", "import { a } from 'b';\n", "x = f(1)\n", "f<typeof import('./m')>();\n", "'\n"];
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(lines.len());
        if lines.is_empty() {
            break;
        }
        match dice.roll(5) {
            0 => _ = lines.remove(at),
            1 => lines.insert(at, lines[at]),
            2 => lines.insert(at, NEW[dice.roll(NEW.len())]),
            3 => lines.swap(at, (at + 1).min(dice.roll(usize::MAX) % (at + 1))),
            _ => drop(lines.drain(at..(at + dice.roll(9)).min(at + 1))),
        }
    }
    let mut after = lines.concat();
    if dice.roll(8) == 0 {
        after.pop();
    }
    after
}

/// Where two trees differ first.
fn first_difference(left: &Tree, right: &Tree) -> Option<String> {
    let (mut left, mut right) = (left.walk(), right.walk());
    loop {
        let (a, b) = (left.node(), right.node());
        let same = a.kind_id() == b.kind_id()
            && a.range() == b.range()
            && a.is_missing() == b.is_missing()
            && left.field_id() == right.field_id();
        if !same {
            return Some(format!("{a} and {b}"));
        }
        let mut moved = (left.goto_first_child(), right.goto_first_child());
        while moved == (false, false) {
            moved = (left.goto_next_sibling(), right.goto_next_sibling());
            if moved == (false, false) && !(left.goto_parent() && right.goto_parent()) {
                return None;
            }
        }
        if moved != (true, true) {
            return Some(format!("children of {a}"));
        }
    }
}

#[derive(Default)]
struct Tally {
    trees: usize,
    differences: Vec<String>,
    fresh: Duration,
    incremental: Duration,
}

/// Edits each file of a folder a number of times, each time from the tree before.
fn reparse_folder(folder: &Path, edits: usize) -> Tally {
    let mut tally = Tally::default();
    let mut dice = Dice(1);
    for path in code_files(folder) {
        let Some(language) = Language::of_path(&path.to_string_lossy()) else { continue };
        let Ok(mut before) = std::fs::read_to_string(&path) else { continue };
        for _ in 0..edits {
            let after = edited(&before, &mut dice);
            let found = hunks(before.as_bytes(), after.as_bytes());
            let source = Source::parse(language, before.as_bytes()).unwrap();
            let start = Instant::now();
            let incremental = source.reparse(after.as_bytes(), &found).unwrap();
            tally.incremental += start.elapsed();
            let start = Instant::now();
            let fresh = Source::parse(language, after.as_bytes()).unwrap();
            tally.fresh += start.elapsed();
            tally.trees += 1;
            if let Some(difference) = first_difference(&incremental.tree, &fresh.tree) {
                tally.differences.push(format!("{}: {difference:.200}", path.display()));
            }
            before = after;
        }
    }
    tally
}

#[test]
fn a_tree_reparsed_after_edits_equals_a_fresh_one_on_the_fixtures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/queries");
    let tally = reparse_folder(&folder, 40);
    assert!(tally.trees > 200);
    assert!(
        tally.differences.is_empty(),
        "{} of {}: {:#?}",
        tally.differences.len(),
        tally.trees,
        tally.differences
    );
}

#[test]
fn a_tree_reparsed_after_edits_equals_a_fresh_one_in_the_trees_named_by_the_environment() {
    let Some(folder) = std::env::var_os("FRICTION_TREES") else { return };
    let tally = reparse_folder(Path::new(&folder), 1);
    println!(
        "{} trees, {} differences, incremental {:.0?}, fresh {:.0?}",
        tally.trees,
        tally.differences.len(),
        tally.incremental,
        tally.fresh
    );
    let shown: Vec<_> = tally.differences.iter().take(20).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}
