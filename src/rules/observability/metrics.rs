//! `metrics`: metrics are exported.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let evidence: Vec<Label> = service
        .uses(Means::Metrics)
        .iter()
        .map(|used| Label::new(used.span, format!("metrics are exported here (`{}`)", used.path)))
        .collect();
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    if let Some(why) = service.blind_spot() {
        return Verdict::unknown(why);
    }
    // Metrics written by hand are still metrics.
    if let Some(route) = service.routes.served.iter().find(|route| route.path.ends_with("/metrics")) {
        return Verdict::pass(route.span, format!("`{}` is served", route.path));
    }
    if service.serves_requests() && !service.routes.open.is_empty() {
        return Verdict::unknown("some of its routes are not written down");
    }
    if let Some(name) = service.foreign.may(Means::Metrics) {
        return Verdict::unknown(format!("`{name}`, of which nothing is known, may export them"));
    }
    Verdict::fail(Problem::new(
        service.start(),
        format!("`{}` exports no metrics", service.name),
        "export at least the rate, the errors and the duration of requests",
    ))
}
