//! Forge reads a repository and says, with proof, whether the services in it are ready for production.
//!
//! The stages, in the order of a run; `ARCHITECTURE.md` has the map and its invariants:
//! `discover` reads the tree, `facts` takes what each file says, `model` joins it, `rules` judge, `engine` runs them and
//! `report` writes what follows. Only the first and the last do I/O.

mod cli;
mod command;
mod output;
mod report;

mod config;
mod engine;
mod gate;
mod policy;
mod score;

mod finding;
mod fingerprint;
mod rule;
mod rules;
mod waiver;

mod knowledge;
mod model;

mod facts;
mod syntax;

mod cargo;
mod date;
mod discover;
mod git;
mod places;
mod source;
mod span;
mod spelling;

pub use cli::run;
pub use discover::{DiscoverError, Settings, discover};
pub use engine::audit;
pub use report::Report;
#[doc(hidden)]
pub use rule::examine::{Examination, Examined, examine};
pub use rule::examples::{ExampleTest, example_tests};
pub use source::Sources;

/// What `build.rs` puts into the program.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}
