//! Looks for texts on which friction panics, overflows its stack or does not come to an end.
//!
//! ```text
//! cargo run --example fuzz -- [--minutes 60] [--from SEED] [--only TARGET] [FILES AND FOLDERS...]
//! ```
//!
//! Texts are the examples of all rules, and the files that are named; each round damages some of them, by
//! bytes and by tokens, and gives them to one of: the whole check (front ends, rules, suppressions, project,
//! baseline, every format), the query parser, the reader of rule files, the reader of baselines, the line
//! diff. A round is its seed: `--from SEED --minutes 0` plays one again. The seed of the round under way
//! stands in `$TMPDIR/friction-fuzz-round`, for ends that cannot be caught.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{Seek, Write, sink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use friction::check::{Baseline, Options, RuleSet, Scope, check};
use friction::git::{Change, MemoryFiles, Staging};
use friction::model::Checked;
use friction::report::{self, Terminal};
use friction::rules::examples::{Example, examples};
use friction::rules::{CATALOGUE, literate};
use friction::syntax::{Language, Query, Source};
use friction::{diff, shell};

/// A round that takes longer is told.
const SLOW: Duration = Duration::from_secs(10);

/// Larger files are no seeds: a round should take milliseconds.
const MAX_SEED: u64 = 40_000;

/// What is put into texts: tokens that parsers, rules and suppressions look for.
const TOKENS: [&str; 64] = [
    "vi.mock(",
    "jest.mock('./a', () => ({",
    "vi.hoisted(() =>",
    "importActual",
    "default",
    "export ",
    "import ",
    "from './a'",
    "require(",
    "await ",
    "async ",
    "=>",
    "`${",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "/*",
    "*/",
    "//",
    "#",
    "\"\"\"",
    "'''",
    "\\",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\u{feff}",
    "\0",
    "😀",
    "é",
    "\u{2028}",
    "def f(self):",
    "class A(B):",
    "lambda: ",
    "patch('a.b')",
    "@patch.object(A, 'b')",
    "self.",
    "logger.",
    "f'{",
    "<<<<<<< a\n",
    "=======\n",
    ">>>>>>> b\n",
    "friction-ignore[",
    "friction-ignore-file[a]: b",
    "# friction-ignore[a, b]: c",
    "// friction-ignore[",
    "(_) @flag",
    "(#eq? @a \"b\")",
    "(#match? @a \"(\")",
    "!",
    "_",
    ":",
    "+++\n",
    "```scm\n",
    "```\n",
    "### ",
    "## Fails\n",
    "flags=\"1\"",
];

fn main() -> Result<()> {
    let arguments = Arguments::read()?;
    let seeds = Seeds::gather(&arguments.paths)?;
    println!("{} examples, {} files", seeds.examples.len(), seeds.files.len());
    // As the check itself does, and for the parsers that are called without it.
    let thread = std::thread::Builder::new().stack_size(1 << 30);
    thread
        .spawn(move || rounds(&arguments, &seeds))?
        .join()
        .unwrap_or_else(|_| bail!("the fuzzer itself panicked"))
}

struct Arguments {
    minutes: u64,
    from: u64,
    only: Option<String>,
    paths: Vec<PathBuf>,
}

impl Arguments {
    fn read() -> Result<Arguments> {
        let mut read = Arguments { minutes: 60, from: 0, only: None, paths: Vec::new() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} needs a value"));
            match word.as_str() {
                "--minutes" => read.minutes = value()?.parse().context("--minutes is no number")?,
                "--from" => read.from = value()?.parse().context("--from is no seed")?,
                "--only" => read.only = Some(value()?),
                _ => read.paths.push(PathBuf::from(word)),
            }
        }
        Ok(read)
    }
}

/// Texts to damage.
struct Seeds {
    examples: Vec<Example>,
    files: Vec<(String, Vec<u8>)>,
    rules: RuleSet,
}

impl Seeds {
    fn gather(paths: &[PathBuf]) -> Result<Seeds> {
        let mut seeds =
            Seeds { examples: Vec::new(), files: Vec::new(), rules: RuleSet::new(Vec::new(), |_| None) };
        for rule in CATALOGUE {
            let found =
                examples(rule.text).map_err(|wrong| anyhow::anyhow!("{}: {}", rule.id, wrong.message))?;
            seeds.examples.extend(found);
        }
        let mut open = paths.to_vec();
        while let Some(path) = open.pop() {
            let about =
                fs::symlink_metadata(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if about.is_dir() {
                open.extend(fs::read_dir(&path)?.flatten().map(|entry| entry.path()));
            } else if about.is_file()
                && about.len() < MAX_SEED
                && Language::of_path(&path.to_string_lossy()).is_some()
            {
                seeds.files.push((name(&path), fs::read(&path)?));
            }
        }
        seeds.files.sort();
        Ok(seeds)
    }
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// What a round may do, and how often of a hundred.
type Target = (&'static str, u64, fn(&mut Chance, &Seeds));

const TARGETS: [Target; 6] = [
    ("check", 60, check_damaged),
    ("query", 14, query),
    ("rule-file", 10, rule_file),
    ("baseline", 4, baseline),
    ("diff", 8, line_diff),
    ("shell", 4, shell_line),
];

fn rounds(arguments: &Arguments, seeds: &Seeds) -> Result<()> {
    let started = Instant::now();
    let until = Duration::from_secs(60 * arguments.minutes);
    let log = std::env::temp_dir().join("friction-fuzz-round");
    let mut log = OpenOptions::new().create(true).truncate(true).write(true).open(&log)?;
    let (mut counts, mut panics, mut slowest) = (BTreeMap::<&str, usize>::new(), 0, (Duration::ZERO, 0));
    for seed in arguments.from.. {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (target, run) = pick(&mut chance);
        if arguments.only.as_ref().is_none_or(|only| only == target) {
            log.rewind()?;
            write!(log, "{seed} {target}          ")?;
            let begun = Instant::now();
            if catch_unwind(AssertUnwindSafe(|| run(&mut chance, seeds))).is_err() {
                println!("PANIC in round {seed}, {target}");
                panics += 1;
            }
            let took = begun.elapsed();
            if took > SLOW {
                println!("SLOW: round {seed}, {target}: {took:?}");
            }
            slowest = slowest.max((took, seed));
            *counts.entry(target).or_default() += 1;
        }
        if started.elapsed() >= until {
            break;
        }
    }
    println!("{counts:?} in {:?}; slowest {slowest:?}; {panics} panics", started.elapsed());
    if panics > 0 { bail!("{panics} rounds panicked") } else { Ok(()) }
}

fn pick(chance: &mut Chance) -> (&'static str, fn(&mut Chance, &Seeds)) {
    let mut at = chance.below(100) as u64;
    for (name, share, run) in TARGETS {
        if at < share {
            return (name, run);
        }
        at -= share;
    }
    (TARGETS[0].0, TARGETS[0].2)
}

/// The whole way: a project as it was, and as it is with some of its files damaged.
fn check_damaged(chance: &mut Chance, seeds: &Seeds) {
    let mut before: Vec<(String, Vec<u8>)> = Vec::new();
    if seeds.files.is_empty() || chance.below(3) > 0 {
        let example = chance.of(&seeds.examples);
        before.extend(example.files.iter().map(|file| (file.path.clone(), file.text.clone().into_bytes())));
    } else {
        before.push(chance.of(&seeds.files).clone());
    }
    let (mut old, mut new) = (MemoryFiles::default(), MemoryFiles::default());
    let (mut changes, mut deleted) = (Vec::new(), Vec::new());
    for (path, text) in &before {
        old.insert(path, text);
        let path = path.clone();
        match chance.below(10) {
            0 => deleted.push(path),
            1 => new.insert(path, text),
            _ => {
                new.insert(&path, chance.damaged(text, seeds));
                let base = (chance.below(2) == 0).then(|| path.clone());
                changes.push(Change { path, base });
            }
        }
    }
    let staging = Staging {
        root: PathBuf::from("/"),
        files: Arc::new(new),
        base: Arc::new(old),
        changes,
        deleted,
        warnings: Vec::new(),
        identity: None,
    };
    let scope = *chance.of(&[Scope::New, Scope::Lines, Scope::File]);
    let checked = check(&staging, &seeds.rules, &Options { scope, ..Options::default() });
    draw(&checked, &staging, 20 + chance.below(140));
    let known = Baseline::of(&checked.findings);
    let mut findings = checked.findings;
    known.hide(&mut findings, &|path| staging.files.is_file(path));
    assert!(findings.is_empty(), "a baseline of all findings leaves none");
}

fn draw(checked: &Checked, staging: &Staging, width: usize) {
    let line =
        |path: &str, number: usize| staging.files.text(path)?.lines().nth(number - 1).map(str::to_owned);
    let mut text = Vec::new();
    let terminal = Terminal::plain(width);
    let full = report::full(checked, &line, &Default::default(), &terminal, &mut text);
    full.and_then(|()| report::agent(checked, &mut text))
        .and_then(|()| report::concise(checked, &mut text))
        .and_then(|()| report::github(checked, &mut text))
        .and_then(|()| report::junit(checked, &mut text))
        .and_then(|()| report::gitlab(checked, &mut sink()))
        .and_then(|()| report::sarif(checked, &[], &mut sink()))
        .and_then(|()| report::findings_jsonl(checked, &mut sink()))
        .expect("memory can be written to");
    let text = String::from_utf8(text).expect("reports are UTF-8");
    let control = text.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(control, None, "no control character reaches a terminal");
}

fn query(chance: &mut Chance, seeds: &Seeds) {
    const QUERIES: [&str; 4] = [
        include_str!("../tests/fixtures/queries/python.scm"),
        include_str!("../tests/fixtures/queries/typescript.scm"),
        include_str!("../queries/python/facts.scm"),
        include_str!("../queries/typescript/mocks.scm"),
    ];
    let whole = chance.of(&QUERIES).as_bytes();
    let start = chance.below(whole.len());
    let part = &whole[start..whole.len().min(start + 20 + chance.below(600))];
    let source = String::from_utf8_lossy(&chance.damaged(part, seeds)).into_owned();
    let language = *chance.of(&[Language::Python, Language::TypeScript, Language::Tsx, Language::JavaScript]);
    let Ok(query) = Query::new(language, &source) else { return };
    let text = chance.text(seeds);
    let text = chance.damaged(text.as_bytes(), seeds);
    if query.could_match(&text) {
        let Some(source) = Source::parse(language, &text) else { return };
        query.run(&source, &[]);
    }
}

fn rule_file(chance: &mut Chance, seeds: &Seeds) {
    let rule = chance.of(CATALOGUE);
    let text = chance.damaged(rule.text.as_bytes(), seeds);
    let text = String::from_utf8_lossy(&text);
    let _ = literate::parse(&text);
    let _ = examples(&text);
}

fn baseline(chance: &mut Chance, seeds: &Seeds) {
    const FILE: &str =
        r#"{"schema":"friction.baseline/1","findings":[{"path":"a.py","rule":"a","fingerprint":"f-2"}]}"#;
    let text = chance.damaged(FILE.as_bytes(), seeds);
    let _ = serde_json::from_slice::<Baseline>(&text);
}

fn line_diff(chance: &mut Chance, seeds: &Seeds) {
    let old = chance.text(seeds).as_bytes().to_vec();
    let new = chance.damaged(&old, seeds);
    let hunks = diff::hunks(&old, &new);
    let lines =
        |text: &[u8]| text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (old, new) = (lines(&old), lines(&new));
    for (at, line) in new.iter().enumerate() {
        if let Some(back) = diff::map_back(&hunks, at as u32) {
            assert_eq!(&old[back as usize], line, "an unchanged line is the same line");
        }
    }
}

fn shell_line(chance: &mut Chance, seeds: &Seeds) {
    let line = b"cd x && FOO=1 git commit -m \"$(cat <<'E'\na\nE\n)\" --no-verify; npm test | tee log 2>&1 &";
    let line = chance.damaged(line, seeds);
    shell::split(&String::from_utf8_lossy(&line));
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }

    /// A file of an example.
    fn text<'s>(&mut self, seeds: &'s Seeds) -> &'s str {
        let example = self.of(&seeds.examples);
        &self.of(&example.files).text
    }

    /// A text with one to eight damages.
    fn damaged(&mut self, text: &[u8], seeds: &Seeds) -> Vec<u8> {
        let mut text = text.to_vec();
        for _ in 0..=self.below(8) {
            let at = self.below(text.len() + 1);
            let most = 1 << self.below(9);
            let end = text.len().min(at + self.below(most));
            match self.below(9) {
                0 => text.truncate(at),
                1 => drop(text.drain(at..end)),
                2 => {
                    let byte = self.next() as u8;
                    text.insert(at, byte);
                }
                3 if at < text.len() => text[at] ^= 1 << self.below(8),
                4 => {
                    let part = text[at..end].to_vec();
                    let to = self.below(text.len() + 1);
                    text.splice(to..to, part);
                }
                5 => {
                    let other = self.text(seeds).as_bytes();
                    let from = self.below(other.len());
                    let until = other.len().min(from + self.below(200));
                    text.splice(at..end, other[from..until].iter().copied());
                }
                6 if self.below(40) == 0 => {
                    let times = 1 + self.below(3000);
                    let nested = self.of(&TOKENS).repeat(times);
                    text.splice(at..at, nested.into_bytes());
                }
                _ => {
                    let token = *self.of(&TOKENS);
                    text.splice(at..at, token.bytes());
                }
            }
        }
        text
    }
}
