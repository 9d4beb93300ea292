//! What concerns the whole repository: its lock files, toolchains, owners, update bots and documents.

use std::collections::HashSet;

use rayon::prelude::*;

use super::service::Service;
use super::workload::is_aside;
use super::workspace::Workspace;
use crate::facts::{Facts, FileFacts, words};
use crate::source::{Kind, Sources, TaskRunner, file_name, folder, join};
use crate::span::Span;

/// What concerns the whole repository.
#[derive(Debug, Default)]
pub(crate) struct Repository {
    /// The manifest that stands for the repository: the one at its root, else that of the first
    /// service's workspace, else the first service's. `None` without services.
    pub(crate) manifest: Option<Span>,
    /// For each service, by id, the lock file that pins its dependencies, or the manifest beside which it should stand.
    pub(crate) locks: Vec<(String, Result<Span, Span>)>,
    /// Pinned or floating channels of toolchain files.
    pub(crate) channels: Vec<(String, Span)>,
    /// `rust-version` of packages that services are built from, least first.
    pub(crate) rust_versions: Vec<(String, Span)>,
    /// Editions of those packages.
    pub(crate) editions: Vec<(String, Span)>,
    /// Owners, by where they are named.
    pub(crate) owners: Vec<Span>,
    /// A file for owners that names none.
    pub(crate) empty_owners: Option<Span>,
    /// Update bots with the ecosystem that they watch.
    pub(crate) updates: Vec<(String, Span)>,
    /// A configuration of an update bot that watches nothing.
    pub(crate) empty_updates: Option<Span>,
    /// Lock files and configurations of update bots that could not be read.
    pub(crate) unread: Vec<Span>,
    /// Names of variables that documents, examples and manifests mention.
    documented: HashSet<String>,
    /// Pipelines of systems that are recognised and not read.
    pub(crate) other_ci: Vec<Span>,
    /// Helm templates that could not be rendered, or not all of them: they may set variables, commands and probes.
    pub(crate) helm_templates: Vec<Span>,
}

impl Repository {
    pub(crate) fn link(
        sources: &Sources,
        facts: &Facts,
        workspace: &Workspace,
        services: &[Service],
    ) -> Self {
        let mut repository = Self {
            manifest: root_manifest(sources, workspace, services),
            documented: documented(sources),
            ..Self::default()
        };
        for service in services {
            repository.locks.push((service.id.clone(), lock_of(sources, workspace, service)));
            let Some(package) =
                workspace.packages.iter().find(|package| package.name_span == service.manifest)
            else {
                continue;
            };
            repository.rust_versions.extend(package.rust_version.clone());
            repository.editions.extend(package.edition.clone());
        }
        repository.rust_versions.sort();
        repository.rust_versions.dedup();
        repository.editions.sort();
        repository.editions.dedup();
        for (id, file) in sources.iter() {
            let first_line = || sources.first_line(id);
            match (file.kind, facts.get(id)) {
                // A vendored crate's own file never applies to what is built here.
                (Kind::ToolchainFile, FileFacts::Toolchain(toolchain)) if !is_aside(&file.path) => {
                    let channel = toolchain.channel.as_ref();
                    repository
                        .channels
                        .extend(channel.map(|channel| (channel.value.clone(), channel.span(id))));
                }
                (Kind::CodeOwners, FileFacts::Owners(owners)) => {
                    if owners.owned.is_empty() {
                        repository.empty_owners.get_or_insert_with(first_line);
                    }
                    repository.owners.extend(owners.owned.iter().map(|owned| owned.span(id)));
                }
                (Kind::DependencyUpdates, FileFacts::Updates(updates)) => {
                    if !updates.errors.is_empty() {
                        repository.unread.push(first_line());
                    } else if updates.ecosystems.is_empty() {
                        repository.empty_updates.get_or_insert_with(first_line);
                    }
                    let ecosystems = updates.ecosystems.iter();
                    repository.updates.extend(ecosystems.map(|name| (name.value.clone(), name.span(id))));
                }
                (Kind::CargoLock, FileFacts::Lock(lock)) if !lock.errors.is_empty() => {
                    repository.unread.push(first_line());
                }
                (Kind::CargoLock, FileFacts::None) => repository.unread.push(first_line()),
                (Kind::OtherCi, _) => repository.other_ci.push(first_line()),
                (Kind::HelmTemplate, FileFacts::Kubernetes(facts)) if facts.errors.is_empty() => {}
                (Kind::HelmTemplate, _) => repository.helm_templates.push(first_line()),
                _ if names_owners(&file.path) => repository.owners.push(first_line()),
                _ => {}
            }
        }
        repository
    }

    /// Whether a variable is mentioned in any document, example or manifest of the tree.
    pub(crate) fn documents(&self, variable: &str) -> bool {
        self.documented.contains(variable)
    }
}

fn root_manifest(sources: &Sources, workspace: &Workspace, services: &[Service]) -> Option<Span> {
    let first = services.first()?;
    let of_first = || {
        let package = workspace.packages.iter().find(|package| package.name_span == first.manifest);
        package.and_then(|package| package.workspace)
    };
    match sources.find("Cargo.toml").or_else(of_first) {
        Some(file) => {
            let own = services.iter().find(|service| service.manifest.file == file);
            Some(own.map_or_else(|| sources.first_line(file), |service| service.manifest))
        }
        None => Some(first.manifest),
    }
}

/// The lock file of the workspace that a service is built in.
fn lock_of(sources: &Sources, workspace: &Workspace, service: &Service) -> Result<Span, Span> {
    let package = workspace.packages.iter().find(|package| package.name_span == service.manifest);
    let root = package
        .and_then(|package| package.workspace)
        .map_or_else(|| service.folder.clone(), |manifest| folder(sources.path(manifest)).to_owned());
    let lock = join(&root, "Cargo.lock").and_then(|path| sources.find(&path));
    lock.map(|file| sources.first_line(file)).ok_or(service.manifest)
}

/// Kinds of file that tell an operator what a program reads.
fn documented(sources: &Sources) -> HashSet<String> {
    /// Data files of this size are no documents.
    const LONGEST: usize = 256 * 1024;
    let texts: Vec<&str> = sources
        .iter()
        .filter(|(_, file)| is_document(file.kind))
        .filter_map(|(_, file)| file.text.as_deref().filter(|text| text.len() <= LONGEST))
        .collect();
    let found = texts.par_iter().fold(HashSet::new, |mut found, text| {
        words::collect(text, &mut found);
        found
    });
    let found = found.reduce(HashSet::new, |mut all, found| {
        all.extend(found);
        all
    });
    found.into_iter().map(str::to_owned).collect()
}

fn is_document(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Document
            | Kind::EnvFile
            | Kind::Compose
            | Kind::Kubernetes
            | Kind::Kustomization
            | Kind::HelmTemplate
            | Kind::Config
            | Kind::Tasks(
                TaskRunner::Task | TaskRunner::CargoMake | TaskRunner::Mise | TaskRunner::CargoAlias
            )
            | Kind::Dockerfile
            | Kind::SystemdUnit
    )
}

/// Files beside CODEOWNERS that name who is responsible: Kubernetes' OWNERS, a MAINTAINERS list, Backstage's catalogue.
fn names_owners(path: &str) -> bool {
    let stem = file_name(path).split('.').next().unwrap_or_default().to_ascii_lowercase();
    folder(path).is_empty() && matches!(stem.as_str(), "owners" | "maintainers" | "catalog-info")
}
