//! What lines say without being parsed: identifiers, and whether a line carries meaning.

use std::sync::LazyLock;

/// A hashed identifier.
pub type Token = u32;

/// Words that say nothing about which code this is.
const COMMON: &[&str] = &[
    "and",
    "any",
    "args",
    "array",
    "as",
    "assert",
    "async",
    "await",
    "bool",
    "boolean",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "def",
    "default",
    "del",
    "dict",
    "elif",
    "else",
    "enum",
    "error",
    "except",
    "export",
    "extends",
    "false",
    "final",
    "finally",
    "for",
    "from",
    "function",
    "global",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "int",
    "interface",
    "is",
    "kwargs",
    "lambda",
    "let",
    "list",
    "new",
    "nonlocal",
    "none",
    "not",
    "null",
    "number",
    "object",
    "or",
    "pass",
    "private",
    "protected",
    "public",
    "raise",
    "readonly",
    "require",
    "return",
    "self",
    "set",
    "static",
    "str",
    "string",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "type",
    "typeof",
    "undefined",
    "unknown",
    "use",
    "var",
    "void",
    "while",
    "with",
    "yield",
    "the",
    "that",
];

/// The identifiers of a line, each as often as it stands there, keywords and two-letter words left out.
pub fn identifiers(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| !IN_WORD[*byte as usize]).filter(|word| word.len() > 2 && !word[0].is_ascii_digit())
}

/// Bytes of identifiers; beyond ASCII all of them, as UTF-8 letters are made of such.
const IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let ascii = byte as u8;
        table[byte] = ascii.is_ascii_alphanumeric() || ascii == b'_' || ascii == b'$' || byte >= 0x80;
        byte += 1;
    }
    table
};

/// Appends the hashed identifiers of many lines, repeats included, while there are fewer than `most`.
pub fn collect_tokens<'a>(lines: impl Iterator<Item = &'a [u8]>, most: usize, tokens: &mut Vec<Token>) {
    let left = most.saturating_sub(tokens.len());
    let common = &*COMMON_HASHES;
    let words = lines.flat_map(identifiers).map(hash).filter(|word| !common.contains(*word));
    tokens.extend(words.take(left));
}

/// Hashes of common words, behind a table of their low bits that turns nearly all others away.
struct Common {
    low_bits: [bool; 4096],
    hashes: Vec<Token>,
}

impl Common {
    fn contains(&self, word: Token) -> bool {
        self.low_bits[word as usize % self.low_bits.len()] && self.hashes.contains(&word)
    }
}

static COMMON_HASHES: LazyLock<Common> = LazyLock::new(|| {
    let hashes: Vec<Token> = COMMON.iter().map(|word| hash(word.as_bytes())).collect();
    let mut low_bits = [false; 4096];
    for hash in &hashes {
        low_bits[*hash as usize % low_bits.len()] = true;
    }
    Common { low_bits, hashes }
});

/// FNV-1a: stable from run to run, which the cache relies on.
pub fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// FxHash over eight bytes at a time, continued from an earlier value (start with [`HASH64`]); for long
/// texts. Stable from run to run.
pub fn hash64(seed: u64, bytes: &[u8]) -> u64 {
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(seed, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(rest.len() as u64, |word, byte| word << 8 | u64::from(*byte));
    mix(hash, rest)
}

/// Where [`hash64`] starts.
pub const HASH64: u64 = 0xcbf2_9ce4_8422_2325;

/// True if a line says something by which it can be told from others: not blank, not a comment, not
/// punctuation or keywords alone.
pub fn is_solid(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let is_comment = match line.first() {
        Some(b'/') => line.starts_with(b"//") || line.starts_with(b"/*"),
        Some(b'*') => line == b"*" || line.starts_with(b"* ") || line.starts_with(b"*/"),
        Some(b'#') => line == b"#" || line.starts_with(b"# ") || line.starts_with(b"#!"),
        Some(b'"') => line.starts_with(b"\"\"\""),
        _ => false,
    };
    let says_nothing = |word: &[u8]| {
        matches!(word, b"else" | b"return" | b"try" | b"finally" | b"pass" | b"break" | b"continue")
    };
    !is_comment && identifiers(line).any(|word| !says_nothing(word))
}

/// True if two texts that speak of a version differ in numbers only.
pub fn is_version_bump(old: &[u8], new: &[u8]) -> bool {
    if old.len().abs_diff(new.len()) > 8 {
        return false;
    }
    let words = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|byte| !byte.is_ascii_digit()).map(u8::to_ascii_lowercase).collect()
    };
    let tells = |text: &[u8]| memchr::memmem::find(text, b"ersion").or(memchr::memmem::find(text, b"ERSION"));
    tells(old).is_some() && old.iter().any(u8::is_ascii_digit) && words(old) == words(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_lone_punctuation_are_not_solid() {
        for line in ["  });", "// const x = 1", "# note", "", "} else {", " * text", "return"] {
            assert!(!is_solid(line.as_bytes()), "{line}");
        }
        for line in ["const x = compute();", "return value", "#items = new Map();", "*entries() {"] {
            assert!(is_solid(line.as_bytes()), "{line}");
        }
    }
}
