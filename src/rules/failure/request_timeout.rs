//! `request-timeout`: the server bounds the time of a request.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    if !service.serves_requests() {
        return Verdict::not_applicable(format!("a {} service answers no requests", service.kind.id()));
    }
    let evidence: Vec<Label> = service
        .uses(Means::RequestTimeout)
        .iter()
        .map(|used| Label::new(used.span, format!("`{}` bounds each request", used.path)))
        .collect();
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    if let Some(why) = service.blind_spot() {
        return Verdict::unknown(why);
    }
    Verdict::fail(Problem::new(
        service.start(),
        format!("`{}` lets a request take for ever", service.name),
        "add a time-out layer around the routes",
    ))
}
