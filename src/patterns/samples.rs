//! Values for tests, as small as they can be and still valid.

use crate::model::*;

/// A full commit id that begins with `n`'s digits.
pub fn sha(n: usize) -> String {
    format!("{n:0<40}")
}

pub fn commit(n: usize, time: i64) -> CommitRef {
    CommitRef { sha: sha(n), subject: format!("commit {n}"), author: "A".into(), time }
}

/// Commit `fix`, at `minute`, corrects what `origin` brought in an hour before.
pub fn correction(fix: usize, origin: usize, minute: i64) -> Correction {
    Correction {
        fix: commit(fix, minute * 60),
        confidence: 0.9,
        kind: Kind::SelfCorrection,
        origins: vec![Origin { sha: sha(origin), confidence: 0.8 }],
        gap_seconds: Some(3600),
        hunks: Vec::new(),
        families: Vec::new(),
        signals: vec![Signal { name: "own-lines".into(), weight: 1.5 }],
    }
}

/// The correction with a claim that rests on one hunk of `path`.
pub fn claiming(mut correction: Correction, family: Family, pattern: &str, path: &str) -> Correction {
    let hunk = HunkClaim { family, pattern: pattern.into(), confidence: 0.9 };
    correction.hunks.push(HunkRecord {
        path: path.into(),
        old_start: 1,
        old_lines: 2,
        new_start: 1,
        new_lines: 3,
        families: vec![hunk],
    });
    correction.families.push(Claim {
        family,
        pattern: pattern.into(),
        confidence: 0.9,
        evidence: vec![Evidence { path: path.into(), line: 1, side: Side::Before }],
    });
    correction
}

/// The chain of some corrections, its origin an hour before the first.
pub fn episode(origin: usize, fixes: &[&Correction]) -> Episode {
    let start = fixes[0].fix.time - 3600;
    Episode {
        origin: commit(origin, start),
        fixes: fixes.iter().map(|correction| correction.fix.clone()).collect(),
        rounds: fixes.len(),
        minutes: (fixes[fixes.len() - 1].fix.time - start) / 60,
        lines: 5,
        patterns: Vec::new(),
        paths: Vec::new(),
    }
}

/// A pattern with everything that a guide reads.
pub fn pattern(family: Family, name: &str, corrections: usize, minutes: i64) -> Pattern {
    Pattern {
        id: format!("{}/{name}", family.name()),
        family,
        pattern: name.into(),
        sentence: format!("`{name}` goes wrong."),
        counts: Counts { corrections, origins: corrections, episodes: corrections, rounds: corrections + 1 },
        cost: Cost { minutes, lines: 5 * corrections, rounds: corrections + 1 },
        share: 0.25,
        interval: [0.1, 0.4],
        trend: vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, corrections],
        always: format!("Do `{name}` well."),
        never: format!("Never do `{name}` badly."),
        files: vec!["src/**/*.test.ts".into()],
        examples: vec![Example {
            origin: Some(sha(7)),
            fix: sha(1234567),
            path: "src/a.test.ts".into(),
            before: "a".into(),
            after: "b".into(),
        }],
        rules: Vec::new(),
        local: false,
    }
}

pub fn pattern_file(patterns: Vec<Pattern>) -> PatternFile {
    PatternFile {
        schema: PATTERNS_SCHEMA.into(),
        scanned: Scanned {
            version: "0.1.0".into(),
            head: Some(sha(9)),
            commits: 100,
            corrections: 20,
            since: Some(0),
            until: Some(1000),
        },
        patterns,
    }
}
