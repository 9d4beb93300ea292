//! `no-lock-across-await`: no guard of a blocking lock is alive while a task waits.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let problems: Vec<Problem> = service
        .load
        .held_guards
        .iter()
        .map(|held| {
            let message = format!("`{}` holds a lock across an `.await`: `{}`", service.name, held.path);
            let help = "end the guard's block before the `.await`, or use the lock of the runtime";
            Problem::new(held.span, message, help).with_related(held.wait, "the task waits here")
        })
        .collect();
    let locks: Vec<Label> = service
        .uses(Means::StdLock)
        .iter()
        .map(|used| Label::new(used.span, "this lock is let go before a task waits"))
        .collect();
    match (problems.is_empty(), service.unread.first()) {
        (false, _) => Verdict::Fail(problems),
        (true, Some(unread)) => Verdict::unknown(unread.why.clone()),
        (true, None) if locks.is_empty() => Verdict::not_applicable("takes no blocking lock"),
        (true, None) => Verdict::Pass(locks),
    }
}
