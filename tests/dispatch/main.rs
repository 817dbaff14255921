//! The dispatcher, from the outside: real processes, real repositories, agents that are short scripts.

#[path = "../support/mod.rs"]
mod support;

mod kill;
mod landing;
mod limits;
mod people;
mod stage;
mod stalls;
mod trouble;
