//! `health-check`: a liveness or health signal is served or answered.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::probe::ProbeUse;
use crate::model::route::Route;
use crate::model::{Service, ServiceKind};
use crate::rule::Cx;
use crate::source::file_name;

pub(super) fn check(cx: &Cx<'_>, service: &Service) -> Verdict {
    let mut evidence: Vec<Label> = service
        .routes
        .served
        .iter()
        .filter(|route| is_asked_for(cx, service, route) || route.is_for_health(&service.name))
        .map(|route| Label::new(route.span, format!("`{}` is served", route.path)))
        .collect();
    evidence.extend(
        service
            .uses(Means::GrpcHealth)
            .iter()
            .map(|used| Label::new(used.span, "the gRPC health service is set up here")),
    );
    evidence.extend(
        service
            .uses(Means::Health)
            .iter()
            .map(|used| Label::new(used.span, format!("health checks are answered here (`{}`)", used.path))),
    );
    evidence.extend(health_command(cx, service));
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    if let Some(why) = service.blind_spot() {
        return Verdict::unknown(why);
    }
    match service.kind {
        ServiceKind::Http | ServiceKind::Grpc => {}
        ServiceKind::Tcp | ServiceKind::Worker | ServiceKind::Scheduler => {
            return Verdict::unknown(
                "a service without requests may prove its health in ways that are not seen here",
            );
        }
    }
    if let Some(open) = service.routes.open.first() {
        let label = Label::new(*open, "the path of this route is not written down");
        return Verdict::Unknown("some routes have paths that are not written down".into(), vec![label]);
    }
    if service.kind == ServiceKind::Http && service.routes.served.is_empty() && !service.routes.has_fallback {
        return Verdict::unknown("none of its routes could be found");
    }
    Verdict::fail(Problem::new(
        service.start(),
        format!("`{}` serves no health check", service.name),
        "add a route such as `/healthz` that answers 200 while the process can serve",
    ))
}

/// Whether a probe or a health check of the service's own deployment asks for the route. `/` answers for no health: most
/// servers answer it with something.
fn is_asked_for(cx: &Cx<'_>, service: &Service, route: &Route) -> bool {
    if route.path == "/" {
        return false;
    }
    let project = cx.project;
    let of_images = project.images_of(service).filter_map(|image| image.healthcheck.as_ref()?.path());
    let of_workloads = project
        .workloads_of(service)
        .flat_map(|workload| &workload.containers)
        .flat_map(|container| &container.probes)
        .filter_map(ProbeUse::path);
    of_images.chain(of_workloads).any(|path| path.trim_end_matches('/') == route.path.trim_end_matches('/'))
}

/// A health check that asks the service's own binary: `HEALTHCHECK CMD ["/app", "health"]`.
fn health_command(cx: &Cx<'_>, service: &Service) -> Option<Label> {
    let project = cx.project;
    let asks_itself = |command: &str| {
        let mut words = command.split_whitespace().filter(|word| *word != "exec");
        let program = words.next().map(file_name);
        let is_own = project
            .images_of(service)
            .filter_map(|image| image.start.program())
            .any(|own| Some(own) == program);
        (is_own || program == Some(service.name.as_str())) && words.next().is_some()
    };
    let of_images = project.images_of(service).filter_map(|image| image.healthcheck.as_ref());
    let of_workloads = project
        .workloads_of(service)
        .flat_map(|workload| &workload.containers)
        .flat_map(|container| &container.probes);
    let commands =
        of_images.chain(of_workloads).filter_map(|probe| Some((probe.command.as_ref()?, probe.span)));
    let (command, span) = commands.into_iter().find(|(command, _)| asks_itself(command))?;
    Some(Label::new(span, format!("the health check runs `{command}`")))
}
