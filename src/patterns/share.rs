//! How large a part of all corrections a pattern is, how sure that is, and when they fell.

/// The part `count` of `total`, 0 to 1, to four places; 0 of 0 is 0.
pub(super) fn share(count: usize, total: usize) -> f64 {
    if total == 0 { 0.0 } else { places(count as f64 / total as f64) }
}

/// The 95 % Wilson score interval of `count` of `total`, to four places; nothing known is [0, 1].
pub(super) fn wilson(count: usize, total: usize) -> [f64; 2] {
    const Z: f64 = 1.959_963_984_540_054;
    if total == 0 {
        return [0.0, 1.0];
    }
    let (n, p) = (total as f64, count as f64 / total as f64);
    let shrink = 1.0 + Z * Z / n;
    let middle = (p + Z * Z / (2.0 * n)) / shrink;
    let half = Z / shrink * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    [places((middle - half).clamp(0.0, 1.0)), places((middle + half).clamp(0.0, 1.0))]
}

/// Four places are all that counts this small can tell, and they keep the file readable.
fn places(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// How many parts a trend has.
const PARTS: i64 = 12;

/// How many of `times` fall in each twelfth of the span, oldest first; times outside it count at its
/// nearer end.
pub(super) fn trend(times: impl Iterator<Item = i64>, (since, until): (i64, i64)) -> Vec<usize> {
    let mut parts = vec![0; PARTS as usize];
    let length = i128::from(until) - i128::from(since) + 1;
    for time in times {
        let part = (i128::from(time) - i128::from(since)) * i128::from(PARTS) / length.max(1);
        parts[part.clamp(0, i128::from(PARTS) - 1) as usize] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wilson_interval_agrees_with_published_values() {
        assert_eq!(wilson(10, 100), [0.0552, 0.1744]);
        assert_eq!(wilson(0, 10), [0.0, 0.2775]);
        assert_eq!(wilson(10, 10), [0.7225, 1.0]);
        assert_eq!(wilson(0, 0), [0.0, 1.0]);
    }

    #[test]
    fn a_trend_has_twelve_parts_and_loses_no_correction() {
        let parts = trend([0, 1, 99, 100, 1199, 5000, -7].into_iter(), (0, 1199));
        assert_eq!(parts, [4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!(trend([5].into_iter(), (5, 5)), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
