//! What lines say without being parsed: identifiers, whether a line carries meaning, whether two
//! texts differ in layout only.

use std::collections::HashSet;

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
    line.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'$' || *byte >= 0x80))
        .filter(|word| word.len() > 2 && !word[0].is_ascii_digit())
}

/// Hashed identifiers of many lines, without repeats.
pub fn collect_tokens<'a>(lines: impl Iterator<Item = &'a [u8]>, most: usize, tokens: &mut HashSet<Token>) {
    for word in lines.flat_map(identifiers) {
        if tokens.len() >= most {
            return;
        }
        if !std::str::from_utf8(word).is_ok_and(|word| COMMON.contains(&word)) {
            tokens.insert(hash(word));
        }
    }
}

/// FNV-1a: stable from run to run, which the cache relies on.
pub fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// FNV-1a in 64 bits, continued from an earlier value (start with [`HASH64`]).
pub fn hash64(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Where [`hash64`] starts.
pub const HASH64: u64 = 0xcbf2_9ce4_8422_2325;

/// True if a line says something by which it can be told from others: not blank, not a comment, not
/// punctuation or keywords alone.
pub fn is_solid(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let is_comment =
        [&b"//"[..], b"/*", b"* ", b"*/", b"# ", b"#!", b"\"\"\""].iter().any(|mark| line.starts_with(mark));
    !is_comment
        && line != b"*"
        && line != b"#"
        && identifiers(line).any(|word| {
            !matches!(word, b"else" | b"return" | b"try" | b"finally" | b"pass" | b"break" | b"continue")
        })
}

/// True if two texts differ in white space, quotes, optional punctuation or the order of their lines
/// only, as after a formatter or an import sorter.
pub fn same_but_for_layout<'a>(
    old: impl Iterator<Item = &'a [u8]> + Clone,
    new: impl Iterator<Item = &'a [u8]> + Clone,
) -> bool {
    if layout_free(old.clone()) == layout_free(new.clone()) {
        return true;
    }
    // An import sorter moves whole lines; only such lines may change places.
    let imports = |line: &&[u8]| {
        let line = line.trim_ascii();
        line.is_empty()
            || line.starts_with(b"import ")
            || line.starts_with(b"from ")
            || line.starts_with(b"export ")
    };
    let all_imports = old.clone().all(|line| imports(&line)) && new.clone().all(|line| imports(&line));
    all_imports && sorted(old) == sorted(new)
}

fn sorted<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut lines: Vec<_> =
        lines.map(|line| layout_free([line].into_iter())).filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines
}

/// True if two texts that speak of a version differ in numbers only.
pub fn is_version_bump(old: &[u8], new: &[u8]) -> bool {
    let words = |text: &[u8]| text.iter().filter(|byte| !byte.is_ascii_digit()).copied().collect::<Vec<_>>();
    let old_words = words(old).to_ascii_lowercase();
    old.iter().any(u8::is_ascii_digit)
        && memchr::memmem::find(&old_words, b"version").is_some()
        && old_words == words(new).to_ascii_lowercase()
}

/// Drops white space, semicolons, commas and parentheses; one kind of quote. Two texts that are equal
/// after this differ, in all but contrived cases, only in what a formatter decides.
fn layout_free<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut kept = Vec::new();
    for byte in lines.flatten() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b';' | b',' | b'(' | b')' | b'\\' => {}
            b'\'' | b'`' => kept.push(b'"'),
            other => kept.push(*other),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(old: &str, new: &str) -> bool {
        same_but_for_layout(old.lines().map(str::as_bytes), new.lines().map(str::as_bytes))
    }

    #[test]
    fn a_formatter_changes_layout_only() {
        assert!(same("foo('a', b)", "foo(\n  \"a\",\n  b,\n);"));
        assert!(same("import b\nimport a", "import a\nimport b"));
        assert!(!same("a = 1\nb = 2", "b = 2\na = 1"));
        assert!(!same("foo(a)", "foo(b)"));
    }

    #[test]
    fn comments_and_lone_punctuation_are_not_solid() {
        for line in ["  });", "// const x = 1", "# note", "", "} else {", " * text", "return"] {
            assert!(!is_solid(line.as_bytes()), "{line}");
        }
        assert!(is_solid(b"const x = compute();"));
        assert!(is_solid(b"return value"));
    }
}
