//! The own query matcher against the library's, on patterns like those that friction ships.
//!
//! `FRICTION_TREES=DIR cargo test --release --test query_differential -- --nocapture` compares them on
//! every `.ts`, `.tsx` and `.py` file under a folder and prints what it has seen.

mod support;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use friction::syntax::{Engine, Language, Match, Query, Source};
use support::code_files;
use tree_sitter::{QueryCursor, StreamingIterator};

const TYPESCRIPT: &str = include_str!("fixtures/queries/typescript.scm");
const PYTHON: &str = include_str!("fixtures/queries/python.scm");

/// A match without its tree: pattern, and name, kind and bytes of each capture.
type Plain = (usize, Vec<(String, String, Range<usize>)>);

/// Ordered, for a readable report of differences.
type Matches = BTreeSet<String>;

fn readable((pattern, captures): Plain) -> String {
    let captures: Vec<_> =
        captures.into_iter().map(|(name, kind, bytes)| format!("@{name} {kind} {bytes:?}")).collect();
    format!("pattern {pattern}: {}", captures.join(", "))
}

/// Both engines for one language.
struct Pair {
    language: Language,
    own: Query,
    library: tree_sitter::Query,
}

impl Pair {
    fn new(language: Language) -> Pair {
        let source = if language == Language::Python { PYTHON } else { TYPESCRIPT };
        Pair::of(language, source).expect("the patterns are valid")
    }

    /// None unless both engines accept the source, each as its own.
    fn of(language: Language, source: &str) -> Option<Pair> {
        let own = Query::new(language, source).ok().filter(|own| own.engine() == Engine::Own)?;
        let library = tree_sitter::Query::new(&language.grammar(), source).ok()?;
        Some(Pair { language, own, library })
    }

    fn own_matches(&self, source: &Source, ranges: &[Range<usize>]) -> Matches {
        // Without captures, matches at different roots look the same.
        let captures_some = |one: &Match| !one.captures.is_empty();
        let found = self.own.run(source, ranges).into_iter().filter(captures_some).map(|one| {
            let captures = one.captures.iter();
            let captures =
                captures.map(|(name, node)| ((*name).into(), node.kind().into(), node.byte_range()));
            readable((one.pattern, captures.collect()))
        });
        let listed: Vec<_> = found.collect();
        let unique: Matches = listed.iter().cloned().collect();
        assert_eq!(unique.len(), listed.len(), "a match is reported once");
        unique
    }

    fn library_matches(&self, source: &Source, ranges: &[Range<usize>]) -> Matches {
        let names = self.library.capture_names();
        let mut unique = Matches::new();
        let whole = 0..usize::MAX;
        for range in if ranges.is_empty() { std::slice::from_ref(&whole) } else { ranges } {
            let mut cursor = QueryCursor::new();
            cursor.set_byte_range(range.clone());
            let mut matches = cursor.matches(&self.library, source.tree.root_node(), source.text);
            while let Some(one) = matches.next() {
                if one.captures().is_empty() {
                    continue;
                }
                let captures = one.captures().iter().map(|capture| {
                    let name = names[capture.index as usize].to_owned();
                    (name, capture.node.kind().to_owned(), capture.node.byte_range())
                });
                unique.insert(readable((one.pattern_index, captures.collect())));
            }
        }
        unique
    }
}

/// Ranges as hunks give them: some lines here and there, one of them empty.
fn some_ranges(source: &Source, seed: usize) -> Vec<Range<usize>> {
    let lines = source.text.iter().filter(|byte| **byte == b'\n').count() as u32 + 1;
    (0..3u32)
        .map(|nth| {
            let start = (seed as u32 + 1 + nth * 7919) * 31 % lines;
            source.bytes_of_lines(start..start + nth)
        })
        .filter(|range| range.end > 0)
        .collect()
}

#[derive(Default)]
struct Tally {
    files: usize,
    bytes: usize,
    matches: usize,
    differences: Vec<String>,
}

impl Tally {
    fn compare(&mut self, pair: &Pair, name: &str, text: &[u8]) {
        let Some(source) = Source::parse(pair.language, text) else { return };
        self.files += 1;
        self.bytes += text.len();
        for ranges in [vec![], some_ranges(&source, self.files)] {
            let own = pair.own_matches(&source, &ranges);
            let library = pair.library_matches(&source, &ranges);
            self.matches += library.len();
            let at = format!("{name} {ranges:?}");
            self.differences.extend(own.difference(&library).map(|one| format!("{at}: only own: {one}")));
            self.differences.extend(library.difference(&own).map(|one| format!("{at}: missing: {one}")));
            if !own.is_empty() && ranges.is_empty() {
                assert!(pair.own.could_match(text), "{name}: matches in a text without the literals");
            }
        }
    }
}

fn compare_folder(folder: &Path) -> Tally {
    let pairs = [Language::TypeScript, Language::Tsx, Language::Python].map(Pair::new);
    let mut tally = Tally::default();
    for path in code_files(folder) {
        let name = path.to_string_lossy();
        let Some(pair) = pairs.iter().find(|pair| Language::of_path(&name) == Some(pair.language)) else {
            continue;
        };
        tally.compare(pair, &name, &std::fs::read(&path).unwrap());
    }
    tally
}

#[test]
fn own_matcher_and_library_find_the_same_on_the_fixtures() {
    let tally = compare_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/queries"));
    assert!(tally.matches > 400, "{} matches prove little", tally.matches);
    assert!(tally.differences.is_empty(), "{:#?}", tally.differences);
}

#[test]
fn own_matcher_and_library_find_the_same_in_the_trees_named_by_the_environment() {
    let Some(folder) = std::env::var_os("FRICTION_TREES") else { return };
    let tally = compare_folder(Path::new(&folder));
    println!(
        "{} files, {:.1} MB, {} matches, {} differences",
        tally.files,
        tally.bytes as f64 / 1e6,
        tally.matches,
        tally.differences.len(),
    );
    let shown: Vec<_> = tally.differences.iter().take(40).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}

/// The pattern with each of its quantifiers replaced, and with quantifiers, anchors and siblings put
/// in after each of its nodes (but not after the whole, nor between predicates).
fn variants(pattern: &str) -> Vec<String> {
    let mut variants = Vec::new();
    let nodes_end = pattern.find("(#").unwrap_or(pattern.rfind(')').unwrap_or(0));
    for (at, byte) in pattern[..nodes_end].bytes().enumerate() {
        let (keep, insertions): (usize, &[&str]) = match byte {
            b'?' | b'*' | b'+' => (at, &["", "?", "*", "+"]),
            b')' if !pattern[at + 1..nodes_end].trim().is_empty() => {
                (at + 1, &["?", "*", "+", " (_)?", " . (_) @new", " (_)* @new"])
            }
            _ => continue,
        };
        variants.extend(insertions.iter().map(|new| [&pattern[..keep], new, &pattern[at + 1..]].concat()));
    }
    variants
}

#[test]
fn own_matcher_and_library_find_the_same_for_variants_of_the_patterns() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/queries");
    let mut compared = 0;
    for (language, source, file) in
        [(Language::TypeScript, TYPESCRIPT, "service.ts"), (Language::Python, PYTHON, "test_mocks.py")]
    {
        let text = std::fs::read(folder.join(file)).unwrap();
        let parsed = Source::parse(language, &text).unwrap();
        // A part of them, because the library takes milliseconds to compile each.
        for variant in source.split("\n\n").flat_map(variants).step_by(5) {
            let Some(pair) = Pair::of(language, &variant) else { continue };
            compared += 1;
            assert_eq!(pair.own_matches(&parsed, &[]), pair.library_matches(&parsed, &[]), "{variant}");
        }
    }
    assert!(compared > 200, "only {compared} variants are valid");
}

#[test]
fn every_pattern_of_the_fixtures_matches_somewhere() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/queries");
    let files = code_files(&folder);
    for (language, source) in [(Language::TypeScript, TYPESCRIPT), (Language::Python, PYTHON)] {
        let query = tree_sitter::Query::new(&language.grammar(), source).unwrap();
        let own = Query::new(language, source).unwrap();
        let mut unseen: BTreeSet<usize> = (0..query.pattern_count()).collect();
        for path in &files {
            if Language::of_path(&path.to_string_lossy()) == Some(language) {
                let text = std::fs::read(path).unwrap();
                let parsed = Source::parse(language, &text).unwrap();
                own.run(&parsed, &[]).iter().for_each(|one| _ = unseen.remove(&one.pattern));
            }
        }
        let unseen: Vec<_> = unseen
            .into_iter()
            .map(|pattern| &source[query.start_byte_for_pattern(pattern)..][..60])
            .collect();
        assert!(unseen.is_empty(), "{language:?}: {unseen:#?}");
    }
}
