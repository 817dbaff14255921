//! What a step prints, kept without keeping all of it: its beginning, its end, and how much there was.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Bytes kept of the beginning and of the end.
const HEAD: u64 = 8 << 20;
const TAIL: usize = 1 << 20;

/// Copies what is read to a file: up to [`HEAD`] bytes as they come, and at the end the last [`TAIL`] of
/// what followed, with a line that says how much is missing. Returns how many bytes were read.
pub(super) fn keep(mut from: impl Read, path: &Path) -> io::Result<u64> {
    let mut file = File::create(path)?;
    let mut buffer = vec![0; 64 << 10];
    let mut ring: Vec<u8> = Vec::new();
    let (mut total, mut dropped) = (0u64, 0u64);
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let direct = (HEAD.saturating_sub(total) as usize).min(read);
        file.write_all(&buffer[..direct])?;
        ring.extend_from_slice(&buffer[direct..read]);
        if ring.len() > 2 * TAIL {
            let excess = ring.len() - TAIL;
            ring.drain(..excess);
            dropped += excess as u64;
        }
        total += read as u64;
    }
    if dropped > 0 {
        write!(file, "\n[… {dropped} bytes are left out here …]\n")?;
    }
    file.write_all(&ring)?;
    Ok(total)
}

/// Bytes of a tail that is shown.
const SHOWN: usize = 4000;

/// The kept text without escapes and control characters.
pub(super) fn text(path: &Path) -> String {
    plain(&String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()))
}

/// The last lines of a text.
pub(super) fn tail(text: &str) -> String {
    let text = text.trim_end();
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    let mut start = text.len() - SHOWN;
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let line = text[start..].find('\n').map_or(start, |at| start + at + 1);
    // One endless line has no beginning of a line near its end.
    format!("[…]\n{}", &text[if line < text.len() { line } else { start }..])
}

/// Colours and other escapes are taken out, a carriage return starts a line anew, and what is still a
/// control character or deceives the eye becomes a replacement character.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => plain.push('\n'),
            '\n' | '\t' => plain.push(c),
            c if c.is_control() || crate::patterns::deceives(c) => plain.push('\u{fffd}'),
            c => plain.push(c),
        }
    }
    plain
}

/// `ESC [ … letter`, `ESC ] … BEL`, or two characters.
fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars>) {
    match chars.next() {
        Some('[') => {
            for c in chars.by_ref() {
                if ('\u{40}'..='\u{7e}').contains(&c) {
                    break;
                }
            }
        }
        Some(']') => {
            while let Some(c) = chars.next() {
                if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                    break;
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_kept_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        assert_eq!(keep(&b"one\ntwo\n"[..], &path).unwrap(), 8);
        assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn of_much_the_beginning_and_the_end_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let much = io::repeat(b'x').take(30 << 20).chain(&b"\nthe end\n"[..]);
        assert_eq!(keep(much, &path).unwrap(), (30 << 20) + 9);
        let kept = std::fs::read_to_string(&path).unwrap();
        assert!(kept.len() < 12 << 20 && kept.ends_with("x\nthe end\n"), "{}", kept.len());
        assert!(kept.contains(" bytes are left out here "));
        assert!(tail(&kept).ends_with("the end") && tail(&kept).len() < 5000);
    }

    #[test]
    fn escapes_are_taken_out() {
        assert_eq!(
            plain("\u{1b}[31mred\u{1b}[0m\r\n\u{1b}]8;;x\u{7}a\rb\u{8}\u{202e}"),
            "red\na\nb\u{fffd}\u{fffd}"
        );
    }
}
