//! Which removed and added files of one commit are the same file moved.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use crate::diff::in_both;
use crate::git::{Blob, Oid};

use super::paths::stem;
use super::text::hash;
use super::touch::lines;

/// Pairs of added and removed files up to which each is compared with each; beyond it, only files of one
/// stem are.
const MAX_PAIRS: usize = 200;

/// Pairs whose texts are compared in one commit, at most.
const MAX_COMPARED: usize = 2000;

/// Files with which one removed file is compared at each level of nearness, where there are many.
const MAX_NEAREST: usize = 8;

/// A path and the blob at it.
pub(super) type File = (String, Oid);

/// Takes what was moved out of both lists and returns it, as it was and as it is: equal blobs first, then,
/// while the cost stays bounded, files that share at least half of their lines. Among several that would
/// do, those of the same stem and the nearest path belong together. The lists are in path order.
pub(super) fn renames(
    removed: &mut Vec<File>,
    added: &mut Vec<File>,
    read: &dyn Fn(Oid) -> Option<Blob>,
) -> Vec<(File, File)> {
    if removed.is_empty() || added.is_empty() {
        return Vec::new();
    }
    let (old, new) = (std::mem::take(removed), std::mem::take(added));
    let mut matching =
        Matching { old: &old, new: &new, pairs: vec![None; old.len()], taken: vec![false; new.len()] };
    matching.equal_blobs();
    matching.similar_texts(read);
    let Matching { pairs, taken, .. } = matching;
    let mut moved = Vec::new();
    for (file, pair) in old.into_iter().zip(pairs) {
        match pair {
            Some(at) => moved.push((file, new[at].clone())),
            None => removed.push(file),
        }
    }
    added.extend(new.into_iter().zip(taken).filter(|(_, taken)| !taken).map(|(file, _)| file));
    moved
}

struct Matching<'a> {
    old: &'a [File],
    new: &'a [File],
    /// For each old file, which new one it became.
    pairs: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl<'a> Matching<'a> {
    fn pair(&mut self, old: usize, new: usize) {
        self.pairs[old] = Some(new);
        self.taken[new] = true;
    }

    fn open_old(&self) -> Vec<usize> {
        (0..self.old.len()).filter(|at| self.pairs[*at].is_none()).collect()
    }

    /// New files that are not taken, by a key, in path order.
    fn open_new<K: std::hash::Hash + Eq>(
        &self,
        key: impl Fn(&'a File) -> Option<K>,
    ) -> HashMap<K, VecDeque<usize>> {
        let mut open: HashMap<K, VecDeque<usize>> = HashMap::new();
        for at in (0..self.new.len()).filter(|at| !self.taken[*at]) {
            if let Some(key) = key(&self.new[at]) {
                open.entry(key).or_default().push_back(at);
            }
        }
        open
    }

    fn equal_blobs(&mut self) {
        let gone: HashSet<Oid> = self.old.iter().map(|(_, blob)| *blob).collect();
        for level in 0..=ANYWHERE {
            let key = |(path, blob): &'a File| (*blob, shared(path, level));
            let mut open = self.open_new(|file| gone.contains(&file.1).then(|| key(file)));
            if open.is_empty() {
                return;
            }
            for old in self.open_old() {
                if let Some(new) = open.get_mut(&key(&self.old[old])).and_then(VecDeque::pop_front) {
                    self.pair(old, new);
                }
            }
        }
    }

    fn similar_texts(&mut self, read: &dyn Fn(Oid) -> Option<Blob>) {
        let mut texts = Texts { read, lines: HashMap::new(), compared: HashSet::new() };
        let pairs = self.open_old().len() * self.taken.iter().filter(|taken| !**taken).count();
        let (levels, nearest) = match pairs {
            0..=MAX_PAIRS => (ANYWHERE..=ANYWHERE, MAX_PAIRS),
            _ => (0..=SAME_STEM, MAX_NEAREST),
        };
        for level in levels {
            let mut open = self.open_new(|(path, _)| Some(shared(path, level)));
            for old in self.open_old() {
                let file = &self.old[old];
                let Some(near) = open.get_mut(&shared(&file.0, level)) else { continue };
                let of_new = |at: &usize| (*at, self.new[*at].1);
                let best = texts.most_similar((old, file.1), near.iter().map(of_new), nearest);
                if let Some(new) = best.and_then(|place| near.remove(place)) {
                    self.pair(old, new);
                }
            }
        }
    }
}

/// Texts as their lines, each read and hashed once.
struct Texts<'a> {
    read: &'a dyn Fn(Oid) -> Option<Blob>,
    lines: HashMap<Oid, Option<Rc<[u32]>>>,
    /// Places of the old and the new file.
    compared: HashSet<(usize, usize)>,
}

impl Texts<'_> {
    /// The place of the text that shares the most lines with `old`, at least half of them, among the first
    /// few that were not compared with it yet.
    fn most_similar(
        &mut self,
        (old_at, old): (usize, Oid),
        new: impl Iterator<Item = (usize, Oid)>,
        most: usize,
    ) -> Option<usize> {
        let mut best = (0, None);
        let mut asked = 0;
        for (place, (new_at, new)) in new.enumerate() {
            if asked == most || self.compared.len() == MAX_COMPARED {
                break;
            }
            if !self.compared.insert((old_at, new_at)) {
                continue;
            }
            asked += 1;
            let (old, new) = (self.lines(old)?, self.lines(new));
            let Some(new) = new else { continue };
            let shared = in_both(&old, &new);
            if shared > best.0 && shared * 2 >= old.len().max(new.len()) {
                best = (shared, Some(place));
            }
        }
        best.1
    }

    /// Hashes of the lines that tell something, ascending, without repeats.
    fn lines(&mut self, blob: Oid) -> Option<Rc<[u32]>> {
        let read = || {
            let text = (self.read)(blob)?;
            let told = lines(&text).map(<[u8]>::trim_ascii).filter(|line| line.len() > 3);
            let mut hashes: Vec<u32> = told.map(hash).collect();
            hashes.sort_unstable();
            hashes.dedup();
            Some(hashes.into())
        };
        self.lines.entry(blob).or_insert_with(read).clone()
    }
}

/// Levels of nearness: at the first ones, paths share their stem and this many of their last parts, then
/// one less and so on; then the stem; then the name; then nothing.
const PARTS: usize = 6;
const SAME_STEM: usize = PARTS;
const SAME_NAME: usize = PARTS + 1;
const ANYWHERE: usize = PARTS + 2;

/// What two paths that are near each other at a level have in common.
fn shared(path: &str, level: usize) -> (&str, &str) {
    match level {
        SAME_STEM => (stem(path), ""),
        SAME_NAME => ("", last_parts(path, 1)),
        ANYWHERE => ("", ""),
        _ => (stem(path), last_parts(path, PARTS - level)),
    }
}

fn last_parts(path: &str, parts: usize) -> &str {
    path.rmatch_indices('/').nth(parts - 1).map_or(path, |(at, _)| &path[at + 1..])
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn id(number: usize) -> Oid {
        Oid::from_str(&format!("{number:040x}")).unwrap()
    }

    fn files(paths: impl IntoIterator<Item = String>, blob: impl Fn(usize) -> usize) -> Vec<File> {
        paths.into_iter().enumerate().map(|(at, path)| (path, id(blob(at)))).collect()
    }

    fn paths(pairs: &[(File, File)]) -> Vec<(&str, &str)> {
        pairs.iter().map(|((old, _), (new, _))| (old.as_str(), new.as_str())).collect()
    }

    #[test]
    fn equal_files_are_paired_by_their_stem_and_the_nearest_path() {
        let old = ["lib/a/__init__.py", "lib/b/__init__.py", "lib/c/empty.py", "lib/d/util.py"];
        let new = ["src/b/__init__.py", "src/d/util.py", "src/x/a/__init__.py", "src/z/empty.py"];
        let mut removed = files(old.map(String::from), |_| 1);
        let mut added = files(new.map(String::from), |_| 1);
        let pairs = renames(&mut removed, &mut added, &|_| None);
        assert_eq!(paths(&pairs), [(old[0], new[2]), (old[1], new[0]), (old[2], new[3]), (old[3], new[1])]);
        assert!(removed.is_empty() && added.is_empty());
    }

    #[test]
    fn two_copies_of_one_file_that_moved_and_were_edited_are_both_found() {
        let mut removed = files(["a/x.py", "b/y.py"].map(String::from), |_| 1);
        let mut added = files(["c/x.py", "d/y.py"].map(String::from), |at| 2 + at);
        let read = |blob: Oid| Some(format!("shared line\n{blob}\n").into_bytes().into());
        assert_eq!(renames(&mut removed, &mut added, &read).len(), 2);
    }

    #[test]
    fn twenty_thousand_equal_files_are_paired_in_little_time() {
        let started = std::time::Instant::now();
        let place =
            |root: &str| (0..20_000).map(|at| format!("{root}/{at:05}/__init__.py")).collect::<Vec<_>>();
        let (mut removed, mut added) = (files(place("old"), |_| 1), files(place("new"), |_| 1));
        let pairs = renames(&mut removed, &mut added, &|_| None);
        assert!(pairs.iter().all(|((old, _), (new, _))| old[3..] == new[3..]));
        assert_eq!(pairs.len(), 20_000);
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    #[test]
    fn many_edited_files_of_one_stem_are_read_once_each_and_found_where_they_moved() {
        let place = |root: &str| (0..1200).map(|at| format!("{root}/{at:04}/page.tsx")).collect::<Vec<_>>();
        let (mut removed, mut added) = (files(place("old"), |at| at), files(place("new"), |at| 5000 + at));
        let reads = Cell::new(0);
        let read = |blob: Oid| {
            reads.set(reads.get() + 1);
            let number = u64::from_str_radix(&blob.to_string()[20..], 16).unwrap();
            Some(format!("own line {}\nblob {number}\nalways\n", number % 5000).into_bytes().into())
        };
        let pairs = renames(&mut removed, &mut added, &read);
        assert_eq!(pairs.len(), 1200);
        assert!(pairs.iter().all(|((old, _), (new, _))| old[3..] == new[3..]));
        assert_eq!(reads.get(), 2400);
    }

    #[test]
    fn files_that_have_nothing_in_common_are_compared_up_to_a_limit() {
        let place = |root: &str| (0..3000).map(|at| format!("{root}{at:04}/page.tsx")).collect::<Vec<_>>();
        let (mut removed, mut added) = (files(place("old"), |at| at), files(place("new"), |at| 5000 + at));
        let reads = Cell::new(0);
        let read = |blob: Oid| {
            reads.set(reads.get() + 1);
            Some(format!("only in {blob}\n").into_bytes().into())
        };
        assert!(renames(&mut removed, &mut added, &read).is_empty());
        assert!(reads.get() <= MAX_COMPARED, "{}", reads.get());
        assert_eq!((removed.len(), added.len()), (3000, 3000));
    }
}
