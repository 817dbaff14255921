//! Which name was meant.

use crate::syntax::edits;

/// The one name that is at most two edits away, if there is exactly one at the least distance.
pub(super) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    // Short names are near to everything.
    let limit = match name.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        _ => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    let mut is_tie = false;
    for candidate in names {
        if candidate == name || candidate.len().abs_diff(name.len()) > limit {
            continue;
        }
        let distance = distance(name, candidate);
        if distance > limit {
            continue;
        }
        match best {
            Some((least, other)) if distance > least || other == candidate => {}
            Some((least, _)) if distance == least => is_tie = true,
            _ => (best, is_tie) = (Some((distance, candidate)), false),
        }
    }
    best.filter(|_| !is_tie).map(|(_, name)| name)
}

/// Edits from one name to another, letters of either case taken as equal.
fn distance(from: &str, to: &str) -> usize {
    let letters = |name: &str| name.to_lowercase().chars().collect::<Vec<char>>();
    edits(&letters(from), &letters(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_recognised_and_a_tie_is_not_guessed() {
        assert_eq!(nearest("Helpr", ["Helper", "other"]), Some("Helper"));
        assert_eq!(nearest("amonut", ["amount", "amounts"]), Some("amount"));
        assert_eq!(nearest("item", ["iten", "itex"]), None);
        assert_eq!(nearest("id", ["is"]), None);
    }
}
