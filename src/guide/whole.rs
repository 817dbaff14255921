//! Files that are friction's as a whole, with a line that carries a hash of all the others.

use thiserror::Error;

use super::stamp::{hash, line_end, without_markers};

const STAMP: &str = "<!-- friction:file ";
const NOTE: &str = "(written by `friction learn`: edits are overwritten with --force only)";

/// Why a file cannot be replaced.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WholeError {
    #[error("the file was edited by hand; move the edit to another file, or overwrite it with --force")]
    Edited,
    #[error("the file was not written by friction; rename it, or overwrite it with --force")]
    Foreign,
}

/// The file with `front` (front matter or nothing) above its stamp and `body` below.
pub(super) fn replace(
    existing: Option<&str>,
    front: &str,
    body: &str,
    force: bool,
) -> Result<String, WholeError> {
    let body = without_markers(body);
    let lines = || front.lines().chain(body.lines());
    let mut text = String::from(front);
    text.push_str(&format!("{STAMP}{} {NOTE} -->\n", hash(lines())));
    text.push_str(&body);
    let Some(existing) = existing else { return Ok(text) };
    let same = existing.lines().eq(text.lines());
    match state(existing) {
        _ if same => return Ok(existing.to_string()),
        State::Foreign if !force => return Err(WholeError::Foreign),
        State::Edited if !force => return Err(WholeError::Edited),
        _ => {}
    }
    Ok(text.replace('\n', line_end(existing)))
}

/// Whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As friction wrote it.
    Ours,
    /// Friction wrote it, and a person changed it.
    Edited,
    Foreign,
}

pub(super) fn state(text: &str) -> State {
    let Some(at) = text.lines().position(|line| line.starts_with(STAMP)) else { return State::Foreign };
    let stamped = text.lines().nth(at).and_then(|line| line[STAMP.len()..].split_whitespace().next());
    let others = text.lines().enumerate().filter(|(index, _)| *index != at).map(|(_, line)| line);
    if stamped == Some(hash(others).as_str()) { State::Ours } else { State::Edited }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRONT: &str = "---\nalwaysApply: true\n---\n";

    #[test]
    fn a_new_file_has_its_front_matter_first_and_is_known_again() {
        let text = replace(None, FRONT, "\n# Rules\n", false).unwrap();
        insta::assert_snapshot!(text, @r"
        ---
        alwaysApply: true
        ---
        <!-- friction:file 2f4caccc2e11c39a (written by `friction learn`: edits are overwritten with --force only) -->

        # Rules
        ");
        assert_eq!(state(&text), State::Ours);
        assert_eq!(replace(Some(&text), FRONT, "\n# Rules\n", false), Ok(text));
    }

    #[test]
    fn an_edit_or_a_file_of_somebody_else_needs_force() {
        let edited = replace(None, FRONT, "one\n", false).unwrap() + "mine\n";
        assert_eq!(replace(Some(&edited), FRONT, "two\n", false), Err(WholeError::Edited));
        assert_eq!(replace(Some("mine\n"), FRONT, "two\n", false), Err(WholeError::Foreign));
        assert_eq!(replace(Some(&edited), FRONT, "two\n", true), replace(None, FRONT, "two\n", false));
    }

    #[test]
    fn a_checkout_with_other_line_ends_is_not_an_edit_and_keeps_them() {
        let windows = replace(None, FRONT, "one\n", false).unwrap().replace('\n', "\r\n");
        assert_eq!(state(&windows), State::Ours);
        assert_eq!(replace(Some(&windows), FRONT, "one\n", false), Ok(windows.clone()));
        let changed = replace(Some(&windows), FRONT, "two\n", false).unwrap();
        assert_eq!(changed.matches('\n').count(), changed.matches("\r\n").count());
    }
}
