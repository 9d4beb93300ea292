//! `env-documented`: variables that the code reads are documented.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Service;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, service: &Service) -> Verdict {
    let environment = &service.environment;
    let (mut problems, mut evidence): (Vec<Problem>, Vec<Label>) = (Vec::new(), Vec::new());
    // The reads of one variable stand together.
    for reads in environment.reads.chunk_by(|a, b| a.name == b.name) {
        let Some((first, others)) = reads.split_first() else { continue };
        let name = &first.name;
        if first.is_of_platform {
            continue;
        }
        if reads.iter().any(|read| read.in_help) || cx.project.repository.documents(name) {
            evidence.push(Label::new(first.span, format!("`{name}` is documented")));
            continue;
        }
        let needs = if reads.iter().any(|read| read.required) { "needs" } else { "reads" };
        let problem = Problem::new(
            first.span,
            format!("`{}` {needs} `{name}`, which is written down nowhere", service.name),
            "describe it in the README or in `.env.example`: what it is for, an example, its default",
        );
        problems.push(
            others
                .iter()
                .fold(problem, |problem, other| problem.with_related(other.span, "it is read here as well")),
        );
    }
    if !problems.is_empty() {
        return Verdict::Fail(problems);
    }
    if let Some(open) = environment.open.first() {
        let label = Label::new(*open, "the names that are read here are not written down");
        return Verdict::Unknown(
            "it reads variables whose names are not written in the code".into(),
            vec![label],
        );
    }
    match (evidence.is_empty(), service.blind_spot()) {
        (false, _) => Verdict::Pass(evidence),
        (true, Some(why)) => Verdict::unknown(why),
        (true, None) => Verdict::not_applicable("reads no variables of its own"),
    }
}
