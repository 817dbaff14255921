//! What a rule says: a place, the words of its message, perhaps a mend.

use std::ops::Range;

use crate::facts::Place;
use crate::model::{Edit, Fix, Safety, Severity};

/// A mistake that a rule found in a file.
#[derive(Clone, Debug)]
pub struct Hit {
    pub bytes: Range<usize>,
    /// What stands for the `{placeholders}` of the message and the help.
    pub words: Vec<(&'static str, String)>,
    /// Another severity than the rule's usual one.
    pub severity: Option<Severity>,
    /// Another help than the rule's usual one.
    pub help: Option<String>,
    pub fix: Option<Fix>,
    pub related: Vec<RelatedPlace>,
}

/// Another place that explains a hit.
#[derive(Clone, Debug)]
pub struct RelatedPlace {
    /// None: the file itself.
    pub path: Option<String>,
    pub bytes: Range<usize>,
    pub message: String,
}

impl Hit {
    /// Fills a placeholder.
    pub fn word(&mut self, name: &'static str, value: impl Into<String>) -> &mut Hit {
        self.words.push((name, value.into()));
        self
    }

    pub fn severity(&mut self, severity: Severity) -> &mut Hit {
        self.severity = Some(severity);
        self
    }

    pub fn help(&mut self, help: impl Into<String>) -> &mut Hit {
        self.help = Some(help.into());
        self
    }

    /// A mend: bytes and what they become.
    pub fn fix(
        &mut self,
        safety: Safety,
        edits: impl IntoIterator<Item = (Range<usize>, String)>,
    ) -> &mut Hit {
        let edit = |(bytes, text): (Range<usize>, String)| Edit { start: bytes.start, end: bytes.end, text };
        let mut edits: Vec<Edit> = edits.into_iter().map(edit).collect();
        edits.sort_by_key(|edit| edit.start);
        self.fix = Some(Fix { safety, edits });
        self
    }

    /// Points at another place of the same file.
    pub fn related(&mut self, place: impl Place, message: impl Into<String>) -> &mut Hit {
        self.related.push(RelatedPlace { path: None, bytes: place.bytes(), message: message.into() });
        self
    }

    /// Points at a place in another file.
    pub fn related_in(
        &mut self,
        path: impl Into<String>,
        place: impl Place,
        message: impl Into<String>,
    ) -> &mut Hit {
        let (path, bytes) = (Some(path.into()), place.bytes());
        self.related.push(RelatedPlace { path, bytes, message: message.into() });
        self
    }
}

/// The hits of one rule in one file.
#[derive(Debug, Default)]
pub struct Hits(Vec<Hit>);

impl Hits {
    /// Adds a hit; what it needs beside its place is added to what is returned.
    pub fn at(&mut self, place: impl Place) -> &mut Hit {
        let hit = Hit {
            bytes: place.bytes(),
            words: Vec::new(),
            severity: None,
            help: None,
            fix: None,
            related: Vec::new(),
        };
        self.0.push(hit);
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    pub fn into_vec(self) -> Vec<Hit> {
        self.0
    }
}
