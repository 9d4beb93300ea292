//! `no-blocking-in-async`: nothing that a request runs blocks a thread of the async runtime.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::model::work::Phase;
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let problems: Vec<Problem> = service
        .load
        .blocking
        .iter()
        .map(|call| {
            let message =
                format!("`{}` blocks a thread of the runtime: `{}` in async code", service.name, call.path);
            let mut problem = Problem::new(
                call.span,
                message,
                "use what the runtime has for it, or move it into `spawn_blocking`",
            );
            if let Some(called) = call.called {
                problem = problem.with_related(called, "async code calls it here");
            }
            if call.is_brief { problem.with_severity(Severity::Medium) } else { problem }
        })
        .collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    let aside: Vec<Label> = service
        .uses(Means::Blocking)
        .iter()
        .filter(|used| used.phase == Phase::Aside)
        .map(|used| Label::new(used.span, format!("`{}` runs on a thread that may block", used.path)))
        .collect();
    match (aside.is_empty(), service.blind_spot()) {
        (false, _) => Verdict::Pass(aside),
        (true, Some(why)) => Verdict::unknown(why),
        (true, None) => Verdict::not_applicable("no request runs anything that is known to block"),
    }
}
