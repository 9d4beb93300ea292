//! `supervised-tasks`: a task that should run for ever does not end without a word.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (mut problems, mut evidence) = (Vec::new(), Vec::new());
    for task in &service.tasks {
        match &task.dies {
            Some((at, cause)) => problems.push(
                Problem::new(
                    task.span,
                    format!(
                        "the task ends unseen, and for good, when `{cause}` fails: nobody keeps its handle"
                    ),
                    "handle the error within the loop, or keep the handle and end the process with the task",
                )
                .with_related(*at, "this ends it"),
            ),
            None => evidence.push(Label::new(task.span, "nothing was found that ends this task")),
        }
    }
    match (problems.is_empty(), evidence.is_empty()) {
        (false, _) => Verdict::Fail(problems),
        (true, false) => Verdict::Pass(evidence),
        (true, true) => match service.unread.first() {
            Some(unread) => Verdict::unknown(unread.why.clone()),
            None => Verdict::not_applicable("starts no task with an endless loop whose handle it drops"),
        },
    }
}
