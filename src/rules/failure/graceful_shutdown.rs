//! `graceful-shutdown`: in-flight work drains on a termination signal.

use crate::finding::{Label, Problem, Verdict};
use crate::model::server::{Audience, Server, Stop};
use crate::model::{Service, ServiceKind};
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let name = &service.name;
    let of_kind: Vec<&Server> = service.servers.iter().filter(|server| server.kind == service.kind).collect();
    // A listener for metrics has nothing in flight that anybody would miss, unless it is all that there is.
    let for_users = of_kind.iter().copied().filter(|server| server.audience != Audience::Operators);
    let mut serving: Vec<&Server> = for_users.collect();
    if serving.is_empty() {
        serving = of_kind;
    }
    let problems: Vec<Problem> = serving.iter().filter_map(|server| problem(name, server)).collect();
    // One handle may drain several servers.
    let mut drained: Vec<Label> = serving.iter().filter_map(|server| drained(server)).collect();
    drained.sort_by_key(|label| label.span);
    drained.dedup();
    let unclear = serving.iter().find_map(|server| match &server.stop {
        Stop::Unclear(why) => Some(why.clone()),
        _ => None,
    });
    if let Some(why) = service.blind_spot().filter(|_| drained.is_empty()) {
        return Verdict::unknown(why);
    }
    let is_plain =
        serving.iter().any(|server| server.audience == Audience::Users && problem(name, server).is_some());
    // A listener that drains beside one that does not: which of them serves the requests is not always plain.
    match (problems.is_empty(), drained.is_empty(), unclear) {
        (true, true, Some(why)) => Verdict::unknown(why),
        (true, false, _) => Verdict::Pass(drained),
        (true, true, None) => Verdict::unknown("no server was found whose end could be followed"),
        (false, false, _) if !is_plain && service.routes.served.len() <= 2 => {
            Verdict::Unknown("one listener drains and another does not".into(), drained)
        }
        (false, _, _) => Verdict::Fail(problems),
    }
}

fn drained(server: &Server) -> Option<Label> {
    match &server.stop {
        Stop::ByDefault => {
            Some(Label::new(server.span, format!("{} drains on SIGTERM by default", server.framework)))
        }
        Stop::Drains(span) => Some(Label::new(*span, "the server is told to drain here")),
        _ => None,
    }
}

fn problem(name: &str, server: &Server) -> Option<Problem> {
    let framework = &server.framework;
    let problem = match &server.stop {
        Stop::ByDefault | Stop::Drains(_) | Stop::Unclear(_) => return None,
        Stop::Nothing if matches!(server.kind, ServiceKind::Worker | ServiceKind::Scheduler) => Problem::new(
            server.span,
            format!(
                "`{name}` is ended in the middle of its work: nothing tells {} to stop",
                what_works(server)
            ),
            "race what the loop waits for with SIGTERM, and leave the loop when it comes",
        ),
        Stop::Nothing => Problem::new(
            server.span,
            format!(
                "`{name}` stops without draining requests: nothing tells the {framework} server to shut down"
            ),
            "give the server a shutdown future that completes on SIGTERM",
        ),
        Stop::SwitchedOff(span) => Problem::new(
            server.span,
            format!("`{name}` stops without draining requests: signal handling is switched off"),
            "handle SIGTERM and stop the server through its handle",
        )
        .with_related(*span, "the framework's own handling is switched off here"),
        Stop::AtOnce(span) => Problem::new(
            *span,
            format!("`{name}` drops requests in flight: it gives itself no time to drain"),
            "leave the time that the slowest request takes, within what the platform waits",
        )
        .with_related(server.span, format!("{framework} would drain by default")),
        Stop::Never(span) => Problem::new(
            server.span,
            format!("`{name}` never drains: its shutdown future never completes"),
            "give the server a future that completes on SIGTERM",
        )
        .with_related(*span, "this future is never ready"),
        Stop::Dropped(span) => Problem::new(
            server.span,
            format!(
                "`{name}` drops requests in flight: `select!` drops the server when the signal comes first"
            ),
            "pass the signal to the server as its shutdown future instead of racing it",
        )
        .with_related(*span, "whichever branch completes first drops the other"),
    };
    Some(problem)
}

/// A worker has no server, and a loop that is written by hand no framework.
fn what_works(server: &Server) -> String {
    match (server.framework.as_str(), server.kind) {
        ("loop", _) => "its loop".to_owned(),
        (framework, ServiceKind::Scheduler) => format!("the {framework} scheduler"),
        (framework, _) => format!("the {framework} consumer"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::server::{Audience, Limit};
    use crate::span::{FileId, Range, Span};

    #[test]
    fn a_worker_is_not_called_a_server() {
        let server = |framework: &str, kind| Server {
            span: Span::new(FileId(0), Range::default()),
            place: None,
            framework: framework.to_owned(),
            kind,
            stop: Stop::Nothing,
            limit: Limit::NotAsked,
            patience: None,
            takes_stream: false,
            is_own: true,
            told_by: None,
            audience: Audience::Unknown,
        };
        let message =
            |framework, kind| problem("app", &server(framework, kind)).map(|problem| problem.message);
        for (framework, kind, what) in [
            ("loop", ServiceKind::Worker, "its loop"),
            ("rdkafka", ServiceKind::Worker, "the rdkafka consumer"),
            ("apalis", ServiceKind::Scheduler, "the apalis scheduler"),
        ] {
            let expected = format!("`app` is ended in the middle of its work: nothing tells {what} to stop");
            assert_eq!(message(framework, kind), Some(expected));
        }
        let of_server = message("axum", ServiceKind::Http).unwrap_or_default();
        assert!(of_server.contains("draining requests"), "{of_server}");
    }
}
