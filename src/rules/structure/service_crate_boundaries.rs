//! `service-crate-boundaries`: a service is not built with another service's package.

use crate::finding::{Problem, Verdict};
use crate::model::Service;
use crate::rule::Cx;

/// Words for packages that are there to be shared, also where they hold a binary.
const SHARED: &[&str] = &[
    "client",
    "types",
    "common",
    "proto",
    "protos",
    "api",
    "sdk",
    "core",
    "shared",
    "lib",
    "model",
    "models",
    "util",
    "utils",
    "domain",
    "db",
    "database",
    "telemetry",
    "migration",
    "migrations",
];

pub(super) fn check(cx: &Cx<'_>, service: &Service) -> Verdict {
    if !cx.project.has_other_packages(service) {
        return Verdict::not_applicable("no other package is a service");
    }
    let is_shared = |name: &str| name.split(['-', '_']).any(|word| SHARED.contains(&word));
    // A library that is nothing but the service's client.
    let is_client = |modules: &[String]| !modules.is_empty() && modules.iter().all(|name| is_shared(name));
    let of_service = service.built_with.iter();
    let others: Vec<_> =
        of_service.filter(|with| !is_shared(&with.package) && !is_client(&with.modules)).collect();
    if let Some(with) = others.iter().find(|with| with.runs_it) {
        return Verdict::not_applicable(format!("it runs `{}` itself: one binary of several", with.package));
    }
    if others.len() > 1 {
        return Verdict::not_applicable("it holds several services: one binary of several");
    }
    match others.first() {
        None => Verdict::pass(service.manifest, "no other service's package is among its dependencies"),
        Some(with) => Verdict::fail(
            Problem::new(
                with.span,
                format!("`{}` is built with `{}`, which is a service of its own", service.name, with.package),
                "move what both need into a library that neither of them owns",
            )
            .with_related(with.other, format!("`{}` is started here", with.package)),
        ),
    }
}
