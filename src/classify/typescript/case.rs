//! One file of a change on its way through the judges.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::edit::{Edit, bytes_of, edits, line_starts};
use crate::classify::{Change, Context, FileChange, Verdict, pattern_info};
use crate::diff::Hunk;
use crate::model::{Claim, Evidence, Side};
use crate::syntax::is_test;
use crate::syntax::{Language, Source};

/// A place that shows a pattern: the hunk, the side, and a byte of that side's file.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Index into the file's hunks.
    pub hunk: usize,
    pub side: Side,
    pub at: usize,
}

/// Everything a judge may ask about the file, and what was claimed so far.
pub struct Case<'a> {
    pub change: &'a Change<'a>,
    pub context: &'a Context,
    pub file: &'a FileChange<'a>,
    pub is_test: bool,
    pub edits: Vec<Edit<'a>>,
    /// The added lines of every file, with the file's index.
    added: OnceCell<Vec<(usize, &'a [u8])>>,
    index: usize,
    language: Language,
    before: OnceCell<Option<Source<'a>>>,
    after: OnceCell<Option<Source<'a>>>,
    claims: BTreeMap<&'static str, Vec<(f64, Place)>>,
}

impl<'a> Case<'a> {
    /// None where the file has nothing to correct: it is new, it is gone, or no hunk is part of the
    /// correction.
    pub fn new(change: &'a Change<'a>, context: &'a Context, index: usize) -> Option<Case<'a>> {
        let file = &change.files[index];
        if file.before.is_empty() || file.after.is_empty() {
            return None;
        }
        let edits = if is_bundle(file.after) { Vec::new() } else { edits(file) };
        if edits.is_empty() {
            return None;
        }
        Some(Case {
            change,
            context,
            file,
            is_test: is_test(file.path),
            edits,
            added: OnceCell::new(),
            index,
            language: Language::of_path(file.path)?,
            before: OnceCell::new(),
            after: OnceCell::new(),
            claims: BTreeMap::new(),
        })
    }

    /// The parsed file, parsed when first asked for; from the other side's tree, where there is one.
    pub fn side(&self, side: Side) -> Option<&Source<'a>> {
        let (cell, path, text) = match side {
            Side::Before => (&self.before, self.file.old_path, self.file.before),
            Side::After => (&self.after, self.file.path, self.file.after),
        };
        let language = Language::of_path(path).filter(|l| l.is_ecma()).unwrap_or(self.language);
        let other = match side {
            Side::Before => &self.after,
            Side::After => &self.before,
        };
        let known = other.get().and_then(Option::as_ref).filter(|other| other.language == language);
        let parse = || match (known, side) {
            (Some(before), Side::After) => before.reparse(text, self.file.hunks),
            (Some(after), Side::Before) => {
                after.reparse(text, &self.file.hunks.iter().map(Hunk::inverted).collect::<Vec<_>>())
            }
            (None, _) => Source::parse_version(path, language, text),
        };
        cell.get_or_init(parse).as_ref()
    }

    /// Claims a pattern; a pattern that the catalogue lacks is not claimed.
    pub fn claim(&mut self, pattern: &'static str, confidence: f64, place: Place) {
        self.claims.entry(pattern).or_default().push((confidence, place));
    }

    /// One verdict for each pattern claimed, with the surest confidence and every place.
    pub fn into_verdicts(self) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for (name, places) in &self.claims {
            let Some(info) = pattern_info(name) else { continue };
            let confidence = places.iter().map(|(confidence, _)| *confidence).fold(0.0, f64::max);
            let mut hunks: Vec<_> = places.iter().map(|(_, place)| (self.index, place.hunk)).collect();
            hunks.sort_unstable();
            hunks.dedup();
            let mut evidence: Vec<_> = places.iter().map(|(_, place)| self.evidence(place)).collect();
            evidence.sort();
            evidence.dedup();
            let claim = Claim { family: info.family, pattern: info.name.clone(), confidence, evidence };
            verdicts.push(Verdict { claim, hunks });
        }
        verdicts
    }

    fn evidence(&self, place: &Place) -> Evidence {
        let hunk: Hunk = self.file.hunks[place.hunk];
        let (path, text, first) = match place.side {
            Side::Before => (self.file.old_path, self.file.before, hunk.old_start),
            Side::After => (self.file.path, self.file.after, hunk.new_start),
        };
        // Counted from the hunk, as a place seldom lies far from its beginning.
        let start = self
            .edits
            .iter()
            .find(|edit| edit.hunk == place.hunk)
            .map(|edit| match place.side {
                Side::Before => edit.old_bytes.start,
                Side::After => edit.new_bytes.start,
            })
            .unwrap_or(0);
        let at = place.at.clamp(start, text.len());
        let line = first + memchr::memchr_iter(b'\n', &text[start..at]).count() as u32 + 1;
        Evidence { path: path.to_owned(), line, side: place.side }
    }
}

/// Where `name` stands as a whole word, as byte offsets.
pub fn words<'t>(text: &'t [u8], name: &'t str) -> impl Iterator<Item = usize> + 't {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || *byte >= 0x80;
    memchr::memmem::find_iter(text, name).filter(move |at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        !before.is_some_and(part) && !text.get(at + name.len()).is_some_and(part)
    })
}

/// True if `name` stands in the text as a whole word.
pub fn has_word(text: &[u8], name: &str) -> bool {
    words(text, name).next().is_some()
}

impl<'a> Case<'a> {
    /// The added lines of every file of the commit, hunk by hunk, with the file's index.
    pub fn added(&self) -> &[(usize, &'a [u8])] {
        self.added.get_or_init(|| {
            let files = self.change.files;
            let hunks = files.iter().enumerate().flat_map(|(index, file)| {
                let starts = line_starts(file.after);
                let lines = move |hunk: &Hunk| bytes_of(&starts, file.after.len(), hunk.new_range());
                file.hunks.iter().map(move |hunk| (index, &file.after[lines(hunk)]))
            });
            hunks.filter(|(_, text)| !text.is_empty()).collect()
        })
    }

    /// True if an added line of another file of this kind holds the word.
    pub fn added_elsewhere(&self, name: &str, only: impl Fn(&FileChange) -> bool) -> bool {
        let other = |index: usize| index != self.index && only(&self.change.files[index]);
        self.added().iter().any(|(index, text)| other(*index) && has_word(text, name))
    }
}

/// Written by a bundler or minifier: very large, or in very long lines.
fn is_bundle(text: &[u8]) -> bool {
    let lines = memchr::memchr_iter(b'\n', text).count() + 1;
    text.len() > 1_000_000 || text.len() > 20_000 && text.len() / lines > 250
}
