//! Languages, parsed sources and queries over them (`.scm`).

mod language;
mod query;
mod source;
mod test_path;

pub use language::Language;
pub use query::{Engine, Match, Query, QueryError};
pub use source::Source;
pub use test_path::is_test;
