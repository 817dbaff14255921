//! Moments as people type them: a date, a date and time, or how long ago.

use std::time::Duration;

use anyhow::{Result, anyhow};
use jiff::civil::{Date, DateTime};
use jiff::{Span, Timestamp};

/// Seconds since 1970 of `2026-03-01`, `2026-03-01T12:00:00`, `2026-03-01T12:00:00Z`, `2 weeks`,
/// `2 weeks ago`. What names no zone is meant in UTC.
pub fn parse(text: &str) -> Result<i64> {
    // Spans are counted from the last full hour, so that a scan asked for again is the same scan.
    let now = Timestamp::now().as_second();
    parse_from(text.trim(), now - now % 3600).ok_or_else(|| {
        anyhow!("`{text}` is no moment; write a date such as 2026-03-01, or a time such as '2 weeks'")
    })
}

fn parse_from(text: &str, now: i64) -> Option<i64> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_second());
    }
    let date = |text: &str| Some(text.parse::<Date>().ok()?.to_datetime(Default::default()));
    let today = civil(now)?;
    let then = match text.parse::<DateTime>().ok().or_else(|| date(text)) {
        Some(then) => then,
        None => today.checked_sub(text.parse::<Span>().ok()?.abs()).ok()?,
    };
    Some(then.since((jiff::Unit::Second, civil(0)?)).ok()?.get_seconds())
}

/// The date and time in UTC.
fn civil(seconds: i64) -> Option<DateTime> {
    let epoch = Date::constant(1970, 1, 1).to_datetime(Default::default());
    epoch.checked_add(Span::new().try_seconds(seconds).ok()?).ok()
}

/// Reads a short span of time: `500ms`, `2s`, `1.5m`.
pub fn span(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 =
        digits.parse().map_err(|_| format!("{text:?} is no time; write e.g. 500ms, 2s or 1m"))?;
    let seconds = match &text[digits.len()..] {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        unit => return Err(format!("`{unit}` is no unit of time here; write ms, s or m")),
    };
    Duration::try_from_secs_f64(seconds).map_err(|error| format!("{text:?}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_spans_are_understood() {
        let now = "2026-03-15T00:00:00Z".parse::<Timestamp>().unwrap().as_second();
        let seconds = |text: &str| parse_from(text, now);
        let first_of_march = 1_772_323_200;
        for text in
            ["2026-03-01", "2026-03-01T00:00:00", "2026-03-01T00:00:00Z", "2 weeks", "2 weeks ago", "14d"]
        {
            assert_eq!(seconds(text), Some(first_of_march), "{text}");
        }
        assert_eq!(seconds("soon"), None);
    }
}
