//! Tests of the whole program, in one binary: `cargo test --test it robustness` runs those of one module.
//!
//! Each test writes its own tree into a temporary folder and scrubs the environment, so that nothing of the machine,
//! of this repository or of another test changes what it sees.

#![expect(
    clippy::disallowed_methods,
    reason = "tests write trees, read this repository and start the program"
)]

mod action;
mod cli;
mod common;
mod config;
mod conventions;
mod determinism;
mod fixtures;
mod gate;
mod output;
mod robustness;
mod story;
mod waivers;
