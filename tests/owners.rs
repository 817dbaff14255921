//! Line owners against `git blame -w` on random histories.

mod support;

use std::fmt::Write;

use friction::git::{Graph, Objects, Repo, walk};
use friction::history::{Ancestors, Timeline, Window};
use support::*;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// A history under construction, as a stream for `git fast-import`.
#[derive(Default)]
struct Story {
    stream: String,
    commits: usize,
    lines: usize,
}

impl Story {
    /// Lines as code has them: mostly unlike each other, some the same everywhere.
    fn fresh(&mut self, dice: &mut Dice, count: usize) -> Vec<String> {
        let mut line = || {
            self.lines += 1;
            match dice.below(12) {
                0 => "    return None".to_owned(),
                1 => String::new(),
                _ => format!("    value_{} = compute({})", self.lines, self.lines * 7919 % 1000),
            }
        };
        (0..count).map(|_| line()).collect()
    }

    /// Replaces, removes or adds a few lines in a few places.
    fn edit(&mut self, dice: &mut Dice, lines: &mut Vec<String>) {
        for _ in 0..1 + dice.below(3) {
            let start = dice.below(lines.len() + 1);
            let end = (start + dice.below(4)).min(lines.len());
            let count = dice.below(5);
            let fresh = self.fresh(dice, count);
            lines.splice(start..end, fresh);
        }
    }

    fn commit(&mut self, branch: &str, text: &[String], merged: Option<usize>) -> usize {
        self.commits += 1;
        let mark = self.commits;
        let time = START + 600 * mark as i64;
        let text = text.iter().fold(String::new(), |text, line| text + line + "\n");
        let merge = merged.map(|mark| format!("merge :{mark}\n")).unwrap_or_default();
        let message = format!("change {mark}");
        write!(
            self.stream,
            "commit refs/heads/{branch}\nmark :{mark}\ncommitter A <a@b.c> {time} +0000\ndata {}\n{message}\n\
             {merge}M 100644 inline a.py\ndata {}\n{text}\n",
            message.len(),
            text.len()
        )
        .unwrap();
        mark
    }

    fn branch(&mut self, branch: &str, from: usize) {
        write!(self.stream, "reset refs/heads/{branch}\nfrom :{from}\n\n").unwrap();
    }
}

/// Every line of `a.py` at HEAD: how many there are, and those with another owner than blame says.
fn compare(story: &Story) -> (usize, Vec<String>) {
    let place = TestRepo::new();
    place.git_with(place.root(), &["fast-import", "--quiet"], story.stream.as_bytes());
    // The file is asked for as it was before this commit.
    place.git(&["checkout", "-q", "-f", "main"]);
    place.commit("the end");

    let repo = Repo::open(place.root()).unwrap();
    let objects = Objects::open(repo.common_dir()).unwrap();
    let graph: Graph = walk(&objects, &[repo.head().unwrap()], None, None);
    let wanted = vec![true; graph.commits.len()];
    let end = graph.position(repo.head().unwrap()).unwrap();
    let blob = objects.blob_at(graph.commits[end as usize].tree, "a.py").unwrap();
    let timeline = Timeline::read(&repo, graph, &wanted, &|_| {}).unwrap();
    let ancestors = Ancestors::of(&timeline.graph, end, Window::ALL);

    let blame = place.git(&["blame", "-w", "-s", "-l", "--root", "HEAD", "--", "a.py"]);
    let owners = timeline.owners(&ancestors, "a.py", blob, (0..blame.lines().count() as u32).collect());
    let others = blame.lines().enumerate().filter_map(|(number, line)| {
        let owner =
            owners.get(&(number as u32)).map(|at| timeline.graph.commits[*at as usize].id.to_string());
        (line.get(..40) != owner.as_deref()).then(|| format!("{line}: {owner:?}"))
    });
    (blame.lines().count(), others.collect())
}

/// At least 99 of 100 lines over many histories; the rest are hunks that git would cut elsewhere.
fn assert_equal(histories: impl Iterator<Item = Story>) {
    let (mut lines, mut others) = (0, Vec::new());
    for story in histories {
        let (count, different) = compare(&story);
        lines += count;
        others.extend(different);
    }
    assert!(lines > 1000, "{lines}");
    println!("{} of {lines} lines differ", others.len());
    assert!(others.len() * 100 <= lines, "{} of {lines} differ: {others:#?}", others.len());
}

#[test]
fn owners_in_a_linear_history_are_those_of_blame() {
    assert_equal((1..=24).map(|seed| {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15u64.wrapping_mul(seed));
        let mut story = Story::default();
        let mut lines = story.fresh(&mut dice, 60);
        for _ in 0..20 {
            story.commit("main", &lines, None);
            story.edit(&mut dice, &mut lines);
        }
        story
    }));
}

#[test]
fn owners_in_a_history_of_branches_and_merges_are_those_of_blame() {
    assert_equal((1..=24).map(|seed| {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15u64.wrapping_mul(seed));
        let mut story = Story::default();
        // Two halves with a line between, so that edits of both merge without conflict.
        let (mut upper, mut lower) = (story.fresh(&mut dice, 40), story.fresh(&mut dice, 40));
        let between = vec!["def between_the_halves(of_this_file):".to_owned()];
        let whole = |upper: &[String], lower: &[String]| [upper, &between, lower].concat();
        let mut tip = story.commit("main", &whole(&upper, &lower), None);
        for round in 0..5 {
            let side = format!("side{round}");
            story.branch(&side, tip);
            let before = upper.clone();
            for _ in 0..1 + dice.below(2) {
                story.edit(&mut dice, &mut upper);
                tip = story.commit(&side, &whole(&upper, &lower), None);
            }
            for _ in 0..1 + dice.below(2) {
                story.edit(&mut dice, &mut lower);
                story.commit("main", &whole(&before, &lower), None);
            }
            tip = story.commit("main", &whole(&upper, &lower), Some(tip));
        }
        story
    }));
}
