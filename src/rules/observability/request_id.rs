//! `request-id`: each request has an identifier.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    if !service.serves_requests() {
        return Verdict::not_applicable(format!("a {} service answers no requests", service.kind.id()));
    }
    let requests = &service.requests;
    let of_layer = |path: &str| format!("`{path}` gives each request an identifier");
    let mut evidence: Vec<Label> = requests
        .id_layers
        .mounted
        .iter()
        .map(|layer| Label::new(layer.span, of_layer(&layer.path)))
        .collect();
    let own = requests.own_ids.iter();
    evidence.extend(own.map(|span| Label::new(*span, "the identifier of a request is taken or given here")));
    // A trace of each request has an identifier too, which the collector shows.
    let exports = service.spans.exports.iter();
    evidence.extend(
        exports.map(|used| Label::new(used.span, format!("`{}` sends traces with theirs", used.path))),
    );
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    let unclear = requests.id_layers.unclear.iter().map(|layer| (layer.span, &layer.path));
    let uses = service.uses(Means::RequestId).iter().map(|used| (used.span, &used.path));
    let traces = service.spans.unclear.iter().map(|used| (used.span, &used.path));
    let unclear: Vec<Label> = unclear
        .chain(uses)
        .chain(traces)
        .map(|(span, path)| Label::new(span, format!("`{path}` is used here")))
        .collect();
    if !unclear.is_empty() {
        return Verdict::Unknown("whether each request gets an identifier cannot be told".into(), unclear);
    }
    if let Some(why) = service.blind_spot() {
        return Verdict::unknown(why);
    }
    Verdict::fail(Problem::new(
        service.start(),
        format!(
            "`{}` gives its requests no identifier: its lines cannot be joined with its callers'",
            service.name
        ),
        "take `x-request-id` from the caller or make one, write it in each line, and send it back",
    ))
}
