//! Libraries of the system that a service loads when it starts, by what its lock file says it is built of.

use std::collections::{BTreeMap, BTreeSet};

use super::dependencies::lock_of;
use super::workspace::{CrateId, Workspace};
use super::{Project, Service};
use crate::facts::Facts;
use crate::facts::manifest::LockFacts;
use crate::knowledge::bases::{self, Library};
use crate::model::image::Image;
use crate::source::Sources;
use crate::span::Span;

/// A library that a service loads.
#[derive(Debug)]
pub(crate) struct Native {
    pub(crate) library: &'static Library,
    /// The dependency in a manifest of the tree that brings it.
    pub(crate) span: Span,
    /// The crates from there to the one that binds it.
    pub(crate) path: Vec<String>,
}

/// The libraries of each service, by its id.
pub(super) fn of_services(
    sources: &Sources,
    facts: &Facts,
    workspace: &Workspace,
    services: &[Service],
) -> BTreeMap<String, Vec<Native>> {
    let of = |service: &Service| {
        let lock = lock_of(sources, facts, service)?;
        let binary = workspace.crates().find(|(_, krate)| {
            let package = workspace.package(krate.package);
            krate.name == service.name && package.folder == service.folder
        });
        let (id, _) = binary?;
        let natives = bases::libraries().iter().filter_map(|library| native(workspace, lock, id, library));
        Some((service.id.clone(), natives.collect()))
    };
    services.iter().filter_map(of).collect()
}

/// How a crate of the tree comes to load a library, if it does. Dependencies that a feature has to turn on are not followed
/// from here, and those of others are in the lock file because something turns them on.
fn native(workspace: &Workspace, lock: &LockFacts, id: CrateId, library: &'static Library) -> Option<Native> {
    let binding = (0..lock.packages.len()).find(|at| lock.packages[*at].0 == library.krate)?;
    let names = |at: usize| lock.dependencies[at].iter().filter_map(|it| it.split(' ').next());
    if names(binding).any(|name| library.linked_by.iter().any(|own| own == name)) {
        return None;
    }
    for id in workspace.closure(id) {
        let package = workspace.package(workspace.krate(id).package);
        for dependency in package.dependencies.iter().filter(|dep| dep.local.is_none() && !dep.optional) {
            if let Some(path) = path(lock, &dependency.package, binding) {
                return Some(Native { library, span: dependency.span, path });
            }
        }
    }
    None
}

/// The shortest way from a crate to another, by the lock file.
fn path(lock: &LockFacts, from: &str, to: usize) -> Option<Vec<String>> {
    let of_name = |name: &str, version: Option<&str>| {
        let is_it = |at: &usize| {
            let (own, own_version) = &lock.packages[*at];
            own == name && version.is_none_or(|version| version == own_version)
        };
        (0..lock.packages.len()).filter(is_it).collect::<Vec<usize>>()
    };
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut next: Vec<Vec<usize>> = of_name(from, None).into_iter().map(|at| vec![at]).collect();
    while !next.is_empty() {
        let mut further = Vec::new();
        for way in next {
            let at = *way.last()?;
            if at == to {
                return Some(way.iter().map(|at| lock.packages[*at].0.clone()).collect());
            }
            if !seen.insert(at) {
                continue;
            }
            for entry in &lock.dependencies[at] {
                let mut parts = entry.split(' ');
                let (Some(name), version) = (parts.next(), parts.next()) else { continue };
                further.extend(of_name(name, version).into_iter().map(|to| [way.clone(), vec![to]].concat()));
            }
        }
        next = further;
    }
    None
}

impl Project<'_> {
    /// The libraries that the services in an image load.
    pub(crate) fn natives_in(&self, image: &Image) -> Vec<(&Service, &Native)> {
        let mut found = Vec::new();
        for service in self.services_on(image) {
            found.extend(self.natives.get(&service.id).into_iter().flatten().map(|native| (service, native)));
        }
        found
    }
}
