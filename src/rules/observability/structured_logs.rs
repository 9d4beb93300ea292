//! `structured-logs`: a tracing, log or slog subscriber is initialised for this binary.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let evidence: Vec<Label> = service
        .loggers
        .iter()
        .map(|used| Label::new(used.span, format!("logging is set up here (`{}`)", used.path)))
        .collect();
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    if let Some(why) = service.blind_spot() {
        return Verdict::unknown(why);
    }
    if let Some(name) = service.foreign.may(Means::Logger) {
        return Verdict::unknown(format!("`{name}`, of which nothing is known, may set it up"));
    }
    Verdict::fail(Problem::new(
        service.main,
        format!("`{}` sets up no logging: what it logs goes nowhere", service.name),
        "initialise a subscriber first thing in `main`, such as `tracing_subscriber::fmt().json().init()`",
    ))
}
