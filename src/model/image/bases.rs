//! The external images that an image is made of: those that its stages are built from, and those that files are taken from.

use crate::facts::dockerfile::{Base, CopyFrom, DockerfileFacts};
use crate::span::{FileId, Span};
use crate::syntax::image_ref::ImageRef;

/// An external image that a stage is built from.
#[derive(Debug)]
pub(crate) struct BaseUse {
    pub(crate) span: Span,
    /// As written; `Err` names what could not be resolved.
    pub(crate) image: Result<ImageRef, String>,
}

/// The stages that a stage is made of: those it is built on, and those it copies from, with theirs.
pub(super) fn needed(dockerfile: &DockerfileFacts, stage: usize) -> Vec<usize> {
    let mut found = std::collections::BTreeSet::new();
    let mut open = vec![stage];
    while let Some(at) = open.pop() {
        if !found.insert(at) {
            continue;
        }
        let stage = &dockerfile.stages[at];
        if let Base::Stage(below) = stage.base {
            open.push(below);
        }
        open.extend(&stage.alternatives);
        let copies = stage.copies.iter().filter_map(|copy| copy.from.as_ref());
        let mounts = stage.runs.iter().flat_map(|run| &run.mounts_from);
        open.extend(copies.chain(mounts).filter_map(|source| match source.from {
            CopyFrom::Stage(at) => Some(at),
            _ => None,
        }));
    }
    found.into_iter().collect()
}

pub(super) fn all(file: FileId, dockerfile: &DockerfileFacts, needed: &[usize]) -> Vec<BaseUse> {
    needed
        .iter()
        .filter_map(|at| {
            let stage = &dockerfile.stages[*at];
            let image = match &stage.base {
                Base::Image(image) => Ok(image.clone()),
                Base::Unresolved(what) => Err(what.clone()),
                Base::Scratch | Base::Stage(_) => return None,
            };
            Some(BaseUse { span: Span::new(file, stage.from.range), image })
        })
        .collect()
}

/// The images that files are taken from. A name alone may be that of a build context on the command line.
pub(super) fn copied_from(file: FileId, dockerfile: &DockerfileFacts, needed: &[usize]) -> Vec<BaseUse> {
    let stages = || needed.iter().map(|at| &dockerfile.stages[*at]);
    let copies = stages().flat_map(|stage| &stage.copies).filter_map(|copy| copy.from.as_ref());
    let mounts = stages().flat_map(|stage| &stage.runs).flat_map(|run| &run.mounts_from);
    let mut found: Vec<BaseUse> = copies
        .chain(mounts)
        .filter(|source| source.token.value.contains([':', '/', '@']))
        .filter_map(|source| match &source.from {
            CopyFrom::Image(image) => {
                Some(BaseUse { span: Span::new(file, source.token.range), image: Ok(image.clone()) })
            }
            CopyFrom::Stage(_) | CopyFrom::Unresolved(_) => None,
        })
        .collect();
    found.sort_by_key(|source| source.span);
    found.dedup_by_key(|source| source.span);
    found
}
