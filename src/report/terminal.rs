//! What the place that is written to can show: colour, width, Unicode.

use std::env;
use std::io::{self, IsTerminal};
use std::str::FromStr;

use super::text::{clean, cut, cut_path};

/// The narrowest and widest lines that reports draw, in columns.
const WIDTHS: (usize, usize) = (60, 160);

/// The width of a pipe or a file, in columns.
const PIPED: usize = 80;

/// What the user said about colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Colour where a person reads along, unless the environment says otherwise.
    #[default]
    Auto,
    Always,
    Never,
}

impl FromStr for ColorChoice {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "auto" => Ok(ColorChoice::Auto),
            "always" => Ok(ColorChoice::Always),
            "never" => Ok(ColorChoice::Never),
            other => Err(format!("`{}` is not one of auto, always, never", clean(other))),
        }
    }
}

/// What may be used to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    pub color: bool,
    /// Columns of a line.
    pub width: usize,
    /// Whether bars, arrows and the like can be drawn as such; repository text is never transliterated.
    pub unicode: bool,
}

impl Terminal {
    /// What standard output can show.
    pub fn detect(choice: ColorChoice) -> Terminal {
        let stdout = io::stdout();
        let size = terminal_size::terminal_size_of(&stdout).map(|(width, _)| usize::from(width.0));
        Terminal::decide(choice, &|name| env::var(name).ok(), stdout.is_terminal(), size)
    }

    /// No colour and a given width, as for a file.
    pub fn plain(width: usize) -> Terminal {
        Terminal { color: false, width, unicode: true }
    }

    fn decide(
        choice: ColorChoice,
        variable: &dyn Fn(&str) -> Option<String>,
        is_terminal: bool,
        size: Option<usize>,
    ) -> Terminal {
        let value = |name| variable(name).filter(|value| !value.is_empty());
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if value("NO_COLOR").is_some() => false,
            ColorChoice::Auto if value("CLICOLOR_FORCE").is_some_and(|force| force != "0") => true,
            ColorChoice::Auto => {
                is_terminal
                    && value("TERM").is_none_or(|term| term != "dumb")
                    && value("CLICOLOR").is_none_or(|wish| wish != "0")
            }
        };
        let width = value("COLUMNS")
            .and_then(|columns| columns.parse().ok())
            .or(size.filter(|_| is_terminal))
            .unwrap_or(PIPED)
            .clamp(WIDTHS.0, WIDTHS.1);
        // Where no locale is set at all, as in many containers, UTF-8 is the better guess.
        let locale = value("LC_ALL").or_else(|| value("LC_CTYPE")).or_else(|| value("LANG"));
        let unicode = locale.is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        Terminal { color, width, unicode }
    }

    pub(super) fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(super) fn red(&self, text: &str) -> String {
        self.paint("31", text)
    }

    pub(super) fn green(&self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(super) fn yellow(&self, text: &str) -> String {
        self.paint("33", text)
    }

    pub(super) fn cyan(&self, text: &str) -> String {
        self.paint("36", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    /// `unicode` where it can be drawn, else `ascii`.
    pub(super) fn glyph<'a>(&self, unicode: &'a str, ascii: &'a str) -> &'a str {
        if self.unicode { unicode } else { ascii }
    }

    /// Repository text, safe and in at most `width` columns.
    pub(super) fn fit(&self, text: &str, width: usize) -> String {
        cut(&clean(text), width, self.glyph("…", "..."))
    }

    /// A path or glob, safe and in at most `width` columns.
    pub(super) fn fit_path(&self, path: &str, width: usize) -> String {
        cut_path(&clean(path), width, self.glyph("…", "..."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(choice: ColorChoice, variables: &[(&str, &str)], size: Option<usize>) -> Terminal {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string());
        Terminal::decide(choice, &variable, size.is_some(), size)
    }

    #[test]
    fn no_color_wins_over_force_and_an_empty_one_means_nothing() {
        let auto = ColorChoice::Auto;
        assert!(!decided(auto, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], Some(80)).color);
        assert!(decided(auto, &[("NO_COLOR", ""), ("CLICOLOR_FORCE", "1")], None).color);
        assert!(!decided(auto, &[("CLICOLOR_FORCE", "0")], None).color);
        assert!(!decided(auto, &[("TERM", "dumb")], Some(80)).color);
        assert!(decided(auto, &[], Some(80)).color);
        assert!(!decided(auto, &[], None).color);
    }

    #[test]
    fn the_flag_wins_over_the_environment() {
        assert!(decided(ColorChoice::Always, &[("NO_COLOR", "1")], None).color);
        assert!(!decided(ColorChoice::Never, &[("CLICOLOR_FORCE", "1")], Some(80)).color);
        assert!("sometimes".parse::<ColorChoice>().is_err());
    }

    #[test]
    fn the_width_is_that_of_columns_then_of_the_terminal_then_eighty() {
        let width = |variables: &[(&str, &str)], size| decided(ColorChoice::Auto, variables, size).width;
        assert_eq!(width(&[("COLUMNS", "100")], Some(120)), 100);
        assert_eq!(width(&[("COLUMNS", "wide")], Some(120)), 120);
        assert_eq!(width(&[], None), 80);
        assert_eq!(width(&[], Some(20)), 60);
        assert_eq!(width(&[], Some(400)), 160);
    }

    #[test]
    fn a_locale_that_is_not_utf8_gets_ascii_drawings() {
        let unicode = |variables: &[(&str, &str)]| decided(ColorChoice::Auto, variables, None).unicode;
        assert!(unicode(&[("LANG", "de_DE.UTF-8")]));
        assert!(unicode(&[("LC_ALL", "C.utf8"), ("LANG", "C")]));
        assert!(!unicode(&[("LANG", "C")]));
        assert!(unicode(&[]));
    }
}
