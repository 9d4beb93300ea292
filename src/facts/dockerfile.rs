//! What a Dockerfile says: its stages, what each is built from, and what the container is told to run.
//!
//! Values are taken as a build without `--build-arg` and `--target` sees them: defaults of ARG apply,
//! triggers of ONBUILD fire in the stages built on theirs. What lies in an external base image is not known
//! here.

mod build;
mod effective;
mod expand;
mod pick;

use crate::{
    span::{At, Range},
    syntax::{dockerfile::Flag, image_ref::ImageRef},
};

pub(crate) use expand::Value;

/// Takes the facts from the text of a Dockerfile. Never fails: what could not be read is in `errors`.
pub(crate) fn extract(text: &str) -> DockerfileFacts {
    build::stages(text)
}

/// The facts of one Dockerfile.
#[derive(Clone, Debug, Default)]
pub(crate) struct DockerfileFacts {
    /// The ARGs before the first FROM.
    pub(crate) global_args: Vec<Argument>,
    pub(crate) stages: Vec<Stage>,
    /// Every SHELL of the file; commands refer to them by index.
    pub(crate) shells: Vec<Vec<At<String>>>,
    pub(crate) errors: Vec<At<String>>,
}

/// An ARG, with its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) name: At<String>,
    pub(crate) default: Option<At<Value>>,
}

/// A stage: a FROM and the instructions up to the next.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    /// As written; stages are found by it in either case.
    pub(crate) name: Option<At<String>>,
    /// The FROM instruction.
    pub(crate) range: Range,
    /// The image or stage as written.
    pub(crate) from: At<String>,
    pub(crate) base: Base,
    /// Where a variable of the build decides between stages (`FROM build-${TARGETARCH}`), every stage that it may be.
    /// `base` is the last of them.
    pub(crate) alternatives: Vec<usize>,
    pub(crate) platform: Option<At<String>>,
    pub(crate) args: Vec<Argument>,
    pub(crate) env: Vec<(At<String>, At<Value>)>,
    pub(crate) user: Option<At<Value>>,
    /// The directory after the last WORKDIR, joined with those before it. Relative only when the base's is
    /// not known.
    pub(crate) workdir: Option<At<Value>>,
    pub(crate) entrypoint: Option<Command>,
    pub(crate) cmd: Option<Command>,
    pub(crate) shell: Option<Command>,
    pub(crate) expose: Vec<At<Value>>,
    pub(crate) healthcheck: Option<Healthcheck>,
    pub(crate) stopsignal: Option<At<Value>>,
    pub(crate) copies: Vec<Copy>,
    pub(crate) runs: Vec<Run>,
}

/// What a stage is built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Scratch,
    /// The index of an earlier stage.
    Stage(usize),
    Image(ImageRef),
    /// The variable that has no value in the file, or the reference when it is not a valid one.
    Unresolved(String),
}

/// What the container runs: an ENTRYPOINT, a CMD, a SHELL, or the command of a HEALTHCHECK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) form: Form,
    /// The SHELL in force at this place, an index into `shells`. `None` is the base's, mostly `/bin/sh -c`.
    pub(crate) shell: Option<usize>,
    pub(crate) range: Range,
}

/// How a command is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The words of the JSON form. Docker expands nothing in them. No words at all take an inherited
    /// command away.
    Exec(Vec<At<String>>),
    /// A text for the shell, which expands what the environment holds when the container starts.
    Shell(At<String>),
}

/// A HEALTHCHECK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Healthcheck {
    pub(crate) kind: HealthcheckKind,
    /// `interval`, `timeout`, `start-period`, `start-interval`, `retries`, as written.
    pub(crate) options: Vec<Flag>,
    pub(crate) range: Range,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HealthcheckKind {
    /// `NONE`: an inherited check is switched off.
    None,
    Command(Command),
}

/// A COPY or an ADD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) from: Option<Source>,
    /// Without here-documents.
    pub(crate) sources: Vec<At<Value>>,
    pub(crate) dest: At<Value>,
    pub(crate) add: bool,
    pub(crate) range: Range,
}

/// Where files are taken from that are not of the build context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) token: At<String>,
    pub(crate) from: CopyFrom,
}

/// What a `--from` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CopyFrom {
    Stage(usize),
    /// An image, or a build context named on the command line, which the file cannot tell apart.
    Image(ImageRef),
    /// As written: variables are not expanded there.
    Unresolved(String),
}

/// A RUN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// What the shell reads: the text with its here-documents, or the body of the one that is all of it. In
    /// exec form the words with blanks between.
    pub(crate) script: At<String>,
    /// The script with the variables of the file in it, as far as their values are written there.
    pub(crate) expanded: String,
    pub(crate) form: Form,
    /// The SHELL in force, as in [`Command`].
    pub(crate) shell: Option<usize>,
    /// The `from=` of its mounts.
    pub(crate) mounts_from: Vec<Source>,
    pub(crate) range: Range,
}

#[cfg(test)]
mod tests;
