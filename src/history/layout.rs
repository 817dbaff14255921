//! Do two texts differ only in what a formatter or an import sorter decides?
//!
//! Told without a parser, because it is asked of every hunk of a history: both texts are brought into a
//! canonical form in which only what a formatter is free to choose is gone. Where that is in doubt the
//! texts count as different.

/// Language traits that decide what white space means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// By indentation: Python.
    Indented,
    /// By braces.
    Braced,
}

/// True if two texts are the same but for white space where it means nothing, wrapping, quotes, trailing
/// commas, line-end semicolons, parentheses put up for wrapping or around an arrow's one parameter, or the
/// order of imports.
pub fn same_but_for_layout(blocks: Blocks, old: &[u8], new: &[u8]) -> bool {
    let same = loose(old).eq(loose(new)) && canonical(blocks, old) == canonical(blocks, new);
    same || (all_imports(old) && all_imports(new) && sorted(blocks, old) == sorted(blocks, new))
}

/// What is left when all that a formatter may touch is dropped: texts that differ in this differ.
fn loose(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().filter_map(|byte| match byte {
        b' ' | b'\t' | b'\r' | b'\n' | b';' | b',' | b'(' | b')' | b'\\' => None,
        b'\'' => Some(b'"'),
        other => Some(*other),
    })
}

/// An import sorter moves whole lines; only such lines may change places.
fn all_imports(text: &[u8]) -> bool {
    let is_import = |line: &[u8]| {
        line.is_empty() || [&b"import "[..], b"from ", b"export "].iter().any(|word| line.starts_with(word))
    };
    text.split(|byte| *byte == b'\n').all(|line| is_import(line.trim_ascii()))
}

fn sorted(blocks: Blocks, text: &[u8]) -> Vec<Vec<u8>> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let mut lines: Vec<Vec<u8>> = lines.map(|line| canonical(blocks, line)).collect();
    lines.sort_unstable();
    lines
}

fn canonical(blocks: Blocks, text: &[u8]) -> Vec<u8> {
    let mut writer = Writer {
        blocks,
        text,
        at: 0,
        out: Vec::with_capacity(text.len()),
        dropped: Vec::new(),
        indents: Vec::new(),
        space: false,
    };
    writer.line_start();
    while writer.at < text.len() {
        writer.step();
    }
    writer.out
}

struct Writer<'a> {
    blocks: Blocks,
    text: &'a [u8],
    at: usize,
    out: Vec<u8>,
    /// For each open bracket, whether it was dropped.
    dropped: Vec<bool>,
    /// Columns of the blocks around the line, as far as they begin in this text.
    indents: Vec<usize>,
    /// White space was met since the last byte was written.
    space: bool,
}

impl Writer<'_> {
    fn step(&mut self) {
        let byte = self.text[self.at];
        match byte {
            b'\n' => {
                self.at += 1;
                self.space = true;
                // A line that ends in a comma goes on, in a bracket that was opened before this text.
                if self.dropped.is_empty() && self.text[..self.at].trim_ascii_end().last() != Some(&b',') {
                    self.line_start();
                }
            }
            b'\\' if self.blank_to_line_end(self.at + 1) => self.at = self.line_end(self.at) + 1,
            _ if byte.is_ascii_whitespace() => {
                self.at += 1;
                self.space = true;
            }
            b'"' | b'\'' | b'`' => self.string(byte),
            b'#' if self.blocks == Blocks::Indented => self.comment(),
            b'/' if self.blocks == Blocks::Braced && self.text[self.at..].starts_with(b"//") => {
                self.comment()
            }
            b'(' | b'[' | b'{' => {
                let drop = byte == b'(' && (self.wraps() || self.is_arrow_parameter());
                self.dropped.push(drop);
                self.put(byte, drop);
            }
            b')' | b']' | b'}' => {
                let drop = self.dropped.pop().unwrap_or(false);
                self.put(byte, drop);
            }
            b',' => self.put(byte, self.trails()),
            b';' => self.put(byte, self.blank_to_line_end(self.at + 1)),
            _ => self.put(byte, false),
        }
    }

    fn put(&mut self, byte: u8, drop: bool) {
        self.at += 1;
        if drop {
            return;
        }
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        if self.space && word(byte) && self.out.last().is_some_and(|last| word(*last)) {
            self.out.push(b' ');
        }
        self.space = false;
        self.out.push(byte);
    }

    /// Where blocks are indented, the beginning of a statement says in which block it stands.
    fn line_start(&mut self) {
        if self.blocks == Blocks::Braced {
            return;
        }
        let line = &self.text[self.at..self.line_end(self.at)];
        let column = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if column == line.len() || line[column] == b'#' {
            return;
        }
        self.out.push(b'\n');
        match self.indents.last() {
            None => self.out.extend_from_slice(&column.to_le_bytes()),
            Some(last) if column > *last => self.out.push(b'>'),
            Some(_) => {
                while self.indents.last().is_some_and(|last| column < *last) {
                    self.indents.pop();
                    self.out.push(b'<');
                }
                if self.indents.is_empty() {
                    self.out.extend_from_slice(&column.to_le_bytes());
                }
            }
        }
        if self.indents.last() != Some(&column) {
            self.indents.push(column);
        }
    }

    /// A string as it is, but for its quotes.
    fn string(&mut self, quote: u8) {
        let rest = &self.text[self.at..];
        let triple = self.blocks == Blocks::Indented && rest.starts_with(&[quote; 3]);
        let width = if triple { 3 } else { 1 };
        let mut end = width;
        while end < rest.len() && !rest[end..].starts_with(&[quote; 3][..width]) {
            if rest[end] == b'\n' && !triple && quote != b'`' {
                break;
            }
            end += if rest[end] == b'\\' { 2 } else { 1 };
        }
        let end = end.min(rest.len());
        let shown = if quote == b'`' { b'`' } else { b'"' };
        self.put(shown, false);
        self.out.extend_from_slice(&rest[width.min(end)..end]);
        self.out.push(shown);
        let start = self.at - 1;
        self.at = (start + end + width).min(self.text.len());
        // An apostrophe that opens nothing ends with its line.
        if end < rest.len() && rest[end] == b'\n' {
            self.at = start + end;
        }
    }

    fn comment(&mut self) {
        let end = self.line_end(self.at);
        self.out.extend_from_slice(self.text[self.at..end].trim_ascii());
        self.at = end;
    }

    fn line_end(&self, from: usize) -> usize {
        memchr::memchr(b'\n', &self.text[from..]).map_or(self.text.len(), |end| from + end)
    }

    fn blank_to_line_end(&self, from: usize) -> bool {
        self.text[from..self.line_end(from)].trim_ascii().is_empty()
    }

    /// A parenthesis put up only to break a line: it ends its line and calls nothing.
    fn wraps(&self) -> bool {
        const BEFORE_A_VALUE: [&[u8]; 10] =
            [b"return", b"in", b"and", b"or", b"not", b"await", b"yield", b"assert", b"if", b"else"];
        let calls = match self.out.last() {
            Some(b')' | b']' | b'"' | b'`') => true,
            Some(last) if last.is_ascii_alphanumeric() || matches!(last, b'_' | b'$') || *last >= 0x80 => {
                let word = self.out.rsplit(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').next();
                !word.is_some_and(|word| BEFORE_A_VALUE.contains(&word))
            }
            _ => false,
        };
        !calls && self.blank_to_line_end(self.at + 1)
    }

    /// `(x) =>`, which may as well be `x =>`.
    fn is_arrow_parameter(&self) -> bool {
        let rest = &self.text[self.at + 1..];
        let name = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'))
            .count();
        name > 0 && rest.get(name) == Some(&b')') && rest[name + 1..].trim_ascii_start().starts_with(b"=>")
    }

    /// A comma after the last of several, at the end of its line.
    fn trails(&self) -> bool {
        let rest = &self.text[self.at + 1..];
        let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        match rest.get(blank) {
            None => true,
            Some(next) => matches!(next, b')' | b']' | b'}') && rest[..blank].contains(&b'\n'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn braced(old: &str, new: &str) -> bool {
        same_but_for_layout(Blocks::Braced, old.as_bytes(), new.as_bytes())
    }

    fn indented(old: &str, new: &str) -> bool {
        same_but_for_layout(Blocks::Indented, old.as_bytes(), new.as_bytes())
    }

    #[test]
    fn what_prettier_decides_is_layout() {
        assert!(braced("foo('a', b)", "foo(\n  \"a\",\n  b,\n);"));
        assert!(braced("x.map(a => a + 1);", "x.map((a) => a + 1)"));
        assert!(braced("return <div/>;", "return (\n  <div/>\n);"));
        assert!(braced("  const a = { b: 1 }\n", "    const a = { b: 1 };\n"));
        assert!(braced("const total = a +\n  b;", "const total =\n  a + b;"));
    }

    #[test]
    fn what_black_decides_is_layout() {
        assert!(indented("foo('a', b)", "foo(\n    \"a\",\n    b,\n)"));
        assert!(indented("x = a + \\\n    b", "x = (\n    a + b\n)"));
        assert!(indented("        self, a, b=1\n", "        self,\n        a,\n        b=1,\n"));
        assert!(indented("if a:\n  b()\n  c()\nd()", "if a:\n    b()\n    c()\nd()"));
    }

    #[test]
    fn import_sorters_move_lines_and_nothing_else_may() {
        assert!(braced("import b\nimport a", "import a\nimport b"));
        assert!(!braced("a = 1\nb = 2", "b = 2\na = 1"));
    }

    #[test]
    fn what_runs_differently_is_no_layout() {
        assert!(!braced("return items.size;", "return items.size();"));
        assert!(!braced("fetch('https://${host}/x')", "fetch(`https://${host}/x`)"));
        assert!(!braced("if ((a || b) && c) {", "if (a || (b && c)) {"));
        assert!(!braced("say('a b')", "say('ab')"));
        assert!(!braced("foo(a)", "foo(b)"));
        assert!(!indented("        return total\n", "    return total\n"));
        assert!(!indented("    a()\n    b()\n", "    a()\nb()\n"));
        assert!(!indented("x = (1)", "x = (1,)"));
    }

    proptest! {
        #[test]
        fn any_text_is_layout_of_itself_and_none_breaks_the_reader(
            one in "[a\\\\'\"`(){},;\n #/=>]{0,60}", other in "[a\\\\'\"`(){},;\n #/=>]{0,60}",
        ) {
            for blocks in [Blocks::Braced, Blocks::Indented] {
                prop_assert!(same_but_for_layout(blocks, one.as_bytes(), one.as_bytes()));
                same_but_for_layout(blocks, one.as_bytes(), other.as_bytes());
            }
        }
    }
}
