//! Which removed and added files are one file that moved.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;

use super::changes::File;
use crate::diff::in_both;
use crate::hash::fnv1a;

/// Pairs of a removed and an added file up to which their texts are compared.
const MAX_PAIRS: usize = 64;

/// Bytes up to which a text is compared.
const MAX_TEXT: usize = 1 << 20;

/// Takes what was moved out of both lists, which are in path order, and returns its old and new paths:
/// equal blobs first, then, where they are few, texts that share at least half of their lines.
pub(super) fn renames(
    removed: &mut Vec<File>,
    added: &mut Vec<File>,
    read: &dyn Fn(&File) -> Option<Arc<[u8]>>,
) -> Vec<(String, String)> {
    let mut moved = Vec::new();
    pair_by(removed, added, &mut moved, |(path, blob)| (*blob, name(path)));
    pair_by(removed, added, &mut moved, |(_, blob)| (*blob, ""));
    if removed.len() * added.len() <= MAX_PAIRS {
        pair_similar(removed, added, &mut moved, |file| lines(&read(file)?));
    }
    moved
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

type Moved = Vec<(String, String)>;

/// Pairs files of one key, the first with the first.
fn pair_by<K: Hash + Eq>(
    removed: &mut Vec<File>,
    added: &mut Vec<File>,
    moved: &mut Moved,
    key: impl for<'a> Fn(&'a File) -> (K, &'a str),
) {
    if removed.is_empty() || added.is_empty() {
        return;
    }
    let mut open: HashMap<(K, &str), VecDeque<usize>> = HashMap::new();
    for (at, file) in added.iter().enumerate() {
        open.entry(key(file)).or_default().push_back(at);
    }
    let mut pairs = Vec::new();
    for (old, file) in removed.iter().enumerate() {
        if let Some(new) = open.get_mut(&key(file)).and_then(VecDeque::pop_front) {
            pairs.push((old, new));
        }
    }
    take(removed, added, moved, &pairs);
}

/// Pairs files that share the most lines, the most alike first; among equals those of one name.
fn pair_similar(
    removed: &mut Vec<File>,
    added: &mut Vec<File>,
    moved: &mut Moved,
    read: impl Fn(&File) -> Option<Vec<u64>>,
) {
    if removed.is_empty() || added.is_empty() {
        return;
    }
    let texts = |files: &[File]| files.iter().map(&read).collect::<Vec<_>>();
    let (old_texts, new_texts) = (texts(removed), texts(added));
    let mut alike = Vec::new();
    for (old, old_text) in old_texts.iter().enumerate() {
        for (new, new_text) in new_texts.iter().enumerate() {
            let (Some(old_text), Some(new_text)) = (old_text, new_text) else { continue };
            let longest = old_text.len().max(new_text.len());
            let percent = in_both(old_text, new_text) * 100 / longest.max(1);
            let same_name = name(&removed[old].0) == name(&added[new].0);
            if percent >= 50 {
                alike.push((percent, same_name, old, new));
            }
        }
    }
    alike.sort_by(|left, right| {
        (right.0, right.1).cmp(&(left.0, left.1)).then((left.2, left.3).cmp(&(right.2, right.3)))
    });
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (_, _, old, new) in alike {
        if pairs.iter().all(|pair| pair.0 != old && pair.1 != new) {
            pairs.push((old, new));
        }
    }
    take(removed, added, moved, &pairs);
}

/// Moves pairs of places out of the lists.
fn take(removed: &mut Vec<File>, added: &mut Vec<File>, moved: &mut Moved, pairs: &[(usize, usize)]) {
    let path = |files: &mut [File], at: usize| std::mem::take(&mut files[at].0);
    moved.extend(pairs.iter().map(|(old, new)| (path(removed, *old), path(added, *new))));
    for files in [removed, added] {
        files.retain(|(path, _)| !path.is_empty());
    }
}

/// Hashes of the lines that tell something, ascending; none for what is not text.
fn lines(text: &[u8]) -> Option<Vec<u64>> {
    if text.len() > MAX_TEXT || memchr::memchr(0, &text[..text.len().min(8000)]).is_some() {
        return None;
    }
    let told = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let mut hashes: Vec<u64> = told.map(fnv1a).collect();
    hashes.sort_unstable();
    Some(hashes)
}

#[cfg(test)]
mod tests {
    use crate::git::name::ObjectName;

    use super::*;

    fn file(path: &str, blob: u8) -> File {
        (path.to_owned(), ObjectName::from_bytes(&[blob; 20]).unwrap())
    }

    #[test]
    fn equal_blobs_of_one_name_belong_together_and_what_is_left_stays_in_the_lists() {
        let mut removed = vec![file("a/x.py", 1), file("b/y.py", 1), file("c", 9)];
        let mut added: Vec<File> = vec![file("d/y.py", 1), file("e/x.py", 1), file("f/x.py", 1)];
        let moved = renames(&mut removed, &mut added, &|_| None);
        let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
        assert_eq!(moved, [pair("a/x.py", "e/x.py"), pair("b/y.py", "d/y.py")]);
        assert_eq!((removed, added), (vec![file("c", 9)], vec![file("f/x.py", 1)]));
    }

    #[test]
    fn the_most_alike_texts_belong_together_and_less_than_half_is_not_alike() {
        let text = |(_, blob): &File| {
            let text: &[u8] = match blob.to_string().as_bytes()[1] {
                b'1' => b"one\ntwo\nthree\nfour\n",
                b'2' => b"one\ntwo\nsix\nseven\n",
                b'3' => b"one\ntwo\nthree\nfive\n",
                _ => b"four\nseven\neight\nnine\n",
            };
            lines(text)
        };
        let (mut removed, mut added) = (vec![file("a", 1)], vec![file("b", 2), file("c", 3), file("d", 4)]);
        let mut moved = Vec::new();
        pair_similar(&mut removed, &mut added, &mut moved, text);
        assert_eq!(moved, [("a".to_owned(), "c".to_owned())]);
        let (mut removed, mut added) = (vec![file("a", 1)], vec![file("d", 4)]);
        pair_similar(&mut removed, &mut added, &mut moved, text);
        assert_eq!(moved.len(), 1);
    }
}
