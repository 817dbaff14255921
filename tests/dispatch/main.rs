//! The dispatcher, from the outside: real processes, real repositories, agents that are short scripts.

#[path = "../support/mod.rs"]
mod support;

mod clocks;
mod kill;
mod kill_rare;
mod landing;
mod leap;
mod limits;
mod own_gate;
mod people;
mod stage;
mod stalls;
mod trouble;
