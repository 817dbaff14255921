//! The plain values that cross rooms: what a scan found and what was learned from it.
//!
//! Nothing here reads, decides or prints. Field names are the field names of the JSON
//! contracts (`friction.scan/1`, `friction.patterns/1`), so a change here is a change for users.

pub mod dispatch;
mod family;
mod finding;
pub mod gate;
mod patterns;
mod scan;
mod shown;

pub use family::Family;
pub use finding::*;
pub use patterns::*;
pub use scan::*;
pub use shown::{Excerpt, Shown};
