//! Whether the program that an image runs was built for release.

use super::built::{build_args, commands};
use crate::facts::dockerfile::DockerfileFacts;
use crate::source::file_name;
use crate::span::{FileId, Span};

/// The profile that a program was built with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Release(Span),
    Debug(Span),
    /// Nothing here says it.
    Unknown,
}

/// The profile of what a stage builds and something copies from `origin`; `place` is the copy.
pub(super) fn of(
    file: FileId,
    dockerfile: &DockerfileFacts,
    stages: &[usize],
    origin: &str,
    place: Option<Span>,
) -> Profile {
    let folders = || origin.split('/').rev().skip(1);
    let is_output = folders().any(|part| part == "target");
    if let Some(place) = place.filter(|_| is_output) {
        if folders().any(|part| part == "debug") {
            return Profile::Debug(place);
        }
        if folders().any(|part| part == "release") {
            return Profile::Release(place);
        }
    }
    let mut found: Vec<(bool, bool, Span)> = Vec::new();
    for run in stages.iter().flat_map(|at| &dockerfile.stages[*at].runs) {
        for command in commands(&run.expanded) {
            let Some((_, args)) = build_args(&command) else { continue };
            let is_certain = !command.context.conditional && !command.context.function;
            found.push((is_release(args), is_certain, Span::new(file, run.range)));
        }
    }
    let is_one = found.iter().all(|(release, certain, _)| *certain && *release == found[0].0);
    match found.last() {
        Some((true, _, span)) if is_one => Profile::Release(*span),
        Some((false, _, span)) if is_one => Profile::Debug(*span),
        _ => Profile::Unknown,
    }
}

fn is_release(args: &[String]) -> bool {
    let has = |option: &str| args.iter().any(|word| file_name(word) == option);
    if args.iter().take(2).any(|word| word == "install") {
        return !has("--debug");
    }
    // A profile of one's own is mostly made for release; a variable may say either.
    has("--release")
        || has("-r")
        || args.iter().any(|word| word.starts_with("--profile") || word.contains('$'))
}
