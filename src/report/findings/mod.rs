//! What a check found, one small file for each format.

mod concise;

pub use concise::concise;
