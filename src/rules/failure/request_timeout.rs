//! `request-timeout`: the server bounds the time of a request.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::rule::Cx;
use crate::span::Span;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    if !service.serves_requests() {
        return Verdict::not_applicable(format!("a {} service answers no requests", service.kind.id()));
    }
    if service.is_for_operators() {
        return Verdict::not_applicable("its listener answers probes and metrics alone");
    }
    let layers = &service.request_timeouts;
    let outside: Vec<&Span> = layers.outside.iter().filter(|route| service.is_for_users(**route)).collect();
    if let Some(first) = outside.first() {
        let (count, name) = (outside.len(), &service.name);
        let message = format!("{count} of the routes of `{name}` stand outside its time-out layer");
        let help = "put the layer around the whole router, after its last route";
        let problem = Problem::new(**first, message, help);
        let related = layers.mounted.iter().map(|layer| Label::new(layer.span, "the layer is made here"));
        return Verdict::fail(
            related.fold(problem, |problem, label| problem.with_related(label.span, label.message)),
        );
    }
    let bare: Vec<Problem> = service
        .servers_for_users(&layers.bare)
        .map(|server| {
            let message = format!(
                "this {} listener of `{}` lets a request take for ever",
                server.framework, service.name
            );
            let help =
                "add a time-out layer to it: those of the other listeners do not stand around its requests";
            let related = layers.mounted.iter().chain(&layers.unclear);
            related.fold(Problem::new(server.span, message, help), |problem, layer| {
                problem.with_related(layer.span, "this layer stands around another listener")
            })
        })
        .collect();
    if !bare.is_empty() {
        return Verdict::Fail(bare);
    }
    if !layers.mounted.is_empty() {
        let label = |path: &str| format!("`{path}` bounds each request");
        return Verdict::Pass(
            layers.mounted.iter().map(|layer| Label::new(layer.span, label(&layer.path))).collect(),
        );
    }
    if !layers.unclear.is_empty() {
        let labels =
            layers.unclear.iter().map(|layer| Label::new(layer.span, "a time-out layer is made here"));
        return Verdict::Unknown(
            "whether its time-out layer stands around its routes is up to a setting, or cannot be told"
                .into(),
            labels.collect(),
        );
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
