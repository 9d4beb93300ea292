//! `no-secret-in-logs`: no password, key or token is written to the log.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::hazard::logged::LoggedBy;
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let problems = service.hazards.logged.iter().map(|logged| {
        let secret = &logged.secret;
        let message = match logged.by {
            LoggedBy::Arguments | LoggedBy::FineArguments => {
                format!("the span of this function shows `{secret}`: all arguments are in it")
            }
            LoggedBy::Line | LoggedBy::FineLine => format!("this writes `{secret}` to the log"),
        };
        let help = match logged.by {
            LoggedBy::Arguments | LoggedBy::FineArguments => {
                "name the argument in `skip(…)`, or give it a type that hides its value"
            }
            LoggedBy::Line | LoggedBy::FineLine => "leave it out, or give it a type that hides its value",
        };
        let mut problem = Problem::new(logged.span, message, help);
        if let Some(field) = logged.field {
            problem = problem.with_related(field, "it is plain text here");
        }
        match logged.by {
            LoggedBy::FineLine | LoggedBy::FineArguments => problem.with_severity(Severity::Medium),
            LoggedBy::Line | LoggedBy::Arguments => problem,
        }
    });
    let problems: Vec<Problem> = problems.collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    match (service.loggers.first(), service.unread.first()) {
        (_, Some(unread)) => Verdict::unknown(unread.why.clone()),
        (None, None) => Verdict::not_applicable("no logging is set up"),
        (Some(logger), None) => Verdict::Pass(vec![Label::new(
            logger.span,
            "nothing that is named as a secret is written to this log",
        )]),
    }
}
