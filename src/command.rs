//! What each command does, and how it may fail.

pub(crate) mod audit;
pub(crate) mod baseline;
mod compare;
pub(crate) mod config;
pub(crate) mod explain;
pub(crate) mod init;
pub(crate) mod outputs;
pub(crate) mod rules;

use std::io;
use std::path::PathBuf;

use crate::discover::DiscoverError;

/// Why a command could not do its job. Each message says what to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The user named something that cannot be audited.
    Discover(DiscoverError),
    /// The user named a rule that does not exist; with the nearest name, if one is near.
    UnknownRule { name: String, nearest: Option<String> },
    /// The user named a base that does not exist; with names that are near.
    NoSuchBase { name: String, near: Vec<String> },
    /// The user named a baseline that cannot be read or is none.
    Baseline { path: String, why: String },
    /// The configuration is wrong: all that is, drawn at its places.
    Config(String),
    /// A configuration that was named cannot be read.
    ConfigUnreadable { path: PathBuf, why: String },
    /// A file that would be written exists.
    Exists(Vec<String>),
    /// The system gave no threads.
    Threads(String),
    /// The report could not be written.
    Write(io::Error),
    /// A file could not be written.
    WriteTo(PathBuf, io::Error),
    /// Two reports would be written to one place; `None` is standard output.
    SamePlace(Option<PathBuf>),
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
            Self::NoSuchBase { name, near } if near.is_empty() => {
                write!(f, "there is no commit `{name}` here; `git branch --all` lists what can be named")
            }
            Self::NoSuchBase { name, near } => {
                write!(f, "there is no commit `{name}` here; did you mean `{}`?", near.join("`, `"))
            }
            Self::Baseline { path, why } => write!(f, "{path} {why}"),
            Self::Config(drawn) => write!(f, "{drawn}"),
            Self::ConfigUnreadable { path, why } => {
                write!(f, "the configuration {} cannot be read: {why}", path.display())
            }
            Self::Exists(paths) => {
                let (verb, them) = if paths.len() == 1 { ("exists", "it") } else { ("exist", "them") };
                let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
                write!(f, "{} {verb}; nothing was written; `--force` replaces {them}", paths.join(" and "))
            }
            Self::Threads(why) => write!(f, "could not start its threads: {why}; try a smaller `--threads`"),
            Self::Write(error) => write!(f, "could not write the report: {error}"),
            Self::WriteTo(path, error) => write!(f, "could not write {}: {error}", path.display()),
            Self::SamePlace(None) => {
                write!(
                    f,
                    "two reports would go to standard output; give all but one a file, as in `--format sarif=forge.sarif`"
                )
            }
            Self::SamePlace(Some(path)) => {
                write!(f, "two reports would go to {}; give each a file of its own", path.display())
            }
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}
