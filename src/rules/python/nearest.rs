//! The name that was probably meant.

use crate::syntax::edits;

/// The only one of some names within two edits of a word; none where two are equally near, or where two
/// edits are most of the word.
pub(super) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let most = if word.len() < 4 { return None } else { (word.len() / 3).clamp(1, 2) };
    let mut best: Option<(usize, &str)> = None;
    let mut tied = false;
    for name in names {
        let Some(distance) = within(word.as_bytes(), name.as_bytes(), most).filter(|&it| it > 0) else {
            continue;
        };
        match best {
            Some((known, other)) if known < distance || other == name => {}
            Some((known, _)) if known == distance => tied = true,
            _ => (best, tied) = (Some((distance, name)), false),
        }
    }
    best.filter(|_| !tied).map(|(_, name)| name)
}

/// The edits from one word to another, if not more than `most`.
fn within(a: &[u8], b: &[u8], most: usize) -> Option<usize> {
    // Most names are told apart by their lengths.
    (a.len().abs_diff(b.len()) <= most).then(|| edits(a, b)).filter(|&distance| distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_near_name_is_meant() {
        assert_eq!(nearest("helpr", ["helper", "other"]), Some("helper"));
        assert_eq!(nearest("amonut", ["amount", "amounts"]), Some("amount"));
        assert_eq!(nearest("item", ["itex", "itey"]), None);
        assert_eq!(nearest("os", ["is"]), None);
    }
}
