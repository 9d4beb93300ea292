//! `cors-restricted`: which web pages may read answers is named.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::model::hazard::cors::LetsIn;
use crate::rule::{Cx, Severity};

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), Vec::new());
    for cors in &service.hazards.cors {
        let name = cors.path.rsplit("::").next().unwrap_or_default();
        match cors.lets_in {
            LetsIn::EverybodyAsTheUser => problems.push(Problem::new(
                cors.span,
                format!("`{name}` lets every web page call as the user whose browser shows it, and read the answer"),
                "name the origins that may, and let cookies through for these alone",
            )),
            LetsIn::Everybody => problems.push(
                Problem::new(
                    cors.span,
                    format!("`{name}` lets every web page read answers"),
                    "name the origins that may",
                )
                .with_severity(Severity::Low),
            ),
            LetsIn::EverybodySometimes => {
                unclear.push(Label::new(cors.span, "every origin is let in where a condition says so"));
            }
            LetsIn::Named => evidence.push(Label::new(cors.span, "the origins that may read answers are said here")),
            LetsIn::Nobody => {}
        }
    }
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    if !unclear.is_empty() {
        return Verdict::Unknown("which origins are let in depends on a condition".into(), unclear);
    }
    match (service.hazards.cors.first(), service.blind_spot()) {
        (_, Some(why)) => Verdict::unknown(why),
        (None, None) => Verdict::not_applicable("answers no requests of other origins"),
        (Some(first), None) if evidence.is_empty() => Verdict::pass(first.span, "no origin is let in"),
        (Some(_), None) => Verdict::Pass(evidence),
    }
}
