//! `required-env-provided`: every variable that the service needs is set where it is deployed.

use crate::finding::{Label, Problem, Verdict};
use crate::model::Workload;
use crate::model::instance::Setting;
use crate::rule::Cx;

pub(super) fn check(cx: &Cx<'_>, workload: &Workload) -> Verdict {
    let (mut problems, mut evidence, mut unclear) = (Vec::new(), Vec::new(), None);
    for instance in cx.project.instances_in(workload) {
        let Some((_, container)) = instance.deployed else { continue };
        let mut missing = Vec::new();
        let mut needed: Vec<_> = instance.service.environment.reads.iter().filter(|it| it.is_fatal).collect();
        needed.dedup_by(|a, b| a.name == b.name);
        for read in needed {
            match instance.read(read) {
                Setting::Set { span, .. } => {
                    evidence.push(Label::new(read.span, format!("`{}` is needed here", read.name)));
                    evidence.push(Label::new(span, "and set here"));
                }
                Setting::Unset => missing.push(read),
                Setting::Unknown(why) => unclear = unclear.or(Some((why, read.span))),
            }
        }
        let Some((first, others)) = missing.split_first() else { continue };
        let names: Vec<String> = missing.iter().map(|read| format!("`{}`", read.name)).collect();
        let problem = Problem::new(
            container.span,
            format!("`{}` needs {}, which nothing here sets", instance.service.name, names.join(", ")),
            "set it in this manifest, or in what it takes its variables from",
        );
        let problem = problem.with_related(first.span, "the service does not start without it");
        problems.push(
            others
                .iter()
                .fold(problem, |problem, other| problem.with_related(other.span, "nor without this")),
        );
    }
    match unclear {
        Some((why, span)) if problems.is_empty() => {
            Verdict::Unknown(why, vec![Label::new(span, "the service does not start without it")])
        }
        _ => Verdict::of_sites(problems, evidence, "no service in it needs a variable"),
    }
}
