//! Limits of a provider: when one ends, and how long to leave the provider alone if it does not tell.

use std::hash::{BuildHasher, Hasher, RandomState};

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use regex::Regex;
use std::sync::LazyLock;

/// Milliseconds.
const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;

/// Limits that do not tell their end are tried after these times, the last one again and again.
const LADDER: [i64; 3] = [5 * MINUTE, 15 * MINUTE, 60 * MINUTE];

/// After so many answers of "slow down" in a row it is a limit, whatever it is called.
const PATIENCE: u32 = 6;

/// A told time of day that has just passed is meant; clocks differ.
const SKEW: i64 = 15 * MINUTE;

/// No limit lasts longer than this: what says so is misread.
const LONGEST: i64 = 8 * 24 * 60 * MINUTE;

/// A number in 0..1 that is different each time.
pub fn dice() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// When to ask again after a usage limit: its end and a little, or the next step of the ladder.
/// All times in milliseconds since 1970; `strikes` counts limited attempts in a row before this one.
pub fn after_limit(now: i64, until: Option<i64>, strikes: u32, dice: f64) -> i64 {
    match until.filter(|until| (now - SKEW..now + LONGEST).contains(until)) {
        Some(until) => until.max(now) + 5 * SECOND + (dice * 30.0 * SECOND as f64) as i64,
        None => {
            let step = LADDER[(strikes as usize).min(LADDER.len() - 1)];
            now + step + (dice * step as f64 / 10.0) as i64
        }
    }
}

/// When to ask again after "slow down", an overload or an error of the server: full jitter below a bound
/// that doubles from 10 seconds to 5 minutes; a hint is honoured; after [`PATIENCE`] answers, the ladder.
pub fn after_refusal(now: i64, hint: Option<i64>, strikes: u32, dice: f64) -> i64 {
    if strikes >= PATIENCE {
        return after_limit(now, hint, strikes - PATIENCE, dice);
    }
    let bound = ((10 * SECOND) << strikes.min(10)).min(5 * MINUTE);
    let wait = SECOND + (dice * bound as f64) as i64;
    let hint = hint.filter(|hint| (now..now + LONGEST).contains(hint)).unwrap_or(now);
    (now + wait).max(hint + (dice * 2.0 * SECOND as f64) as i64)
}

static EPOCH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\|\s*(\d{10})(?:\d{3})?\b").expect("a literal"));
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi) (?: resets (?:\s+at)? | try \s+ again \s+ (?:at|after|on) ) \s+
          (?: (?P<month>[a-z]{3})[a-z]*\.? \s+ (?P<day>\d{1,2})(?:st|nd|rd|th)? (?:,?\s+(?P<year>\d{4}))? (?:,|\s+at)? \s* )?
          (?P<hour>\d{1,2}) (?: : (?P<minute>\d{2}) )? \s* (?P<half>[ap])\.?m\b\.?
          (?: \s* \( (?P<zone>[A-Za-z_+\-/0-9]+) \) )?",
    )
    .expect("a literal")
});
static WAIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:try again|retry|retrying) (?:in|after) ((?:[\d.]+ ?(?:ms|days?|hours?|minutes?|seconds?|d|h|m|s)[ ,]*(?:and )?)+)")
        .expect("a literal")
});
static PART: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)([\d.]+) ?(ms|d|h|m|s)").expect("a literal"));

/// Reads the end of a limit from what an agent says, in milliseconds since 1970. Times of day without a zone
/// are the machine's own.
pub fn told(text: &str, now: i64, local: &TimeZone) -> Option<i64> {
    if let Some(found) = EPOCH.captures(text) {
        return found[1].parse::<i64>().ok().map(|seconds| seconds * SECOND);
    }
    if let Some(found) = CLOCK.captures(text) {
        let zone = match found.name("zone") {
            Some(name) => TimeZone::get(name.as_str()).ok()?,
            None => local.clone(),
        };
        let number = |name: &str| found.name(name).and_then(|digits| digits.as_str().parse::<i8>().ok());
        let afternoon = found["half"].eq_ignore_ascii_case("p");
        let hour =
            number("hour").filter(|hour| (1..=12).contains(hour))? % 12 + if afternoon { 12 } else { 0 };
        let time = Time::new(hour, number("minute").unwrap_or(0), 0, 0).ok()?;
        let year = found.name("year").and_then(|year| year.as_str().parse().ok());
        let date = match (found.name("month"), number("day")) {
            (Some(month), Some(day)) => Some((month_number(month.as_str())?, day, year)),
            _ => None,
        };
        return next(time, date, now, zone);
    }
    let wait = WAIT.captures(text)?;
    let mut millis = 0.0;
    for part in PART.captures_iter(&wait[1]) {
        let unit = match part[2].to_ascii_lowercase().as_str() {
            "ms" => 1.0,
            "s" => 1e3,
            "m" => 6e4,
            "h" => 3.6e6,
            _ => 8.64e7,
        };
        millis += part[1].parse::<f64>().ok()? * unit;
    }
    (millis < LONGEST as f64).then_some(now + millis as i64)
}

fn month_number(name: &str) -> Option<i8> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let at = MONTHS.iter().position(|month| name.eq_ignore_ascii_case(month))?;
    i8::try_from(at + 1).ok()
}

/// The next moment with this time of day in a zone, not before a while ago.
fn next(time: Time, date: Option<(i8, i8, Option<i16>)>, now: i64, zone: TimeZone) -> Option<i64> {
    let here = Timestamp::from_millisecond(now).ok()?.to_zoned_datetime(zone.clone());
    let (first, step): (Date, Span) = match date {
        Some((month, day, year)) => (Date::new(year.unwrap_or(here.year()), month, day).ok()?, 1.year()),
        None => (here.date().yesterday().ok()?, 1.day()),
    };
    let mut date = first;
    for _ in 0..4 {
        let moment = DateTime::from_parts(date, time).to_zoned_datetime(zone.clone()).ok()?.timestamp();
        if moment.as_millisecond() >= now - SKEW {
            return Some(moment.as_millisecond());
        }
        date = date.checked_add(step).ok()?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    const NOW: &str = "2026-11-22T17:47:19Z";

    fn until(text: &str) -> Option<String> {
        let local = TimeZone::fixed(jiff::tz::offset(-5));
        told(text, at(NOW), &local).map(super::super::clock::text)
    }

    #[test]
    fn the_end_of_a_limit_is_read_from_what_agents_say() {
        for (text, end) in [
            ("You've hit your 5-hour limit · resets 7:47pm (UTC)", "2026-11-22T19:47:00Z"),
            ("You've hit your session limit · resets 8am (Europe/Berlin)", "2026-11-23T07:00:00Z"),
            ("Spending cap reached resets 8:37pm", "2026-11-23T01:37:00Z"),
            ("You've hit your weekly limit · resets Nov 25, 3pm (UTC)", "2026-11-25T15:00:00Z"),
            ("Claude AI usage limit reached|1795376838", "2026-11-22T19:47:18Z"),
            ("purchase more credits or try again at 8:40 PM.", "2026-11-23T01:40:00Z"),
            ("or try again at Nov 30th, 2026 8:40 PM.", "2026-12-01T01:40:00Z"),
            ("Please try again in 1.5s.", "2026-11-22T17:47:20Z"),
            ("try again in 2 hours 5 minutes", "2026-11-22T19:52:19Z"),
            ("Retrying after 5629ms...", "2026-11-22T17:47:24Z"),
        ] {
            assert_eq!(until(text).as_deref(), Some(end), "{text}");
        }
        assert_eq!(until("Please wait and try again later."), None);
        assert_eq!(until("resets 19pm (UTC)"), None);
        assert_eq!(until("resets 7pm (Nowhere/Land)"), None);
    }

    #[test]
    fn a_time_of_day_that_has_just_passed_is_not_tomorrow() {
        assert_eq!(until("limit · resets 5:40pm (UTC)").as_deref(), Some("2026-11-22T17:40:00Z"));
        assert_eq!(until("limit · resets 5:30pm (UTC)").as_deref(), Some("2026-11-23T17:30:00Z"));
    }

    #[test]
    fn a_told_end_is_kept_to_and_an_untold_one_climbs_the_ladder() {
        let now = at(NOW);
        assert_eq!(after_limit(now, Some(now + 65 * MINUTE), 0, 0.0), now + 65 * MINUTE + 5 * SECOND);
        for (strikes, minutes) in [(0, 5), (1, 15), (2, 60), (9, 60)] {
            assert_eq!(after_limit(now, None, strikes, 0.0), now + minutes * MINUTE);
        }
        // Nonsense is no end.
        assert_eq!(after_limit(now, Some(now + 400 * 24 * 60 * MINUTE), 0, 0.0), now + 5 * MINUTE);
        assert_eq!(after_limit(now, Some(now - 60 * MINUTE), 0, 0.0), now + 5 * MINUTE);
    }

    #[test]
    fn refusals_back_off_with_full_jitter_up_to_a_bound_and_then_climb_the_ladder() {
        let now = 0;
        for (strikes, bound) in [(0, 10), (1, 20), (4, 160), (5, 300)] {
            assert_eq!(after_refusal(now, None, strikes, 0.0), SECOND);
            assert_eq!(after_refusal(now, None, strikes, 1.0), SECOND + bound * SECOND);
        }
        assert_eq!(after_refusal(now, None, PATIENCE, 0.0), 5 * MINUTE);
        assert_eq!(after_refusal(now, Some(40 * SECOND), 0, 0.5), 41 * SECOND);
    }
}
