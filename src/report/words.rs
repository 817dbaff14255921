//! Figures as a person says them.

use jiff::Timestamp;

/// `1,480`.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 round`, `1,480 rounds`; the plural is formed with an s.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// `1 fix`, `1,480 fixes`.
pub(super) fn fixes(number: usize) -> String {
    if number == 1 { "1 fix".to_string() } else { format!("{} fixes", count(number)) }
}

/// Time on the clock: `35 min`, `6 h`, `3 d`.
pub(super) fn elapsed(minutes: i64) -> String {
    match minutes {
        ..1 => "<1 min".to_string(),
        1..90 => format!("{minutes} min"),
        90..2160 => format!("{} h", (minutes + 30) / 60),
        _ => format!("{} d", (minutes + 720) / 1440),
    }
}

/// Time that was spent: `35 min`, `96 h`; never days, since a day of work has no agreed length.
pub(super) fn effort(minutes: i64) -> String {
    if minutes < 90 { elapsed(minutes) } else { format!("{} h", count(((minutes + 30) / 60) as usize)) }
}

/// `35 minutes`, `96 hours`.
pub(super) fn effort_in_full(minutes: i64) -> String {
    match minutes {
        ..1 => "less than a minute".to_string(),
        1..90 => counted(minutes as usize, "minute"),
        _ => counted(((minutes + 30) / 60) as usize, "hour"),
    }
}

/// `78 %`; never 0 or 100 unless it is.
pub(super) fn percent(part: f64) -> String {
    let rounded = (part * 100.0).round();
    let honest = if part > 0.0 && part < 1.0 { rounded.clamp(1.0, 99.0) } else { rounded };
    format!("{honest} %")
}

/// `2026-03-02`, in UTC; nothing for a time outside the calendar.
pub(super) fn day(seconds: i64) -> String {
    in_utc(seconds, "%Y-%m-%d")
}

/// `2026-03-02 14:07 UTC`; nothing for a time outside the calendar.
pub(super) fn moment(seconds: i64) -> String {
    in_utc(seconds, "%Y-%m-%d %H:%M UTC")
}

fn in_utc(seconds: i64, format: &str) -> String {
    Timestamp::from_second(seconds).map(|time| time.strftime(format).to_string()).unwrap_or_default()
}

/// A bar for each count, the highest at full height; a count above zero is never as low as none.
pub(super) fn sparkline(counts: &[usize], unicode: bool) -> String {
    let bars: &[char] = if unicode {
        &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
    } else {
        &['_', '.', 'o', 'O']
    };
    let highest = counts.iter().copied().max().unwrap_or(0).max(1);
    counts.iter().map(|&count| bars[(count * (bars.len() - 1)).div_ceil(highest)]).collect()
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(
            [0, 35, 89, 90, 360, 2159, 2160, 4320].map(elapsed),
            ["<1 min", "35 min", "89 min", "2 h", "6 h", "36 h", "2 d", "3 d"]
        );
        assert_eq!([35, 5760, 74_400].map(effort), ["35 min", "96 h", "1,240 h"]);
        assert_eq!(effort_in_full(5760), "96 hours");
        assert_eq!(effort_in_full(1), "1 minute");
    }

    #[test]
    fn numbers_are_grouped_and_percentages_are_never_falsely_certain() {
        assert_eq!([7, 999, 1480, 1_234_567].map(count), ["7", "999", "1,480", "1,234,567"]);
        assert_eq!([0.0, 0.001, 0.784, 0.999, 1.0].map(percent), ["0 %", "1 %", "78 %", "99 %", "100 %"]);
    }

    #[test]
    fn a_sparkline_tells_one_from_none() {
        assert_eq!(sparkline(&[0, 1, 50, 100], true), "▁▂▅█");
        assert_eq!(sparkline(&[0, 0], true), "▁▁");
        assert_eq!(sparkline(&[0, 1, 100], false), "_.O");
    }

    #[test]
    fn times_are_shown_in_utc_and_impossible_ones_are_left_out() {
        assert_eq!(moment(1_772_460_420), "2026-03-02 14:07 UTC");
        assert_eq!(day(i64::MAX), "");
    }
}
