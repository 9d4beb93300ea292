//! What each command does, and how it may fail.

pub(crate) mod audit;
pub(crate) mod explain;
pub(crate) mod rules;

use std::io;

use crate::discover::DiscoverError;

/// Why a command could not do its job. Each message says what to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The user named something that cannot be audited.
    Discover(DiscoverError),
    /// The user named a rule that does not exist; with the nearest name, if one is near.
    UnknownRule { name: String, nearest: Option<String> },
    /// The system gave no threads.
    Threads(String),
    /// The report could not be written.
    Write(io::Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Discover(error) => write!(f, "{error}"),
            Self::UnknownRule { name, nearest: Some(nearest) } => {
                write!(f, "there is no rule `{name}`; did you mean `{nearest}`? `forge rules` lists them all")
            }
            Self::UnknownRule { name, nearest: None } => {
                write!(f, "there is no rule `{name}`; `forge rules` lists them all")
            }
            Self::Threads(why) => write!(f, "could not start its threads: {why}; try a smaller `--threads`"),
            Self::Write(error) => write!(f, "could not write the report: {error}"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}
