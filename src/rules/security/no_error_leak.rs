//! `no-error-leak`: what failed inside is logged, and not told to whoever asked.

use crate::finding::{Problem, Verdict};
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let leaks = &service.hazards.leaks;
    let problems = leaks.iter().filter_map(|leak| {
        let error = leak.error.as_ref()?;
        Some(Problem::new(
            leak.span,
            format!(
                "the answer holds the text of `{error}`: hosts, queries and paths that are nobody's business"
            ),
            "log the error, and answer with a fixed text and the request's id",
        ))
    });
    let problems: Vec<Problem> = problems.collect();
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    match (leaks.first(), service.unread.first()) {
        (_, Some(unread)) => Verdict::unknown(unread.why.clone()),
        (None, None) => Verdict::not_applicable("no answer of its own says that the server failed"),
        (Some(first), None) => {
            Verdict::pass(first.span, "this answer says that the server failed, and not why")
        }
    }
}
