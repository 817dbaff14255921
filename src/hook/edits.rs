//! What a commit's own words and the `git add` in front of it do to the index, done to a copy of it.

use std::path::PathBuf;

use crate::git::Places;

use super::Commit;

/// Git commands on the copied index, each with the folder it runs in.
pub(super) type Edits = Vec<(PathBuf, Vec<String>)>;

/// The commands that have the effect of a commit line.
pub(super) fn of(commit: &Commit, places: &Places) -> Edits {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let mut edits: Edits = commit
        .adds
        .iter()
        // Another repository's are none of this commit's; so is what would ask.
        .filter(|(dir, _)| {
            dir.starts_with(&places.root) || places.root.starts_with(dir) || commit.dir == *dir
        })
        .map(|(dir, add)| (dir.clone(), calm(add)))
        .collect();
    if commit.all {
        edits.push((places.root.clone(), words(&["add", "-u", "--", ":/"])));
    }
    if !commit.paths.is_empty() {
        if !commit.include {
            // `git commit PATH` takes these paths from the work tree and all others from HEAD.
            edits.push((places.root.clone(), words(&["read-tree", "HEAD"])));
        }
        edits.push((commit.dir.clone(), [words(&["add", "-u", "--"]), commit.paths.clone()].concat()));
    }
    edits
}

/// A `git add` that neither asks nor shows.
fn calm(add: &[String]) -> Vec<String> {
    let asks =
        |word: &String| ["-p", "--patch", "-i", "--interactive", "-e", "--edit"].contains(&word.as_str());
    // Which parts somebody would choose is not known: all may be meant.
    if add.iter().any(asks) { vec!["add".to_owned(), "-A".to_owned()] } else { add.to_vec() }
}
