//! Tokens of a few changed lines: cheap enough for every hunk, before anything is parsed.
//!
//! A hunk may begin in the middle of a comment or a template, so this guesses where a parser would know;
//! a judge that builds on it asks the syntax tree before it claims.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Names and keywords.
    Word,
    Number,
    /// Quoted text, template or regular expression, delimiters included.
    Text,
    Mark,
    Comment,
}

/// A token and where it begins in its file.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    /// Byte offset in the file.
    pub at: usize,
}

impl Token<'_> {
    pub fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub fn is_name(&self) -> bool {
        self.kind == Kind::Word && !KEYWORDS.contains(&self.text)
    }
}

const KEYWORDS: [&str; 49] = [
    "abstract",
    "as",
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "declare",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "is",
    "let",
    "new",
    "null",
    "of",
    "private",
    "protected",
    "public",
    "readonly",
    "return",
    "satisfies",
    "static",
    "super",
    "switch",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
];

/// Longest first.
const MARKS: [&str; 26] = [
    ">>>=", "...", "===", "!==", "**=", "<<=", "??=", "||=", "&&=", "=>", "?.", "??", "||", "&&", "==", "!=",
    "<=", ">=", "++", "--", "+=", "-=", "*=", "/=", "%=", "**",
];

/// The tokens of a run of lines that begins at byte `start` of its file.
pub fn tokens(text: &str, start: usize) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut line_begins = true;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b'\n' {
            line_begins = true;
            at += 1;
            continue;
        }
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let (kind, length) = token_at(&text[at..], line_begins, found.last());
        found.push(Token { kind, text: &text[at..at + length], at: start + at });
        line_begins = false;
        at += length;
    }
    found
}

fn token_at(rest: &str, line_begins: bool, previous: Option<&Token>) -> (Kind, usize) {
    let bytes = rest.as_bytes();
    let line = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    let continues_comment = line_begins
        && bytes[0] == b'*'
        && bytes.get(1).is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b'/' | b'*'));
    if continues_comment || rest.starts_with("//") {
        return (Kind::Comment, line);
    }
    if rest.starts_with("/*") {
        return (Kind::Comment, rest.find("*/").map_or(bytes.len(), |end| end + 2));
    }
    match bytes[0] {
        b'"' | b'\'' => (Kind::Text, quoted(bytes, line)),
        b'`' => (Kind::Text, quoted(bytes, bytes.len())),
        b'0'..=b'9' => (Kind::Number, run(rest, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_')),
        b'/' if begins_regex(previous) => (Kind::Text, quoted(bytes, line)),
        _ => {
            let word = run(rest, |c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '@'));
            if word > 0 {
                return (Kind::Word, word);
            }
            let mark = MARKS.iter().find(|mark| rest.starts_with(**mark)).map(|mark| mark.len());
            (Kind::Mark, mark.unwrap_or_else(|| rest.chars().next().map_or(1, char::len_utf8)))
        }
    }
}

fn run(rest: &str, part: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !part(c)).unwrap_or(rest.len())
}

/// The length of a text up to its closing delimiter, at most `limit`.
fn quoted(bytes: &[u8], limit: usize) -> usize {
    let mut at = 1;
    while at < limit {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == bytes[0] => return at + 1,
            _ => at += 1,
        }
    }
    // An escape may have stepped over the limit; a backslash is never followed by half a character.
    limit.max(1)
}

fn begins_regex(previous: Option<&Token>) -> bool {
    previous.is_some_and(|token| match token.kind {
        Kind::Mark => matches!(token.text, "(" | "," | "=" | ":" | "[" | "!" | "&&" | "||" | "=>" | "?"),
        Kind::Word => token.text == "return",
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        tokens(text, 0).iter().map(|token| token.text).collect()
    }

    #[test]
    fn marks_are_as_long_as_they_can_be() {
        assert_eq!(texts("a?.b ?? c!=='x'"), ["a", "?.", "b", "??", "c", "!==", "'x'"]);
    }

    #[test]
    fn a_line_in_the_middle_of_a_block_comment_is_a_comment() {
        let found = tokens(" * says hello\n */\nlet a = 2 * 3;\n", 0);
        assert_eq!(found.iter().filter(|t| t.kind == Kind::Comment).count(), 2);
        assert!(found.iter().any(|t| t.is("*")));
    }

    #[test]
    fn an_unclosed_text_ends_with_its_line_and_a_template_with_the_lines() {
        assert_eq!(texts("don't\nx"), ["don", "'t", "x"]);
        assert_eq!(texts("`a\nb"), ["`a\nb"]);
        assert_eq!(texts("a = /['\"]/;"), ["a", "=", "/['\"]/", ";"]);
        assert_eq!(texts("\u{fc}ber \u{2192} '\\"), ["\u{fc}ber", "\u{2192}", "'\\"]);
    }
}
