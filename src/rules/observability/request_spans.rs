//! `request-spans`: each request has a span.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::model::service::Use;
use crate::model::work::Phase;
use crate::rule::Cx;
use crate::span::Span;

const HELP: &str = "add a layer around the routes that makes a span of each request, such as `tower_http::trace::TraceLayer`";

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    if !service.serves_requests() {
        return Verdict::not_applicable(format!("a {} service answers no requests", service.kind.id()));
    }
    if service.is_for_operators() {
        return Verdict::not_applicable("its listener answers probes and metrics alone");
    }
    let (layers, own) = (&service.requests.span_layers, &service.requests.own_spans);
    let for_users = |spans: &[Span]| -> Vec<Span> {
        spans.iter().copied().filter(|route| service.is_for_users(*route)).collect()
    };
    let of = |used: &Use| Label::new(used.span, format!("`{}` makes a span of each request", used.path));
    let of_layer = |path: &str| format!("`{path}` makes a span of each request");
    let mut evidence: Vec<Label> =
        layers.mounted.iter().map(|layer| Label::new(layer.span, of_layer(&layer.path))).collect();
    let without = for_users(&own.without);
    let outside = for_users(&layers.outside);
    // Routes outside a layer may make their own.
    let bare: Vec<Span> = without.iter().copied().filter(|route| outside.contains(route)).collect();
    // A page or two may stand outside on purpose.
    let is_most = layers.mounted.is_empty() || bare.len() * 10 > service.routes.served.len();
    if own.around.is_empty()
        && is_most
        && let Some(first) = bare.first()
    {
        let message = format!(
            "{} of the routes of `{}` stand outside the layer that makes spans",
            bare.len(),
            service.name
        );
        let problem =
            Problem::new(*first, message, "put the layer around the whole router, after its last route");
        let related = layers.mounted.iter().map(|layer| Label::new(layer.span, "the layer is made here"));
        return Verdict::fail(
            related.fold(problem, |problem, label| problem.with_related(label.span, label.message)),
        );
    }
    // Spans that its own code makes may be any listener's.
    let has_own = !(own.around.is_empty() && own.handlers.is_empty() && own.others.is_empty());
    if !has_own && let Some(server) = service.servers_for_users(&layers.bare).next() {
        let message = format!(
            "this {} listener of `{}` makes no spans of its requests",
            server.framework, service.name
        );
        let related = layers.mounted.iter().chain(&layers.unclear);
        return Verdict::fail(related.fold(Problem::new(server.span, message, HELP), |problem, layer| {
            problem.with_related(layer.span, "this layer stands around another listener")
        }));
    }
    evidence.extend(own.around.iter().map(of));
    if evidence.is_empty() && without.is_empty() {
        evidence.extend(own.handlers.iter().map(of));
    }
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    let unclear = layers.unclear.iter().map(|layer| (layer.span, &layer.path));
    let uses = service.uses(Means::RequestSpans).iter();
    let unclear = unclear.chain(uses.map(|used| (used.span, &used.path)));
    let deeper = own.others.iter().filter(|used| used.phase != Phase::Start);
    let unclear: Vec<Label> = unclear
        .chain(deeper.map(|used| (used.span, &used.path)))
        .map(|(span, path)| Label::new(span, format!("`{path}` is used here")))
        .collect();
    if !unclear.is_empty() {
        return Verdict::Unknown("whether its spans are of each request cannot be told".into(), unclear);
    }
    if let Some(why) = service.blind_spot() {
        return Verdict::unknown(why);
    }
    let (start, message) = match without.first() {
        Some(route) if !own.handlers.is_empty() => {
            (*route, format!("{} of the routes of `{}` make no span", without.len(), service.name))
        }
        _ => (service.start(), format!("`{}` makes no spans of its requests", service.name)),
    };
    Verdict::fail(Problem::new(start, message, HELP))
}
