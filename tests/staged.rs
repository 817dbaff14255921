//! What is about to be committed is read exactly, whether git's files are read by hand or git is asked: the
//! truth is what git itself says, and what it then commits.

mod support;

#[path = "staged/seen.rs"]
mod seen;

#[path = "staged/formats.rs"]
mod formats;
#[path = "staged/hooks.rs"]
mod hooks;
#[path = "staged/index.rs"]
mod index;
#[path = "staged/other_states.rs"]
mod other_states;
#[path = "staged/random.rs"]
mod random;
