//! Which name was meant.

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

/// Edits from one name to another: a letter added, left out, changed, or two neighbours swapped.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) =
        (from.to_lowercase().chars().collect(), to.to_lowercase().chars().collect());
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=to.len()).collect();
    for i in 1..=from.len() {
        for j in 1..=to.len() {
            let change = usize::from(from[i - 1] != to[j - 1]);
            let mut least = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[from.len()][to.len()]
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
