//! Lengths of time as people write them: `45m`, `1h 30m`, `90s`; a bare number means seconds.

use std::time::Duration;

use jiff::SignedDuration;
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time in a task or in the configuration; milliseconds in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// Longer than any sensible limit, short enough that no sum overflows.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

impl Span {
    pub const fn seconds(seconds: u64) -> Span {
        Span(Duration::from_secs(seconds))
    }

    fn parse(text: &str) -> Option<Span> {
        let parsed = text.trim().parse::<SignedDuration>().ok()?;
        let span = Duration::try_from(parsed).ok()?;
        (span <= LONGEST).then_some(Span(span))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}ms", self.0.as_millis()))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        struct Words;
        impl Visitor<'_> for Words {
            type Value = Span;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a length of time such as 45m, 90s or 1h 30m")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
                Span::parse(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Span, E> {
                let span = Duration::from_secs(seconds);
                match span <= LONGEST {
                    true => Ok(Span(span)),
                    false => Err(E::invalid_value(Unexpected::Unsigned(seconds), &self)),
                }
            }

            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Span, E> {
                match u64::try_from(seconds) {
                    Ok(seconds) => self.visit_u64(seconds),
                    Err(_) => Err(E::invalid_value(Unexpected::Signed(seconds), &self)),
                }
            }
        }
        deserializer.deserialize_any(Words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them_and_as_they_are_stored() {
        for (text, seconds) in [("45m", 2700), ("1h 30m", 5400), ("90s", 90), ("90000ms", 90)] {
            assert_eq!(Span::parse(text), Some(Span::seconds(seconds)), "{text}");
        }
        for text in ["", "soon", "-5m", "900y"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }
}
