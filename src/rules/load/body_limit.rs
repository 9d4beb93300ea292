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
    // Which routes a limit is around is not asked: with one, a limit that is taken away elsewhere on the same listener is on
    // purpose.
    let problems: Vec<Problem> = service
        .load
        .unbounded_bodies
        .iter()
        .filter(|taken| !taken.may_be_bounded && !taken.is_for_operators)
        .map(|taken| {
            let message =
                format!("`{}` takes a body of any size into memory: `{}`", service.name, taken.path);
            Problem::new(taken.span, message, "set a limit that fits the largest body that you expect")
        })
        .collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    if !limits.is_empty() {
        return Verdict::Pass(limits);
    }
    match service.blind_spot() {
        Some(why) => Verdict::unknown(why),
        None => Verdict::not_applicable("takes no limit away, and sets none"),
    }
}
