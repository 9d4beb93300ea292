//! Kustomize: the objects that kustomizations make of their resources, read as the manifests that come of them.
//!
//! Like the rendering of charts, a step of its own between sources and facts, since it needs several files. What nobody
//! takes as a resource is a root, and each root is built. A value stands where it is written, in a base or in a patch: ranges
//! of what is built are those of its files laid end to end ([`Home`]).
//!
//! Followed are resources, components, patches of both kinds, and the fields that change names, namespaces, labels, images
//! and replicas. What is not in the tree, or not followed, leaves the objects open that it may change, with the reason.
//!
//! <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/> has the fields.

mod build;
mod change;
mod json_patch;
mod merge;
mod rename;
mod select;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::kubernetes::{Generator, KubeObject, Kustomization};
use super::{Facts, FileFacts};
use crate::source::{Kind, Sources, folder, has_word, is_for_development, join};
use crate::span::{FileId, Home};

/// What a root makes.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) root: FileId,
    pub(crate) home: Home,
    pub(crate) objects: Vec<BuiltObject>,
    /// What objects are made of that no file has, with the file that says so; of a name, the last adds to those before.
    pub(crate) generators: Vec<(FileId, Generator)>,
    /// Whether all that it is made of is in the tree, and read.
    pub(crate) is_whole: bool,
    /// The folders of all kustomizations that it is made of.
    pub(crate) folders: BTreeSet<String>,
}

#[derive(Debug)]
pub(crate) struct BuiltObject {
    /// The file that has it as a resource.
    pub(crate) file: FileId,
    /// The name that it has there.
    pub(crate) first_name: String,
    pub(crate) object: KubeObject,
    /// Why what it does not say may still hold of it, if it may.
    pub(crate) open: Option<String>,
}

/// What all kustomizations of a tree make.
#[derive(Debug, Default)]
pub(crate) struct Kustomized {
    /// In the order of their files.
    pub(crate) built: Vec<Built>,
    /// The files whose objects are in one of those.
    pub(crate) taken: BTreeSet<FileId>,
}

/// The kustomizations of a tree, by their folders.
type All<'f> = BTreeMap<&'f str, (FileId, &'f Kustomization)>;

pub(super) fn build_all(sources: &Sources, facts: &Facts) -> Kustomized {
    let mut all = All::new();
    for (file, facts) in facts.of_kind(sources, Kind::Kustomization) {
        if let FileFacts::Kustomization(kustomization) = facts {
            all.insert(folder(sources.path(file)), (file, kustomization));
        }
    }
    let taken_by = takers(&all);
    let is_root = |here: &str, counts: &dyn Fn(&str) -> bool| {
        let takers = taken_by.get(here).into_iter().flatten();
        !all[here].1.is_component && !takers.copied().any(counts)
    };
    let lasting = |here: &str| !is_rehearsal(here);
    let roots: Vec<&str> =
        all.keys().copied().filter(|here| lasting(here) && is_root(here, &lasting)).collect();
    // What only rehearsals take is judged as they make it; what others take as well, as those do.
    let rehearsals: Vec<&str> =
        all.keys().copied().filter(|here| !lasting(here) && is_root(here, &|_| true)).collect();
    let one = |here: &&str| build::build(sources, facts, &all, here);
    let mut built: Vec<Built> = roots.par_iter().map(one).collect();
    for (here, one) in roots.iter().zip(&mut built) {
        if taken_by.contains_key(here) {
            one.is_whole = false;
            leave_open(one);
        }
    }
    let files = |built: &[Built]| -> BTreeSet<FileId> {
        built.iter().flat_map(|one| &one.objects).map(|object| object.file).collect()
    };
    let known = files(&built);
    let rehearsed: Vec<Built> = rehearsals.par_iter().map(one).collect();
    built.extend(rehearsed.into_iter().filter_map(|mut one| {
        one.objects.retain(|object| !known.contains(&object.file));
        (!one.objects.is_empty() || !one.generators.is_empty()).then_some(one)
    }));
    built.sort_by_key(|one| one.root);
    Kustomized { taken: files(&built), built }
}

/// What only rehearsals lay something over may have another overlay elsewhere.
fn leave_open(built: &mut Built) {
    for object in &mut built.objects {
        object
            .open
            .get_or_insert_with(|| "what Kustomize lays over it for production is not in the tree".into());
    }
}

/// By the folder of each kustomization, the folders of those that take it.
fn takers<'f>(all: &All<'f>) -> BTreeMap<&'f str, BTreeSet<&'f str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (here, (_, kustomization)) in all {
        for taken in &kustomization.resources {
            let taken = join(here, taken).and_then(|path| all.get_key_value(path.as_str()));
            if let Some((taken, _)) = taken.filter(|(taken, _)| *taken != here) {
                found.entry(taken).or_default().insert(here);
            }
        }
    }
    found
}

/// Whether a folder says that what is applied from it is not what runs for users.
fn is_rehearsal(here: &str) -> bool {
    const WORDS: &[&str] = &[
        "integration",
        "k3d",
        "k3s",
        "kind",
        "localhost",
        "minikube",
        "playground",
        "preview",
        "qa",
        "skaffold",
        "stage",
        "staging",
        "stg",
        "testing",
        "tilt",
        "uat",
    ];
    is_for_development(here) || has_word(here, WORDS)
}
