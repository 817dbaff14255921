//! Bytes of a file, as the front ends name them.

use std::ops::Range;

use oxc_span::Span;
use ruff_python_ast::AnyNodeRef;
use ruff_text_size::{Ranged, TextRange};

/// A place in a file.
pub trait Place {
    fn bytes(&self) -> Range<usize>;
}

impl Place for Range<usize> {
    fn bytes(&self) -> Range<usize> {
        self.clone()
    }
}

impl Place for Span {
    fn bytes(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Place for TextRange {
    fn bytes(&self) -> Range<usize> {
        self.start().to_usize()..self.end().to_usize()
    }
}

impl Place for AnyNodeRef<'_> {
    fn bytes(&self) -> Range<usize> {
        self.range().bytes()
    }
}
