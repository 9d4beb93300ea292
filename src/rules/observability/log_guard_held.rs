//! `log-guard-held`: the guard of a logger lives as long as the service serves.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::log_guard::Fate;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for guard in &service.log_guards {
        let (at, why) = match guard.fate {
            Fate::Kept => {
                evidence.push(Label::new(guard.span, format!("the guard of `{}` is kept", guard.path)));
                continue;
            }
            Fate::Unclear => {
                unclear.push(Label::new(guard.span, format!("`{}` gives a guard here", guard.path)));
                continue;
            }
            Fate::Unbound(at) => (at, "at once: nothing binds it"),
            Fate::Outlived(at) => (at, "before the service serves: its block ends"),
        };
        let message = format!("the guard of `{}` is dropped {why}", guard.path);
        let help =
            "bind the guard to a name such as `_guard` in `main`, so that it lives as long as the process";
        let problem = Problem::new(at, message, help);
        problems.push(if at.file == guard.span.file && at.range.start <= guard.span.range.start {
            problem
        } else {
            problem.with_related(guard.span, "the guard is given here")
        });
    }
    match (problems.is_empty(), evidence.is_empty(), unclear.is_empty()) {
        (false, ..) => Verdict::Fail(problems),
        (true, _, false) => {
            Verdict::Unknown("where the guard of its logger goes cannot be told".into(), unclear)
        }
        (true, false, true) => Verdict::Pass(evidence),
        (true, true, true) => match service.unread.first() {
            Some(unread) => Verdict::unknown(unread.why.clone()),
            None => Verdict::not_applicable("uses no logger with a guard"),
        },
    }
}
