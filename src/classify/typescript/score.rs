//! How far a pattern may be trusted in its commit: log-odds added to the pattern's own.

use crate::classify::Context;

/// The confidence of a pattern that is right with probability `base` in an ordinary repair, after
/// adding log-odds.
pub fn confidence(base: f64, added: f64) -> f64 {
    let odds = (base / (1.0 - base)).ln() + added;
    let probability = 1.0 / (1.0 + (-odds).exp());
    (probability * 1000.0).round() / 1000.0
}

/// What the commit's words and size add, whatever the pattern. `topic`: the message names the subject
/// of the pattern.
pub fn mood(context: &Context, topic: bool) -> f64 {
    let mut odds = 0.0;
    if context.says_fix {
        odds += 0.5;
    }
    if topic {
        odds += 0.7;
    }
    if context.says_feature && !context.says_fix {
        odds -= 1.5;
    }
    if context.says_refactor && !context.says_fix {
        odds -= 1.0;
    }
    if context.says_format && !context.says_fix {
        odds -= 0.7;
    }
    if context.adds_files {
        odds -= 0.5;
    }
    odds - size(context)
}

/// A large change says less about each of its lines.
fn size(context: &Context) -> f64 {
    match context.lines {
        0..=60 => 0.0,
        61..=200 => 0.4,
        201..=600 => 1.0,
        _ => 1.8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_added_leaves_the_base_and_more_odds_mean_more_confidence() {
        assert!((confidence(0.7, 0.0) - 0.7).abs() < 1e-3);
        assert!(confidence(0.7, 1.0) > 0.8);
        assert!(confidence(0.7, -2.0) < 0.3);
    }
}
