use super::*;
use crate::patterns::samples::{claiming, correction, episode, sha};

fn ranked(corrections: &[Correction], episodes: &[Episode]) -> Vec<Pattern> {
    let lesson = |correction: &Correction, claim: &Claim| {
        Some(Lesson {
            path: claim.evidence[0].path.clone(),
            before: format!("old of {}", correction.fix.subject),
            after: "x\n".repeat(20),
        })
    };
    rank(&Corpus {
        corrections,
        episodes,
        unclaimed: &[],
        least: 0.5,
        span: (Some(0), Some(1199 * 60)),
        lesson: &lesson,
        stands: &|_| true,
    })
}

fn mock(fix: usize, origin: usize, minute: i64) -> Correction {
    claiming(correction(fix, origin, minute), Family::MockSetup, "late-mock", "src/a.test.ts")
}

fn import(fix: usize, origin: usize, minute: i64) -> Correction {
    claiming(correction(fix, origin, minute), Family::ImportPath, "no-import", "src/b.ts")
}

#[test]
fn a_pattern_counts_corrections_origins_episodes_and_rounds() {
    let corrections = [mock(12, 1, 130), correction(11, 1, 110), mock(13, 2, 400), import(14, 3, 500)];
    let episodes = [
        episode(1, &[&corrections[1], &corrections[0]]),
        episode(2, &[&corrections[2]]),
        episode(3, &[&corrections[3]]),
    ];
    let patterns = ranked(&corrections, &episodes);
    let mock = &patterns[0];
    assert_eq!(mock.id, "mock_setup/late-mock");
    assert_eq!(mock.counts, Counts { corrections: 2, origins: 2, episodes: 2, rounds: 3 });
    assert_eq!(mock.cost, Cost { minutes: 80 + 60, lines: 10, rounds: 3 });
    assert_eq!((mock.share, mock.interval), (0.5, [0.15, 0.85]));
    assert_eq!(mock.trend, [0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(mock.files, ["src/**/*.test.ts"]);
}

#[test]
fn unlikely_corrections_and_unlikely_claims_teach_nothing() {
    let mut doubtful = mock(12, 2, 9);
    doubtful.confidence = 0.3;
    let mut guessed = import(13, 3, 9);
    guessed.families[0].confidence = 0.4;
    let patterns = ranked(&[mock(11, 1, 9), doubtful, guessed], &[]);
    assert_eq!(patterns.len(), 1);
    assert_eq!((patterns[0].counts.corrections, patterns[0].share), (1, 0.5));
}

#[test]
fn a_night_between_two_rounds_counts_as_eight_hours() {
    let corrections = [mock(11, 1, 60), mock(12, 1, 60 + 16 * 60)];
    let episodes = [episode(1, &[&corrections[0], &corrections[1]])];
    assert_eq!(ranked(&corrections, &episodes)[0].cost.minutes, 60 + 8 * 60);
}

#[test]
fn a_correction_outside_every_episode_costs_its_own_gap() {
    let mut lonely = mock(11, 1, 60);
    lonely.gap_seconds = Some(90 * 60);
    let cost = ranked(&[lonely], &[])[0].cost.clone();
    assert_eq!((cost.minutes, cost.rounds), (90, 1));
}

#[test]
fn many_quick_rounds_outrank_one_slower_one_and_ties_go_by_id() {
    let quick = |fix, origin| Correction { gap_seconds: Some(300), ..import(fix, origin, 9) };
    let slow = Correction { gap_seconds: Some(3600), ..mock(20, 9, 9) };
    let names = |corrections: &[Correction]| -> Vec<String> {
        ranked(corrections, &[]).into_iter().map(|pattern| pattern.pattern).collect()
    };
    let quick_ones: Vec<Correction> = (11..15).map(|n| quick(n, n - 10)).collect();
    let all: Vec<Correction> = [slow].into_iter().chain(quick_ones).collect();
    assert_eq!(names(&all), ["no-import", "late-mock"]);
    assert_eq!(names(&[mock(11, 1, 9), import(12, 2, 9)]), ["no-import", "late-mock"]);
    assert_eq!(names(&[import(12, 2, 9), mock(11, 1, 9)]), ["no-import", "late-mock"]);
}

#[test]
fn two_claims_of_one_pattern_in_one_commit_are_one_correction() {
    let twice = claiming(mock(11, 1, 9), Family::MockSetup, "late-mock", "lib/b.test.ts");
    let pattern = &ranked(&[twice], &[])[0];
    assert_eq!((pattern.counts.corrections, pattern.cost.lines), (1, 10));
    assert_eq!(pattern.files, ["lib/**/*.test.ts", "src/**/*.test.ts"]);
}

#[test]
fn examples_are_the_costliest_one_of_each_origin_first_and_at_most_twelve_lines() {
    let corrections = [mock(11, 1, 60), mock(12, 1, 90), mock(13, 2, 60), mock(14, 3, 60)];
    let episodes = [episode(1, &[&corrections[0], &corrections[1]])];
    let examples = &ranked(&corrections, &episodes)[0].examples;
    let fixes: Vec<&str> = examples.iter().map(|example| example.fix.as_str()).collect();
    assert_eq!(fixes, [sha(12), sha(13), sha(14)]);
    assert_eq!(examples[0].before, "old of commit 12");
    assert_eq!(examples[0].after.lines().count(), 12);
}

#[test]
fn a_pattern_whose_lines_cannot_be_shown_still_names_a_commit() {
    let corrections = [mock(11, 1, 60)];
    let corpus = Corpus {
        corrections: &corrections,
        episodes: &[],
        unclaimed: &[],
        least: 0.5,
        span: (None, None),
        lesson: &|_, _| None,
        stands: &|_| true,
    };
    let examples = rank(&corpus)[0].examples.clone();
    assert_eq!((examples[0].fix.clone(), examples[0].path.as_str()), (sha(11), "src/a.test.ts"));
}

#[test]
fn an_edit_that_no_pattern_fits_but_recurs_is_a_local_pattern_with_its_cost() {
    let corrections: Vec<Correction> = (1..=3).map(|n| correction(10 + n, n, 60 * n as i64)).collect();
    let unclaimed: Vec<LooseHunk> = (0..3)
        .map(|correction| LooseHunk {
            correction,
            path: format!("pkg/core/{correction}.py"),
            before: format!("x{correction} = settings.get_model()\n"),
            after: format!("x{correction} = settings.active_model()\n"),
        })
        .collect();
    let corpus = Corpus {
        corrections: &corrections,
        episodes: &[],
        unclaimed: &unclaimed,
        least: 0.5,
        span: (None, None),
        lesson: &|_, _| None,
        stands: &|_| true,
    };
    let patterns = rank(&corpus);
    assert_eq!(patterns.len(), 1);
    let local = &patterns[0];
    assert!(local.local);
    assert_eq!(local.sentence, "`settings.get_model` was corrected to `settings.active_model`.");
    assert_eq!((local.counts.origins, local.cost.minutes, local.cost.lines), (3, 180, 6));
    assert_eq!(local.examples.len(), 3);
}
