//! What a check found, one small file for each format.

mod agent;
mod concise;
mod full;
mod github;
mod gitlab;
mod jsonl;
mod junit;
mod sarif;
mod summary;

pub use agent::agent;
pub use concise::concise;
pub use full::{Past, full};
pub use github::github;
pub use gitlab::gitlab;
pub use jsonl::jsonl;
pub use junit::junit;
pub use sarif::sarif;
