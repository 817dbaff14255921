//! Python's tokens on a run of lines, and how one run differs from another.
//!
//! Cheap and forgiving: it is asked before anything is parsed, and it may start inside a docstring. What
//! it finds is confirmed on the syntax tree before it is believed.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or a keyword.
    Name,
    Number,
    /// With its prefix and quotes.
    String,
    Operator,
    Comment,
}

/// One token of a text.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    pub text: &'a [u8],
    /// First byte in the whole text.
    pub start: usize,
    pub kind: Kind,
}

impl Token<'_> {
    pub fn is(&self, text: &str) -> bool {
        self.text == text.as_bytes()
    }

    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The tokens of a range of bytes, comments included, white space left out.
pub fn tokens(text: &[u8], range: Range<usize>) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = range.start;
    let text = &text[..range.end];
    while let Some(&byte) = text.get(at) {
        let (kind, end) = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b'\\' => {
                at += 1;
                continue;
            }
            b'#' => (Kind::Comment, line_end(text, at)),
            b'"' | b'\'' => (Kind::String, string_end(text, at)),
            b'0'..=b'9' => (Kind::Number, run_end(text, at, |b| is_name(b) || b == b'.')),
            _ if is_name(byte) => {
                let end = run_end(text, at, is_name);
                let quoted = matches!(text.get(end), Some(b'"' | b'\'')) && end - at <= 2;
                if quoted { (Kind::String, string_end(text, end)) } else { (Kind::Name, end) }
            }
            _ => (Kind::Operator, at + operator_length(&text[at..])),
        };
        found.push(Token { text: &text[at..end], start: at, kind });
        at = end;
    }
    found
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn run_end(text: &[u8], start: usize, inside: impl Fn(u8) -> bool) -> usize {
    start + text[start..].iter().take_while(|b| inside(**b)).count()
}

fn line_end(text: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length)
}

fn operator_length(rest: &[u8]) -> usize {
    const LONG: [&[u8]; 12] =
        [b"->", b"==", b"!=", b"<=", b">=", b":=", b"+=", b"-=", b"**", b"//", b"*=", b"|="];
    if LONG.iter().any(|long| rest.starts_with(long)) { 2 } else { 1 }
}

/// The end of a string whose first quote stands at `quote`; one that is never closed ends with its line.
fn string_end(text: &[u8], quote: usize) -> usize {
    let mark = text[quote];
    if text[quote..].starts_with(&[mark; 3]) {
        let body = &text[quote + 3..];
        return memchr::memmem::find(body, &[mark; 3]).map_or(text.len(), |at| quote + 3 + at + 3);
    }
    let mut at = quote + 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' => return at,
            _ if byte == mark => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Tokens that give way to others, as index ranges of the two runs; one of them may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// How one run of tokens becomes the other, in order. Comments take part like any token.
pub fn edits(old: &[Token], new: &[Token]) -> Vec<Edit> {
    let mut input = InternedInput::default();
    input.update_before(old.iter().map(|token| token.text));
    input.update_after(new.iter().map(|token| token.text));
    let range = |span: Range<u32>| span.start as usize..span.end as usize;
    Diff::compute(Algorithm::Myers, &input)
        .hunks()
        .map(|hunk| Edit { old: range(hunk.before), new: range(hunk.after) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let found = tokens(text.as_bytes(), 0..text.len());
        found.iter().map(|token| String::from_utf8_lossy(token.text).into_owned()).collect()
    }

    #[test]
    fn strings_keep_their_prefix_and_comments_end_with_the_line() {
        assert_eq!(texts("x = f'a\\'b' # no\ny"), ["x", "=", "f'a\\'b'", "# no", "y"]);
        assert_eq!(texts("'''a\n'b'''.c"), ["'''a\n'b'''", ".", "c"]);
        assert_eq!(texts("it isn't\nso"), ["it", "isn", "'t", "so"]);
    }

    #[test]
    fn a_swapped_member_is_one_edit() {
        let (old, new) = ("self.mode(1)", "self.channel(1)");
        let found = edits(&tokens(old.as_bytes(), 0..old.len()), &tokens(new.as_bytes(), 0..new.len()));
        assert_eq!(found, [Edit { old: 2..3, new: 2..3 }]);
    }
}
