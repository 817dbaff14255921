//! A scan as a busy TypeScript and Python repository gives it, for the tests of this room.

use crate::model::*;

/// 2026-02-02 09:00 UTC.
const START: i64 = 1_770_022_800;

const SUBJECTS: [&str; 10] = [
    "fix(test): mock the logger module before the module under test is imported",
    "fix: add missing export to the settings mock",
    "chore: please the type checker",
    "fix(cli): await the session store before the first render so that the prompt does not flicker",
    "test: expect the new error text",
    "fix: self.logger, not logger",
    "fix import",
    "Revert \"feat(core): stream tool output\"",
    "fix CI on Windows: compare paths with path.sep",
    "fix: 修正设置加载顺序 🐛 in the config loader",
];

const FEATURES: [&str; 5] = [
    "feat(cli): add an allow-list of MCP servers to the workspace settings, with validation and a dialog",
    "feat(core): stream tool output into the transcript while the tool is still running",
    "refactor: move session storage behind an interface",
    "feat: 支持多语言 (localised prompts) 🌍",
    "feat(agent): retry with backoff when the provider is overloaded",
];

const PATHS: [&str; 6] = [
    "packages/cli/src/config/config.test.ts",
    "packages/core/src/services/very/deeply/nested/folder/structure/chatRecordingService.integration.test.tsx",
    "packages/core/src/tools/mcp-client-manager.ts",
    "server/runtime/containers/docker_runtime.py",
    "tests/unit/test_controller.py",
    "packages/cli/src/ui/组件/对话框.tsx",
];

/// One row: pattern, family, sentence, what to do, files, rule, corrections, rounds, minutes.
type Row = (
    &'static str,
    Family,
    &'static str,
    &'static str,
    &'static [&'static str],
    Option<&'static str>,
    usize,
    usize,
    i64,
);

const PATTERNS: [Row; 8] = [
    (
        "vi-mock-missing-export",
        Family::MockSetup,
        "A `vi.mock` factory lacks an export that the module under test has begun to use.",
        "Spread `importOriginal()` into the factory and override only what the test needs.",
        &["packages/cli/src/**/*.test.ts", "packages/core/src/**/*.test.ts"],
        Some("vi-mock-missing-export"),
        9,
        21,
        1260,
    ),
    (
        "optional-chain-added",
        Family::TypeNarrowing,
        "A value that can be undefined was used without a check.",
        "Narrow a value before its members are read.",
        &["packages/core/src/**/*.ts"],
        None,
        7,
        12,
        640,
    ),
    (
        "patch-where-used",
        Family::MockSetup,
        "`patch` replaced a name where it is defined, not where the code under test looks it up.",
        "Patch the name in the module that uses it.",
        &["tests/unit/**/*.py"],
        Some("patch-target"),
        4,
        9,
        410,
    ),
    (
        "import-extension-added",
        Family::ImportPath,
        "A relative import lacked its `.js` extension.",
        "Write the extension of a relative import.",
        &["packages/*/src/**/*.ts"],
        Some("import-extension"),
        4,
        5,
        95,
    ),
    (
        "missing-await",
        Family::AsyncTiming,
        "A promise was used before it had settled.",
        "Await a promise before its result is asserted.",
        &["packages/cli/src/ui/组件/**/*.tsx"],
        None,
        3,
        7,
        80,
    ),
    (
        "symbol-imported",
        Family::ImportPath,
        "A name was used without being imported.",
        "Import each name that is used.",
        &["server/**/*.py"],
        Some("undefined-name"),
        3,
        3,
        22,
    ),
    (
        "logger.info-to-self.logger.info",
        Family::AttributeName,
        "`logger.info` was replaced by `self.logger.info`",
        "Write `self.logger.info` in place of `logger.info`.",
        &["server/runtime/**/*.py"],
        None,
        5,
        8,
        190,
    ),
    (
        "import-rewritten",
        Family::ImportPath,
        "`from '../config'` was replaced by `from '@app/config/settings.js'`",
        "Import the settings from `@app/config/settings.js`.",
        &["packages/cli/src/**/*.ts"],
        None,
        3,
        3,
        40,
    ),
];

fn sha(number: usize) -> String {
    // Any digits that look like a hash and differ early.
    let start = (number as u32).wrapping_mul(2_654_435_761);
    format!("{start:08x}{:032x}", number * 7919)
}

fn commit(number: usize, subject: &str, time: i64) -> CommitRef {
    let author = if number.is_multiple_of(3) { "李小龙" } else { "Ada Lovelace" };
    CommitRef { sha: sha(number), subject: subject.to_string(), author: author.to_string(), time }
}

fn correction(number: usize) -> Correction {
    let (pattern, family, ..) = PATTERNS[number % PATTERNS.len()];
    let gap = 600 + 1500 * (number as i64 % 7) * (number as i64 % 5);
    let path = PATHS[number % PATHS.len()].to_string();
    Correction {
        fix: commit(number, SUBJECTS[number % SUBJECTS.len()], START + 80_000 * number as i64),
        confidence: 0.55 + 0.4 * (number % 10) as f64 / 10.0,
        kind: match number % 10 {
            7 => Kind::Revert,
            8 => Kind::CiFix,
            _ => Kind::SelfCorrection,
        },
        origins: vec![Origin { sha: sha(100 + number), confidence: 0.8 }],
        gap_seconds: Some(gap),
        hunks: vec![HunkRecord {
            path: path.clone(),
            old_start: 14,
            old_lines: 1,
            new_start: 14,
            new_lines: 3,
            families: vec![HunkClaim { family, pattern: pattern.to_string(), confidence: 0.9 }],
        }],
        families: vec![Claim {
            family,
            pattern: pattern.to_string(),
            confidence: 0.91,
            evidence: vec![
                Evidence { path: path.clone(), line: 14, side: Side::Before },
                Evidence { path, line: 15, side: Side::After },
            ],
        }],
        signals: [
            ("blame_share", 1.9),
            ("same_author", 0.8),
            ("feature_subject", -0.7),
            ("many_files", -0.2),
        ]
        .map(|(name, weight)| Signal { name: name.to_string(), weight })
        .to_vec(),
    }
}

fn episode(number: usize, rounds: usize) -> Episode {
    let start = START + 400_000 * number as i64;
    let pause = 5_400 * (number as i64 + 1);
    let fixes: Vec<CommitRef> = (1..=rounds)
        .map(|round| {
            commit(10 * number + round, SUBJECTS[(number + round) % 10], start + pause * round as i64)
        })
        .collect();
    Episode {
        origin: commit(100 + number, FEATURES[number % 5], start),
        rounds,
        minutes: pause * rounds as i64 / 60,
        lines: 37 * rounds,
        patterns: vec![PATTERNS[number].0.to_string()],
        paths: PATHS.iter().cycle().skip(number).take(3).map(|path| path.to_string()).collect(),
        fixes,
    }
}

fn pattern(number: usize, row: &Row) -> Pattern {
    let (pattern, family, sentence, always, files, rule, corrections, rounds, minutes) = *row;
    Pattern {
        id: format!("{}/{pattern}", family.name()),
        family,
        pattern: pattern.to_string(),
        sentence: sentence.to_string(),
        counts: Counts { corrections, origins: corrections - 1, episodes: corrections - 1, rounds },
        cost: Cost { minutes, lines: 12 * corrections, rounds },
        share: corrections as f64 / 214.0,
        interval: [0.02, 0.08],
        trend: (0..12)
            .map(|month| (month * (number + 3) + number) % 5 * usize::from(month > number))
            .collect(),
        always: always.to_string(),
        never: "Never leave it to the next worker.".to_string(),
        files: files.iter().map(|glob| glob.to_string()).collect(),
        examples: vec![Example {
            origin: Some(sha(100 + number)),
            fix: sha(number),
            path: PATHS[number % PATHS.len()].to_string(),
            before: "        logger.info(f'container {name} started')".to_string(),
            after: "        self.logger.info(f'container {name} started')".to_string(),
        }],
        rules: rule.map(str::to_string).into_iter().collect(),
        local: number >= 6,
    }
}

/// Thirty corrections, five episodes, six known patterns and two local ones.
pub fn scan() -> Scan {
    Scan {
        schema: SCAN_SCHEMA.to_string(),
        version: "0.1.0".to_string(),
        repository: Repository {
            root: "/home/ada/projects/assistant".to_string(),
            head: Some(sha(999)),
            refs: 37,
            commits: 1480,
            skipped: [("merge", 212), ("duplicate", 88), ("bot", 14), ("no-code", 301)]
                .map(|(reason, number)| (reason.to_string(), number))
                .into(),
            since: Some(START),
            until: Some(START + 28 * 86_400),
        },
        corrections: (0..30).rev().map(correction).collect(),
        episodes: [(0, 7), (1, 3), (2, 2), (3, 1), (4, 1)]
            .map(|(number, rounds)| episode(number, rounds))
            .to_vec(),
        patterns: PATTERNS.iter().enumerate().map(|(number, row)| pattern(number, row)).collect(),
        warnings: vec![Warning {
            kind: "missing-object".to_string(),
            count: 3,
            message: "the content of a file is not in this clone, first \
                      packages/core/vendor/ripgrep.bin; `git fetch --refetch` brings them."
                .to_string(),
        }],
    }
}

/// One of its corrections, with the hunk that repaired it.
pub fn shown() -> Shown {
    let mut correction = correction(9);
    correction.origins.push(Origin { sha: sha(300), confidence: 0.12 });
    let origin = commit(109, FEATURES[0], correction.fix.time - correction.gap_seconds.unwrap_or_default());
    let excerpt = Excerpt {
        path: PATHS[1].to_string(),
        start_line_before: 12,
        before: "import { run } from './run.js';\n\nvi.doMock('./logger.js', () => ({ info: vi.fn() }));\n\n\
                 describe('run', () => {"
            .to_string(),
        start_line_after: 12,
        after: "import { run } from './run.js';\n\nvi.mock('./logger.js', async (original) => ({\n\
                \t...(await original()),\n\tinfo: vi.fn(), // 日志\n}));\n\ndescribe('run', () => {"
            .to_string(),
    };
    Shown { correction, origins: vec![origin], excerpts: vec![excerpt] }
}
