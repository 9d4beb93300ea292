//! `lockfile-committed`: what is built today is what was tested yesterday.

use crate::finding::{Label, Problem, Verdict};
use crate::rule::Cx;
use crate::span::Span;

pub(super) fn check(cx: &Cx<'_>) -> Verdict {
    let locks = &cx.project.repository.locks;
    if locks.is_empty() {
        return Verdict::not_applicable("no service found");
    }
    let of_locks =
        |span: &Span| locks.iter().any(|(_, lock)| lock.as_ref().is_ok_and(|lock| lock.file == span.file));
    if let Some(span) = cx.project.repository.unread.iter().find(|span| of_locks(span)) {
        let label = Label::new(*span, "this could not be read");
        return Verdict::Unknown("a lock file could not be read".into(), vec![label]);
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
