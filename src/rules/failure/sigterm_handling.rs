//! `sigterm-handling`: SIGTERM, not only ctrl-c, starts the shutdown.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Signal;
use crate::model::Service;
use crate::model::server::Stop;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let name = &service.name;
    let by_default: Vec<Label> = service
        .servers
        .iter()
        .filter(|server| matches!(server.stop, Stop::ByDefault | Stop::AtOnce(_)))
        .map(|server| Label::new(server.span, format!("{} handles SIGTERM by default", server.framework)))
        .collect();
    let handled: Vec<Label> = service
        .signals
        .iter()
        .filter(|used| used.is_certain && !used.exits_at_once && used.signals.contains(&Signal::Sigterm))
        .map(|used| Label::new(used.span, format!("SIGTERM is handled here (`{}`)", used.path)))
        .collect();
    if !handled.is_empty() {
        return Verdict::Pass(handled);
    }
    if !by_default.is_empty() {
        return Verdict::Pass(by_default);
    }
    if let Some(why) = service.unseen_signal() {
        return Verdict::unknown(why);
    }
    let of_sigterm = || service.signals.iter().filter(|used| used.signals.contains(&Signal::Sigterm));
    if let Some(used) = of_sigterm().find(|used| used.exits_at_once) {
        let problem = Problem::new(
            used.span,
            format!("`{name}` exits at once on SIGTERM, which is what Docker and Kubernetes send"),
            "start the shutdown on SIGTERM as well, and exit when it is over",
        );
        let others_drain = service.signals.iter().any(|other| other.is_certain && !other.exits_at_once);
        return Verdict::fail(if others_drain { problem } else { problem.subsumed_by("graceful-shutdown") });
    }
    if let Some(used) = of_sigterm().next() {
        let label = Label::new(used.span, "SIGTERM is named here");
        return Verdict::Unknown(
            "whether SIGTERM is handled where it is named cannot be told".into(),
            vec![label],
        );
    }
    let interrupt = service.signals.iter().find(|used| used.signals.contains(&Signal::Sigint));
    match interrupt.or(service.signals.first()) {
        Some(used) => Verdict::fail(Problem::new(
            used.span,
            format!("`{name}` handles ctrl-c and not SIGTERM, which is what Docker and Kubernetes send"),
            "wait for `SignalKind::terminate()` as well",
        )),
        None => Verdict::fail(
            Problem::new(
                service.start(),
                format!("`{name}` handles no termination signal"),
                "wait for SIGTERM and start the shutdown",
            )
            .subsumed_by("graceful-shutdown"),
        ),
    }
}
