//! `lockfile-committed`: what is built today is what was tested yesterday.

use crate::finding::{Label, Problem, Verdict};
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let locks = &cx.project.repository.locks;
    if locks.is_empty() {
        return Verdict::not_applicable("no service found");
    }
    let (mut evidence, mut problems): (Vec<Label>, Vec<Problem>) = (Vec::new(), Vec::new());
    for (service, lock) in locks {
        match lock {
            Ok(span) => evidence.push(Label::new(*span, "the lock file is committed")),
            Err(span) => problems.push(Problem::new(
                *span,
                format!("`{service}` is built without a committed Cargo.lock"),
                "commit Cargo.lock, and build with `--locked`",
            )),
        }
    }
    evidence.dedup();
    problems.dedup_by_key(|problem| problem.span);
    if problems.is_empty() { Verdict::Pass(evidence) } else { Verdict::Fail(problems) }
}
