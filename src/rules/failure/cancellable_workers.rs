//! `cancellable-workers`: a task that works for ever learns that the process is told to stop.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::server::Stop;
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let drains = |stop: &Stop| matches!(stop, Stop::ByDefault | Stop::Drains(_));
    if service.signals.is_empty() && !service.servers.iter().any(|server| drains(&server.stop)) {
        return Verdict::not_applicable("handles no signal, so that nothing could tell a task to end");
    }
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for task in &service.tasks {
        let Some((at, asks)) = &task.asks else { continue };
        if task.may_listen {
            evidence.push(Label::new(task.looped, "this loop may be told to end"));
            continue;
        }
        let problem = Problem::new(
            task.looped,
            format!("the loop is cut off in the middle of `{asks}` when the process stops: nothing tells it to end"),
            "select on a `CancellationToken` or a `watch` beside the work, and wait for the task before `main` returns",
        )
        .with_related(*at, "work that is cut off")
        .with_related(task.span, "started here, and not waited for");
        problems.push(if task.by_clock { problem.with_severity(Severity::Low) } else { problem });
    }
    match (problems.is_empty(), evidence.is_empty()) {
        (false, _) => Verdict::Fail(problems),
        (true, false) => Verdict::Pass(evidence),
        (true, true) => match service.unread.first() {
            Some(unread) => Verdict::unknown(unread.why.clone()),
            None => {
                Verdict::not_applicable("starts no task that asks a database or another service for ever")
            }
        },
    }
}
