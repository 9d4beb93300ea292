//! The tests of a service: how many its crates declare.

use std::collections::BTreeSet;

use super::service::Service;
use super::workspace::Workspace;
use crate::facts::Facts;
use crate::source::{Kind, Sources, folder};
use crate::span::Span;

/// The tests of the package that a service is built from, and of the libraries of the tree that it uses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tests {
    /// The first lines of files that declare some, in order.
    pub(crate) files: Vec<Span>,
    pub(crate) run: u32,
    pub(crate) ignored: u32,
    /// Tests of a package that no service is built from: what they test cannot be told.
    pub(crate) beside: Option<Span>,
}

/// Counts the tests of each service.
pub(super) fn link(sources: &Sources, facts: &Facts, workspace: &Workspace, services: &mut [Service]) {
    // Every file with tests, with the folder of the package that it belongs to.
    let folders: BTreeSet<&str> = workspace.packages.iter().map(|package| package.folder.as_str()).collect();
    let with_tests: Vec<_> = sources
        .iter()
        .filter(|(_, file)| file.kind == Kind::Rust)
        .filter_map(|(id, file)| {
            let counted = facts.rust(id)?.tests;
            if counted.run + counted.ignored == 0 {
                return None;
            }
            let above =
                std::iter::successors(Some(folder(&file.path)), |at| (!at.is_empty()).then(|| folder(at)));
            Some((above.into_iter().find(|at| folders.contains(at))?, id, counted))
        })
        .collect();
    let closures: Vec<BTreeSet<&str>> = services.iter().map(|service| own(workspace, service)).collect();
    for (service, own) in services.iter_mut().zip(&closures) {
        for (folder, id, counted) in &with_tests {
            if own.contains(folder) {
                service.tests.files.push(sources.first_line(*id));
                service.tests.run += counted.run;
                service.tests.ignored += counted.ignored;
            } else if counted.run > 0 && !closures.iter().any(|other| other.contains(folder)) {
                service.tests.beside.get_or_insert_with(|| sources.first_line(*id));
            }
        }
    }
}

/// The folders of the packages that a service is built from.
fn own<'w>(workspace: &'w Workspace, service: &Service) -> BTreeSet<&'w str> {
    let package = workspace.packages.iter().find(|package| package.name_span == service.manifest);
    let crates = package.into_iter().flat_map(|package| &package.crates);
    crates
        .flat_map(|krate| workspace.closure(*krate))
        .map(|krate| workspace.package(workspace.krate(krate).package).folder.as_str())
        .collect()
}
