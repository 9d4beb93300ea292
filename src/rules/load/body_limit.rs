//! `body-limit`: the size of a request's body is bounded.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let limits: Vec<Label> = service
        .uses(Means::BodyLimit)
        .iter()
        .map(|used| Label::new(used.span, "this bounds the body of a request"))
        .collect();
    // Which routes a limit is around cannot be told: with one, a limit that is taken away elsewhere is on purpose.
    if !limits.is_empty() {
        return Verdict::Pass(limits);
    }
    let problems: Vec<Problem> = service
        .load
        .unbounded_bodies
        .iter()
        .map(|taken| {
            let message =
                format!("`{}` takes a body of any size into memory: `{}`", service.name, taken.path);
            Problem::new(taken.span, message, "set a limit that fits the largest body that you expect")
        })
        .collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    match service.blind_spot() {
        Some(why) => Verdict::unknown(why),
        None => Verdict::not_applicable("takes no limit away, and sets none"),
    }
}
