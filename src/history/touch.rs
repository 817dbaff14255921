//! What one commit did to code: paths, blobs, hunks and the few facts of their text that later steps
//! need. This is where nearly all reading time goes: each changed blob is inflated and compared once.

use std::borrow::Cow;

use crate::diff::{Hunk, hunks};
use crate::git::{Blob, Commit, Objects, Oid, TreeChange, Unreadable, diff_trees};

use crate::syntax::{Language, is_test};

use super::layout::{Blocks, same_but_for_layout};
use super::paths::{is_judged, stem};
use super::renames::renames;
use super::text::{HASH64, Token, collect_tokens, hash, hash64, is_solid, is_version_bump};
use super::volume::Volume;

/// Identifiers read per commit; a commit with more is a sweep that resembles everything.
const MAX_WORDS: usize = 4000;

/// All code changes of one commit against its first parent; of a merge, only what differs from
/// every parent.
#[derive(Clone, Debug, Default)]
pub struct Touches {
    pub files: Vec<FileTouch>,
    /// The same for two commits with the same code edits, wherever they were applied; 0 without any.
    pub patch_id: u64,
    /// Hashed identifiers of added and removed lines, sorted, without repeats.
    pub words: Vec<Token>,
    /// What could not be read, with its path.
    pub unreadable: Vec<(Unreadable, String)>,
    /// Text that was read.
    pub volume: Volume,
}

impl Touches {
    /// Code lines removed and added.
    pub fn lines(&self) -> usize {
        let hunks = self.files.iter().flat_map(|file| &file.side().hunks);
        hunks.map(|hunk| (hunk.old_lines + hunk.new_lines) as usize).sum()
    }
}

/// One code file of one commit.
#[derive(Clone, Debug)]
pub struct FileTouch {
    /// Path after; the old one where the file was deleted.
    pub path: Box<str>,
    pub is_test: bool,
    /// None where the file was deleted.
    pub blob: Option<Oid>,
    /// One for each parent that it differs from: one for a plain commit.
    pub sides: Vec<ParentSide>,
    /// Hashed stems of the modules that a test imports, sorted.
    pub imports: Vec<Token>,
}

/// A file against one parent.
#[derive(Clone, Debug)]
pub struct ParentSide {
    pub path: Box<str>,
    /// None where the file was added.
    pub blob: Option<Oid>,
    pub hunks: Vec<Hunk>,
    /// For each removed line, in order over all hunks: does it carry meaning?
    pub solid_old: Vec<bool>,
    /// For each hunk: how many added lines carry meaning.
    pub solid_new: Vec<u32>,
    /// For each hunk: layout only.
    pub layout_only: Vec<bool>,
    /// For each hunk: a number changed where a version is told, and nothing else.
    pub version_only: Vec<bool>,
    /// Added lines that a removed line of the same hunk equals but for white space, as (new, old),
    /// ascending: re-indented rather than written.
    pub reindented: Vec<(u32, u32)>,
}

/// Line numbers, each with a tag that goes with it.
pub type TaggedLines = Vec<(u32, u32)>;

impl ParentSide {
    /// Carries lines of the new text, ascending, back to where they were: those that were there, ascending,
    /// and those that this change wrote. Each line has a tag that goes with it. A change of layout writes
    /// nothing: its lines are carried to their place in what it laid out anew; with `ignored`, so are the
    /// lines of every hunk.
    pub fn carry_back(&self, lines: TaggedLines, ignored: bool) -> (TaggedLines, TaggedLines) {
        if self.blob.is_none() {
            return (Vec::new(), lines);
        }
        let (mut carried, mut wrote) = (Vec::with_capacity(lines.len()), Vec::new());
        let mut at = 0;
        for (line, tag) in lines {
            while self.hunks.get(at).is_some_and(|hunk| hunk.new_start + hunk.new_lines <= line) {
                at += 1;
            }
            let before = match self.hunks.get(at) {
                Some(hunk) if hunk.new_start <= line => self.laid_out(at, line, ignored),
                _ => Some(moved(at.checked_sub(1).map(|above| self.hunks[above]), line)),
            };
            match before {
                Some(before) => carried.push((before, tag)),
                None => wrote.push((line, tag)),
            }
        }
        carried.sort_unstable();
        (carried, wrote)
    }

    /// Where a line inside a hunk was before, if the hunk only laid it out anew.
    fn laid_out(&self, at: usize, line: u32, ignored: bool) -> Option<u32> {
        if let Ok(pair) = self.reindented.binary_search_by_key(&line, |(new, _)| *new) {
            return Some(self.reindented[pair].1);
        }
        let hunk = self.hunks[at];
        let same = (ignored || self.layout_only[at]) && hunk.old_lines > 0;
        // The product of two numbers of lines needs twice their bits.
        let share = u64::from(line - hunk.new_start) * u64::from(hunk.old_lines) / u64::from(hunk.new_lines);
        same.then(|| hunk.old_start + share as u32)
    }
}

/// Where a line outside all hunks was, given the last hunk above it.
fn moved(above: Option<Hunk>, line: u32) -> u32 {
    match above {
        Some(above) => above.old_start + above.old_lines + (line - (above.new_start + above.new_lines)),
        None => line,
    }
}

impl FileTouch {
    /// The file against the first parent.
    pub fn side(&self) -> &ParentSide {
        &self.sides[0]
    }

    pub fn is_rename(&self) -> bool {
        self.blob.is_some() && self.side().blob.is_some() && self.side().path != self.path
    }
}

/// Reads what a commit did. `parents` are its parents' trees; a root commit has none.
pub fn touch(objects: &Objects, commit: &Commit, parents: &[Oid]) -> Touches {
    let mut reading = Reading { objects, touches: Touches::default() };
    match parents {
        [] => reading.plain(None, commit.tree),
        [parent] => reading.plain(Some(*parent), commit.tree),
        several => reading.merge(several, commit.tree),
    }
    reading.finish()
}

/// What [`touch`] will read of a commit, told from tree entries and object headers alone: some tens of
/// times faster. A merge reads next to nothing.
pub fn volume(objects: &Objects, commit: &Commit, parents: &[Oid]) -> Volume {
    let mut volume = Volume::default();
    if parents.len() < 2 {
        for change in diff_trees(objects, parents.first().copied(), Some(commit.tree), &mut |_| {}) {
            let path = String::from_utf8_lossy(&change.path);
            if is_judged(&path) {
                let sides = [change.old, change.new].into_iter().flatten();
                volume.count(&path, sides.map(|id| objects.size(id)).sum());
            }
        }
    }
    volume
}

struct Reading<'a> {
    objects: &'a Objects,
    touches: Touches,
}

impl Reading<'_> {
    fn changes(&mut self, old: Option<Oid>, new: Oid) -> Vec<(String, TreeChange)> {
        let unreadable = &mut self.touches.unreadable;
        let all = diff_trees(self.objects, old, Some(new), &mut |left_out| unreadable.push(left_out));
        let told = |change: TreeChange| {
            let path = match String::from_utf8_lossy(&change.path) {
                Cow::Borrowed(path) => path.to_owned(),
                Cow::Owned(path) => {
                    unreadable.push((Unreadable::Path, path.clone()));
                    path
                }
            };
            is_judged(&path).then_some((path, change))
        };
        let judged: Vec<_> = all.into_iter().filter_map(told).collect();
        judged
    }

    fn plain(&mut self, parent: Option<Oid>, tree: Oid) {
        let changes = self.changes(parent, tree);
        let (mut added, mut removed, mut modified) = (Vec::new(), Vec::new(), Vec::new());
        for (path, change) in changes {
            match (change.old, change.new) {
                (None, Some(new)) => added.push((path, new)),
                (Some(old), None) => removed.push((path, old)),
                (Some(old), Some(new)) => modified.push(((path.clone(), old), (path, new))),
                (None, None) => {}
            }
        }
        modified.extend(renames(&mut removed, &mut added, &|blob| self.objects.blob(blob).ok()));
        for ((old_path, old), (path, new)) in modified {
            self.file(&path, Some(new), vec![(old_path, Some(old))]);
        }
        for (path, new) in added {
            self.file(&path.clone(), Some(new), vec![(path, None)]);
        }
        for (path, old) in removed {
            self.file(&path.clone(), None, vec![(path, Some(old))]);
        }
        self.touches.files.sort_by(|a, b| a.path.cmp(&b.path));
    }

    /// A merge brings in only what differs from every parent; all else came from one of them.
    fn merge(&mut self, parents: &[Oid], tree: Oid) {
        let mut per_parent: Vec<Vec<(String, TreeChange)>> =
            parents.iter().map(|parent| self.changes(Some(*parent), tree)).collect();
        // What a path is has been told of the commit that changed it; a folder that is missing, only once.
        let unreadable = &mut self.touches.unreadable;
        unreadable.retain(|(reason, _)| !matches!(reason, Unreadable::Submodule | Unreadable::Path));
        unreadable.sort();
        unreadable.dedup();
        let first = per_parent.remove(0);
        for (path, change) in first {
            let Some(new) = change.new else { continue };
            let mut sides = vec![(path.clone(), change.old)];
            for others in &per_parent {
                if let Ok(at) = others.binary_search_by(|(_, other)| other.path.cmp(&change.path)) {
                    sides.push((path.clone(), others[at].1.old));
                }
            }
            if sides.len() == parents.len() {
                self.file(&path, Some(new), sides);
            }
        }
    }

    fn read(&mut self, path: &str, id: Option<Oid>) -> Option<Blob> {
        match id.map(|id| self.objects.blob(id)) {
            None => Some(Blob::default()),
            Some(Ok(text)) => Some(text),
            Some(Err(reason)) => {
                self.touches.unreadable.push((reason, path.to_owned()));
                None
            }
        }
    }

    fn file(&mut self, path: &str, blob: Option<Oid>, sides: Vec<(String, Option<Oid>)>) {
        let Some(new) = self.read(path, blob) else { return };
        if is_minified(&new) {
            self.touches.unreadable.push((Unreadable::Minified, path.to_owned()));
            return;
        }
        let mut compared = Vec::with_capacity(sides.len());
        for (old_path, old_blob) in sides {
            let Some(old) = self.read(&old_path, old_blob) else { return };
            self.touches.volume.count(path, old.len() + new.len());
            compared.push(self.compare(old_path, old_blob, &old, &new));
        }
        let is_test = is_test(path);
        self.touches.files.push(FileTouch {
            path: path.into(),
            is_test,
            blob,
            sides: compared,
            imports: if is_test { imported_stems(&new) } else { Vec::new() },
        });
    }

    fn compare(&mut self, path: String, blob: Option<Oid>, old: &[u8], new: &[u8]) -> ParentSide {
        let hunks = match (old, new) {
            (&[], _) | (_, &[]) => whole(old, new),
            _ => hunks(old, new),
        };
        let (mut old_lines, mut new_lines) = (Lines::new(old), Lines::new(new));
        let mut side = ParentSide {
            path: path.into(),
            blob,
            solid_old: Vec::new(),
            solid_new: Vec::with_capacity(hunks.len()),
            layout_only: Vec::with_capacity(hunks.len()),
            version_only: Vec::with_capacity(hunks.len()),
            reindented: Vec::new(),
            hunks: Vec::new(),
        };
        let blocks = blocks_of(&side.path);
        let mut patch = hash64(HASH64, side.path.as_bytes());
        for hunk in &hunks {
            let removed = old_lines.take(hunk.old_start, hunk.old_lines);
            let added = new_lines.take(hunk.new_start, hunk.new_lines);
            side.solid_old.extend(lines(removed).map(is_solid));
            side.solid_new.push(lines(added).filter(|line| is_solid(line)).count() as u32);
            side.layout_only.push(same_but_for_layout(blocks, removed, added));
            side.version_only.push(is_version_bump(removed, added));
            reindented(hunk, removed, added, &mut side.reindented);
            collect_tokens(lines(removed).chain(lines(added)), MAX_WORDS, &mut self.touches.words);
            patch = hash64(hash64(hash64(hash64(patch, b"-"), removed), b"+"), added);
        }
        side.hunks = hunks;
        // Addition: the order in which files are met does not matter.
        self.touches.patch_id = self.touches.patch_id.wrapping_add(patch);
        side
    }

    fn finish(mut self) -> Touches {
        self.touches.words.sort_unstable();
        self.touches.words.dedup();
        self.touches.words.shrink_to_fit();
        self.touches
    }
}

fn blocks_of(path: &str) -> Blocks {
    match Language::of_path(path) {
        Some(Language::Python) => Blocks::Indented,
        _ => Blocks::Braced,
    }
}

/// The one hunk of a file that was added or deleted.
fn whole(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    let count = |text: &[u8]| lines(text).count() as u32;
    let hunk = Hunk { old_start: 0, old_lines: count(old), new_start: 0, new_lines: count(new) };
    if hunk.old_lines + hunk.new_lines == 0 { Vec::new() } else { vec![hunk] }
}

/// Lines of a text, without their ends.
pub(super) fn lines(text: &[u8]) -> LinesOf<'_> {
    LinesOf(text)
}

#[derive(Clone)]
pub(super) struct LinesOf<'a>(&'a [u8]);

impl<'a> Iterator for LinesOf<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.0);
        let line = &self.0[..end.unwrap_or(self.0.len())];
        self.0 = end.map_or(&[], |end| &self.0[end + 1..]);
        Some(line)
    }
}

/// Cuts ever later runs of lines out of a text, in one pass.
struct Lines<'a> {
    text: &'a [u8],
    line: u32,
    byte: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a [u8]) -> Lines<'a> {
        Lines { text, line: 0, byte: 0 }
    }

    fn skip(&mut self, to: u32) {
        while self.line < to && self.byte < self.text.len() {
            let rest = &self.text[self.byte..];
            self.byte += memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            self.line += 1;
        }
    }

    fn take(&mut self, start: u32, count: u32) -> &'a [u8] {
        self.skip(start);
        let from = self.byte;
        self.skip(start + count);
        &self.text[from..self.byte]
    }
}

/// Pairs the lines of one hunk that are equal but for white space, in order.
fn reindented(hunk: &Hunk, removed: &[u8], added: &[u8], pairs: &mut Vec<(u32, u32)>) {
    if hunk.old_lines == 0 || hunk.new_lines == 0 {
        return;
    }
    let key = |line: &[u8]| line.split(u8::is_ascii_whitespace).fold(HASH64, hash64_of_word);
    let solid = lines(removed).enumerate().filter(|(_, line)| is_solid(line));
    let mut before: Vec<(u64, u32)> =
        solid.map(|(offset, line)| (key(line), hunk.old_start + offset as u32)).collect();
    before.sort_unstable();
    // How many of the equal lines are taken, kept where the first of them stands.
    let mut taken = vec![0; before.len()];
    for (offset, line) in lines(added).enumerate() {
        let key = key(line);
        let first = before.partition_point(|(other, _)| *other < key);
        let Some(next) = taken.get(first).map(|taken| first + taken) else { continue };
        if before.get(next).is_some_and(|(other, _)| *other == key) {
            taken[first] += 1;
            pairs.push((hunk.new_start + offset as u32, before[next].1));
        }
    }
}

/// White space is where words end, so a run of it leaves empty words, which do not count.
fn hash64_of_word(hash: u64, word: &[u8]) -> u64 {
    if word.is_empty() { hash } else { hash64(hash, word) }
}

/// A committed bundle: lines far longer than anybody writes.
fn is_minified(text: &[u8]) -> bool {
    text.len() > 20_000 && text.len() / (memchr::memchr_iter(b'\n', text).count() + 1) > 300
}

/// Stems of what a test imports or patches: the last part of every module named in an import line.
fn imported_stems(text: &[u8]) -> Vec<Token> {
    let is_import = |line: &&[u8]| match line.first() {
        Some(b'i') => line.starts_with(b"import "),
        Some(b'f') => line.starts_with(b"from "),
        Some(b'}') => line.starts_with(b"} from "),
        Some(b'v') => line.starts_with(b"vi.mock("),
        Some(b'j') => line.starts_with(b"jest.mock("),
        _ => false,
    };
    let mut stems: Vec<Token> = lines(text)
        .filter(is_import)
        .filter_map(module_of)
        .map(|module| hash(stem(module).as_bytes()))
        .collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// `import x from './a/b.js'` → `./a/b.js`; `from a.b import c` and `import a.b` → `b`.
fn module_of(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?.trim();
    if let Some(open) = line.find(['\'', '"']) {
        let rest = &line[open + 1..];
        return rest.split(['\'', '"']).next();
    }
    let module = line.split_whitespace().nth(1)?;
    module.trim_end_matches([',', ';']).rsplit('.').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_large_block_laid_out_anew_is_carried_to_its_place() {
        let hunk = Hunk { old_start: 0, old_lines: 200_000, new_start: 0, new_lines: 100_000 };
        let side = ParentSide {
            path: "a.py".into(),
            blob: Some(Oid::ZERO_SHA1),
            hunks: vec![hunk],
            solid_old: Vec::new(),
            solid_new: Vec::new(),
            layout_only: vec![true],
            version_only: vec![false],
            reindented: Vec::new(),
        };
        assert_eq!(side.carry_back(vec![(99_999, 7)], false), (vec![(199_998, 7)], Vec::new()));
    }

    #[test]
    fn equal_lines_are_paired_in_order_and_in_little_time_however_many_they_are() {
        let count = 200_000;
        let hunk = Hunk { old_start: 5, old_lines: count, new_start: 7, new_lines: count };
        let mut pairs = Vec::new();
        let started = std::time::Instant::now();
        let (removed, added) = ("value,\n".repeat(count as usize), "  value,\n".repeat(count as usize));
        reindented(&hunk, removed.as_bytes(), added.as_bytes(), &mut pairs);
        assert_eq!(pairs, (0..count).map(|at| (7 + at, 5 + at)).collect::<Vec<_>>());
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }
}
