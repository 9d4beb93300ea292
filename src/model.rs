//! The model: what the files of the tree say together.
//!
//! [`Project::link`] joins facts into services, images, workloads and pipelines, and these with each other. It cannot
//! fail: what cannot be told is a value. Rules ask the model only; they see neither syntax trees nor texts.

pub(crate) mod asset;
pub(crate) mod blocking;
pub(crate) mod body;
pub(crate) mod calls;
pub(crate) mod chain;
pub(crate) mod clients;
pub(crate) mod cluster;
mod dependencies;
pub(crate) mod environment;
pub(crate) mod exits;
mod foreign;
pub(crate) mod guard;
pub(crate) mod hazard;
pub(crate) mod image;
pub(crate) mod instance;
pub(crate) mod layers;
pub(crate) mod link;
pub(crate) mod linkage;
pub(crate) mod load;
pub(crate) mod log_guard;
pub(crate) mod log_level;
pub(crate) mod metric;
pub(crate) mod migration;
pub(crate) mod neighbours;
pub(crate) mod own;
pub(crate) mod panics;
pub(crate) mod pipeline;
pub(crate) mod pool;
pub(crate) mod probe;
pub(crate) mod published;
pub(crate) mod queue;
pub(crate) mod reach;
pub(crate) mod reference;
pub(crate) mod remade;
pub(crate) mod repository;
pub(crate) mod requests;
pub(crate) mod route;
pub(crate) mod run_as;
pub(crate) mod running;
pub(crate) mod scrape;
pub(crate) mod secret;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod settings;
pub(crate) mod spans;
pub(crate) mod start;
pub(crate) mod started;
pub(crate) mod store;
pub(crate) mod symbols;
pub(crate) mod tasks;
pub(crate) mod tests;
pub(crate) mod toolchain;
pub(crate) mod tools;
pub(crate) mod trust;
pub(crate) mod value;
pub(crate) mod work;
pub(crate) mod workload;
pub(crate) mod workspace;

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::knowledge;
use crate::source::{Note, Place, Sources};
use crate::span::FileId;
use crate::syntax::image_ref::ImageRef;

pub(crate) use image::{Image, ImageId};
pub(crate) use pipeline::Pipeline;
pub(crate) use repository::Repository;
pub(crate) use service::Service;
pub(crate) use workload::{Workload, WorkloadId};
use workspace::UnreadKind;

/// What kind of service a binary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ServiceKind {
    Http,
    Grpc,
    Tcp,
    Worker,
    Scheduler,
}

impl ServiceKind {
    pub(crate) const ALL: [Self; 5] = [Self::Http, Self::Grpc, Self::Tcp, Self::Worker, Self::Scheduler];

    /// The one that has this id.
    pub(crate) fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }

    /// Whether others open connections to it, so that it has to bind an address.
    pub(crate) fn is_reached(self) -> bool {
        match self {
            Self::Http | Self::Grpc | Self::Tcp => true,
            Self::Worker | Self::Scheduler => false,
        }
    }

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
            Self::Tcp => "tcp",
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
        }
    }
}

/// Everything that is known of the audited tree.
#[derive(Debug)]
pub(crate) struct Project<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) services: Vec<Service>,
    /// What the clients of each service trust, by its id.
    pub(crate) trust: BTreeMap<String, Vec<trust::Trust>>,
    /// The libraries of the system that each service loads, by its id.
    pub(crate) natives: BTreeMap<String, Vec<linkage::Native>>,
    /// The crates that each service is built with, by its id.
    dependencies: BTreeMap<String, std::collections::BTreeSet<String>>,
    /// Files that could not be read and may hold a service.
    pub(crate) unreadable: Vec<String>,
    pub(crate) images: Vec<Image>,
    /// What Cargo can build of the tree.
    pub(crate) programs: workspace::Programs,
    /// The names of images that are built here.
    pub(crate) own_images: own::OwnImages,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) cluster: cluster::Cluster,
    /// What Prometheus' own files say.
    pub(crate) monitoring: scrape::Monitoring,
    /// The metrics of the tree that alerts ask for.
    pub(crate) asked_metrics: Vec<metric::Asked>,
    pub(crate) pipelines: Vec<Pipeline>,
    pub(crate) repository: Repository,
    /// The changes of schemas, by the folder that they are run from.
    pub(crate) migrations: Vec<migration::Folder>,
    /// The files of variables.
    pub(crate) env_files: BTreeMap<FileId, Vec<workload::Literal>>,
    /// What was found wrong while the model was built.
    pub(crate) notes: Vec<Note>,
}

impl<'a> Project<'a> {
    pub(crate) fn link(sources: &'a Sources, facts: &Facts) -> Self {
        let workspace = workspace::Workspace::link(sources, facts);
        let (code, artefacts) = rayon::join(
            || {
                let symbols = symbols::Symbols::build(sources, facts, &workspace, knowledge::built_in());
                let calls = calls::Calls::link(&symbols);
                Service::all(sources, &symbols, &calls)
            },
            || {
                let workloads = Workload::all(sources, facts);
                let images = Image::all(sources, facts, &build_targets(&workloads));
                let cluster = cluster::Cluster::of(sources, facts);
                (workloads, cluster, images, Pipeline::all(sources, facts))
            },
        );
        let service::Services { found: mut services, left_out, unreadable } = code;
        let (workloads, mut cluster, images, pipelines) = artefacts;
        services.retain(|service| {
            service.needs_image.is_none_or(|needs| link::is_started(service, needs, &images))
        });
        neighbours::link(&workspace, &mut services);
        let trust = trust::of_services(sources, facts, &workspace, &services);
        let natives = linkage::of_services(sources, facts, &workspace, &services);
        let dependencies = dependencies::of_services(sources, facts, &services);
        tests::link(sources, facts, &workspace, &mut services);
        let own_images = own::OwnImages::of(&images, &workloads);
        link::services(&workspace, &mut services, &images, &workloads, &own_images);
        cluster.join(sources, &workloads);
        let mut notes = workspace.notes.clone();
        notes.extend(unread(sources, &workspace));
        if left_out > 0 {
            let message = format!(
                "{left_out} binaries that serve were left out: their packages are examples, tests or vendored"
            );
            notes.push(Note::info(Place::Tree, message));
        }
        let repository = Repository::link(sources, facts, &workspace, &services);
        let monitoring = scrape::Monitoring::of(sources, facts);
        let migrations = migration::Folder::all(sources, facts);
        notes.extend(migration::unread(&migrations));
        Self {
            sources,
            services,
            trust,
            natives,
            dependencies,
            unreadable,
            images,
            programs: workspace.programs.clone(),
            own_images,
            workloads,
            asked_metrics: metric::asked(sources, facts, &cluster, &monitoring),
            cluster,
            monitoring,
            pipelines,
            repository,
            migrations,
            env_files: instance::env_files(sources, facts),
            notes,
        }
    }

    pub(crate) fn image(&self, id: ImageId) -> &Image {
        &self.images[id.0 as usize]
    }

    /// Whether a service runs in an image.
    pub(crate) fn is_run_in(&self, image: &Image) -> bool {
        self.services_on(image).next().is_some()
    }

    /// Whether an image is built in the tree: by a compose file, or under the name of one of its services.
    pub(crate) fn is_built_here(&self, image: &ImageRef) -> bool {
        self.own_images.has(image) || self.services.iter().any(|service| link::goes_by(service, image.name()))
    }

    pub(crate) fn user_of(&self, image: &Image) -> run_as::Runs {
        run_as::of_image(&self.images, &self.own_images, image)
    }

    pub(crate) fn workload(&self, id: WorkloadId) -> &Workload {
        &self.workloads[id.0 as usize]
    }

    /// The workloads that are deployed, by where they are written: what several kustomizations make of one stands together.
    pub(crate) fn workloads_by_place(&self) -> Vec<Vec<&Workload>> {
        let mut found: Vec<Vec<&Workload>> = Vec::new();
        for workload in self.workloads.iter().filter(|workload| !workload.is_aside) {
            let is_of = |other: &Workload| {
                workload.built_by.is_some() && other.span == workload.span && other.built_by.is_some()
            };
            match found.iter_mut().find(|known| is_of(known[0])) {
                Some(known) => known.push(workload),
                None => found.push(vec![workload]),
            }
        }
        found
    }

    pub(crate) fn images_of(&self, service: &Service) -> impl Iterator<Item = &Image> {
        service.images.iter().map(|id| self.image(*id))
    }

    /// The services that an image runs.
    pub(crate) fn services_on<'s>(&'s self, image: &Image) -> impl Iterator<Item = &'s Service> {
        self.services.iter().filter(|service| self.images_of(service).any(|own| own.id == image.id))
    }

    pub(crate) fn workloads_of(&self, service: &Service) -> impl Iterator<Item = &Workload> {
        service.workloads.iter().map(|id| self.workload(*id))
    }
}

/// The stages that compose files build, by the path of the Dockerfile.
fn build_targets(workloads: &[Workload]) -> BTreeMap<String, Vec<String>> {
    let mut targets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for build in workloads.iter().flat_map(|workload| &workload.containers).filter_map(|c| c.build.as_ref()) {
        if let (Some(path), Some(target)) = (&build.dockerfile, &build.target) {
            targets.entry(path.clone()).or_default().push(target.clone());
        }
    }
    targets
}

/// Files that a crate is made of and that could not be read.
fn unread(sources: &Sources, workspace: &workspace::Workspace) -> Vec<Note> {
    let mut notes: Vec<Note> = workspace
        .crates()
        .flat_map(|(_, krate)| &krate.unread)
        // What could not be read at all was noted when that was tried.
        .filter(|unread| sources.file(unread.span.file).text.is_some())
        .map(|unread| {
            let place = Place::Span(unread.span);
            match unread.kind {
                UnreadKind::Missing => Note::info(place, unread.why.clone()),
                UnreadKind::Broken => Note::warning(place, unread.why.clone()),
            }
        })
        .collect();
    notes.sort();
    notes.dedup();
    notes
}
