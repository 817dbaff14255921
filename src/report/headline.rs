//! What a scan amounts to, in a sentence or two: the part of a report that everybody reads.

use crate::model::{Correction, Episode, Kind, Scan, Warning};

use super::text::clean;
use super::words::{count, counted, day, effort_in_full, elapsed, list, percent};

/// A correction counts in the headline from this confidence on; a scan that keeps every candidate
/// holds less likely ones too.
const LIKELY: f64 = 0.5;

/// The longest pause between an origin and its fixes that counts as work, in minutes; as in [`crate::model::Cost`].
const LONGEST_PAUSE: i64 = 8 * 60;

const TWO_WEEKS: i64 = 14 * 24 * 3600;

/// The first sentence, e.g. `1 commit in 7 repaired work less than two weeks old: 214 of 1,480 commits, about 96 hours.`
pub(super) fn headline(scan: &Scan) -> String {
    let commits = scan.repository.commits;
    let fixes = likely(scan).count();
    if commits == 0 {
        return match scan.repository.head {
            None => "This repository has no commits yet.".to_string(),
            Some(_) => "No commit was left to judge.".to_string(),
        };
    }
    let object = if likely(scan).all(|fix| fix.gap_seconds.is_none_or(|gap| gap <= TWO_WEEKS)) {
        "work less than two weeks old"
    } else {
        "recent work"
    };
    if fixes == 0 {
        return match commits {
            1 => format!("The only commit did not repair {object}."),
            _ => format!("None of {} commits repaired {object}.", count(commits)),
        };
    }
    let mut sentence = format!(
        "{} repaired {object}: {} of {}",
        share(fixes, commits),
        count(fixes),
        counted(commits, "commit")
    );
    let minutes = minutes_spent(&scan.episodes);
    if minutes > 0 {
        sentence += &format!(", about {} from mistake to repair", effort_in_full(minutes));
    }
    sentence + "."
}

/// What else is worth knowing of the corrections, if anything: how soon they came and what sort they are.
pub(super) fn second_sentence(scan: &Scan) -> Option<String> {
    let mut gaps: Vec<i64> = likely(scan).filter_map(|fix| fix.gap_seconds).collect();
    gaps.sort_unstable();
    let soon = (gaps.len() >= 4).then(|| {
        format!("Half of the repairs came within {} of the mistake.", elapsed(gaps[gaps.len() / 2] / 60))
    });
    let sorts: Vec<String> = [
        (Kind::Revert, "took a commit back"),
        (Kind::Fixup, "amended a commit"),
        (Kind::CiFix, "repaired what a check had reported"),
    ]
    .into_iter()
    .filter_map(|(kind, did)| {
        let number = likely(scan).filter(|fix| fix.kind == kind).count();
        (number > 0).then(|| format!("{} {did}", count(number)))
    })
    .collect();
    let sorts = (!sorts.is_empty()).then(|| format!("{}.", list(&sorts)));
    match (soon, sorts) {
        (Some(soon), Some(sorts)) => Some(format!("{soon} {sorts}")),
        (soon, sorts) => soon.or(sorts),
    }
}

/// The sentence for a scan that shows no pattern; nothing where patterns are shown.
pub(super) fn without_patterns(scan: &Scan) -> Option<&'static str> {
    if !scan.patterns.is_empty() {
        return None;
    }
    Some(match (scan.repository.commits, likely(scan).count()) {
        (0, _) if scan.repository.head.is_none() => "Friction shows once there is a history to read.",
        (0, _) => "Every commit was skipped or filtered out; see below.",
        (_, 0) => {
            "Either nothing keeps going wrong here, or the history that would show it is gone: squash merges \
             fold a branch's corrections away. A clone with the branches or pull request refs tells more."
        }
        _ => {
            "No mistake recurs among them that friction can name: each was repaired for a reason of its own."
        }
    })
}

/// The reasons why commits were not judged, most frequent first, e.g. `212 merges`.
pub(super) fn skipped(scan: &Scan) -> Vec<String> {
    let mut reasons: Vec<_> = scan.repository.skipped.iter().filter(|(_, number)| **number > 0).collect();
    reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    reasons.into_iter().map(|(reason, &number)| skipped_for(reason, number)).collect()
}

fn skipped_for(reason: &str, number: usize) -> String {
    let noun = match reason {
        "merge" => return counted(number, "merge"),
        "duplicate" => return counted(number, "duplicate"),
        "squash" => return format!("{} whose pull requests tell the same", counted(number, "squash merge")),
        "bot" => "by bots",
        "no-code" => "without code",
        "other-paths" => "of other paths",
        "ignored-revs" => "listed in .git-blame-ignore-revs",
        "sweep" => "too large to judge",
        "rewritten" => "rewritten since",
        "history-cut-off" => "where history is cut off",
        other => return format!("{} ({})", count(number), clean(&other.replace(['-', '_'], " "))),
    };
    format!("{} {noun}", count(number))
}

/// What was read, e.g. `1,480 commits of 2026-02-03 to 2026-03-02, reached from 37 refs`.
pub(super) fn scanned(scan: &Scan) -> String {
    let repository = &scan.repository;
    let mut text = counted(repository.commits, "commit");
    if let (Some(since), Some(until)) = (repository.since, repository.until) {
        let (since, until) = (day(since), day(until));
        text += &if since == until { format!(" of {since}") } else { format!(" of {since} to {until}") };
    }
    text + &format!(", reached from {}", counted(repository.refs, "ref"))
}

/// How a warning begins: with how often it applies.
pub(super) fn lead(warning: &Warning) -> String {
    match warning.count {
        0 | 1 => "Warning:".to_string(),
        times => format!("Warning ({} times):", count(times)),
    }
}

fn likely(scan: &Scan) -> impl Iterator<Item = &Correction> {
    scan.corrections.iter().filter(|correction| correction.confidence >= LIKELY)
}

fn share(part: usize, whole: usize) -> String {
    let part = part.min(whole);
    match (whole as f64 / part as f64).round() as usize {
        0 | 1 if part == whole => "Every commit".to_string(),
        0 | 1 => format!("{} of the commits", percent(part as f64 / whole as f64)),
        one_in => format!("1 commit in {}", count(one_in)),
    }
}

/// The time from each origin to its last fix; a long pause counts as [`LONGEST_PAUSE`].
fn minutes_spent(episodes: &[Episode]) -> i64 {
    let episode_minutes = |episode: &Episode| {
        let mut latest = episode.origin.time;
        let mut minutes = 0;
        for fix in &episode.fixes {
            minutes += (fix.time.saturating_sub(latest) / 60).clamp(0, LONGEST_PAUSE);
            latest = latest.max(fix.time);
        }
        minutes
    };
    episodes.iter().map(episode_minutes).sum()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_share_is_told_as_one_in_so_many() {
        assert_eq!(share(214, 1480), "1 commit in 7");
        assert_eq!(share(3, 3), "Every commit");
        assert_eq!(share(5, 6), "83 % of the commits");
        assert_eq!(share(1, 2), "1 commit in 2");
        assert_eq!(share(2, 3300), "1 commit in 1,650");
    }

    #[test]
    fn a_night_between_two_fixes_counts_as_eight_hours() {
        let scan = sample::scan();
        let mut episode = scan.episodes[0].clone();
        episode.fixes.truncate(1);
        episode.fixes[0].time = episode.origin.time + 48 * 3600;
        assert_eq!(minutes_spent(std::slice::from_ref(&episode)), 480);
        episode.fixes[0].time = episode.origin.time - 60;
        assert_eq!(minutes_spent(&[episode]), 0);
    }

    #[test]
    fn doubtful_candidates_do_not_count() {
        let mut scan = sample::scan();
        for correction in &mut scan.corrections {
            correction.confidence = 0.2;
        }
        assert!(headline(&scan).starts_with("None of "));
    }

    #[test]
    fn every_kind_of_emptiness_has_its_own_sentence() {
        let mut scan = sample::scan();
        scan.patterns.clear();
        assert!(without_patterns(&scan).is_some_and(|text| text.starts_with("No mistake recurs")));
        scan.corrections.clear();
        assert_eq!(headline(&scan), "None of 1,480 commits repaired work less than two weeks old.");
        scan.repository.commits = 0;
        assert_eq!(headline(&scan), "No commit was left to judge.");
        scan.repository.head = None;
        assert_eq!(headline(&scan), "This repository has no commits yet.");
    }

    #[test]
    fn reasons_for_skipping_are_human_words() {
        let mut scan = sample::scan();
        scan.repository.skipped = [("merge", 2), ("bot", 40), ("duplicate", 1), ("odd_one", 3)]
            .map(|(k, n)| (k.to_string(), n))
            .into();
        assert_eq!(skipped(&scan), ["40 by bots", "3 (odd one)", "2 merges", "1 duplicate"]);
    }
}
