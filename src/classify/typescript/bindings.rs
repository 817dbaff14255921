//! The names that a text binds by importing, read from its tokens.
//!
//! Import statements are regular enough for the lexer, and a file has to be read for them far more often
//! than it is worth parsing.

use super::lexer::{Kind, Token, tokens};

/// How a module's export reaches a local name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Named,
    Default,
    Namespace,
}

/// One imported name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    pub local: &'a str,
    pub specifier: &'a str,
    pub how: How,
    pub type_only: bool,
    /// Bound by `require` or by `await import`.
    pub dynamic: bool,
    /// Byte offset of the local name in its file.
    pub at: usize,
    /// Byte offset of the statement.
    pub statement: usize,
}

/// Every import, `require` and destructured `await import` of a text, in order. Statements without
/// names bind nothing and are left out.
pub fn bindings(text: &[u8]) -> Vec<Binding<'_>> {
    let mut found = Vec::new();
    for keyword in ["import", "require"] {
        for at in memchr::memmem::find_iter(text, keyword) {
            let Some((start, statement)) = statement_around(text, at) else { continue };
            let all: Vec<Token> =
                tokens(statement, start).into_iter().filter(|t| t.kind != Kind::Comment).collect();
            match all.first() {
                Some(first) if first.is("import") => declared(&all, &mut found),
                Some(first) if matches!(first.text, "const" | "let" | "var") => assigned(&all, &mut found),
                _ => {}
            }
        }
    }
    found.sort_by_key(|binding| binding.at);
    found.dedup_by_key(|binding| binding.at);
    found
}

/// Longer import lists than this many bytes are not read.
const LONGEST: usize = 6000;

/// The statement that begins with the line of a keyword and ends with its specifier.
fn statement_around(text: &[u8], keyword: usize) -> Option<(usize, &str)> {
    let line = memchr::memrchr(b'\n', &text[..keyword]).map_or(0, |at| at + 1);
    let head = text[line..keyword].trim_ascii_start();
    let indent = keyword - head.len();
    let start = if head.is_empty() {
        keyword
    } else if [&b"const "[..], b"let ", b"var "].iter().any(|word| head.starts_with(word)) {
        indent
    } else if head.starts_with(b"}") && (head.ends_with(b"await ") || head.ends_with(b"= ")) {
        // The destructuring began on a line above.
        let open = memchr::memmem::rfind(&text[..line], b"{")?;
        let line = memchr::memrchr(b'\n', &text[..open]).map_or(0, |at| at + 1);
        line + text[line..open].len() - text[line..open].trim_ascii_start().len()
    } else {
        return None;
    };
    let rest = &text[start..text.len().min(start + LONGEST)];
    let quote = memchr::memchr2(b'\'', b'"', rest.get(keyword - start..)?)? + (keyword - start);
    let end = memchr::memchr(rest[quote], &rest[quote + 1..])? + quote + 2;
    Some((start, std::str::from_utf8(&rest[..end]).ok()?))
}

fn unquoted<'a>(token: &Token<'a>) -> Option<&'a str> {
    (token.kind == Kind::Text).then(|| token.text.trim_matches(['\'', '"', '`']))
}

/// `import a, { b as c, type D } from 'm'`, `import * as n from 'm'`, `import type { T } from 'm'`.
fn declared<'a>(all: &[Token<'a>], found: &mut Vec<Binding<'a>>) {
    let [.., from, last] = all else { return };
    let Some(specifier) = unquoted(last) else { return };
    if !from.is("from") || all.iter().any(|token| matches!(token.text, ";" | "(" | "=")) {
        return;
    }
    let names = &all[1..all.len() - 2];
    let whole = names.first().is_some_and(|t| t.is("type")) && names.get(1).is_some_and(|t| !t.is(","));
    let names = if whole { &names[1..] } else { names };
    let statement = all[0].at;
    let mut braces = false;
    for (index, token) in names.iter().enumerate() {
        match token.text {
            "{" => braces = true,
            "}" => braces = false,
            _ if token.kind != Kind::Word || matches!(token.text, "as" | "type") => {}
            _ => {
                let next = names.get(index + 1);
                if next.is_some_and(|next| next.is("as")) {
                    continue;
                }
                let before = |back: usize| index.checked_sub(back).map(|at| names[at].text);
                let renamed = before(1) == Some("as");
                let how = match (braces, renamed && before(2) == Some("*")) {
                    (true, _) => How::Named,
                    (false, true) => How::Namespace,
                    (false, false) => How::Default,
                };
                let typed = before(if renamed { 3 } else { 1 }) == Some("type");
                let type_only = whole || typed;
                let (local, at) = (token.text, token.at);
                found.push(Binding { local, specifier, how, type_only, dynamic: false, at, statement });
            }
        }
    }
}

/// `const { a, b: c } = await import('m')`, `const d = require('m')`.
fn assigned<'a>(all: &[Token<'a>], found: &mut Vec<Binding<'a>>) {
    let Some(specifier) = all.last().and_then(unquoted) else { return };
    let Some(equals) = all.iter().position(|token| token.is("=")) else { return };
    let calls = &all[equals + 1..all.len() - 1];
    let reads = calls.len() <= 4 && calls.iter().any(|t| matches!(t.text, "import" | "require"));
    if !reads || !calls.last().is_some_and(|token| token.is("(")) {
        return;
    }
    let names = &all[1..equals];
    let statement = all[0].at;
    for (index, token) in names.iter().enumerate() {
        if token.kind != Kind::Word || names.get(index + 1).is_some_and(|next| next.is(":")) {
            continue;
        }
        let how = match (names.len(), index.checked_sub(2).map(|at| names[at].text)) {
            (1, _) => How::Namespace,
            (_, Some("default")) => How::Default,
            _ => How::Named,
        };
        let (local, at) = (token.text, token.at);
        found.push(Binding { local, specifier, how, type_only: false, dynamic: true, at, statement });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(&str, &str, How, bool)> {
        bindings(text.as_bytes()).into_iter().map(|b| (b.local, b.specifier, b.how, b.type_only)).collect()
    }

    #[test]
    fn every_form_of_import_binds_its_local_names() {
        let text = "import a, { b as c, type D } from 'm';\nimport * as n from \"./n.js\";\n\
                    import type { T } from 't';\nimport 'effect';\nimport type E from 'e';\n";
        assert_eq!(
            all(text),
            [
                ("a", "m", How::Default, false),
                ("c", "m", How::Named, false),
                ("D", "m", How::Named, true),
                ("n", "./n.js", How::Namespace, false),
                ("T", "t", How::Named, true),
                ("E", "e", How::Default, true),
            ]
        );
    }

    #[test]
    fn lists_over_several_lines_and_comments_are_read() {
        let text = "import {\n  a, // the first\n  b,\n} from 'm';\nfoo();\n";
        assert_eq!(all(text), [("a", "m", How::Named, false), ("b", "m", How::Named, false)]);
    }

    #[test]
    fn require_and_awaited_imports_bind_too() {
        let text = "const fs = require('fs');\n  const { default: ora } = await import('ora');\n\
                    const {\n  x,\n  y: z\n} = await import('./x.js');\n";
        assert_eq!(
            all(text),
            [
                ("fs", "fs", How::Namespace, false),
                ("ora", "ora", How::Default, false),
                ("x", "./x.js", How::Named, false),
                ("z", "./x.js", How::Named, false),
            ]
        );
    }

    #[test]
    fn prose_and_calls_bind_nothing() {
        assert_eq!(all("// import the thing from 'there'\nimportant('x');\nimport('./lazy');\n"), []);
    }
}
