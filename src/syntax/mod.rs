//! Languages, parsed sources and queries over them (`.scm`).

mod language;
mod query;
mod source;
mod spelling;
mod test_path;

pub use language::Language;
pub use query::{Engine, Match, Query, QueryError};
pub use source::Source;
pub use spelling::edits;
pub use test_path::is_test;
