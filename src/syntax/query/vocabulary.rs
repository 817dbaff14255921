//! The names of a grammar's node kinds and fields, and their ids.
//!
//! A kind's name may belong to several ids (aliases); the lowest of them stands for all. Built once per
//! grammar and process, because the library's own look-ups scan the whole list.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::syntax::Language;

/// Stands for an id that no pattern can name: the ERROR kind.
pub(super) const NO_KIND: u16 = u16::MAX;

/// What a named kind is to a query.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Kind(u16),
    /// A class of kinds such as `expression`; only the parser knows which nodes belong to it.
    Supertype,
}

pub(super) struct Vocabulary {
    named: HashMap<Box<str>, Named>,
    anonymous: HashMap<Box<str>, u16>,
    fields: HashMap<Box<str>, u16>,
    /// The lowest id of the same name, by id.
    lowest: Vec<u16>,
}

impl Vocabulary {
    /// The vocabulary of a language.
    pub(super) fn of(language: Language) -> &'static Vocabulary {
        static TYPESCRIPT: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::read(Language::TypeScript));
        static TSX: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::read(Language::Tsx));
        static PYTHON: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::read(Language::Python));
        match language {
            Language::TypeScript => &TYPESCRIPT,
            Language::Tsx | Language::JavaScript => &TSX,
            Language::Python => &PYTHON,
        }
    }

    fn read(language: Language) -> Vocabulary {
        let grammar = language.grammar();
        let kinds = grammar.node_kind_count() as u16;
        let mut vocabulary = Vocabulary {
            named: HashMap::with_capacity(kinds.into()),
            anonymous: HashMap::new(),
            fields: HashMap::new(),
            lowest: (0..kinds).collect(),
        };
        for id in 0..kinds {
            let Some(name) = grammar.node_kind_for_id(id) else { continue };
            if grammar.node_kind_is_supertype(id) {
                vocabulary.named.insert(name.into(), Named::Supertype);
            } else if !grammar.node_kind_is_visible(id) {
                continue;
            } else if grammar.node_kind_is_named(id) {
                if let Named::Kind(lowest) = *vocabulary.named.entry(name.into()).or_insert(Named::Kind(id)) {
                    vocabulary.lowest[id as usize] = lowest;
                }
            } else {
                vocabulary.lowest[id as usize] = *vocabulary.anonymous.entry(name.into()).or_insert(id);
            }
        }
        for id in 1..=grammar.field_count() as u16 {
            if let Some(name) = grammar.field_name_for_id(id) {
                vocabulary.fields.insert(name.into(), id);
            }
        }
        vocabulary
    }

    pub(super) fn named(&self, name: &str) -> Option<Named> {
        self.named.get(name).copied()
    }

    pub(super) fn anonymous(&self, name: &str) -> Option<u16> {
        self.anonymous.get(name).copied()
    }

    pub(super) fn field(&self, name: &str) -> Option<u16> {
        self.fields.get(name).copied()
    }

    /// One id for all kinds of the same name; [`NO_KIND`] for ERROR.
    pub(super) fn kind_of(&self, node: tree_sitter::Node) -> u16 {
        self.lowest.get(node.kind_id() as usize).copied().unwrap_or(NO_KIND)
    }

    pub(super) fn kinds(&self) -> usize {
        self.lowest.len()
    }
}
