//! `bounded-queues`: each queue of work has an end.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::model::queue::Carries;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let problems: Vec<Problem> = service
        .load
        .queues
        .iter()
        .filter(|queue| queue.carries == Carries::Work)
        .map(|queue| {
            let message = format!("a queue of `{}` grows without end: `{}`", service.name, queue.path);
            Problem::new(
                queue.span,
                message,
                "use a channel with a capacity, and decide what happens when it is full",
            )
        })
        .collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    let bounded: Vec<Label> = service
        .uses(Means::BoundedQueue)
        .iter()
        .map(|used| Label::new(used.span, format!("`{}` has a capacity", used.path)))
        .collect();
    match (bounded.is_empty(), service.unread.first()) {
        (false, _) => Verdict::Pass(bounded),
        (true, Some(unread)) => Verdict::unknown(unread.why.clone()),
        (true, None) => Verdict::not_applicable("no work is queued without an end"),
    }
}
