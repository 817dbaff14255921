//! Files of code that are not checked, or hardly: told, never passed over in silence.

use memchr::memchr_iter;

use super::stack::too_deep;
use crate::syntax::Language;

/// Files above this many bytes are not checked: nobody writes them by hand.
const MAX_BYTES: usize = 1 << 20;

/// JavaScript whose lines are longer than this on average is minified, as GitHub's linguist has it.
const MINIFIED_LINE: usize = 110;

/// Shorter texts have no average to speak of.
const MINIFIED_BYTES: usize = 2000;

/// Names told of each kind.
const TOLD: usize = 3;

/// Why a file of code is not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    TooLarge,
    TooDense,
    /// Looked at for conflict markers only.
    Minified,
}

impl LeftOut {
    pub(super) fn of(language: Language, text: &str) -> Option<LeftOut> {
        if text.len() > MAX_BYTES {
            Some(LeftOut::TooLarge)
        } else if language == Language::JavaScript && is_minified(text) {
            Some(LeftOut::Minified)
        } else {
            too_deep(text).then_some(LeftOut::TooDense)
        }
    }

    fn reason(self) -> &'static str {
        match self {
            LeftOut::TooLarge => "larger than 1 MB",
            LeftOut::TooDense => "more than 300,000 tokens, too many to read safely",
            LeftOut::Minified => "minified, so only searched for conflict markers",
        }
    }
}

/// True for code that a tool has packed into long lines.
fn is_minified(text: &str) -> bool {
    text.len() > MINIFIED_BYTES
        && text.len() / (memchr_iter(b'\n', text.as_bytes()).count() + 1) > MINIFIED_LINE
}

/// A sentence for each reason; `files` in path order.
pub(super) fn sentences(files: &[(LeftOut, String)]) -> Vec<String> {
    let of = |reason: LeftOut| {
        let paths: Vec<String> = files
            .iter()
            .filter(|(why, _)| *why == reason)
            .map(|(_, path)| path.escape_debug().to_string())
            .collect();
        if paths.is_empty() {
            return None;
        }
        let named = paths[..paths.len().min(TOLD)].join(", ");
        let more = match paths.len().saturating_sub(TOLD) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let files = if paths.len() == 1 { "file" } else { "files" };
        Some(format!("{} {files} not checked ({}): {named}{more}", paths.len(), reason.reason()))
    };
    [LeftOut::TooLarge, LeftOut::TooDense, LeftOut::Minified].into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_javascript_is_left_out_and_long_lines_of_typescript_are_not() {
        let packed = "function a(b){return b.map(c=>c+1).filter(Boolean)};".repeat(60);
        assert_eq!(LeftOut::of(Language::JavaScript, &packed), Some(LeftOut::Minified));
        assert_eq!(LeftOut::of(Language::TypeScript, &packed), None);
        assert_eq!(LeftOut::of(Language::JavaScript, &packed.replace(';', ";\n")), None);
        assert_eq!(LeftOut::of(Language::Python, &"x = 1\n".repeat(200_000)), Some(LeftOut::TooLarge));
        assert_eq!(LeftOut::of(Language::Python, &"(".repeat(400_000)), Some(LeftOut::TooDense));
    }

    #[test]
    fn a_sentence_names_some_and_counts_the_others() {
        let files: Vec<_> = (1..=5).map(|n| (LeftOut::TooLarge, format!("{n}.py"))).collect();
        assert_eq!(
            sentences(&files),
            ["5 files not checked (larger than 1 MB): 1.py, 2.py, 3.py and 2 more"]
        );
    }
}
