//! `readiness-check`: a readiness route asks what the service depends on.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::model::route::Route;
use crate::rule::Cx;

const HELP: &str =
    "ask the database in the readiness route, such as with `SELECT 1`, and answer 503 when it does not";

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    if !service.serves_requests() {
        return Verdict::not_applicable("it serves no requests");
    }
    let depends = [Means::Dependency, Means::Sql, Means::Pool];
    if !depends.iter().any(|means| !service.uses(*means).is_empty()) {
        let otherwise = || Verdict::not_applicable("no database, cache or broker is used");
        return service.blind_spot().map_or_else(otherwise, Verdict::unknown);
    }
    let set = service.uses(Means::GrpcHealthStatus).iter();
    let mut evidence: Vec<Label> = set
        .map(|used| Label::new(used.span, "the gRPC health service is told how things are here"))
        .collect();
    let routes = || service.routes.served.iter();
    let ready: Vec<&Route> = routes().filter(|route| route.is_for_readiness(&service.name)).collect();
    let health: Vec<&Route> = routes().filter(|route| route.is_for_health(&service.name)).collect();
    let probes = if ready.is_empty() { &health } else { &ready };
    let told = probes.iter().copied().chain(routes().filter(|route| route.is_for_details()));
    for route in told.filter(|route| !route.asks.is_deaf) {
        let asked = route.asks.dependencies.first();
        evidence.extend(asked.map(|_| Label::new(route.span, format!("`{}` is served", route.path))));
        evidence.extend(asked.map(|span| Label::new(*span, "it asks what the service depends on here")));
    }
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    if let Some(why) = service.blind_spot() {
        return Verdict::unknown(why);
    }
    if let Some(route) = probes.iter().find(|route| !route.asks.is_known && !route.asks.is_deaf) {
        let label = Label::new(route.span, format!("`{}` is served", route.path));
        return Verdict::Unknown("what its probe asks cannot be told".into(), vec![label]);
    }
    let health_is_set_up = !service.uses(Means::GrpcHealth).is_empty();
    if health_is_set_up || !service.routes.open.is_empty() {
        return Verdict::unknown("some of its probes cannot be read");
    }
    if probes.is_empty() && service.routes.served.is_empty() {
        return Verdict::unknown("none of its routes could be found");
    }
    let (span, what) = match probes.first() {
        Some(route) if !route.asks.dependencies.is_empty() => (
            route.span,
            format!("`{}` asks what the service depends on, and answers 200 whatever it hears", route.path),
        ),
        Some(route) => {
            (route.span, format!("`{}` answers without asking what the service depends on", route.path))
        }
        None => (
            service.start(),
            format!("no route of `{}` says whether what it depends on answers", service.name),
        ),
    };
    Verdict::fail(Problem::new(span, what, HELP))
}
