//! A shell's command line, read as far as it can be read without running it: which simple commands it
//! holds, in order, with their words, wherever they stand (lists, pipes, groups, substitutions).
//!
//! Nothing is expanded: a word that holds an expansion says so. Anything at all is read to its end, never
//! with an error: what a shell would refuse is read as whatever comes nearest.

mod lexer;

pub use lexer::pieces;

/// A part of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Command(Simple),
    /// A subshell or a substitution begins: folders changed inside are changed back at its end.
    Enter,
    Leave,
}

/// A simple command: `A=1 git commit -m "x y"`. Redirections are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    pub assignments: Vec<(String, Word)>,
    pub words: Vec<Word>,
}

/// A word without its quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// An expansion in it is left out.
    pub text: String,
    /// False where a variable or a substitution stands in it.
    pub literal: bool,
    /// True where an unquoted `*`, `?` or `[` stands in it.
    pub glob: bool,
}

impl Word {
    /// A word that means itself.
    pub fn plain(text: &str) -> Word {
        Word { text: text.to_owned(), literal: true, glob: false }
    }
}

/// One simple command: what it sets for itself, name and value, and its words.
pub type Split = (Vec<(String, String)>, Vec<String>);

/// The words of a command line that is one simple command without expansions; `None` for any other.
pub fn split(line: &str) -> Option<Split> {
    let pieces = pieces(line);
    let [Piece::Command(simple)] = pieces.as_slice() else { return None };
    let plain = |word: &Word| (word.literal && !word.glob).then(|| word.text.clone());
    let assignments = simple
        .assignments
        .iter()
        .map(|(name, word)| Some((name.clone(), plain(word)?)))
        .collect::<Option<_>>()?;
    // A redirection or an operator would have been left out silently.
    let bare = !line.contains(['>', '<', '|', '&', ';', '\n']) || requoted(line);
    let words: Vec<String> = simple.words.iter().map(plain).collect::<Option<_>>()?;
    (bare && !words.is_empty()).then_some((assignments, words))
}

/// True where each operator's character stands inside of quotes.
fn requoted(line: &str) -> bool {
    let mut quote = None;
    let mut escaped = false;
    for c in line.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if c == open => quote = None,
            (None, '>' | '<' | '|' | '&' | ';' | '\n') => return false,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests;
