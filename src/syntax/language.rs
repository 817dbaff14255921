//! Which language a path is written in.

/// A language that friction reads. JavaScript is parsed with the TSX grammar, of which it is a subset
/// for all that friction asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    TypeScript,
    Tsx,
    JavaScript,
    Python,
}

impl Language {
    /// The language of a path, by its extension; none for what is not code that friction reads.
    pub fn of_path(path: &str) -> Option<Language> {
        let name = path.rsplit('/').next()?;
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        Some(match extension {
            "ts" | "mts" | "cts" => Language::TypeScript,
            "tsx" => Language::Tsx,
            "js" | "jsx" | "mjs" | "cjs" => Language::JavaScript,
            "py" | "pyi" => Language::Python,
            _ => return None,
        })
    }

    /// True for the TypeScript and JavaScript kinds.
    pub fn is_ecma(self) -> bool {
        self != Language::Python
    }

    /// The tree-sitter grammar.
    pub fn grammar(self) -> tree_sitter::Language {
        match self {
            Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Language::Tsx | Language::JavaScript => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Language::Python => tree_sitter_python::LANGUAGE.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_extension_decides_and_a_bare_dot_file_has_none() {
        assert_eq!(Language::of_path("src/a.test.ts"), Some(Language::TypeScript));
        assert_eq!(Language::of_path("a/b.d.mts"), Some(Language::TypeScript));
        assert_eq!(Language::of_path(".py"), None);
        assert_eq!(Language::of_path("py"), None);
        assert_eq!(Language::of_path("a.py/readme"), None);
    }
}
