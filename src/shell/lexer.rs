//! From characters to commands.

use super::{Piece, Simple, Word};

/// Substitutions within substitutions that are followed; nobody writes deeper ones by hand.
const MAX_DEPTH: usize = 32;

/// The commands of a command line, those of a substitution before the command that uses its output.
pub fn pieces(line: &str) -> Vec<Piece> {
    let mut lexer = Lexer { rest: line, depth: 0, pieces: Vec::new(), heredocs: Vec::new() };
    while !lexer.rest.is_empty() {
        // A closing parenthesis that nothing opened separates like a semicolon.
        lexer.list();
        lexer.rest = lexer.rest.strip_prefix(')').unwrap_or(lexer.rest);
    }
    lexer.pieces
}

/// Words after which another command begins.
const KEYWORDS: [&str; 13] =
    ["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "{", "}", "!", "time"];

struct Lexer<'a> {
    rest: &'a str,
    depth: usize,
    pieces: Vec<Piece>,
    /// Here-documents whose text begins after the end of this line.
    heredocs: Vec<HereDocument>,
}

struct HereDocument {
    delimiter: String,
    /// `<<-`: tabs in front of the delimiter do not count.
    indented: bool,
    /// An unquoted delimiter: the text is expanded.
    expanded: bool,
}

impl<'a> Lexer<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest.strip_prefix(text);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    /// Commands up to a closing parenthesis, which is left, or the end.
    fn list(&mut self) {
        let mut simple = Simple::default();
        while let Some(c) = self.peek() {
            match c {
                ')' => break,
                ' ' | '\t' | '\r' => _ = self.take(),
                '\n' => {
                    self.take();
                    self.end_of(&mut simple);
                    self.here_documents();
                }
                ';' | '&' | '|' => {
                    if !(self.eat("&>>") || self.eat("&>")) {
                        self.take();
                        self.end_of(&mut simple);
                    } else {
                        self.target();
                    }
                }
                '(' => {
                    self.take();
                    self.end_of(&mut simple);
                    self.nested(Lexer::list);
                    self.eat(")");
                }
                '#' => self.rest = self.rest.find('\n').map_or("", |at| &self.rest[at..]),
                '<' | '>' => self.redirection(),
                '\\' if self.eat("\\\n") => {}
                _ => self.command_word(&mut simple),
            }
        }
        self.end_of(&mut simple);
    }

    fn end_of(&mut self, simple: &mut Simple) {
        let simple = std::mem::take(simple);
        if simple != Simple::default() {
            self.pieces.push(Piece::Command(simple));
        }
    }

    fn command_word(&mut self, simple: &mut Simple) {
        let before = self.rest;
        let word = self.word();
        // The number in front of a redirection is no word of the command.
        if matches!(self.peek(), Some('<' | '>')) && word.text.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        if simple.words.is_empty() {
            if let Some((name, value)) = assignment(&word, &before[..before.len() - self.rest.len()]) {
                simple.assignments.push((name, Word { text: value, ..word }));
                return;
            }
            if KEYWORDS.contains(&word.text.as_str()) {
                return;
            }
        }
        simple.words.push(word);
    }

    /// `>file`, `2>&1`, `<<EOF`, `<<<word`, `<(command)`.
    fn redirection(&mut self) {
        if self.eat("<<<") {
            return self.target();
        }
        if self.eat("<<") {
            let indented = self.eat("-");
            self.blanks();
            let before = self.rest;
            let delimiter = self.word();
            let quoted = before[..before.len() - self.rest.len()].contains(['\'', '"', '\\']);
            self.heredocs.push(HereDocument { delimiter: delimiter.text, indented, expanded: !quoted });
            return;
        }
        self.take();
        if self.peek() == Some('(') {
            self.take();
            self.nested(Lexer::list);
            self.eat(")");
            return;
        }
        while matches!(self.peek(), Some('>' | '<' | '&' | '|')) {
            self.take();
        }
        self.target();
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn target(&mut self) {
        self.blanks();
        if !matches!(self.peek(), None | Some('\n' | ')' | '(' | ';' | '&' | '|' | '<' | '>')) {
            self.word();
        }
    }

    /// Skips the texts of here-documents, in which substitutions are commands all the same.
    fn here_documents(&mut self) {
        for document in std::mem::take(&mut self.heredocs) {
            let mut text = String::new();
            while !self.rest.is_empty() {
                let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
                self.rest = rest;
                let told = line.trim_end_matches('\r');
                let told = if document.indented { told.trim_start_matches('\t') } else { told };
                if told == document.delimiter {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            if document.expanded && self.depth < MAX_DEPTH {
                let mut inside =
                    Lexer { rest: &text, depth: self.depth + 1, pieces: Vec::new(), heredocs: Vec::new() };
                let mut word = Word::default();
                while let Some(c) = inside.take() {
                    inside.quoted(c, &mut word);
                }
                self.pieces.append(&mut inside.pieces);
            }
        }
    }

    /// Reads something inside, as a scope of its own.
    fn nested(&mut self, read: impl FnOnce(&mut Self)) {
        if self.depth == MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let outer = std::mem::take(&mut self.heredocs);
        self.pieces.push(Piece::Enter);
        read(self);
        self.pieces.push(Piece::Leave);
        self.heredocs = outer;
        self.depth -= 1;
    }

    fn word(&mut self) -> Word {
        let mut word = Word { literal: true, ..Word::default() };
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    self.take();
                    let (text, rest) = self.rest.split_once('\'').unwrap_or((self.rest, ""));
                    word.text.push_str(text);
                    self.rest = rest;
                }
                '"' => {
                    self.take();
                    self.double_quoted(&mut word);
                }
                '\\' => {
                    self.take();
                    match self.take() {
                        Some('\n') | None => {}
                        Some(c) => word.text.push(c),
                    }
                }
                '$' if self.rest.starts_with("$'") => {
                    self.rest = &self.rest[2..];
                    self.ansi_quoted(&mut word);
                }
                '$' if self.rest.starts_with("$\"") => {
                    self.rest = &self.rest[2..];
                    self.double_quoted(&mut word);
                }
                _ => {
                    self.take();
                    word.glob |= matches!(c, '*' | '?' | '[');
                    self.quoted(c, &mut word);
                }
            }
        }
        word
    }

    fn double_quoted(&mut self, word: &mut Word) {
        while let Some(c) = self.take() {
            match c {
                '"' => return,
                '\\' => match self.take() {
                    Some('\n') | None => {}
                    Some(c @ ('$' | '`' | '"' | '\\')) => word.text.push(c),
                    Some(c) => word.text.extend(['\\', c]),
                },
                _ => self.quoted(c, word),
            }
        }
    }

    fn ansi_quoted(&mut self, word: &mut Word) {
        while let Some(c) = self.take() {
            match c {
                '\'' => return,
                '\\' => match self.take() {
                    Some('n') => word.text.push('\n'),
                    Some('t') => word.text.push('\t'),
                    Some(c) => word.text.push(c),
                    None => {}
                },
                _ => word.text.push(c),
            }
        }
    }

    /// A character, already taken, that is expanded inside of double quotes too.
    fn quoted(&mut self, c: char, word: &mut Word) {
        match c {
            // Arithmetic is read as commands too: `$((` may as well begin a substitution with a subshell.
            '$' if self.eat("(") => {
                word.literal = false;
                self.nested(Lexer::list);
                self.eat(")");
            }
            '$' if self.eat("{") => {
                word.literal = false;
                self.parameter();
            }
            '$' if self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || "_@*#?$!-".contains(c)) => {
                word.literal = false;
                if self.take().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') {
                    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                    self.rest = self.rest.trim_start_matches(name);
                }
            }
            '`' => {
                word.literal = false;
                self.backquoted();
            }
            c => word.text.push(c),
        }
    }

    /// `${name:-$(command)}`, after the brace.
    fn parameter(&mut self) {
        if self.depth == MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let mut inside = Word::default();
        while let Some(c) = self.take() {
            match c {
                '}' => break,
                '\\' => _ = self.take(),
                '"' => self.double_quoted(&mut inside),
                _ => self.quoted(c, &mut inside),
            }
        }
        self.depth -= 1;
    }

    fn backquoted(&mut self) {
        let mut text = String::new();
        while let Some(c) = self.take() {
            match c {
                '`' => break,
                '\\' if self.peek().is_some_and(|c| "`\\$".contains(c)) => text.extend(self.take()),
                _ => text.push(c),
            }
        }
        if self.depth < MAX_DEPTH {
            let mut inside =
                Lexer { rest: &text, depth: self.depth + 1, pieces: Vec::new(), heredocs: Vec::new() };
            inside.list();
            self.pieces.push(Piece::Enter);
            self.pieces.append(&mut inside.pieces);
            self.pieces.push(Piece::Leave);
        }
    }
}

/// `NAME=value`, with the name as it was typed: a quoted one is no assignment.
fn assignment(word: &Word, typed: &str) -> Option<(String, String)> {
    let (name, value) = word.text.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && typed.starts_with(name)).then(|| (name.to_owned(), value.to_owned()))
}
