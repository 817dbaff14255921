//! Moments as people type them: a date, a date and time, or how long ago.

use anyhow::{Result, anyhow};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// Seconds since 1970 of `2026-03-01`, `2026-03-01T12:00:00`, `2026-03-01T12:00:00Z`, `2 weeks`,
/// `2 weeks ago`. What names no zone is meant in UTC.
pub fn parse(text: &str) -> Result<i64> {
    parse_from(text.trim(), &Timestamp::now().to_zoned(TimeZone::UTC)).ok_or_else(|| {
        anyhow!("`{text}` is no moment; write a date such as 2026-03-01, or a time such as '2 weeks'")
    })
}

fn parse_from(text: &str, now: &Zoned) -> Option<i64> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_second());
    }
    // A date alone also parses as a date and time; both mean its first moment.
    if let Some(civil) = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| Some(text.parse::<Date>().ok()?.to_datetime(Default::default())))
    {
        return Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second());
    }
    let span: Span = text.parse().ok()?;
    Some(now.checked_sub(span.abs()).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_spans_are_understood() {
        let now = "2026-03-15T00:00:00Z".parse::<Timestamp>().unwrap().to_zoned(TimeZone::UTC);
        let seconds = |text: &str| parse_from(text, &now);
        let first_of_march = 1_772_323_200;
        for text in
            ["2026-03-01", "2026-03-01T00:00:00", "2026-03-01T00:00:00Z", "2 weeks", "2 weeks ago", "14d"]
        {
            assert_eq!(seconds(text), Some(first_of_march), "{text}");
        }
        assert_eq!(seconds("soon"), None);
    }
}
