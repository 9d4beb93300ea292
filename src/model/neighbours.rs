//! What the services of one tree have to do with each other: whose code they are built with, and what all of them set up.

use std::collections::BTreeSet;

use super::service::Service;
use super::workspace::{PackageId, Workspace};
use super::{Project, ServiceKind};
use crate::knowledge::Means;
use crate::model::server::Stop;
use crate::span::Span;

/// Another service's package among the dependencies of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuiltWith {
    /// The dependency in the manifest.
    pub(crate) span: Span,
    /// The other package.
    pub(crate) package: String,
    /// Where that service is named.
    pub(crate) other: Span,
    /// The modules at the root of its library.
    pub(crate) modules: Vec<String>,
    /// Whether this service starts the other's server as well: a binary that holds several services.
    pub(crate) runs_it: bool,
}

/// Something that a service sets up before it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Setup {
    Logs,
    JsonLogs,
    Drain,
    Health,
    Metrics,
}

impl Setup {
    pub(crate) const ALL: [Self; 5] = [Self::Logs, Self::JsonLogs, Self::Drain, Self::Health, Self::Metrics];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Logs => "structured logs",
            Self::JsonLogs => "machine-readable logs",
            Self::Drain => "a graceful shutdown",
            Self::Health => "a health check",
            Self::Metrics => "metrics",
        }
    }

    /// Whether a service has it; `None` where that cannot be told.
    pub(crate) fn of(self, service: &Service) -> Option<bool> {
        let there = match self {
            Self::Logs => !service.loggers.is_empty(),
            Self::JsonLogs => !service.json_logs.is_empty(),
            Self::Drain => return drains(service),
            Self::Health => {
                let mut routes = service.routes.served.iter();
                routes.any(|route| route.is_for_health(&service.name))
                    || !service.uses(Means::GrpcHealth).is_empty()
            }
            Self::Metrics => {
                let mut routes = service.routes.served.iter();
                routes.any(|route| route.path.ends_with("/metrics"))
                    || !service.uses(Means::Metrics).is_empty()
            }
        };
        if there {
            return Some(true);
        }
        let may_hide = match self {
            Self::Logs | Self::Drain => false,
            // Where logs go that are not seen to be text cannot be told.
            Self::JsonLogs => !service.loggers.is_empty() && service.text_logs.is_empty(),
            // A probe may ask for any path.
            Self::Health => {
                !matches!(service.kind, ServiceKind::Http | ServiceKind::Grpc)
                    || !service.routes.open.is_empty()
                    || !service.images.is_empty()
                    || !service.workloads.is_empty()
            }
            Self::Metrics => !service.routes.open.is_empty(),
        };
        (!may_hide && service.blind_spot().is_none()).then_some(false)
    }
}

fn drains(service: &Service) -> Option<bool> {
    let mut stops = service.servers.iter().filter(|server| server.kind == service.kind).map(|s| &s.stop);
    let first = stops.next()?;
    let drained = |stop: &Stop| match stop {
        Stop::ByDefault | Stop::Drains(_) => Some(true),
        Stop::Unclear(_) => None,
        _ => Some(false),
    };
    let answer = drained(first)?;
    stops.all(|stop| drained(stop) == Some(answer)).then_some(answer)
}

impl Project<'_> {
    /// The other services of the same kind in the same workspace. What is deployed is not compared with tools beside it.
    pub(crate) fn peers<'p>(&'p self, service: &'p Service) -> impl Iterator<Item = &'p Service> {
        self.services.iter().filter(move |other| {
            let is_deployed = |service: &Service| !service.images.is_empty() || !service.workloads.is_empty();
            other.id != service.id
                && other.kind == service.kind
                && other.workspace == service.workspace
                && is_deployed(other) == is_deployed(service)
        })
    }

    /// Whether another package of the tree is a service.
    pub(crate) fn has_other_packages(&self, service: &Service) -> bool {
        self.services.iter().any(|other| other.manifest != service.manifest)
    }
}

/// Finds the services that are built with another's package.
pub(super) fn link(workspace: &Workspace, services: &mut [Service]) {
    let starts: Vec<(Span, Span, BTreeSet<Span>)> = services
        .iter()
        .map(|service| {
            let servers = service.servers.iter().map(|server| server.span);
            (service.manifest, service.main, servers.collect())
        })
        .collect();
    for service in services {
        let of_service = |manifest| workspace.packages.iter().position(|p| p.name_span == manifest);
        let Some(own) = of_service(service.manifest) else { continue };
        let servers: BTreeSet<Span> = service.servers.iter().map(|server| server.span).collect();
        for dep in &workspace.packages[own].dependencies {
            let Some(local) = dep.local else { continue };
            let id: PackageId = workspace.krate(local).package;
            let package = workspace.package(id);
            let mut others = starts.iter().filter(|(manifest, ..)| *manifest == package.name_span);
            let Some((_, main, _)) = others.clone().next().filter(|_| package.name_span != service.manifest)
            else {
                continue;
            };
            let root = workspace.module(workspace.krate(local).root);
            service.built_with.push(BuiltWith {
                span: dep.span,
                package: package.name.clone(),
                other: *main,
                modules: root.children.iter().map(|(name, _)| name.clone()).collect(),
                runs_it: others.any(|(_, _, starts)| !starts.is_disjoint(&servers)),
            });
        }
    }
}
