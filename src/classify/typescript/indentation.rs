//! What indentation says of blocks: a guess that costs no parse.
//!
//! It only decides whether a parse is worth it, so it errs towards more: a block is rather too long.

use std::ops::Range;

/// The lines above a range of lines that open what encloses it, nearest first: each is indented less than
/// all below it. One that begins with a bracket only goes on with what a line as deep as itself began.
pub fn openers(text: &[u8], lines: Range<usize>) -> Vec<&[u8]> {
    let depth_above = |line: &[u8]| indent(line) + usize::from(closes(line));
    let first = text[lines.clone()].split(|byte| *byte == b'\n').find(|line| !is_blank(line));
    let mut limit = first.map_or(usize::MAX, depth_above);
    let mut found = Vec::new();
    for line in text[..lines.start].rsplit(|byte| *byte == b'\n').filter(|line| !is_blank(line)) {
        if limit == 0 {
            break;
        }
        if indent(line) < limit && opens(line) {
            limit = depth_above(line);
            found.push(line);
        }
    }
    found
}

/// The bytes of the lines around a byte that are in its block, or deeper.
pub fn block(text: &[u8], at: usize) -> Range<usize> {
    let first = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
    let length = |line: &[u8]| line.len() + 1;
    let depth = indent(&text[first..]);
    let above = text[..first.saturating_sub(1)].rsplit(|byte| *byte == b'\n');
    let above: usize = above.take_while(|l| is_blank(l) || indent(l) >= depth).map(length).sum();
    // Text in a template may be indented less; a block ends with a bracket.
    let below = text[first..].split(|byte| *byte == b'\n');
    let below: usize = below.take_while(|l| indent(l) >= depth || !closes(l)).map(length).sum();
    first.saturating_sub(above)..text.len().min(first + below)
}

fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

fn closes(line: &[u8]) -> bool {
    matches!(line.get(indent(line)), Some(b')' | b']' | b'}'))
}

/// Some bracket of the line may stay open; text in a template, indented less, seldom has one.
fn opens(line: &[u8]) -> bool {
    line.iter().any(|byte| matches!(byte, b'(' | b'[' | b'{')) && !line.trim_ascii_end().ends_with(b";")
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
function f(
  a,
) {
  try {
    const b = `
no code`;

    g(b);
  } catch {
    g(a);
  }
}
";

    fn at(what: &str) -> usize {
        TEXT.find(what).unwrap()
    }

    #[test]
    fn a_bracket_that_opens_again_leads_to_where_it_was_opened_first() {
        let start = at("    g(a)");
        let found = openers(TEXT.as_bytes(), start..start + 10);
        let found: Vec<&str> = found.into_iter().map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert_eq!(found, ["  } catch {", "  try {", ") {", "function f("]);
    }

    #[test]
    fn a_block_goes_on_past_text_that_is_indented_less() {
        assert_eq!(block(TEXT.as_bytes(), at("b = `")), at("    const b")..at("  } catch"));
        assert_eq!(block(TEXT.as_bytes(), 0), 0..TEXT.len());
    }
}
