//! `shared-clients`: clients and pools are made once and shared.

use crate::finding::{Label, Problem, Verdict};
use crate::knowledge::Means;
use crate::model::Service;
use crate::model::work::Phase;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let problems: Vec<Problem> = service
        .load
        .remade
        .iter()
        .map(|made| {
            let what = if made.is_pool { "connections" } else { "an HTTP client" };
            let message = format!("`{}` opens {what} anew for each request: `{}`", service.name, made.path);
            Problem::new(made.span, message, "make it once at the start and hand it to the handlers as state")
        })
        .collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    let once: Vec<Label> = [Means::Pool, Means::HttpClient]
        .iter()
        .flat_map(|means| service.uses(*means))
        .filter(|used| used.phase == Phase::Start)
        .map(|used| Label::new(used.span, format!("`{}` is made once", used.path)))
        .collect();
    match (once.is_empty(), service.unread.first()) {
        (false, _) => Verdict::Pass(once),
        (true, Some(unread)) => Verdict::unknown(unread.why.clone()),
        (true, None) => Verdict::not_applicable("makes neither a client nor a pool"),
    }
}
