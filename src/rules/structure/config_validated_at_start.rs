//! `config-validated-at-start`: what the environment sets is read before the service serves.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(_: &Cx<'_>, service: &Service) -> Verdict {
    let reads = &service.environment.reads;
    // What the start cannot do without either fails there first.
    let is_early =
        |name: &str| reads.iter().any(|read| read.name == name && read.required && !read.fails_at_work);
    let (late, early): (Vec<_>, Vec<_>) = reads
        .iter()
        .filter(|read| !read.is_of_platform)
        .partition(|read| read.fails_at_work && !is_early(&read.name));
    if !late.is_empty() {
        let problems = late.into_iter().map(|read| {
            Problem::new(
                read.span,
                format!(
                    "`{}` asks for `{}` while it serves: if it is missing or wrong, requests fail, not the start",
                    service.name, read.name
                ),
                "read it when the service starts, and hand the value on in its state",
            )
        });
        return Verdict::Fail(problems.collect());
    }
    let evidence: Vec<Label> = early
        .into_iter()
        .map(|read| Label::new(read.span, format!("`{}` fails no request", read.name)))
        .collect();
    match (evidence.is_empty(), service.blind_spot()) {
        (false, _) => Verdict::Pass(evidence),
        (true, Some(why)) => Verdict::unknown(why),
        (true, None) => Verdict::not_applicable("reads no variables of its own"),
    }
}
