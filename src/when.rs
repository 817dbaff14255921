//! Moments as people type them: a date, a date and time, or how long ago.

use std::time::Duration;

use anyhow::{Result, anyhow};
use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Span, Timestamp};

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

/// Reads a span of time: `500ms`, `90s`, `10m`, `1h 30m`; nothing is no span.
pub fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a time span; write one as \"500ms\", \"90s\" or \"10m\"");
    let span: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).ok().filter(|span| !span.is_zero()).ok_or_else(wrong)
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
