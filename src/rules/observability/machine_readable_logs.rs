//! `machine-readable-logs`: JSON or another machine-readable format is available.

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
    let evidence: Vec<Label> = service
        .json_logs
        .iter()
        .map(|used| Label::new(used.span, format!("`{}` makes log lines machine-readable", used.path)))
        .collect();
    if !evidence.is_empty() {
        return Verdict::Pass(evidence);
    }
    if service.text_logs.is_empty() {
        let label = Label::new(logger.span, "what is set up here was not seen to write text");
        return Verdict::Unknown("where its logs go, and in which form, cannot be told".into(), vec![label]);
    }
    if let Some(name) = service.foreign.sets_up_logs() {
        return Verdict::unknown(format!("`{name}`, of which nothing is known, may write another format"));
    }
    Verdict::fail(Problem::new(
        logger.span,
        format!("`{}` logs text that only people can read", service.name),
        "offer a JSON format, at least behind a setting",
    ))
}
