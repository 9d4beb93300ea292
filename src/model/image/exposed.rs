//! Secrets that a Dockerfile puts into an image, or into the history of its build, where whoever has the image reads them
//! (<https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/>).

use crate::facts::dockerfile::{Argument, Copy, DockerfileFacts, Stage};
use crate::model::secret::{Written, is_secret_name, written_as};
use crate::source::file_name;
use crate::span::{FileId, Range, Span};

/// The secrets of an image.
#[derive(Debug)]
pub(crate) struct Exposure {
    pub(crate) found: Vec<Exposed>,
    /// Whether anything is set or copied, so that there could be some.
    pub(crate) takes_values: bool,
    /// Whether there may be others in what could not be read.
    pub(crate) is_partial: bool,
}

/// A secret, and how it gets there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exposed {
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) how: How,
    /// Whether it is in the image itself, and not in a stage that the image only copies from.
    pub(crate) is_kept: bool,
}

/// How a secret gets into an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    Env,
    Arg,
    File,
}

/// Files that hold credentials under these names.
const FILES: &[&str] = &[
    ".env",
    ".env.local",
    ".env.production",
    ".git-credentials",
    ".netrc",
    ".pypirc",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
];

impl Exposure {
    /// What the stages that an image needs expose.
    pub(super) fn of(file: FileId, dockerfile: &DockerfileFacts, stage: usize, needed: &[usize]) -> Self {
        let kept = dockerfile.chain(stage);
        let mut found: Vec<Exposed> = args(file, &dockerfile.global_args, false).collect();
        let mut takes_values = !dockerfile.global_args.is_empty();
        for at in needed {
            let is_kept = kept.contains(at);
            let stage = &dockerfile.stages[*at];
            takes_values |= !(stage.args.is_empty() && stage.env.is_empty() && stage.copies.is_empty());
            found.extend(args(file, &stage.args, is_kept));
            found.extend(variables(file, stage, is_kept));
            if is_kept {
                found.extend(stage.copies.iter().flat_map(|copy| files(file, copy)));
            }
        }
        found.sort();
        found.dedup();
        Self { found, takes_values, is_partial: !dockerfile.errors.is_empty() }
    }
}

fn exposed(file: FileId, range: Range, name: &str, how: How, is_kept: bool) -> Exposed {
    Exposed { span: Span::new(file, range), name: name.to_owned(), how, is_kept }
}

/// Whoever builds gives the value; a default is written down besides.
fn args(file: FileId, args: &[Argument], is_kept: bool) -> impl Iterator<Item = Exposed> {
    let secret = args.iter().filter(|arg| is_credential(&arg.name.value));
    secret.map(move |arg| exposed(file, arg.name.range, &arg.name.value, How::Arg, is_kept))
}

fn variables(file: FileId, stage: &Stage, is_kept: bool) -> impl Iterator<Item = Exposed> {
    let holds = move |name: &str, value: Option<&str>| match value {
        // An empty one is set by whoever runs the image.
        Some("") => false,
        Some(value) if is_access_key(name) => !value.trim().is_empty(),
        Some(value) => written_as(name, value) == Some(Written::Value),
        None => is_credential(name),
    };
    let secret = stage.env.iter().filter(move |(name, value)| holds(&name.value, value.value.known()));
    secret.map(move |(name, _)| exposed(file, name.range, &name.value, How::Env, is_kept))
}

fn files(file: FileId, copy: &Copy) -> impl Iterator<Item = Exposed> {
    let sources = copy.sources.iter().filter(|_| copy.from.is_none());
    let secret = sources.filter(|source| FILES.contains(&file_name(&source.value.text)));
    secret.map(move |source| exposed(file, source.range, &source.value.text, How::File, true))
}

fn is_credential(name: &str) -> bool {
    is_secret_name(name) || is_access_key(name)
}

/// The half of a pair that names the other.
fn is_access_key(name: &str) -> bool {
    name.eq_ignore_ascii_case("AWS_ACCESS_KEY_ID")
}
