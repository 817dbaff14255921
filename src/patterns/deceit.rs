//! Characters that make text read as other than it is.

/// True for characters that show nothing but change how the text around them is read: directions,
/// joiners, tags.
pub(crate) fn deceives(c: char) -> bool {
    matches!(c,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
