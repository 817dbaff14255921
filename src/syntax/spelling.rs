//! How far apart two names are.

/// Edits between two words: insertions, deletions, exchanges and swaps of neighbours.
pub fn edits<T: PartialEq>(old: &[T], new: &[T]) -> usize {
    let mut table = vec![vec![0; new.len() + 1]; old.len() + 1];
    for (i, row) in table.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in table[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=old.len() {
        for j in 1..=new.len() {
            let same = usize::from(old[i - 1] != new[j - 1]);
            let mut least = (table[i - 1][j] + 1).min(table[i][j - 1] + 1).min(table[i - 1][j - 1] + same);
            if i > 1 && j > 1 && old[i - 1] == new[j - 2] && old[i - 2] == new[j - 1] {
                least = least.min(table[i - 2][j - 2] + 1);
            }
            table[i][j] = least;
        }
    }
    table[old.len()][new.len()]
}

#[cfg(test)]
mod tests {
    use super::edits;

    #[test]
    fn swapped_neighbours_are_one_edit() {
        assert_eq!(edits(b"recieve", b"receive"), 1);
        assert_eq!(edits(b"itmes", b"items"), 1);
        assert_eq!(edits(b"item", b"items"), 1);
        assert_eq!(edits(b"", b"abc"), 3);
    }
}
