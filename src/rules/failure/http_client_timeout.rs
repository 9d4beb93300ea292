//! `http-client-timeout`: each outbound HTTP client bounds its waits.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::clients::Bound;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for client in &service.clients {
        match &client.bound {
            Bound::Set(span) => evidence.push(Label::new(*span, "this bounds the wait")),
            Bound::Default(limit) => {
                evidence.push(Label::new(client.span, format!("`{}` waits {limit} at most", client.path)));
            }
            Bound::Sometimes(span) => {
                unclear.push(Label::new(*span, "the wait is bounded in this branch only"));
            }
            Bound::Nothing => problems.push(Problem::new(
                client.span,
                format!("`{}` waits for ever: `{}` sets no time-out", service.name, client.path),
                "set `.timeout(…)` on the client, or on each of its requests",
            )),
        }
    }
    if problems.is_empty() && !unclear.is_empty() {
        return Verdict::Unknown("whether a client has a time-out depends on a condition".into(), unclear);
    }
    match (problems.is_empty(), evidence.is_empty()) {
        (false, _) => Verdict::Fail(problems),
        (true, false) => Verdict::Pass(evidence),
        (true, true) => match service.unread.first() {
            Some(unread) => Verdict::unknown(unread.why.clone()),
            None => Verdict::not_applicable("makes no HTTP client"),
        },
    }
}
