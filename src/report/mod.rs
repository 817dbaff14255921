//! Draws what was found, one file per output format; owns the terminal and the progress bar.
//!
//! Plain data comes in, text goes out: nothing here reads a repository or decides a verdict. All text
//! that came from a repository is escaped on its way, see [`clean`].

mod dispatch;
mod findings;
mod gate;
mod headline;
mod json;
mod markdown;
mod pace;
mod pipe;
mod progress;
mod screen;
mod show;
mod terminal;
mod text;
mod words;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

pub use dispatch::{dispatch_ended, dispatch_live, dispatch_plan, dispatch_report};
pub use findings::{Past, agent, concise, full, github, gitlab, jsonl as findings_jsonl, junit, sarif};
pub use gate::{gate, gate_digest};
pub use json::{json, json_compact, jsonl};
pub use markdown::markdown;
pub use pace::Stage;
pub use pipe::to_stdout;
pub use progress::Progress;
pub use screen::screen;
pub use show::show;
pub use terminal::{ColorChoice, Terminal};
pub use text::clean;
pub use words::counted;
