//! `distributed-tracing`: spans are exported by this binary.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let evidence: Vec<Label> = service
        .spans
        .exports
        .iter()
        .map(|used| Label::new(used.span, format!("spans are exported here (`{}`)", used.path)))
        .collect();
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    if let Some(why) = service.blind_spot() {
        return Verdict::unknown(why);
    }
    if let Some(used) = service.spans.unclear.first() {
        let label = Label::new(used.span, format!("`{}` is used here", used.path));
        return Verdict::Unknown("where its spans go cannot be told".into(), vec![label]);
    }
    if let Some(name) = service.foreign.may(Means::SpanExport) {
        return Verdict::unknown(format!("`{name}`, of which nothing is known, may export them"));
    }
    Verdict::fail(Problem::new(
        service.start(),
        format!("`{}` exports no spans", service.name),
        "export spans to a collector, such as with `tracing-opentelemetry` and `opentelemetry-otlp`",
    ))
}
