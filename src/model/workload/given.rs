//! The variables that a manifest gives a container, before its image's own.

use crate::facts::compose::{ComposeService, Variables, Words};
use crate::facts::kubernetes::Container;
use crate::model::start::exports::{Exports, of_words};
use crate::source::{Sources, folder, join};
use crate::span::{FileId, Home, Span};
use crate::syntax::shell;

/// What a manifest gives a container.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// Set one by one; the last of a name holds.
    pub(crate) variables: Vec<Variable>,
    /// Taken whole, where no variable of the name is set by itself; the last that has the name holds.
    pub(crate) from: Vec<(From, Span)>,
    /// The words that replace the image's ENTRYPOINT, and those that replace its CMD.
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) command: Option<Vec<String>>,
    /// Where the first word of its entrypoint is written.
    pub(crate) entrypoint_at: Option<Span>,
    /// What its own words set.
    pub(crate) exports: Exports,
    /// Whether files are mounted, which may hold variables for a program that reads such files.
    pub(crate) has_mounts: bool,
    /// Why any other variable may be set as well.
    pub(crate) open: Option<String>,
    /// `enableServiceLinks: false`.
    pub(crate) is_unlinked: bool,
}

/// A variable and what it is set to.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// What a variable is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    /// A key of a `ConfigMap` (`false`) or a `Secret` (`true`), and the object's name.
    Key(bool, String, String),
    /// To something that is not written here.
    Hidden,
    /// To what whoever starts the container has, if anything.
    Caller,
}

/// What variables are taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// Its path in the tree; `Err` is what is written, where that is not in the tree.
    File(Result<FileId, String>),
    /// Whether it is a `Secret`, its name, and what is put before its keys.
    Object(bool, String, String),
}

pub(super) fn of_compose(
    sources: &Sources,
    file: FileId,
    service: &ComposeService,
    known: &Variables,
) -> Given {
    let base = folder(sources.path(file));
    // Without a value it is taken from whoever runs Compose, and from the `.env` that Compose reads.
    let value = |name: &str, set: Option<&str>| match set {
        Some(text) => known.value(text).map_or(Value::Hidden, Value::Text),
        None => known.get(name).map_or(Value::Caller, |text| Value::Text(text.to_owned())),
    };
    let variables = service.environment.iter().map(|(name, set)| Variable {
        name: name.value.clone(),
        span: name.span(file),
        value: value(&name.value, set.as_ref().map(|set| set.value.as_str())),
    });
    let from = service.env_files.iter().map(|path| {
        let written = known.value(&path.value).unwrap_or_else(|| path.value.clone());
        let found = join(base, &written).and_then(|path| sources.find(&path));
        (From::File(found.ok_or(written)), path.span(file))
    });
    let (entrypoint, command) =
        (words(service.entrypoint.as_ref(), known), words(service.command.as_ref(), known));
    Given {
        variables: variables.collect(),
        from: from.collect(),
        has_mounts: !service.mounts.is_empty(),
        open: service.extends.as_ref().map(|_| "it extends another service".to_owned()),
        is_unlinked: true,
        entrypoint_at: service.entrypoint.as_ref().and_then(|words| match words {
            Words::Exec(words) => words.first().map(|word| word.span(file)),
            Words::Shell(text) => Some(text.span(file)),
        }),
        ..started(entrypoint, command)
    }
}

pub(super) fn of_container(home: &Home, container: &Container, is_unlinked: bool) -> Given {
    let variables = container.env.iter().map(|variable| Variable {
        name: variable.name.value.clone(),
        span: home.at(&variable.name),
        value: match (&variable.value, variable.from.as_deref()) {
            (Some(text), _) if text.value.contains("$(") => Value::Hidden,
            (Some(text), _) => Value::Text(text.value.clone()),
            (None, Some(from)) => key(from),
            (None, None) => Value::Text(String::new()),
        },
    });
    let from = container.env_from.iter().map(|(object, prefix)| {
        let (kind, name) = object.value.split_once('/').unwrap_or(("", &object.value));
        (From::Object(kind == "Secret", name.to_owned(), prefix.clone()), home.at(object))
    });
    let entrypoint = container.command.as_deref().map(crate::model::start::texts);
    let command = container.args.as_deref().map(crate::model::start::texts);
    Given {
        variables: variables.collect(),
        from: from.collect(),
        has_mounts: !container.volume_mounts.is_empty(),
        is_unlinked,
        entrypoint_at: container.command.as_deref().and_then(|words| words.first()).map(|word| home.at(word)),
        ..started(entrypoint, command)
    }
}

/// `ConfigMap/name#key`.
fn key(from: &str) -> Value {
    let parts = || {
        let (kind, rest) = from.split_once('/')?;
        let (name, key) = rest.split_once('#')?;
        Some((kind == "Secret", name.to_owned(), key.to_owned()))
    };
    parts().map_or(Value::Hidden, |(is_secret, name, key)| Value::Key(is_secret, name, key))
}

/// What a container starts, and what that sets.
fn started(entrypoint: Option<Vec<String>>, command: Option<Vec<String>>) -> Given {
    let words: Vec<String> = entrypoint.iter().chain(&command).flatten().cloned().collect();
    Given { exports: of_words(&words, &|_| None), entrypoint, command, ..Given::default() }
}

/// The words of a command of a compose file; a variable without a value stands as it is written.
fn words(words: Option<&Words>, known: &Variables) -> Option<Vec<String>> {
    let written = |text: &str| known.value(text).unwrap_or_else(|| text.to_owned());
    match words? {
        Words::Exec(words) => Some(words.iter().map(|word| written(&word.value)).collect()),
        Words::Shell(text) => Some(shell::parse(&written(&text.value)).commands.first()?.words.clone()),
    }
}
