//! `grpc-client-deadline`: each outbound gRPC call gives up in finite time.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::clients::Bound;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for client in &service.load.grpc_clients {
        match &client.bound {
            Bound::Set(span) => evidence.push(Label::new(*span, "this bounds the wait")),
            Bound::Default(limit) => {
                evidence.push(Label::new(client.span, format!("`{}` waits {limit} at most", client.path)));
            }
            Bound::Nothing => problems.push(Problem::new(
                client.span,
                format!("`{}` waits for ever for answers: `{}` sets no time-out", service.name, client.path),
                "set `.timeout(…)` on the endpoint, or `set_timeout` on each request",
            )),
            Bound::Sometimes(span) => problems.push(
                Problem::new(
                    client.span,
                    format!(
                        "`{}` waits for ever in some cases: the time-out of `{}` is set only sometimes",
                        service.name, client.path
                    ),
                    "set the time-out in every case",
                )
                .with_related(*span, "this is set in some cases only"),
            ),
        }
    }
    match (problems.is_empty(), evidence.is_empty()) {
        (false, _) => Verdict::Fail(problems),
        (true, false) => Verdict::Pass(evidence),
        (true, true) => match service.unread.first() {
            Some(unread) => Verdict::unknown(unread.why.clone()),
            None => Verdict::not_applicable("makes no gRPC client"),
        },
    }
}
