//! `no-print-logging`: no `println!` and the like in place of logging, once logging is set up.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let Some(logger) = service.loggers.first() else {
        return match service.blind_spot() {
            Some(why) => Verdict::unknown(why),
            None => Verdict::not_applicable("no logging is set up"),
        };
    };
    if service.prints.is_empty() {
        return match service.unread.first() {
            Some(unread) => Verdict::unknown(unread.why.clone()),
            None => Verdict::Pass(vec![Label::new(
                logger.span,
                "what runs while serving logs through this; no print stands in for it",
            )]),
        };
    }
    let problems = service.prints.iter().map(|used| {
        let name = used.path.rsplit("::").next().unwrap_or_default();
        Problem::new(
            used.span,
            format!("`{name}` bypasses the log: no level, no time, no format that a collector reads"),
            "log it instead",
        )
    });
    Verdict::Fail(problems.collect())
}
